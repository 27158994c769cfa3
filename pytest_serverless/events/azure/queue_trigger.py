"""Azure Queue Storage: a message that a queue trigger hands to the Python worker.

Source: `QueueTriggerBinding` of https://github.com/Azure/azure-sdk-for-net
(Microsoft.Azure.WebJobs.Extensions.Storage.Queues), the host's `ScriptInvocationContextExtensions`, and the example in
https://learn.microsoft.com/azure/azure-functions/functions-custom-handlers (2026-11). The host's `sys` entry does not
reach a worker, and neither does the queue's name. Times are whole seconds, as the queue service has them; the poller
hides a message for ten minutes. The properties of a JSON body are added to the metadata on delivery; see
`decoding.trigger_metadata`.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.azure.datum import DATUM, STRING, datum, json_or_string, json_text
from pytest_serverless.events.builder import plain
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import Either, Rule, Scope, Shape, Value, field, obj
from pytest_serverless.events.source import Common, Event, EventSource, event_type
from pytest_serverless.events.values import BASE64, TEXT, UUID, const

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["MESSAGE", "QueueEvents"]

_REFERENCE = "https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger"
_HIDDEN_S = 600
_KEPT_S = 7 * 24 * 3600

_TEXT_BODY = datum("string", TEXT)
_BINARY_BODY = datum("bytes", BASE64)


def _time(after_s: int) -> Any:
    return lambda mint: _as_json_time(mint.now() + after_s)


def _as_json_time(epoch_s: float) -> str:
    return f'"{datetime.fromtimestamp(int(epoch_s), tz=timezone.utc):%Y-%m-%dT%H:%M:%S}+00:00"'


_TIME = r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?[+-]\d\d:\d\d"'


def _moment(after_s: int) -> Either:
    return json_or_string(
        json_text("json-time", "a time with its offset, as 2026-11-23T10:00:00+00:00", _TIME, _time(after_s))
    )


def _minted(mint: Callable[[Mint], str]) -> Value:
    """Any text, since the body may have put its own there; made as the queue service makes it."""
    return Value("text", "text", TEXT.accepts, mint, TEXT.mend)


def _body_text(event: Scope) -> str | None:
    """Return the message as text, or None where it is not valid UTF-8."""
    data = event["data"]
    if "string" in data:
        return str(data["string"])
    try:
        return b64decode(data["bytes"]).decode()
    except UnicodeDecodeError:
        return None


def _own(name: str, rule: Any) -> Any:
    """Return a rule for the host's own entry; one that the body put in its place may be anything."""

    def holds(metadata: Scope) -> bool:
        return name.lower() in _body_names(metadata.up) or rule(metadata[name])

    return holds


def _body_names(event: Scope) -> set[str]:
    try:
        body = json.loads(event["data"].get("string", ""))
    except ValueError:
        return set()
    if not isinstance(body, dict):
        return set()
    return {name.lower() for name, value in body.items() if value is not None and not isinstance(value, list)}


def _number_or_time(name: str) -> Rule:
    return Rule("json", "sent as json, not as string", _own(name, lambda found: "json" in found), name)


def _in_order(metadata: Scope) -> bool:
    times = [metadata[name].get("json", "") for name in ("InsertionTime", "ExpirationTime")]
    return not all(times) or datetime.fromisoformat(times[0][1:20]) <= datetime.fromisoformat(times[1][1:20])


_METADATA = obj(
    field(
        "QueueTrigger",
        STRING,
        lambda s: _body_text(s.up) is not None,
        derive=lambda s: {"string": _body_text(s.up)},
        because="the message's text",
    ),
    field("DequeueCount", json_or_string(json_text("json-number", "a number from 1", r"[1-9]\d*", lambda _: "1"))),
    field("ExpirationTime", _moment(_KEPT_S - 1)),
    field("Id", datum("string", _minted(UUID.mint))),
    field("InsertionTime", _moment(-1)),
    field("NextVisibleTime", _moment(_HIDDEN_S)),
    field("PopReceipt", datum("string", _minted(lambda mint: mint.base64(20)))),
    others=DATUM,
    rules=[
        Rule("uuid", UUID.expected, _own("Id", lambda found: UUID.accepts(found["string"])), "Id"),
        *map(_number_or_time, ("DequeueCount", "ExpirationTime", "InsertionTime", "NextVisibleTime")),
        Rule("expires-after-insertion", "not before InsertionTime", _in_order, "ExpirationTime"),
    ],
)

MESSAGE = Shape(
    "azure.queue",
    obj(
        field("trigger", const("queueTrigger")),
        field(
            "data",
            Either(
                lambda found: _BINARY_BODY if isinstance(found, dict) and "bytes" in found else _TEXT_BODY,
                "the message as string or bytes",
            ),
        ),
        field("trigger_metadata", _METADATA),
    ),
    lambda event: event["trigger"] == "queueTrigger",
)


class MessageOptions(Common, total=False):
    """What any message may have."""

    dequeue_count: int
    """How often the message was taken from the queue, this time included."""
    message_id: str
    """The message's id, a UUID."""


class QueueEvents(EventSource):
    """Messages that a queue trigger hands to the function."""

    name = "azure.queue"

    @event_type("A message from an Azure storage queue", reference=_REFERENCE, shape=MESSAGE)
    def message(
        self,
        body: str | bytes | dict[str, Any] | list[Any] = "Hello from Queue Storage",
        **options: Unpack[MessageOptions],
    ) -> Event:
        """Build the event of one message.

        Text is delivered as string, a dict or a list as its JSON; bytes as they are, as to a trigger with
        `data_type=BINARY`.
        """
        metadata: dict[str, Any] = {"DequeueCount": {"json": str(options.get("dequeue_count", 1))}}
        if "message_id" in options:
            metadata["Id"] = {"string": options["message_id"]}
        return self.complete(MESSAGE, {"data": _data(body), "trigger_metadata": metadata}, options)


def _data(body: Any) -> dict[str, str]:
    if isinstance(body, bytes):
        return {"bytes": b64encode(body).decode()}
    if not isinstance(body, str):
        body = json.dumps(plain(body, "body"), ensure_ascii=False, separators=(",", ":"))
    if any("\ud800" <= character <= "\udfff" for character in body):
        raise InvalidParameterError("body has a lone surrogate, which no queue can store; pass the bytes themselves.")
    return {"string": body}
