"""What the host name of a target tells, and what is no address."""

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.classes import TABLES
from pytest_serverless.load.targets import reach_url


@pytest.mark.parametrize(
    ("url", "path", "provider", "region"),
    [
        ("https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod", "http", "aws", "eu-west-1"),
        ("https://a1b2c3d4e5.execute-api.cn-north-1.amazonaws.com.cn", "http", "aws", "cn-north-1"),
        (
            "https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-gov-west-1.on.aws/",
            "function_url",
            "aws",
            "us-gov-west-1",
        ),
        ("https://lambda.ap-southeast-2.amazonaws.com", "lambda_invoke", "aws", "ap-southeast-2"),
        ("https://shop-1234567890.us-east-1.elb.amazonaws.com", "alb", "aws", "us-east-1"),
        ("https://d111111abcdef8.cloudfront.net", "cloudfront", "aws", None),
        ("https://shop.azurewebsites.net/api", "azure", "azure", None),
        ("https://myapp-ds27dh7271aah175.westus-01.azurewebsites.net", "azure", "azure", "westus"),
        ("https://shop-h5xqpyuq3q-uc.a.run.app", "cloud_run", "gcp", None),
        ("https://shop-123456789012.europe-west1.run.app", "cloud_run", "gcp", "europe-west1"),
        ("https://us-central1-my-project.cloudfunctions.net/resize", "cloud_run", "gcp", "us-central1"),
        ("https://staging.example.com:8443/v1", "http", "", None),
        ("https://amazonaws.com.example.com", "http", "", None),
        ("http://localhost:3001", "http", "", None),
        ("http://127.0.0.1:3001/", "http", "", None),
        ("http://[::1]:3001", "http", "", None),
    ],
)
def test_a_host_name_tells_what_stands_there(url, path, provider, region):
    reached = reach_url(url)

    assert reached.kind == "url"
    assert reached.url() == url.rstrip("/")
    assert reached.path() == path
    assert path in TABLES
    assert (reached.measured.provider, reached.measured.region) == (provider, region)


def test_what_is_not_known_of_an_address_is_told():
    assert "REST API or of an HTTP API" in reach_url("https://a1.execute-api.eu-west-1.amazonaws.com/prod").notes[0]
    assert 'path = "http_api"' in reach_url("https://staging.example.com").notes[0]
    assert reach_url("http://localhost:3000").notes == ()
    assert reach_url("https://a1.lambda-url.eu-west-1.on.aws").notes == ()


def test_functions_can_be_invoked_at_the_endpoint_of_lambda_and_on_this_machine_alone():
    assert reach_url("https://lambda.eu-west-1.amazonaws.com").invoke_url == "https://lambda.eu-west-1.amazonaws.com"
    assert reach_url("http://127.0.0.1:3000/").invoke_url == "http://127.0.0.1:3000"
    assert reach_url("https://staging.example.com").invoke_url is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "is no URL"),
        ("   ", "is no URL"),
        ("staging.example.com", r"write https://staging\.example\.com"),
        ("localhost:3000", r"write http://localhost:3000"),
        ("127.0.0.1:3000/items", r"write http://127\.0\.0\.1:3000/items"),
        ("//staging.example.com", r"write https://staging\.example\.com"),
        ("staging.example.com:8443", r"write https://staging\.example\.com:8443"),
        ("https://", "names no host|does not say"),
        ("https:///items", "names no host|does not say"),
        ("https://:8443", "names no host"),
        ("ftp://staging.example.com", "by http or https, not 'ftp'"),
        ("https://staging.example.com:port", "is no URL: Port could not be cast"),
        ("https://staging.example.com:70000", "is no URL: Port out of range"),
        ("https://staging.example.com:0", "names no port"),
        ("https://[::1", "is no URL"),
        ("https://staging.example.com/items?limit=1", r"write https://staging\.example\.com/items, and"),
        ("https://staging.example.com/#top", "has a query or a fragment"),
        ("https://staging example.com", "is no URL"),
        ("https://bücher.example", r"xn--bcher-kva\.example"),
        ("http://a1b2.execute-api.eu-west-1.amazonaws.com/prod", r"Write https://a1b2\.execute-api"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:shop", "is an ARN"),
    ],
)
def test_what_is_no_base_url_is_refused_with_what_to_write(url, said):
    with pytest.raises(InvalidParameterError, match=said) as error:
        reach_url(url)

    assert str(error.value).startswith("--host ")


@pytest.mark.parametrize(
    "url",
    [
        "https://me:s3cret@example.com",
        "https://me:s3cret@example.com:x",
        "me:s3cret@example.com",
        "https://me:s3cret@exa mple.com",
        "https://me:s3cret@example.com?key=hidden",
        "ftp://me:s3cret@example.com",
    ],
)
def test_no_error_shows_a_password_or_a_key(url):
    with pytest.raises(InvalidParameterError) as error:
        reach_url(url)

    assert "s3cret" not in str(error.value)
    assert "hidden" not in str(error.value)


def test_blanks_around_an_address_do_not_matter():
    assert reach_url(" https://staging.example.com/ \n").url() == "https://staging.example.com"
