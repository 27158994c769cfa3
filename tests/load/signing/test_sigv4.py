"""Signatures, judged by botocore's own signers and by the example in AWS's documentation."""

import datetime as dt
import subprocess
import sys
from unittest import mock

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.signing import Keys, Signer

NOW = 1_790_000_000.75
PLAIN = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
TEMPORARY = Keys("ASIAEXAMPLE", "another/secret", "FwoGZXIvYXdzEBYaD+/=  x")
URL = "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f/invocations"
OURS = ("authorization", "date", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256")


def by_botocore(service, method, url, headers, body, keys, now_s=NOW):
    request = AWSRequest(method=method, url=url, headers=headers, data=body)
    now = dt.datetime.fromtimestamp(int(now_s), tz=dt.timezone.utc)
    signer = auth.S3SigV4Auth if service == "s3" else auth.SigV4Auth
    with mock.patch.object(auth, "get_current_datetime", return_value=now):
        signer(Credentials(keys.access_key, keys.secret_key, keys.token), service, "eu-west-1").add_auth(request)
    return {name.lower(): value for name, value in request.headers.items() if name.lower() in OURS}


def by_us(signer, method, url, headers, body, keys, now_s=NOW):
    added = signer.sign(method, url, headers, body, keys=keys, now_s=now_s)
    given = {name.lower(): value for name, value in headers.items() if name.lower() in OURS}
    if "Date" in added:
        given.pop("x-amz-date", None)
    return {**given, **{name.lower(): value for name, value in added.items()}}


def agree(signer, *request, now_s=NOW):
    assert by_us(signer, *request, now_s) == by_botocore(signer.service, *request, now_s)


def test_the_example_of_the_documentation():
    # https://github.com/boto/botocore/tree/develop/tests/unit/auth/aws4_testsuite, get-vanilla: AWS's published suite.
    signer = Signer("service", "us-east-1")
    added = signer.sign("GET", "https://example.amazonaws.com/", {}, b"", keys=PLAIN, now_s=1_440_938_160)
    assert added == {
        "X-Amz-Date": "20150830T123600Z",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=host;x-amz-date, "
        "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    }


@pytest.mark.parametrize("service", ["lambda", "execute-api", "s3", "sqs"])
@pytest.mark.parametrize("keys", [PLAIN, TEMPORARY], ids=["plain", "temporary"])
@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/a",
        "/a/",
        "/a//b",
        "/a/./b/../c",
        "/..",
        "/../..//",
        "/a%20b",
        "/a%2Fb/%E2%82%AC",
        "/tom & jerry",
        "/~u/$LATEST",
        "/€",
        "/f:1,2;x=@!*'()",
    ],
)
@pytest.mark.parametrize("query", ["", "?", "?b=2&a=1", "?a=2&a=1&a", "?a=b%20c&A==&&", "?x=1?y=/"])
def test_paths_and_queries_are_signed_as_botocore_signs_them(service, keys, path, query):
    signer = Signer(service, "eu-west-1")
    agree(signer, "GET", f"https://Abc.execute-api.eu-west-1.amazonaws.com{path}{query}", {}, b"", keys)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "application/json", "X-Amz-Log-Type": "Tail", "X-Amz-Invocation-Type": "RequestResponse"},
        {"x-b": "  two   spaces\tand tabs ", "X-A": "", "x-a": "the same again"},
        {"Host": "other.example:8080"},
        {"Date": "Mon, 01 Jan 2001 00:00:00 GMT", "X-Amz-Date": "20010101T000000Z"},
        {"authorization": "stale", "x-amz-date": "20010101T000000Z", "x-amz-security-token": "stale"},
        {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"},
        {"User-Agent": "u", "Connection": "close", "X-Amzn-Trace-Id": "Root=1", "traceparent": "00", "Expect": "x"},
        {"x-name": "Grüße, 世界"},
    ],
)
@pytest.mark.parametrize("service", ["lambda", "s3"])
@pytest.mark.parametrize("keys", [PLAIN, TEMPORARY], ids=["plain", "temporary"])
def test_headers_are_signed_as_botocore_signs_them(headers, service, keys):
    if "traceparent" in headers and "traceparent" not in auth.SIGNED_HEADERS_BLACKLIST:
        pytest.skip("this botocore signs what newer ones leave out")
    agree(Signer(service, "eu-west-1"), "post", URL, headers, b'{"a": 1}', keys)


