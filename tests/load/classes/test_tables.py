"""What answers mean, judged by botocore's model, by the local platform's own refusals, and by recorded bodies."""

import json

import botocore.session
import pytest

from pytest_serverless.admission import throttles
from pytest_serverless.load.classes import REASONS, TABLES, Classifier
from pytest_serverless.load.classes.tables import COMMON
from pytest_serverless.web import refusals
from pytest_serverless.web.lambda_invoke import RECURSION, Refusal

PROBE = {"x-serverless-probe": "v1;instance=ab;n=1"}


def lower(headers):
    return {name.lower(): value for name, value in headers}


def verdict_of(path, status, headers=(), body=b""):
    return Classifier(path)(status, lower(dict(headers).items()), body)


def meant_by(path, response):
    return Classifier(path)(response.status, lower(response.headers.pairs), response.body)


@pytest.fixture(scope="module")
def model():
    return botocore.session.get_session().get_service_model("lambda")


def test_every_reason_that_botocore_knows_has_its_word(model):
    words = {}
    for reason in model.shape_for("ThrottleReason").enum:
        verdict = verdict_of("lambda_invoke", 429, throttles.HEADERS, throttles.body(reason))
        assert verdict.kind == "throttled"
        words[reason] = verdict.reason

    assert len(set(words.values())) == len(words)
    assert "unnamed" not in words.values()


def test_a_caller_that_is_too_fast_is_our_own_fault(model):
    by_reason = {
        reason: verdict_of("lambda_invoke", 429, throttles.HEADERS, throttles.body(reason)).whose
        for reason in model.shape_for("ThrottleReason").enum
    }

    assert {reason for reason, whose in by_reason.items() if whose == "ours"} == {"CallerRateLimitExceeded"}


def test_a_reason_that_nobody_knows_yet_is_a_throttle_still():
    body = b'{"Reason":"SomethingNewLimitExceeded","Type":"User","message":"Rate Exceeded."}'

    assert verdict_of("lambda_invoke", 429, throttles.HEADERS, body)[:2] == ("throttled", "unnamed")


def errors_of_invoke():
    model = botocore.session.get_session().get_service_model("lambda")
    return sorted(
        (shape.name, shape.metadata["error"]["httpStatusCode"])
        for shape in model.operation_model("Invoke").error_shapes
    )


@pytest.mark.parametrize(("error", "status"), errors_of_invoke())
def test_no_error_of_the_invoke_api_counts_as_the_functions(error, status):
    verdict = verdict_of("lambda_invoke", status, {"x-amzn-ErrorType": f"{error}:http://internal.amazon.com/"})

    assert verdict.kind in {"throttled", "failed", "refused"}


@pytest.mark.parametrize("error", ["UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException"])
def test_keys_that_are_wrong_are_told_from_what_is_not_allowed(error):
    """The services' common errors: docs.aws.amazon.com/lambda/latest/api/CommonErrors.html (2026-11)."""
    assert verdict_of("lambda_invoke", 403, {"x-amzn-ErrorType": error}.items())[:2] == ("refused", "unauthorized")
    denied = {"x-amzn-ErrorType": "AccessDeniedException"}.items()
    assert verdict_of("lambda_invoke", 403, denied)[:2] == ("refused", "forbidden")


def test_what_the_platform_lacks_is_capacity():
    errors = errors_of_invoke()
    lacking = {
        name
        for name, status in errors
        if verdict_of("lambda_invoke", status, {"x-amzn-ErrorType": name})[:2] == ("throttled", "capacity")
    }

    assert {name for name in lacking if not name.startswith("S3Files")} == {  # those are of newer models alone
        "EC2ThrottledException",
        "ENILimitReachedException",
        "SubnetIPAddressLimitReachedException",
        "SnapStartTimeoutException",
        "EFSMountTimeoutException",
        "EFSMountConnectivityException",
    }


