"""The JSON protocol of SQS: what a request says, and how it is answered.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
(2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_serverless.backends.sqs.faults import SqsError

__all__ = ["CONTENT_TYPE", "answer", "parameters_of", "refusal"]

CONTENT_TYPE = "application/x-amz-json-1.0"

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode  # results hold nothing twice


def parameters_of(body: bytes) -> dict[str, Any]:
    """Return the parameters in a request's body."""
    try:
        parameters = json.loads(body or b"{}")
    except ValueError:
        parameters = None
    if not isinstance(parameters, dict):
        raise SqsError("SerializationException", "The request's body is not a JSON object.")
    return parameters


def answer(result: Mapping[str, Any]) -> bytes:
    """Return the body for a result; an operation without one has an empty object."""
    return _encode(result).encode()


def refusal(error: SqsError) -> tuple[dict[str, str], bytes]:
    """Return the header and body for an error; the header has the code of the older protocol, which clients show."""
    body = json.dumps({"__type": f"com.amazonaws.sqs#{error.type}", "message": error.message})
    return {"x-amzn-query-error": f"{error.code};Sender"}, body.encode()
