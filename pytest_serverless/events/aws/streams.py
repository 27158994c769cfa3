"""What the two streams, DynamoDB's and Kinesis's, have in common: seconds, order in the shard, and tumbling windows.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html (2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws.source import AwsCommon
from pytest_serverless.events.aws.values import is_arn
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import MISSING, OPTIONAL, Field, Rule, Scope, Value, field, map_of, obj
from pytest_serverless.events.values import ANY_JSON, BOOLEAN, TEXT, format_iso, iso_time

__all__ = [
    "WindowOptions",
    "epoch_seconds",
    "in_order",
    "serial_number",
    "stream_rules",
    "window_fields",
    "window_of",
    "windowed",
]


class WindowOptions(AwsCommon, total=False):
    """The parameters of a mapping with a tumbling window; any of them makes the event one of a window."""

    window_seconds: int
    """TumblingWindowInSeconds, 1 to 900; 120 unless given."""
    state: Mapping[str, Any]
    """What the last invocation of this window returned as its state."""
    final: bool
    """Whether the window ends with this invocation."""
    terminated_early: bool
    """Whether the window was cut short, as it is when its state outgrows 1 MB."""


def epoch_seconds(mint: Callable[[Mint], float]) -> Value:
    """Return a leaf for a time in seconds since 1970, whole or with a fraction."""
    return Value("epoch-seconds", "seconds since 1970, as a number", _is_seconds, mint, _mend_milliseconds)


def _is_seconds(found: Any) -> bool:
    return type(found) in (int, float) and 946_684_800 <= found < 4_102_444_800


def _mend_milliseconds(found: Any) -> Any:
    return found / 1000 if type(found) in (int, float) and _is_seconds(found / 1000) else MISSING


def serial_number(mint: Mint, base: int, noise: int) -> str:
    """Return a sequence number above `base` and the last one of this mint, with `noise` random digits at its end."""
    rising = mint.now_ms() // 1000 * 10_000_000 + mint.serial()
    return str(base + rising * 10**noise + mint.number(0, 10**noise - 1))


def in_order(numbers: Sequence[str]) -> bool:
    """Tell whether sequence numbers rise, as they do in a shard."""
    return all(int(earlier) < int(later) for earlier, later in pairwise(numbers))


def windowed(event: Scope) -> bool:
    """Tell whether the event is one of a tumbling window."""
    return "window" in event


def window_fields(shard: Field) -> list[Field]:
    """Return the fields that stand beside Records in a tumbling window; `shard` is that of shardId."""
    time = iso_time("seconds")
    edges = [field("start", time), field("end", time, infer=_two_minutes_on)]
    return [
        field("window", obj(*edges, rules=[Rule("window", "after start", _starts_first, "end")]), OPTIONAL),
        field("state", map_of(TEXT, ANY_JSON), windowed),
        shard,
        field(
            "eventSourceARN",
            Value("arn", "the ARN of the stream", is_arn, lambda _: None),
            windowed,
            derive=lambda s: s["Records"][0]["eventSourceARN"] if s["Records"] else s.raw("eventSourceARN"),
            because="eventSourceARN of the records",
        ),
        field("isFinalInvokeForWindow", BOOLEAN, windowed),
        field("isWindowTerminatedEarly", BOOLEAN, windowed),
    ]


def _starts_first(window: Scope) -> bool:
    return bool(window["start"] < window["end"])


def _two_minutes_on(window: Scope) -> str:
    start = datetime.fromisoformat(window["start"].replace("Z", "+00:00"))
    return format_iso(int(start.timestamp() + 120) * 1000, "seconds")


def stream_rules(sequence: Callable[[Any], str], redo: Sequence[str]) -> list[Rule]:
    """Return what must hold between the records; `sequence` reads a record's number, `redo` are the steps to it."""
    return [
        Rule("records", "there, unless a window ends", lambda s: bool(s["Records"]) or windowed(s), "Records"),
        Rule("one-stream", "of one stream", lambda s: len({r["eventSourceARN"] for r in s["Records"]}) <= 1, "Records"),
        Rule(
            "sequence-order",
            "in the order of their sequence numbers",
            lambda s: in_order([sequence(record) for record in s["Records"]]),
            "Records",
            ("Records", "*", *redo),
        ),
    ]


def window_of(options: WindowOptions, now: float) -> dict[str, Any]:
    """Return what to give for a tumbling window: nothing where none was asked for."""
    if not options.keys() & {"window_seconds", "state", "final", "terminated_early"}:
        return {}
    seconds = options.get("window_seconds", 120)
    if not 1 <= seconds <= 900:
        raise InvalidParameterError(f"A tumbling window lasts 1 to 900 seconds, got window_seconds={seconds}.")
    start = int(now) // seconds * seconds
    return {
        "window": {edge: format_iso(at * 1000, "seconds") for edge, at in (("start", start), ("end", start + seconds))},
        "state": options.get("state", {}),
        "isFinalInvokeForWindow": options.get("final", False),
        "isWindowTerminatedEarly": options.get("terminated_early", False),
    }