@pytest.mark.parametrize(
    "url", ["http://h:80/", "https://h:443/", "http://h:443/", "http://u:p@h:9/", "http://[::1]:9/"]
)
def test_the_host_is_signed_without_the_port_that_its_scheme_implies(url):
    agree(Signer("lambda", "eu-west-1"), "GET", url, {}, b"", PLAIN)


def test_one_signer_serves_changing_keys_days_urls_and_headers():
    signer = Signer("lambda", "eu-west-1")
    for now_s in (NOW, NOW + 0.1, NOW + 1, NOW + 86_400, NOW):
        for keys in (PLAIN, TEMPORARY, Keys(PLAIN.access_key, "rotated"), PLAIN):
            for url in (URL, f"{URL}?Qualifier=live"):
                for headers in ({}, {"Accept": "*/*"}, {"Date": ""}):
                    agree(signer, "POST", url, headers, b"x", keys, now_s=now_s)


def test_it_remembers_a_bounded_number_of_urls():
    signer = Signer("lambda", "eu-west-1")
    for number in range(10_000):
        signer.sign("GET", f"https://h/{number}", {f"x-{number}": ""}, b"", keys=PLAIN, now_s=NOW)
    assert max(len(signer._places), len(signer._shapes)) <= 4096
    agree(signer, "GET", "https://h/1", {}, b"", PLAIN)


names = st.one_of(
    st.sampled_from([*OURS, "Host", "Date", "User-Agent", "X-Amz-Content-SHA256", "content-type", "Content-Type"]),
    st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,8}", fullmatch=True),
)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)
urls = st.builds(
    "https://{}{}{}".format,
    st.sampled_from(["abc.execute-api.eu-west-1.amazonaws.com", "Host.example:8443", "localhost:443"]),
    st.lists(
        st.one_of(st.sampled_from(["", ".", "..", "%2F", "a b"]), st.text("aZ0-_.~%:@!$&'()*+,;= é€", max_size=6))
    ).map(lambda segments: "".join(f"/{segment}" for segment in segments)),
    st.one_of(st.just(""), st.text("abc=&%20+/?é~ ", max_size=20).map(lambda query: f"?{query}")),
)


@settings(deadline=None, max_examples=400, derandomize=True)
@given(
    service=st.sampled_from(["lambda", "execute-api", "s3"]),
    method=st.sampled_from(["GET", "POST", "put", "DELETE", "HEAD", "PATCH", "OPTIONS"]),
    url=urls,
    headers=st.dictionaries(names, texts, max_size=6),
    body=st.binary(max_size=64),
    keys=st.builds(Keys, st.just("AKID"), texts.filter(bool), st.one_of(st.none(), texts)),
    now_s=st.floats(0, 4e9),
)
def test_any_request_is_signed_as_botocore_signs_it(service, method, url, headers, body, keys, now_s):
    agree(Signer(service, "eu-west-1"), method, url, headers, body, keys, now_s=now_s)


@pytest.mark.parametrize("url", ["/path", "example.com", "https:///path", "ftp://h/", ""])
def test_a_url_without_a_host_is_refused(url):
    with pytest.raises(InvalidParameterError, match="Only a whole URL"):
        Signer("lambda", "eu-west-1").sign("GET", f"{url}?code=hidden", {}, b"", keys=PLAIN, now_s=NOW)


@pytest.mark.parametrize(("service", "region"), [("", "eu-west-1"), ("lambda", "")])
def test_a_signer_needs_a_service_and_a_region(service, region):
    with pytest.raises(InvalidParameterError, match="Name both"):
        Signer(service, region)


def test_secrets_are_not_printed():
    signer = Signer("lambda", "eu-west-1")
    signer.sign("GET", URL, {}, b"", keys=TEMPORARY, now_s=NOW)
    for text in (repr(TEMPORARY), str(TEMPORARY), repr(signer)):
        assert TEMPORARY.secret_key not in text
        assert TEMPORARY.token not in text


def test_nothing_of_aws_or_locust_is_imported():
    program = (
        "import sys; import pytest_serverless.load.signing, pytest_serverless.load.auth;"
        "foreign = {'botocore', 'boto3', 'requests', 'gevent', 'locust', 'cryptography'};"
        "print(foreign & {name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
