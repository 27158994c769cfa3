"""The user's mocked HTTP APIs and mocked AWS share `requests` without taking each other's calls."""

import boto3
import pytest
import requests
import responses
from moto import mock_aws

from pytest_serverless.backends.web import web_backend


@pytest.fixture
def web():
    with web_backend() as mock:
        mock.get("https://api.example.com/rates", json={"EUR": 1})
        yield mock


def rates():
    return requests.get("https://api.example.com/rates", timeout=1).json()


def presigned():
    client = boto3.client("s3", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    client.create_bucket(Bucket="uploads")
    client.put_object(Bucket="uploads", Key="k", Body=b"body")
    return client.generate_presigned_url("get_object", Params={"Bucket": "uploads", "Key": "k"})


def test_an_api_is_mocked_beside_ours(aws, web):
    assert rates() == {"EUR": 1}
    assert requests.get(presigned(), timeout=1).content == b"body"
    assert [call.request.url for call in web.calls] == ["https://api.example.com/rates"]


def test_an_api_is_mocked_inside_a_mock_of_moto():
    with mock_aws(), web_backend() as web:
        web.get("https://api.example.com/rates", json={"EUR": 1})

        assert rates() == {"EUR": 1}
        assert requests.get(presigned(), timeout=1).content == b"body"


def test_an_api_is_mocked_around_a_mock_of_moto(web):
    with mock_aws():
        assert rates() == {"EUR": 1}
        assert requests.get(presigned(), timeout=1).content == b"body"
    assert rates() == {"EUR": 1}


def test_what_nobody_mocked_is_refused(web):
    with pytest.raises(requests.ConnectionError, match="doesn't match any registered mock"):
        requests.get("https://api.example.com/other", timeout=1)


def test_answers_that_nobody_fetched_are_no_failure_unless_asked_for():
    with web_backend() as web:
        web.get("https://api.example.com/rates")
    with (
        pytest.raises(AssertionError, match="Not all requests have been executed"),
        web_backend(assert_all_requests_are_fired=True) as web,
    ):
        web.get("https://api.example.com/rates")


def test_mocks_of_the_user_leave_presigned_urls_to_us(aws):
    with responses.RequestsMock() as mock:
        mock.get("https://api.example.com/rates", json={"EUR": 2})

        assert rates() == {"EUR": 2}
        assert requests.get(presigned(), timeout=1).content == b"body"


def test_moto_passes_on_as_before_afterwards():
    from moto.core.models import responses_mock

    before = responses_mock._real_send
    with web_backend():
        assert responses_mock._real_send is not before

    assert responses_mock._real_send is before
