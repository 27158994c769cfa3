"""Amazon CloudWatch Logs: what a subscription filter hands to a function, packed as base64 of gzip of JSON.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html and
https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html (2026-11).
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws.source import AwsCommon, AwsEventSource
from pytest_serverless.events.aws.values import ACCOUNT
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import MISSING, OPTIONAL, Either, Encoded, Shape, field, list_of, map_of, obj
from pytest_serverless.events.source import Event, event_type
from pytest_serverless.events.values import EPOCH_MS, TEXT, const, format_iso, one_of, pattern, text

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["PACKED", "SUBSCRIPTION", "CloudwatchLogsEvents", "LogOptions", "control_data", "log_data", "pack", "unpack"]

_GZIP = "H4sI"
"""How gzip begins, in base64."""

_REFERENCE = "https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html"


def pack(data: Any) -> str:
    """Write JSON data as CloudWatch Logs sends it."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.b64encode(gzip.compress(written, mtime=0)).decode()


def unpack(packed: Any) -> Any:
    """Return the data in a text that `pack` or CloudWatch Logs wrote, else `MISSING`."""
    if not isinstance(packed, str) or not packed.startswith(_GZIP):
        return MISSING
    try:
        return json.loads(gzip.decompress(base64.b64decode(packed, validate=True)))
    except (ValueError, OSError, EOFError, zlib.error):
        return MISSING


def _event_id(mint: Mint) -> str:
    """Return an id that rises with time, as the service's do."""
    return f"{mint.now_ms() * 20_282_409_603_651:026d}{mint.digits(30)}"


_LOG_EVENT = obj(
    field("id", pattern("log-event-id", "56 digits", r"\d{56}", _event_id)),
    field("timestamp", EPOCH_MS),
    field("message", TEXT),
    field("extractedFields", map_of(TEXT, TEXT), OPTIONAL),
)
_DATA = obj(
    field("messageType", const("DATA_MESSAGE")),
    field("owner", ACCOUNT),
    field(
        "logGroup",
        pattern("log-group", "a log group's name", r"[.\-_/#A-Za-z0-9]{1,512}", lambda _: "/aws/lambda/function"),
    ),
    field("logStream", pattern("log-stream", "a log stream's name", r"[^:*]{1,512}", lambda _: "stream")),
    field("subscriptionFilters", list_of(pattern("filter", "a filter's name", r"[^:*]{1,512}", lambda _: "filter"))),
    field("logEvents", list_of(_LOG_EVENT)),
    field("policyLevel", one_of("ACCOUNT_LEVEL_POLICY", "LOG_GROUP_LEVEL_POLICY"), OPTIONAL),
)
_CONTROL = obj(
    field("messageType", const("CONTROL_MESSAGE")),
    field("owner", const("CloudwatchLogs")),
    field("logGroup", const("")),
    field("logStream", const("")),
    field("subscriptionFilters", const([])),
    field(
        "logEvents",
        list_of(
            obj(
                field("id", const("")),
                field("timestamp", EPOCH_MS),
                field("message", text("CWL CONTROL MESSAGE: Checking health of destination Lambda.")),
            ),
        ),
    ),
)


def _message(found: Any) -> Any:
    return _CONTROL if isinstance(found, dict) and found.get("messageType") == "CONTROL_MESSAGE" else _DATA


PACKED = Encoded(
    "packed-logs", "base64 of gzip of JSON", Either(_message, "a message of CloudWatch Logs"), unpack, pack
)
"""A message of CloudWatch Logs, packed."""

SUBSCRIPTION = Shape(
    "aws.cloudwatch_logs",
    obj(field("awslogs", obj(field("data", PACKED)))),
    lambda event: "awslogs" in event,
)


class LogOptions(AwsCommon, total=False):
    """Where log events come from."""

    log_group: str
    """The log group's name."""
    log_stream: str
    """The log stream's name; one as Lambda names them unless given."""
    subscription_filter: str
    """The subscription filter's name."""


def log_data(mint: Mint, owner: str, message: str | Sequence[str], options: LogOptions) -> dict[str, Any]:
    """Return what a data message carries, for `PACKED` to complete."""
    messages = [message] if isinstance(message, str) else list(message)
    if not messages or not all(isinstance(line, str) for line in messages):
        raise InvalidParameterError(f"message takes text, or a list of texts with one at least, got {message!r}.")
    return {
        "messageType": "DATA_MESSAGE",
        "owner": owner,
        "logGroup": options.get("log_group", "/aws/lambda/function"),
        "logStream": options.get("log_stream") or _log_stream(mint),
        "subscriptionFilters": [options.get("subscription_filter", "filter")],
        "logEvents": [{"message": line} for line in messages],
    }


def _log_stream(mint: Mint) -> str:
    day = format_iso(mint.now_ms(), "seconds")[:10].replace("-", "/")
    return f"{day}/[$LATEST]{mint.hex(32)}"


def control_data(destination: str) -> dict[str, Any]:
    """Return what a control message carries, for `PACKED` to complete."""
    message = f"CWL CONTROL MESSAGE: Checking health of destination {destination}."
    return {"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": message}]}


class CloudwatchLogsEvents(AwsEventSource):
    """Amazon CloudWatch Logs subscriptions: log events, packed in `awslogs.data`.

    Overrides reach into the packed message: `awslogs.data.logEvents[0].message`.
    """

    name = "aws.cloudwatch_logs"

    @event_type("Log events that a subscription filter matched", reference=_REFERENCE, shape=SUBSCRIPTION)
    def data_message(
        self, message: str | Sequence[str] = "[ERROR] something went wrong", **options: Unpack[LogOptions]
    ) -> Event:
        """Build an event with one log event for each text of `message`."""
        return self._packed(log_data(self.mint, self.place(options).account, message, options), options)

    @event_type(
        "A message by which CloudWatch Logs tests that the destination is there",
        reference="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
        shape=SUBSCRIPTION,
    )
    def control_message(self, *, destination: str = "Lambda", **options: Unpack[AwsCommon]) -> Event:
        """Build a control message, which functions should pass over.

        `destination` is what the message names; for other destinations than Lambda it was seen as `Firehose` and
        `Kinesis stream`.
        """
        return self._packed(control_data(destination), options)

    def _packed(self, data: Mapping[str, Any], options: AwsCommon) -> Event:
        return self.complete(SUBSCRIPTION, {"awslogs": {"data": data}}, options)
