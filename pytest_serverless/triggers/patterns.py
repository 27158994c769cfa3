"""Event patterns of EventBridge: whether an event matches, and if not, what is nearest to it.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html (2026-11), and the service's
rule engine, https://github.com/aws/event-ruler, for what the page leaves open: `$or` as a name, arrays of objects,
names with dots, addresses, and the words in which a pattern is refused.

Two things of the service are not judged here. It refuses patterns whose wildcards make too many states, and does not
tell from how many on. And it compares numbers with six digits after the point; here they are compared whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_serverless.errors import InvalidPatternError
from pytest_serverless.triggers.pattern_matching import RuleSet
from pytest_serverless.triggers.pattern_reader import RefusedPatternError
from pytest_serverless.triggers.pattern_rules import rules_of

__all__ = ["Pattern"]

_REACH = 5e9
_LONGEST = 4096


class Pattern:
    """An event pattern, made with `parse`; it never changes."""

    __slots__ = ("_rules",)

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules

    @classmethod
    def parse(cls, pattern: str | Mapping[str, Any]) -> Pattern:
        """Read a pattern, which is JSON or what JSON is parsed to; one that the service refuses raises its words."""
        if isinstance(pattern, str) and len(pattern) > _LONGEST:
            raise InvalidPatternError(
                "1 validation error detected: Value at 'eventPattern' failed to satisfy constraint: "
                f"Member must have length less than or equal to {_LONGEST}"
            )
        try:
            return cls(RuleSet(rules_of(pattern, limit=_REACH)))
        except RefusedPatternError as refused:
            raise InvalidPatternError(f"Event pattern is not valid. Reason: {refused}") from None

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Tell whether the event matches."""
        return self._rules.matches(event)

    def why_not(self, event: Mapping[str, Any]) -> str | None:
        """Say which field keeps the event from matching, what was there and what was wanted; None if it matches.

        Of the alternatives of `$or`, that is told which has the most fields right.
        """
        return self._rules.why_not(event)
