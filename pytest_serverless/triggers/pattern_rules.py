"""From the members of a pattern to its rules: of one rule all fields must match, and one rule is enough.

A field is a path of names joined by dots, as in the service's rule engine: `{"a": {"b": …}}` and `{"a.b": …}` are the
same field, in patterns and in events. `$or` doubles the rules that stand before it, and what follows goes into each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_serverless.triggers.pattern_operators import Test, exact_values, is_exists, operator_test
from pytest_serverless.triggers.pattern_reader import Members, RefusedPatternError, read

__all__ = ["Field", "Rule", "rules_of"]

# Names that make `$or` the name of a field: who has such a member in it meant match expressions.
_RESERVED = frozenset(
    {
        *("exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr"),
        *("=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case"),
        *("date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"),
        *("ip-address-in-range", "ip-address-not-in-range"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a rule wants of one field; `depth` is the number of names around and in it, `size` that of its values."""

    path: str
    test: Test
    """Tell whether one value, which is neither an object nor an array, is wanted."""
    may_be_absent: bool
    wanted: str
    depth: int
    size: int


Rule = Mapping[str, Field]


def rules_of(pattern: str | Mapping[str, Any], *, limit: float) -> list[Rule]:
    """Return the rules of a pattern, by path in the order of the pattern; numbers reach from `-limit` to `limit`."""
    members = read(pattern)
    try:
        return _compile(members, limit, operator=True)
    except RefusedPatternError:
        if not _has_or(members):
            raise
        return _compile(members, limit, operator=False)


def _has_or(node: Any) -> bool:
    return isinstance(node, Members) and any(name == "$or" or _has_or(value) for name, value in node)


def _compile(members: Members, limit: float, *, operator: bool) -> list[Rule]:
    compiler = _Compiler(limit=limit, operator=operator)
    rules: list[dict[str, Field]] = [{}]
    compiler.add_object(rules, (), members, inside_or=False)
    return list(rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiler:
    limit: float
    operator: bool
    """Whether `$or` is the operator, or the name of a field."""

    def add_object(
        self, rules: list[dict[str, Field]], path: tuple[str, ...], members: Members, *, inside_or: bool
    ) -> None:
        for name, value in members:
            if self.operator and name == "$or":
                self._add_or(rules, path, value)
                continue
            if inside_or and name in _RESERVED:
                raise RefusedPatternError(f"{name} is Ruler reserved fieldName which cannot be used inside $or.")
            if isinstance(value, Members):
                self.add_object(rules, (*path, name), value, inside_or=inside_or)
            elif isinstance(value, list):
                field = self._field((*path, name), value)
                for rule in rules:
                    rule[field.path] = field
            else:
                raise RefusedPatternError(f'"{name}" must be an object or an array')
        if not members:
            raise RefusedPatternError("Empty objects are not allowed")

    def _add_or(self, rules: list[dict[str, Field]], path: tuple[str, ...], branches: Any) -> None:
        if not isinstance(branches, list) or isinstance(branches, Members):
            raise RefusedPatternError("It must be an Array followed with $or.")
        before = list(rules)
        rules.clear()
        for branch in branches:
            if not isinstance(branch, Members):
                raise RefusedPatternError("Only JSON object is allowed in array of $or relationship.")
            forked = [dict(rule) for rule in before]
            self.add_object(forked, path, branch, inside_or=True)
            rules.extend(forked)
        if len(branches) < 2:
            raise RefusedPatternError("There must have at least 2 Objects in $or relationship.")

    def _field(self, path: tuple[str, ...], values: list[Any]) -> Field:
        if not values:
            raise RefusedPatternError("Empty arrays are not allowed")
        operators: list[Test] = []
        may_be_absent = False
        for value in values:
            if isinstance(value, Members):
                exists = is_exists(value)
                may_be_absent |= exists is False
                if exists is not False:
                    operators.append(_anything if exists else operator_test(value, self.limit))
            elif isinstance(value, list):
                raise RefusedPatternError("Match value must be String, number, true, false, or null")
        tests = [*exact_values([value for value in values if not isinstance(value, list)]), *operators]
        return Field(
            path=".".join(path),
            test=_any_of(tests),
            may_be_absent=may_be_absent,
            wanted=" or ".join(json.dumps(_plain(value), ensure_ascii=False) for value in values),
            depth=len(path),
            size=len(values),
        )


def _anything(value: Any) -> bool:
    return True


def _any_of(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        one, other = tests
        return lambda value: one(value) or other(value)
    return lambda value: any(test(value) for test in tests)


def _plain(node: Any) -> Any:
    if isinstance(node, Members):
        return {name: _plain(value) for name, value in node}
    return [_plain(value) for value in node] if isinstance(node, list) else node
