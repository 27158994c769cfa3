"""How many events a pattern judges in a second on one core: ours beside moto's, and what either gets wrong.

Both judge the same events with the same pattern: source, detail-type, a prefix and a range of numbers. Events that
match and events that fail at the last field are measured apart. The documented cases are judged by running both.
"""

from __future__ import annotations

import contextlib
import gc
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from measure import arguments, median_ratio, take_turns
from moto.events.models import EventPattern

from pytest_serverless.triggers.patterns import Pattern

PATTERN = {
    "source": ["my.orders"],
    "detail-type": ["OrderPlaced"],
    "detail": {"region": [{"prefix": "eu-"}], "amount": [{"numeric": [">", 0, "<=", 100]}]},
}
TARGET = 50_000
Judge = Callable[[dict[str, Any]], bool]
Load = Callable[[str], Judge]

# What https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html, the pages below it, and the
# service's rule engine (https://github.com/aws/event-ruler) say: a pattern, an event, whether it matches.
DOCUMENTED: list[tuple[Any, dict[str, Any], bool]] = [
    ({"a": ["x"]}, {"a": ["x", "y"]}, True),
    ({"a": [None]}, {"a": None}, True),
    ({"a": [None]}, {"a": []}, False),
    ({"a": [True]}, {"a": 1}, False),
    ({"a": [1]}, {"a": True}, False),
    ({"a": [{"numeric": ["=", 1]}]}, {"a": True}, False),
    ({"a": [300]}, {"a": 3.0e2}, True),
    ({"a": ["2001:db8::1"]}, {"a": "2001:DB8:0:0:0:0:0:1"}, True),
    ({"a": [{"prefix": {"equals-ignore-case": "Ev"}}]}, {"a": "EVENT"}, True),
    ({"a": [{"suffix": ".png"}]}, {"a": "cat.png"}, True),
    ({"a": [{"exists": True}]}, {"a": []}, False),
    ({"a": [{"exists": False}]}, {"a": []}, True),
    ({"a": [{"exists": False}]}, {"a": {}}, True),
    ({"a": [{"exists": False}]}, {"a": {"b": 1}}, True),
    ({"a": [{"anything-but": "x"}]}, {"a": None}, True),
    ({"a": [{"anything-but": 0}]}, {"a": False}, True),
    ({"a": [{"anything-but": {"prefix": ["x", "y"]}}]}, {"a": "yes"}, False),
    ({"a": [{"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}]}, {"a": "d/bin/x"}, False),
    ({"a": [{"wildcard": "a*b"}]}, {"a": "a\nb"}, True),
    ({"a": [{"wildcard": "a\\*b"}]}, {"a": "axb"}, False),
    ({"a": [{"cidr": "10.0.0.77/24"}]}, {"a": "10.0.0.1"}, True),
    ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.0.255"}, True),
    ({"a": {"b": ["x"]}}, {"a.b": "x"}, True),
    ({"a": {"b": ["x"]}}, {"a": [{"b": "x"}]}, True),
    ({"a": {"b": ["x"], "c": ["y"]}}, {"a": [{"b": "x", "c": "y"}]}, True),
    ({"a": {"b": ["x"], "c": ["y"]}}, {"a": [{"b": "x"}, {"c": "y"}]}, False),
    ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"b": "y"}, True),
    ({"$or": ["x", "y"]}, {"$or": "y"}, True),
]

# The same sources; these patterns are refused.
REFUSED: list[Any] = [
    {"a": "x"},
    {"a": []},
    {"a": {}},
    {"a": [["x"]]},
    {"a": [{"starts-with": "x"}]},
    {"a": [{"prefix": 1}]},
    {"a": [{"prefix": "x", "suffix": "y"}]},
    {"a": [{"exists": "yes"}]},
    {"a": [{"numeric": [">", 5, "<", 1]}]},
    {"a": [{"numeric": ["=", 1e10]}]},
    {"a": [{"anything-but": ["x", 1]}]},
    {"a": [{"anything-but": {"prefix": ""}}]},
    {"a": [{"cidr": "10.0.0.0"}]},
    {"a": [{"wildcard": "a**b"}]},
    {"a": [{"wildcard": "a\\b"}]},
]


def event(amount: float) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "OrderPlaced",
        "source": "my.orders",
        "account": "123456789012",
        "time": "2026-11-23T12:00:00Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": {"id": "o-1", "region": "eu-west-1", "amount": amount, "customer": {"id": "c-1", "tier": "gold"}},
    }


def rate(judge: Judge, amount: float, count: int) -> Callable[[], float]:
    """Return what measures how many events a second are judged, each an object of its own."""
    events = [event(amount) for _ in range(count)]

    def measure() -> float:
        gc.collect()
        start = time.perf_counter()
        for one in events:
            judge(one)
        return count / (time.perf_counter() - start)

    return measure


def judged_wrong(load: Load) -> int:
    """Count the documented cases that are judged otherwise, refused, or end in an error."""
    return sum(answer(load, pattern, one) is not matches for pattern, one, matches in DOCUMENTED)


def answer(load: Load, pattern: Any, one: dict[str, Any]) -> bool | None:
    try:
        return load(json.dumps(pattern))(one)
    except Exception:  # noqa: BLE001 - each has errors of its own, for patterns and for events
        return None


def accepted(load: Load) -> int:
    """Count the malformed patterns that are not refused."""
    count = 0
    for pattern in REFUSED:
        with contextlib.suppress(Exception):
            load(json.dumps(pattern))
            count += 1
    return count


def main() -> None:
    quick = arguments(__doc__).quick
    rounds, count = (3, 500) if quick else (15, 20_000)
    loads: dict[str, Load] = {
        "ours": lambda text: Pattern.parse(text).matches,
        "moto": lambda text: EventPattern.load(text).matches_event,
    }
    text = json.dumps(PATTERN)
    for title, amount, matches in (("event matches", 50, True), ("last field fails", 500, False)):
        judges = {name: load(text) for name, load in loads.items()}
        assert all(judge(event(amount)) is matches for judge in judges.values())
        rates = take_turns({name: rate(judge, amount, count) for name, judge in judges.items()}, rounds)
        medians = {name: statistics.median(measured) for name, measured in rates.items()}
        print(
            f"{title:>17}: ours {medians['ours']:9,.0f} events/s (at least {TARGET:,})   moto {medians['moto']:8,.0f} "
            f"events/s   {median_ratio(rates['ours'], rates['moto']):.1f} x as many"
        )
    for name, load in loads.items():
        print(
            f"{name:>17}: {judged_wrong(load)} of {len(DOCUMENTED)} documented cases judged wrongly, "
            f"{accepted(load)} of {len(REFUSED)} malformed patterns accepted"
        )


if __name__ == "__main__":
    main()