@pytest.mark.parametrize(
    ("error_type", "message", "reason"),
    [
        # As the service answers; `Runtime.ExitError` is also what it said of a lack of memory, until it had a name.
        ("Sandbox.Timedout", "RequestId: 1 Error: Task timed out after 1.00 seconds", "timeout"),
        ("", "2024-04-01T00:00:00.000Z 1 Task timed out after 1.00 seconds", "timeout"),
        ("Runtime.OutOfMemory", "RequestId: 1 Error: Runtime exited with error: signal: killed", "out_of_memory"),
        ("Runtime.ExitError", "RequestId: 1 Error: Runtime exited with error: signal: killed", "out_of_memory"),
        ("Runtime.ExitError", "RequestId: 1 Error: Runtime exited without providing a reason", "exit"),
        ("Function.ResponseSizeTooLarge", "Response payload size exceeded", "response_too_large"),
        ("KeyError", "'no'", "unhandled"),
    ],
)
def test_a_function_error_is_never_a_throttle(error_type, message, reason):
    body = json.dumps({"errorType": error_type, "errorMessage": message}).encode()

    verdict = verdict_of("lambda_invoke", 200, {"X-Amz-Function-Error": "Unhandled"}, body)

    assert verdict[:2] == ("function_error", reason)


def test_a_payload_that_speaks_of_throttles_is_an_ordinary_answer():
    assert verdict_of("lambda_invoke", 200, {}, b'{"Reason":"ConcurrentInvocationLimitExceeded"}').kind == "ok"


@pytest.mark.parametrize(
    ("front", "of", "kind", "reason"),
    [
        ("rest_api", "gateway", "throttled", "gateway"),
        ("rest_api", "quota", "throttled", "quota"),
        ("rest_api", "function", "ambiguous", "throttle_or_error"),
        ("http_api", "gateway", "throttled", "gateway"),
        ("http_api", "function", "ambiguous", "throttle_or_timeout"),
        ("function_url", "gateway", "throttled", "concurrency"),
        ("function_url", "function", "throttled", "concurrency"),
        ("alb", "function", "ambiguous", "throttle_or_error"),
    ],
)
def test_what_the_local_fronts_say_to_a_throttled_client(front, of, kind, reason):
    assert meant_by(front, refusals.throttled(front, of=of))[:2] == (kind, reason)


@pytest.mark.parametrize(
    ("front", "refused", "kind", "reason"),
    [
        ("rest_api", "not_found", "refused", "forbidden"),
        ("rest_api", "unauthorized", "refused", "unauthorized"),
        ("rest_api", "no_api_key", "refused", "forbidden"),
        ("rest_api", "too_large", "refused", "too_large"),
        ("rest_api", "failed", "ambiguous", "throttle_or_error"),
        ("rest_api", "timed_out", "function_error", "timeout"),
        ("http_api", "not_found", "refused", "not_found"),
        ("http_api", "no_token", "refused", "unauthorized"),
        ("http_api", "failed", "ambiguous", "throttle_or_error"),
        ("http_api", "timed_out", "ambiguous", "throttle_or_timeout"),
        ("function_url", "denied", "refused", "forbidden"),
        ("function_url", "failed", "function_error", "unhandled"),
    ],
)
def test_what_the_local_fronts_say_of_anything_else(front, refused, kind, reason):
    assert meant_by(front, refusals.refuse(front, refused, "for a test"))[:2] == (kind, reason)


@pytest.mark.parametrize(
    ("refusal", "kind", "reason"),
    [
        (Refusal.throttled(throttles.RESERVED_CONCURRENCY), "throttled", "reserved_concurrency"),
        (Refusal.too_large(7_000_000, synchronous=True, most=6_291_556), "refused", "too_large"),
        (RECURSION, "refused", "http_400"),
        (Refusal(500, "ServiceException", "an internal error"), "failed", "platform"),
    ],
)
def test_what_the_local_invoke_api_says(refusal, kind, reason):
    assert verdict_of("lambda_invoke", refusal.status, refusal.headers, refusal.body)[:2] == (kind, reason)


# https://github.com/apache/openwhisk/issues/4798; the other texts are `Messages` of OpenWhisk's ErrorResponse.scala.
TOO_MANY_AT_ONCE = '{"error": "Too many concurrent requests in flight (count: 240, allowed: 240).", "code": "BWm0"}'
TOO_MANY_A_MINUTE = '{"error":"Too many requests in the last minute (count: 61, allowed: 60).","code":"x"}'
OVERLOADED = '{"error":"System is overloaded, try again later.","code":"x"}'

