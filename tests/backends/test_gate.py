"""Our mock is on inside tests that use it, and nobody else's notices: not the user's `mock_aws`, not a real account."""

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest import mock

import boto3
import pytest
from moto import mock_aws

from pytest_serverless.backends import finder
from pytest_serverless.errors import BackendError


def buckets(client=None):
    return [one["Name"] for one in (client or boto3.client("s3", "us-east-1")).list_buckets()["Buckets"]]


def make_bucket(name):
    boto3.client("s3", "us-east-1").create_bucket(Bucket=name)


def test_a_mock_of_the_user_inside_is_empty_and_ours_is_intact_after_it(aws):
    make_bucket("ours")

    with mock_aws():
        assert buckets() == []
        make_bucket("theirs")
        assert buckets() == ["theirs"]

    assert buckets() == ["ours"]


def test_a_decorated_function_inside_is_empty_each_time(aws):
    make_bucket("ours")

    @mock_aws
    def theirs():
        before = buckets()
        make_bucket("theirs")
        return before

    assert (theirs(), theirs(), buckets()) == ([], [], ["ours"])


def test_mocks_of_the_user_nest_inside_as_without_us(aws):
    with mock_aws():
        make_bucket("theirs")
        with mock_aws():
            assert buckets() == ["theirs"]
        assert buckets() == ["theirs"]

    assert buckets() == []


def test_a_mock_of_the_user_around_keeps_its_state(started):
    with mock_aws():
        make_bucket("theirs")
        with started.entered():
            assert buckets() == []
            make_bucket("ours")
        assert buckets() == ["theirs"]


def test_a_mock_around_and_one_inside_share_a_state_as_without_us(started):
    with mock_aws():
        make_bucket("theirs")
        with started.entered():
            with mock_aws():
                assert buckets() == ["theirs"]
            assert buckets() == []


def test_a_mock_around_may_end_while_ours_is_on(started):
    theirs = mock_aws()
    theirs.start()
    with started.entered():
        make_bucket("ours")
        theirs.stop()
        assert buckets() == ["ours"]

    with mock_aws():
        assert buckets() == []


def test_a_mock_inside_may_outlast_ours(started):
    theirs = mock_aws()
    with mock.patch.dict(os.environ):  # theirs puts back the variables that it found, which were ours
        with started.entered():
            theirs.start()
            make_bucket("theirs")

        assert buckets() == ["theirs"]
        theirs.stop()


def test_the_users_objects_in_s3_are_not_closed_by_ours(started):
    with mock_aws():
        make_bucket("theirs")
        boto3.client("s3", "us-east-1").put_object(Bucket="theirs", Key="k", Body=b"body")
        with started.entered():
            make_bucket("ours")
            boto3.client("s3").put_object(Bucket="ours", Key="k", Body=b"")
        with started.entered():
            pass

        assert boto3.client("s3", "us-east-1").get_object(Bucket="theirs", Key="k")["Body"].read() == b"body"


def test_nor_by_putting_our_buckets_back(own_backend):
    with own_backend.entered():
        make_bucket("ours")
        own_backend.take_snapshot()
    with mock_aws():
        make_bucket("theirs")
        boto3.client("s3", "us-east-1").put_object(Bucket="theirs", Key="k", Body=b"body")
        with own_backend.entered():
            pass

        assert boto3.client("s3", "us-east-1").get_object(Bucket="theirs", Key="k")["Body"].read() == b"body"


def test_one_client_serves_ours_and_theirs(started):
    with started.entered():
        client = boto3.client("s3")
        client.create_bucket(Bucket="ours")
    with mock_aws():
        assert buckets(client) == []


def test_nothing_is_left_of_us_afterwards(started):
    from moto.core.models import MockAWS, botocore_stubber
    from moto.s3 import notifications
    from requests import Session

    before = MockAWS.start, MockAWS.stop, Session.get_adapter, notifications.send_event, boto3.DEFAULT_SESSION
    with started.entered():
        make_bucket("ours")
        assert before[3] is not notifications.send_event

    assert before == (
        MockAWS.start, MockAWS.stop, Session.get_adapter, notifications.send_event, boto3.DEFAULT_SESSION
    )  # fmt: skip
    assert not botocore_stubber.enabled
    assert "process_request" not in vars(botocore_stubber)
    assert finder.TAPS.before_send is None


def test_entering_again_inside_is_idle(aws):
    make_bucket("ours")

    with aws.entered():
        assert buckets() == ["ours"]

    assert buckets() == ["ours"]


def test_another_backend_inside_has_its_own_state_and_record(aws, own_backend):
    make_bucket("outer")

    with own_backend.entered():
        assert buckets() == []
        with mock_aws():
            make_bucket("theirs")
        make_bucket("inner")
        assert buckets() == ["inner"]

    assert buckets() == ["outer"]
    assert [call.operation for call in aws.journal.calls] == ["CreateBucket", "ListBuckets"]
    with mock_aws():
        assert buckets() == []


def test_threads_see_the_mock(aws):
    make_bucket("ours")
    found = []
    threads = [threading.Thread(target=lambda: found.append(buckets(aws.client("s3")))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [["ours"]] * 4


class _Endpoint(BaseHTTPRequestHandler):
    """Stands for AWS itself: it answers ListQueues."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"QueueUrls": ["http://real/queue"]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def real_endpoint():
    server = HTTPServer(("127.0.0.1", 0), _Endpoint)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.realtime
def test_between_our_tests_clients_reach_what_is_real(started, real_endpoint):
    real = boto3.client(
        "sqs", "us-east-1", endpoint_url=real_endpoint, aws_access_key_id="a", aws_secret_access_key="b"
    )
    with started.entered():
        make_bucket("ours")

    assert real.list_queues()["QueueUrls"] == ["http://real/queue"]


@pytest.mark.realtime
def test_an_endpoint_on_this_machine_is_reached_from_within(aws, real_endpoint):
    local = boto3.client("sqs", endpoint_url=real_endpoint)

    assert local.list_queues()["QueueUrls"] == ["http://real/queue"]


def test_a_service_that_moto_does_not_know_is_said_to_be_so(aws):
    with pytest.raises(BackendError, match=r"moto, which mocks AWS here, does not know .*gamelift.*Stubber"):
        boto3.client("gamelift").list_builds()


def test_a_mock_whose_requirements_are_missing_says_which(aws, monkeypatch):
    monkeypatch.setitem(sys.modules, "moto.acmpca", None)

    with pytest.raises(BackendError, match=r"moto's mock of acmpca needs 'moto\.acmpca'.*pip install 'moto\[acmpca\]'"):
        boto3.client("acm-pca").list_certificate_authorities()


def test_our_own_backend_answers_before_moto(own_backend):
    asked = []

    def respond(method, url, headers, body):
        asked.append((method, url, headers["X-Amz-Target"], body))
        return 200, {"Content-Type": "application/x-amz-json-1.0"}, '{"QueueUrls": ["ours"]}'

    own_backend.route("sqs", respond)
    with own_backend.entered():
        assert own_backend.client("sqs").list_queues(MaxResults=3)["QueueUrls"] == ["ours"]

    expected = "POST", "https://sqs.us-east-1.amazonaws.com/", b"AmazonSQS.ListQueues", b'{"MaxResults": 3}'
    assert asked == [expected]


def test_what_our_own_backend_leaves_goes_to_moto(own_backend):
    own_backend.route("lambda", lambda method, url, headers, body: None)

    with own_backend.entered():
        assert own_backend.client("lambda").list_functions()["Functions"] == []
