"""What the answers of other providers mean, a table for each."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_serverless.load.classes.rules import Rule, statuses
from pytest_serverless.load.classes.tables_aws import Rows

__all__ = ["ELSEWHERE"]

_429, _500, _502, _503, _504 = (statuses(each) for each in (429, 500, 502, 503, 504))
_NO_INSTANCE = ("no available instance",)

_AZURE = (
    Rule(status=_429, headers={"x-function-scaleout": True}, kind="throttled", reason="host_queue"),
    Rule(status=_429, kind="throttled", reason="unnamed"),
    Rule(status=_503, text=("Function host is not running",), kind="failed", reason="platform"),
    Rule(status=_503, text=("The service is unavailable",), kind="throttled", reason="no_worker"),
    Rule(status=_504, kind="function_error", reason="timeout"),
)

_CLOUD_RUN = (
    # The caller reads "Rate exceeded."; the longer text stands in the log of requests, and in the answer of some.
    Rule(status=_429, text=(*_NO_INSTANCE, "Rate exceeded."), kind="throttled", reason="instances"),
    Rule(status=statuses(500, 503), text=_NO_INSTANCE, kind="throttled", reason="capacity"),
    Rule(
        status=statuses(500, 502, 503),
        text=("The server encountered an error and could not complete your request",),
        kind="ambiguous",
        reason="throttle_or_error",
    ),
    Rule(status=_503, text=("Service Unavailable",), kind="ambiguous", reason="http_503"),
    Rule(status=_504, kind="function_error", reason="timeout"),
)

_OPENWHISK = (
    Rule(status=_429, text=("requests in the last minute",), kind="throttled", reason="rate"),
    Rule(status=_429, text=("concurrent requests in flight",), kind="throttled", reason="concurrency"),
    Rule(status=statuses(429, 503), text=("System is overloaded",), kind="throttled", reason="overload"),
    Rule(status=_502, text=("exceeded its time limits",), kind="function_error", reason="timeout"),
    Rule(status=_502, text=("exhausted its memory",), kind="function_error", reason="out_of_memory"),
    Rule(status=_502, json={"response.success": (False,)}, kind="function_error", reason="unhandled"),
)

_HOST = "https://github.com/Azure/azure-functions-host/blob/dev/src/WebJobs.Script.WebHost/Middleware"
_RUN = "https://docs.cloud.google.com/run/docs"
_MESSAGES = "common/scala/src/main/scala/org/apache/openwhisk/http/ErrorResponse.scala"

ELSEWHERE: Mapping[str, Rows] = {
    "azure": (
        "2026-11",
        (f"{_HOST}/HttpThrottleMiddleware.cs", "reported: the pages of the front end"),
        _AZURE,
    ),
    "cloud_run": (
        "2026-11",
        (f"{_RUN}/troubleshooting", f"{_RUN}/about-instance-autoscaling", "reported: what the caller reads"),
        _CLOUD_RUN,
    ),
    "openwhisk": ("2026-11", (f"https://github.com/apache/openwhisk/blob/master/{_MESSAGES}",), _OPENWHISK),
    "http": ("2026-11", ("https://www.rfc-editor.org/rfc/rfc9110", "https://www.rfc-editor.org/rfc/rfc6585"), ()),
}
