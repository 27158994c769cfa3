"""Filter policies of SNS subscriptions: which messages a subscription takes, by their attributes or their body.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html and the pages below it
(2026-11); the words are those of SetSubscriptionAttributes. Where SNS differs from event patterns: numbers reach from
-10^9 to 10^9, a policy has at most five keys and 150 combinations, and one on attributes cannot be nested.

The page on constraints counts the innermost keys of a nested policy towards the five; so does this. An attribute of
type `String.Array` has several values, of which one is enough; one that is no JSON array counts as a text here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from pytest_serverless.errors import InvalidPatternError
from pytest_serverless.triggers.pattern_matching import RuleSet
from pytest_serverless.triggers.pattern_numbers import is_number
from pytest_serverless.triggers.pattern_reader import RefusedPatternError
from pytest_serverless.triggers.pattern_rules import Rule, rules_of

__all__ = ["FilterPolicy"]

_SCOPES = ("MessageAttributes", "MessageBody")
_REACH = 1e9
_MOST_KEYS = 5
_MOST_COMBINATIONS = 150


class FilterPolicy:
    """A filter policy, made with `parse`; it never changes."""

    __slots__ = ("_on_body", "_rules")

    def __init__(self, rules: RuleSet | None, *, on_body: bool) -> None:
        self._rules = rules
        self._on_body = on_body

    @classmethod
    def parse(cls, policy: str | Mapping[str, Any] | None, scope: str = "MessageAttributes") -> FilterPolicy:
        """Read a policy, which is JSON or what JSON is parsed to; without one, or with `{}`, every message passes.

        One that SNS refuses raises its words.
        """
        if scope not in _SCOPES:
            raise InvalidPatternError(
                f"Invalid parameter: FilterPolicyScope: Invalid value [{scope}]. "
                "Please use either MessageBody or MessageAttributes"
            )
        on_body = scope == "MessageBody"
        if not policy or policy == "{}":
            return cls(None, on_body=on_body)
        try:
            rules = rules_of(policy, limit=_REACH)
            _refuse_too_much(rules)
        except RefusedPatternError as refused:
            raise InvalidPatternError(f"Invalid parameter: FilterPolicy: {refused}") from None
        if not on_body and any(field.depth > 1 for rule in rules for field in rule.values()):
            raise InvalidPatternError(
                "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy"
            )
        return cls(RuleSet(rules), on_body=on_body)

    def matches(self, attributes: Mapping[str, Mapping[str, Any]], body: str) -> bool:
        """Tell whether the subscription takes a message.

        Attributes are in the form of Publish (`DataType`, `StringValue`) or of a notification (`Type`, `Value`).
        """
        if self._rules is None:
            return True
        event = self._judged(attributes, body)
        return event is not None and self._rules.matches(event)

    def why_not(self, attributes: Mapping[str, Mapping[str, Any]], body: str) -> str | None:
        """Say what keeps the subscription from taking a message; None if it takes it."""
        if self._rules is None:
            return None
        event = self._judged(attributes, body)
        return "the body is not a JSON object" if event is None else self._rules.why_not(event)

    def _judged(self, attributes: Mapping[str, Mapping[str, Any]], body: str) -> Mapping[str, Any] | None:
        if self._on_body:
            parsed = _json_or_none(body)
            return parsed if isinstance(parsed, dict) else None
        return {name: value for name, attribute in attributes.items() for value in _values(attribute)}


def _refuse_too_much(rules: list[Rule]) -> None:
    if len({path for rule in rules for path in rule}) > _MOST_KEYS:
        raise RefusedPatternError(f"Filter policy can not have more than {_MOST_KEYS} keys")
    if sum(math.prod(field.size * field.depth for field in rule.values()) for rule in rules) > _MOST_COMBINATIONS:
        raise RefusedPatternError("Filter policy is too complex")


def _values(attribute: Mapping[str, Any]) -> list[Any]:
    """Return the value that a policy sees of an attribute, alone in a list; none if it is of a type it does not see."""
    kind = attribute.get("DataType", attribute.get("Type"))
    value = attribute.get("StringValue", attribute.get("Value"))
    if kind == "String":
        return [value]
    parsed = _json_or_none(value) if isinstance(value, str) else value
    if kind == "Number":
        return [parsed if is_number(parsed) else value]
    if kind in {"String.Array", "Number.Array"}:
        return [parsed if isinstance(parsed, list) else value]
    return []


def _json_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
