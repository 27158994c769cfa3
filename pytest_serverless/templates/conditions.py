"""Conditions: which parts of a template there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pytest_serverless.errors import shorten
from pytest_serverless.templates.reader import origin_of

if TYPE_CHECKING:
    from pytest_serverless.templates.intrinsics import Resolver

__all__ = ["Conditions", "as_text"]


def as_text(value: Any) -> str:
    """Return a value as CloudFormation writes it: truth in small letters."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Conditions:
    """The `Conditions` section, each evaluated once."""

    def __init__(self, resolver: Resolver, section: Mapping[str, Any]) -> None:
        self._resolver = resolver
        self._section = section
        self._known: dict[str, bool] = {}
        self._open: list[str] = []

    def check(self) -> None:
        """Evaluate every condition, so that faults in unused ones are found."""
        for name in self._section:
            self.holds(name)

    def holds(self, name: Any) -> bool:
        """Tell whether a condition holds; one with a fault counts as false."""
        key = str(name)
        if key not in self._known:
            self._known[key] = False
            self._known[key] = self._evaluate_named(name)
        return self._known[key]

    def _evaluate_named(self, name: Any) -> bool:
        from pytest_serverless.templates.intrinsics import hint

        resolver = self._resolver
        if not isinstance(name, str) or name not in self._section:
            resolver.fault(
                f"There is no condition {shorten(name)}.",
                hint(str(name), self._section, "Declare it under Conditions."),
            )
            return False
        self._open.append(name)
        try:
            with resolver.inside(name):
                return self.evaluate(self._section[name])
        finally:
            self._open.pop()

    def evaluate(self, expression: Any) -> bool:
        """Return the truth of a condition function."""
        resolver = self._resolver
        before, resolver.at = resolver.at, origin_of(expression) or resolver.at
        try:
            return self._evaluate(expression)
        finally:
            resolver.at = before

    def _evaluate(self, expression: Any) -> bool:
        if not (isinstance(expression, dict) and len(expression) == 1):
            return self._no_condition(expression)
        ((function, argument),) = expression.items()
        if function == "Condition":
            return self._named(argument)
        if not isinstance(argument, list):
            return self._no_condition(expression)
        if function == "Fn::Equals" and len(argument) == 2:
            left, right = (_comparable(self._resolver.resolve(each)) for each in argument)
            return bool(left == right)
        if function == "Fn::Not" and len(argument) == 1:
            return not self.evaluate(argument[0])
        if function in ("Fn::And", "Fn::Or"):
            truths = [self.evaluate(each) for each in argument]
            return all(truths) if function == "Fn::And" else any(truths)
        return self._no_condition(expression)

    def _named(self, name: Any) -> bool:
        if isinstance(name, str) and name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            self._resolver.fault(f"Conditions go round in a circle: {circle}.", "Break it.")
            return False
        return self.holds(name)

    def _no_condition(self, expression: Any) -> bool:
        self._resolver.fault(
            f"{shorten(expression)} is no condition.",
            "Use Fn::Equals with two values, Fn::Not with one condition, Fn::And or Fn::Or with a list of them, or "
            "Condition with a name.",
        )
        return False


def _comparable(value: Any) -> Any:
    if isinstance(value, (list, dict)):
        return value
    return as_text(value)