# https://github.com/firebase/firebase-functions/issues/965: the same text with either status.
NO_INSTANCE = "The request was aborted because there was no available instance."

# https://dev.to/aws-builders/managing-lambdaedge-service-quotas-6od
EDGE = "<H1>503 ERROR</H1> The Lambda function associated with the CloudFront distribution was throttled. We can't"
LIMIT = {"X-Cache": "LambdaLimitExceeded from cloudfront"}

RECORDED = [
    ("openwhisk", 429, {}, TOO_MANY_AT_ONCE, "throttled", "concurrency"),
    ("openwhisk", 429, {}, TOO_MANY_A_MINUTE, "throttled", "rate"),
    ("openwhisk", 503, {}, OVERLOADED, "throttled", "overload"),
    ("cloud_run", 429, {}, NO_INSTANCE, "throttled", "instances"),
    ("cloud_run", 500, {}, NO_INSTANCE, "throttled", "capacity"),
    ("cloud_run", 429, {}, "Rate exceeded.", "throttled", "instances"),
    ("cloudfront", 503, {}, EDGE, "throttled", "account_concurrency"),
    ("cloudfront", 503, LIMIT, "", "ambiguous", "throttle_or_timeout"),
    # `RejectRequest` of the host's HttpThrottleMiddleware.cs
    ("azure", 429, {"X-FUNCTION-SCALEOUT": "1"}, "", "throttled", "host_queue"),
    ("azure", 503, {}, "Function host is not running.", "failed", "platform"),
    # Function URLs answered so for a while in 2022.
    ("function_url", 400, {"x-amzn-ErrorType": "ThrottlingException"}, '{"Message":null}', "throttled", "concurrency"),
]


@pytest.mark.parametrize(("path", "status", "headers", "body", "kind", "reason"), RECORDED)
def test_recorded_answers(path, status, headers, body, kind, reason):
    assert verdict_of(path, status, headers, body.encode())[:2] == (kind, reason)


@pytest.mark.parametrize("path", [path for path in TABLES if path != "lambda_invoke"])
def test_a_429_that_the_function_made_is_no_throttle(path):
    body = json.dumps({"message": "Too Many Requests"}).encode()

    assert verdict_of(path, 429, PROBE, body)[:2] == ("refused", "handler_429")
    assert verdict_of(path, 429, {}, body).kind == "throttled"


@pytest.mark.parametrize("path", [path for path in TABLES if path != "lambda_invoke"])
@pytest.mark.parametrize("status", [500, 502, 503])
def test_with_the_probe_nothing_is_ambiguous(path, status):
    body = json.dumps({"message": "Internal server error"}).encode()

    assert verdict_of(path, status, PROBE, body)[:2] == ("function_error", "handler_error")


@pytest.mark.parametrize("path", TABLES)
@pytest.mark.parametrize("status", [200, 201, 204, 302, 304])
def test_an_ordinary_answer_is_ok(path, status):
    assert verdict_of(path, status, {"content-type": "text/plain"}, b"throttled 429") == ("ok", "", "target", False)


@pytest.mark.parametrize("path", TABLES)
def test_a_table_has_its_date_and_its_sources_and_only_reasons_that_are_explained(path):
    table = TABLES[path]

    assert table.date.count("-") == 1
    assert table.sources
    assert {rule.reason for rule in (*table.rules, *COMMON)} <= set(REASONS)


def test_every_row_can_be_reached():
    # Each row's own conditions, met as literally as possible, lead to it unless an earlier row of the path takes it.
    for path, table in TABLES.items():
        for rule in table.rules:
            headers = {name: "x" if values is True else values[0] for name, values in rule.headers.items() if values}
            body = rule.text[0].encode() if rule.text else b""
            if rule.json:
                body = nested(rule.json)
            found = {verdict_of(path, status, headers, body)[:2] for status in rule.status}
            assert (rule.kind, rule.reason) in found, (path, rule)


def nested(fields):
    found = {}
    for name, values in fields.items():
        *outer, last = name.split(".")
        inner = found
        for each in outer:
            inner = inner.setdefault(each, {})
        inner[last] = values[0]
    return json.dumps(found).encode()
