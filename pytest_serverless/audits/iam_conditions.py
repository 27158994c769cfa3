"""The conditions of IAM statements: operators in their set and IfExists forms, and what absent and unknown keys do.

A key that the request has not makes a plain operator false, a negated one (`…Not…`) and an `…IfExists` one true,
`ForAllValues:` true and `ForAnyValue:` false. A key of which nobody knows what the request has is not evaluated,
whatever the operator.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
reference_policies_condition-single-vs-multi-valued-context-keys.html (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_serverless.audits.iam_operators import OPERATORS, Operator
from pytest_serverless.audits.iam_patterns import Request, Truth, all_of, any_of, as_list, expand
from pytest_serverless.errors import InvalidParameterError, near_misses, or_list

__all__ = ["Condition", "read_conditions"]

_ESCAPED = re.compile(r"\$\{([*?$])\}")
_SETS = ("ForAllValues", "ForAnyValue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One key of a condition block, under its operator as the policy writes it (`name`).

    `operator` is None for `Null`. `wanted` are the values of which one is asked for.
    """

    name: str
    key: str
    wanted: tuple[str, ...]
    operator: Operator | None
    quantifier: str
    if_exists: bool

    def holds(self, request: Request) -> Truth:
        """Tell whether the condition is met."""
        values = request.values(self.key)
        if values is None:
            return None
        if self.operator is None:
            return ("false" if values else "true") in self.wanted
        if not values:
            return self._holds_without(self.operator)
        accepted = (self._accepts(value, self.operator, request) for value in values)
        one_is_enough = self.quantifier == "ForAnyValue" or not (self.quantifier or self.operator.negated)
        return any_of(accepted) if one_is_enough else all_of(accepted)

    def _holds_without(self, operator: Operator) -> bool:
        return self.if_exists or (self.quantifier == "ForAllValues" if self.quantifier else operator.negated)

    def _accepts(self, value: str, operator: Operator, request: Request) -> Truth:
        found = any_of(_agrees(value, wanted, operator, request) for wanted in self.wanted)
        return None if found is None else found is not operator.negated


def _agrees(value: str, wanted: str, operator: Operator, request: Request) -> Truth:
    if "${" not in wanted:
        return operator.compare(value, wanted)
    expanded = expand(wanted, request)
    if not isinstance(expanded, str):
        return expanded
    return operator.compare(value, expanded if operator.globs else _ESCAPED.sub(r"\1", expanded))


def read_conditions(block: Mapping[str, Mapping[str, Any]]) -> tuple[Condition, ...]:
    """Read the `Condition` of a statement.

    Raises `InvalidParameterError` for an operator that IAM does not have: it would refuse the policy.
    """
    return tuple(_read(block))


def _read(block: Mapping[str, Mapping[str, Any]]) -> Iterator[Condition]:
    for name, keys in block.items():
        quantifier, _, rest = name.rpartition(":")
        plain = rest.removesuffix("IfExists")
        operator = None if plain == "Null" else _operator(name, quantifier, plain)
        for key, given in keys.items():
            wanted = tuple(_text(value) for value in as_list(given))
            if plain in ("Null", "Bool"):
                wanted = tuple(value.lower() for value in wanted)
            yield Condition(
                name=name,
                key=key,
                wanted=wanted,
                operator=operator,
                quantifier=quantifier,
                if_exists=plain != rest,
            )


def _operator(name: str, quantifier: str, plain: str) -> Operator:
    if quantifier and quantifier not in _SETS:
        raise InvalidParameterError(f"{name!r} is not a condition operator: before the colon stands {or_list(_SETS)}.")
    if plain not in OPERATORS:
        near = near_misses(plain, OPERATORS)
        hint = f"Did you mean {or_list(near)}?" if near else f"There are: {', '.join(OPERATORS)}, Null."
        raise InvalidParameterError(f"{name!r} is not a condition operator. {hint}")
    return OPERATORS[plain]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
