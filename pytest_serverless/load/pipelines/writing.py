"""What a journey writes to a service itself, and the id by which its effect is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_serverless.errors import InvalidParameterError, shorten
from pytest_serverless.load.pipelines.services import Services

__all__ = ["Written", "message", "stored"]

_TEXT = "a text, or a value that JSON has a form for"


class Written:
    """A request to a service, before it is sent."""

    __slots__ = ("body", "headers", "method", "service", "url")

    def __init__(self, service: str, method: str, url: str, headers: dict[str, str], body: bytes) -> None:
        self.service = service
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body


def message(
    services: Services,
    queue: str,
    body: Any,
    *,
    group: str | None = None,
    deduplication: str | None = None,
    delay_s: int | None = None,
    attributes: Mapping[str, str] | None = None,
) -> Written:
    """Return the request that sends a message; what is no text is sent as JSON.

    `group` and `deduplication` are those of a FIFO queue, `attributes` are texts.
    """
    given = {
        "QueueUrl": services.queue_url(queue),
        "MessageBody": body if isinstance(body, str) else _json(body),
        "MessageGroupId": group,
        "MessageDeduplicationId": deduplication,
        "DelaySeconds": delay_s,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items()
        }
        or None,
    }
    content = json.dumps({name: value for name, value in given.items() if value is not None}).encode()
    return Written("sqs", "POST", f"{services.url('sqs')}/", services.operation("sqs", "SendMessage"), content)


def stored(
    services: Services, bucket: str, key: Any, body: Any, *, headers: Mapping[str, str] | None = None
) -> Written:
    """Return the request that puts an object; `headers` may have its content type and `x-amz-meta-…`."""
    if not isinstance(key, str) or not key:
        raise InvalidParameterError(f"The key of an object is a text, not {shorten(key)}.")
    if not isinstance(body, (bytes, bytearray, str)):
        raise InvalidParameterError(f"The body of an object is bytes or a text, not {shorten(body)}.")
    content = body.encode() if isinstance(body, str) else bytes(body)
    carried = {"content-type": "application/octet-stream", **(headers or {})}
    return Written("s3", "PUT", services.object_url(bucket, key), carried, content)


def _json(body: Any) -> str:
    try:
        return json.dumps(body, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidParameterError(f"The body of a message is {_TEXT}, not {shorten(body)} ({error}).") from None
