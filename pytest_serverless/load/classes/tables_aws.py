"""What the answers of AWS mean, a table for each path to a function."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_serverless.admission import throttles
from pytest_serverless.load.classes.rules import Rule, statuses

__all__ = ["AWS", "Rows"]

Rows = tuple[str, tuple[str, ...], tuple[Rule, ...]]
"""The date of a table, its sources and its rows."""

_OWN = {"server": ("awselb",)}
_ERROR_TYPE = "x-amzn-errortype"
_FUNCTION_ERROR = "x-amz-function-error"
_429, _502, _503 = statuses(429), statuses(502), statuses(503)

_REASONS = {
    throttles.ACCOUNT_CONCURRENCY: "account_concurrency",
    throttles.RESERVED_CONCURRENCY: "reserved_concurrency",
    throttles.ACCOUNT_RATE: "account_rate",
    throttles.RESERVED_RATE: "reserved_rate",
    throttles.SNAPSHOTS: "snapshots",
}

_CAPACITY = (
    "EC2ThrottledException",
    "ENILimitReachedException",
    "SubnetIPAddressLimitReachedException",
)
_MOUNTS = (
    "SnapStartTimeoutException",
    "EFSMountTimeoutException",
    "EFSMountConnectivityException",
    "S3FilesMountTimeoutException",
    "S3FilesMountConnectivityException",
)
_KEYS = (
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "InvalidClientTokenId",
    "ExpiredToken",
    "IncompleteSignature",
    "MissingAuthenticationToken",
)
_STORAGE = ("EFSMountFailureException", "S3FilesMountFailureException", "EFSIOException")
_FAILURES = (
    (("Sandbox.Timedout", "Task timed out after"), "timeout"),
    (("Runtime.OutOfMemory", "signal: killed"), "out_of_memory"),
    (("Runtime.ExitError",), "exit"),
    (("Function.ResponseSizeTooLarge",), "response_too_large"),
)


def _failed(texts: tuple[str, ...], reason: str) -> Rule:
    return Rule(status=statuses(200), headers={_FUNCTION_ERROR: True}, text=texts, kind="function_error", reason=reason)


_LAMBDA_INVOKE = (
    *(_failed(texts, reason) for texts, reason in _FAILURES),
    Rule(status=statuses(200), headers={_FUNCTION_ERROR: True}, kind="function_error", reason="unhandled"),
    Rule(status=_429, json={"Reason": (throttles.CALLER_RATE,)}, kind="throttled", reason="caller_rate", whose="ours"),
    *(Rule(status=_429, json={"Reason": (word,)}, kind="throttled", reason=ours) for word, ours in _REASONS.items()),
    Rule(status=_429, kind="throttled", reason="unnamed"),
    Rule(status=_502, headers={_ERROR_TYPE: _CAPACITY}, kind="throttled", reason="capacity"),
    Rule(status=_502, headers={_ERROR_TYPE: ("EC2UnexpectedException",)}, kind="failed", reason="platform"),
    Rule(status=_502, headers={_ERROR_TYPE: True}, kind="failed", reason="configuration"),
    Rule(status=statuses(400, 403), headers={_ERROR_TYPE: _KEYS}, kind="refused", reason="unauthorized"),
    Rule(status=statuses(403, 410), headers={_ERROR_TYPE: _STORAGE}, kind="failed", reason="configuration"),
    Rule(status=statuses(408), headers={_ERROR_TYPE: _MOUNTS}, kind="throttled", reason="capacity"),
    Rule(status=statuses(500), headers={_ERROR_TYPE: ("ServiceException",)}, kind="failed", reason="platform"),
    Rule(status=statuses("5xx"), kind="failed", reason="platform"),
)

_FUNCTION_URL = (
    Rule(
        status=statuses(400, 429),
        headers={_ERROR_TYPE: ("TooManyRequestsException", "ThrottlingException")},
        kind="throttled",
        reason="concurrency",
    ),
    Rule(
        status=statuses(400, 429),
        json={"message": ("Rate Exceeded.", "Rate exceeded")},
        kind="throttled",
        reason="concurrency",
    ),
    Rule(status=_429, kind="throttled", reason="unnamed"),
    # The text is the service's own to a function that failed; a throttled one gets 429.
    Rule(status=_502, text=("Internal Server Error",), kind="function_error", reason="unhandled"),
    Rule(status=_502, kind="function_error", reason="handler_error"),
    Rule(status=statuses(504), kind="function_error", reason="timeout"),
)

_REST_API = (
    Rule(status=_429, headers={_ERROR_TYPE: ("LimitExceededException",)}, kind="throttled", reason="quota"),
    Rule(status=_429, json={"message": ("Limit Exceeded",)}, kind="throttled", reason="quota"),
    Rule(status=_429, headers={_ERROR_TYPE: ("TooManyRequestsException",)}, kind="throttled", reason="gateway"),
    Rule(status=_429, json={"message": ("Too Many Requests",)}, kind="throttled", reason="gateway"),
    # Reported: 500 by most, 502 by some; a function that failed, or answered what cannot be read, gets the same.
    Rule(
        status=statuses(500, 502),
        json={"message": ("Internal server error",)},
        kind="ambiguous",
        reason="throttle_or_error",
    ),
    Rule(status=statuses(504), kind="function_error", reason="timeout"),
    Rule(status=statuses(500, 502), kind="function_error", reason="handler_error"),
)

_HTTP_API = (
    Rule(status=_429, json={"message": ("Too Many Requests",)}, kind="throttled", reason="gateway"),
    # No source settles which a throttled function gets; 503 is also said of one that took over thirty seconds.
    Rule(status=_503, json={"message": ("Service Unavailable",)}, kind="ambiguous", reason="throttle_or_timeout"),
    Rule(
        status=statuses(500),
        json={"message": ("Internal Server Error",)},
        kind="ambiguous",
        reason="throttle_or_error",
    ),
    Rule(status=statuses(500, 503), kind="function_error", reason="handler_error"),
)

_ALB = (
    # Its own pages name it as the server, and have nothing but the status; no source settles what is said of which.
    Rule(status=_502, headers=_OWN, kind="ambiguous", reason="throttle_or_error"),
    Rule(status=_503, headers=_OWN, kind="ambiguous", reason="throttle_or_error"),
    Rule(
        status=_502, text=("<center><h1>502 Bad Gateway</h1></center>",), kind="ambiguous", reason="throttle_or_error"
    ),
    Rule(
        status=_503,
        text=("<center><h1>503 Service Temporarily Unavailable</h1>", "<center><h1>503 Service Unavailable</h1>"),
        kind="ambiguous",
        reason="throttle_or_error",
    ),
    Rule(status=statuses(504), kind="function_error", reason="timeout"),
    Rule(status=statuses(500, 502, 503), kind="function_error", reason="handler_error"),
)

_CLOUDFRONT = (
    Rule(status=_503, text=("distribution was throttled",), kind="throttled", reason="account_concurrency"),
    Rule(status=_503, headers={"x-cache": ("LambdaLimitExceeded",)}, kind="ambiguous", reason="throttle_or_timeout"),
    Rule(status=_503, headers={"x-cache": ("FunctionThrottledError",)}, kind="throttled", reason="edge"),
    Rule(
        status=statuses(502, 503),
        headers={"x-cache": ("LambdaExecutionError", "LambdaValidationError", "FunctionExecutionError")},
        kind="function_error",
        reason="unhandled",
    ),
    Rule(status=statuses(504), kind="function_error", reason="timeout"),
)

# With what the services' own APIs refuse callers that are too fast. S3 has its codes in XML, with 503; the others have
# theirs in JSON, behind the name of a namespace, with 400 or 403.
_SLOW_DOWN = ("<Code>SlowDown</Code>", "<Code>ServiceUnavailable</Code>", "<Code>RequestLimitExceeded</Code>")
_TOO_FAST = (
    'RequestThrottled"',
    'ThrottlingException"',
    'KmsThrottled"',
    'OverLimit"',
    'ProvisionedThroughputExceededException"',
    'RequestLimitExceeded"',
)
_AWS_SERVICE = (
    Rule(status=_503, text=_SLOW_DOWN, kind="throttled", reason="service"),
    Rule(status=statuses(400, 403), text=_TOO_FAST, kind="throttled", reason="service"),
    Rule(status=_429, kind="throttled", reason="service"),
    Rule(status=statuses("5xx"), kind="failed", reason="platform"),
)

_GUIDE = "https://docs.aws.amazon.com/lambda/latest"
_S3_ERRORS = "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
_GATEWAY = "https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"

AWS: Mapping[str, Rows] = {
    "lambda_invoke": (
        "2026-11",
        (f"{_GUIDE}/api/API_Invoke.html", "the model of `Invoke` and of `ThrottleReason` in botocore 1.44"),
        _LAMBDA_INVOKE,
    ),
    "function_url": ("2026-11", (f"{_GUIDE}/dg/urls-monitoring.html", "recordings of the service"), _FUNCTION_URL),
    "rest_api": ("2026-11", (_GATEWAY, "reported: what a throttled function gets"), _REST_API),
    "http_api": ("2026-11", ("reported",), _HTTP_API),
    "alb": (
        "2026-11",
        ("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html",),
        _ALB,
    ),
    "cloudfront": (
        "2026-11",
        (
            "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-503-lambda-limit-execeeded-error.html",
            "https://dev.to/aws-builders/managing-lambdaedge-service-quotas-6od for the page of a throttle",
            "reported: the words in X-Cache",
        ),
        _CLOUDFRONT,
    ),
    "aws_service": (
        "2026-11",
        (_S3_ERRORS, "the models of SQS and DynamoDB in botocore 1.44"),
        _AWS_SERVICE,
    ),
}
