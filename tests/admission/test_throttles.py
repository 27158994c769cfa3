"""Refusals as the service words them; botocore, which reads them for callers, is the judge."""

import botocore.session
import pytest
from botocore.parsers import create_parser

from pytest_serverless.admission import throttles

LAMBDA_REASONS = [
    throttles.ACCOUNT_CONCURRENCY,
    throttles.RESERVED_CONCURRENCY,
    throttles.ACCOUNT_RATE,
    throttles.RESERVED_RATE,
    throttles.CALLER_RATE,
    throttles.SNAPSHOTS,
]


@pytest.fixture(scope="module")
def model():
    return botocore.session.get_session().get_service_model("lambda")


def test_botocore_knows_these_reasons_and_no_others(model):
    assert sorted(model.shape_for("ThrottleReason").enum) == sorted(LAMBDA_REASONS)


@pytest.mark.parametrize("reason", LAMBDA_REASONS)
def test_botocore_reads_the_reason(model, reason):
    answer = {"status_code": throttles.STATUS, "headers": dict(throttles.HEADERS), "body": throttles.body(reason)}
    operation = model.operation_model("Invoke")
    parser = create_parser(operation.service_model.protocol)

    error = parser.parse(answer, operation.output_shape)
    shape = model.shape_for_error_code(error["Error"]["Code"])
    fields = parser.parse(answer, shape)

    assert error["Error"]["Code"] == "TooManyRequestsException"
    assert shape.metadata["error"]["httpStatusCode"] == throttles.STATUS
    assert (fields["Reason"], fields["Type"]) == (reason, "User")


def test_bodies_are_as_recorded():
    # Both are quoted in reports of many users, such as https://github.com/fyoorer/ShadowClone/issues/46.
    assert (
        throttles.body("ConcurrentInvocationLimitExceeded")
        == b'{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}'
    )
    assert (
        throttles.body("CallerRateLimitExceeded")
        == b'{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate exceeded"}'
    )
