"""Filter criteria of event source mappings: which records of a source a function is invoked with.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html and the page on each source
(2026-11). A filter is an event pattern over the record, with the source's data as what it is: JSON if it is an object
or an array, a text otherwise. What becomes of a record whose data is not what the filter describes depends on the
source: SQS, Kinesis and DynamoDB drop it, Kafka and MQ judge it by its other fields alone.

A filter on the data of Kinesis or DynamoDB that asks for a text is refused. Numbers of DynamoDB are texts in the
record, so `numeric` never matches them. The words for too many filters are not the service's: it does not publish
them. Nor does it publish which operators a mapping refuses that a rule takes; all are taken here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any

from pytest_serverless.errors import InvalidMappingError, InvalidPatternError
from pytest_serverless.triggers.pattern_matching import CompiledRule
from pytest_serverless.triggers.pattern_reader import RefusedPatternError
from pytest_serverless.triggers.pattern_rules import Rule, rules_of

__all__ = ["FilterCriteria"]

Record = Mapping[str, Any]

_REACH = 5e9
_MOST_FILTERS = 5
_LONGEST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """How filters see the records of a source; `data` are the fields that may be JSON or text."""

    data: tuple[str, ...]
    view: Callable[[Record], Record]
    only_json: bool = False
    drops: bool = True
    """Whether a record whose data is not what the filter describes is dropped, or judged by the rest."""


class FilterCriteria:
    """The filters of a mapping, made with `parse`: a record passes that matches one of them; without any, each does."""

    __slots__ = ("_rules", "_source")

    def __init__(self, rules: Sequence[_FilterRule], source: _Source) -> None:
        self._rules = tuple(rules)
        self._source = source

    @classmethod
    def parse(cls, criteria: Mapping[str, Any] | None, source: str) -> FilterCriteria:
        """Read `{"Filters": [{"Pattern": "…"}]}` for `sqs`, `kinesis`, `dynamodb`, `msk`, `kafka` or `mq`.

        What the service refuses raises: a pattern InvalidPatternError, anything else InvalidMappingError.
        """
        filters = (criteria or {}).get("Filters") or []
        if source not in _SOURCES:
            if not filters:
                return cls((), _Source(data=(), view=_as_it_is))
            raise InvalidMappingError(f"Event filtering is not supported for {source}. Remove FilterCriteria.")
        if len(filters) > _MOST_FILTERS:
            raise InvalidMappingError(
                f"FilterCriteria has {len(filters)} filters, and an event source mapping has at most {_MOST_FILTERS}. "
                "Join some with $or, or ask for a higher quota."
            )
        rules = [rule for item in filters for rule in _rules_of_filter(item, _SOURCES[source])]
        return cls(rules, _SOURCES[source])

    def matches(self, record: Record) -> bool:
        """Tell whether the function is invoked with a record, which is one of the source's Lambda event."""
        if not self._rules:
            return True
        seen = self._source.view(record)
        return any(rule.matches(seen) for rule in self._rules)

    def why_not(self, record: Record) -> str | None:
        """Say what keeps a record from the function, of the first filter; None if it passes."""
        return None if self.matches(record) else self._rules[0].why_not(self._source.view(record))


class _FilterRule:
    """A rule, with what it expects of each field of data: JSON, a text, or nothing."""

    __slots__ = ("_drops", "_expected", "_rules")

    def __init__(self, rule: Rule, source: _Source) -> None:
        self._drops = source.drops
        self._expected = {name: kinds for name in source.data if (kinds := _kinds(rule, name))}
        self._rules = {left_out: CompiledRule(_without(rule, left_out)) for left_out in _subsets(source.data)}

    def matches(self, record: Record) -> bool:
        differing = self._differing(record)
        return not (differing and self._drops) and self._rules[differing].matches(record)

    def why_not(self, record: Record) -> str:
        differing = self._differing(record)
        if differing and self._drops:
            name = differing[0]
            expected = " and ".join(sorted(self._expected[name]))
            return f"{name!r} is {_kind(record.get(name))}, and the filter is for {expected}: Lambda drops the record"
        return self._rules[differing].why_not(record)

    def _differing(self, record: Record) -> tuple[str, ...]:
        return tuple(name for name, kinds in self._expected.items() if kinds != {_kind(record.get(name))})


def _rules_of_filter(item: Mapping[str, Any], source: _Source) -> list[_FilterRule]:
    pattern = item.get("Pattern")
    if not isinstance(pattern, str):
        raise InvalidPatternError("Invalid filter pattern definition. (Pattern must be a text with JSON in it)")
    if len(pattern) > _LONGEST:
        raise InvalidPatternError(
            "1 validation error detected: Value at 'filterCriteria.filters.member.pattern' failed to satisfy "
            f"constraint: Member must have length less than or equal to {_LONGEST}"
        )
    try:
        rules = rules_of(pattern, limit=_REACH)
        _refuse_text(rules, source)
    except RefusedPatternError as refused:
        raise InvalidPatternError(f"Invalid filter pattern definition. ({refused})") from None
    return [_FilterRule(rule, source) for rule in rules]


def _refuse_text(rules: Sequence[Rule], source: _Source) -> None:
    if source.only_json and any("a text" in _kinds(rule, name) for rule in rules for name in source.data):
        raise RefusedPatternError(f"The filter pattern for {source.data[0]!r} must be a JSON object")


def _kinds(rule: Rule, name: str) -> set[str]:
    """Return of what kind a rule expects a field of data to be."""
    kinds = {"a text"} if name in rule else set()
    return kinds | {"JSON"} if any(path.startswith(f"{name}.") for path in rule) else kinds


def _kind(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return "JSON"
    return "unreadable" if isinstance(value, bytes) else "a text"


def _without(rule: Rule, names: Sequence[str]) -> Rule:
    return {path: field for path, field in rule.items() if path.split(".")[0] not in names}


def _subsets(names: Sequence[str]) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(combinations(names, length) for length in range(len(names) + 1)))


def _as_it_is(record: Record) -> Record:
    return record


def _with_body(record: Record) -> Record:
    return {**record, "body": _json_or_text(record.get("body"))}


def _with_kinesis_data(record: Record) -> Record:
    """Return a record of Kinesis as filters see it: the fields under `kinesis` stand beside the others."""
    fields = record.get("kinesis", {})
    return {**record, **fields, "data": _decoded(fields.get("data"))}


def _with_decoded(*names: str) -> Callable[[Record], Record]:
    return lambda record: {**record, **{name: _decoded(record[name]) for name in names if name in record}}


def _decoded(encoded: Any) -> Any:
    """Return what a text in base64 holds: JSON, a text, or bytes that are no UTF-8."""
    if not isinstance(encoded, str):
        return encoded
    content = base64.b64decode(encoded)
    try:
        return _json_or_text(content.decode())
    except UnicodeDecodeError:
        return content


def _json_or_text(text: Any) -> Any:
    try:
        value = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text
    return value if isinstance(value, dict | list) else text


_KAFKA = _Source(data=("key", "value"), view=_with_decoded("key", "value"), drops=False)
_SOURCES = {
    "sqs": _Source(data=("body",), view=_with_body),
    "kinesis": _Source(data=("data",), view=_with_kinesis_data, only_json=True),
    "dynamodb": _Source(data=("dynamodb",), view=_as_it_is, only_json=True),
    "msk": _KAFKA,
    "kafka": _KAFKA,
    "mq": _Source(data=("data",), view=_with_decoded("data"), drops=False),
}
