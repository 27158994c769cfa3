"""What the operators of IAM conditions compare, each as a function of a request's value and a policy's.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html (2026-11).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from pytest_serverless.audits.iam_patterns import compile_arn, compile_text

__all__ = ["OPERATORS", "Operator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """`compare(value, wanted)` tells whether they agree; `negated`: they must not; `globs`: `wanted` is a pattern."""

    compare: Callable[[str, str], bool]
    negated: bool = False
    globs: bool = False


def _equals(value: str, wanted: str) -> bool:
    return value == wanted


def _equals_ignoring_case(value: str, wanted: str) -> bool:
    return value.casefold() == wanted.casefold()


def _is_like(value: str, wanted: str) -> bool:
    return compile_text(wanted).fullmatch(value) is not None


def _is_like_arn(value: str, wanted: str) -> bool:
    return compile_arn(wanted).fullmatch(value) is not None


def _is_in_network(value: str, wanted: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _number(text: str) -> Decimal:
    return Decimal(text)


def _moment(text: str) -> Decimal:
    """Read a time in ISO 8601, or in seconds since the epoch."""
    try:
        return Decimal(text)
    except InvalidOperation:
        time = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        return Decimal((time if time.tzinfo else time.replace(tzinfo=timezone.utc)).timestamp())


def _ordered(read: Callable[[str], Decimal], holds: Callable[[Any, Any], bool]) -> Callable[[str, str], bool]:
    def compare(value: str, wanted: str) -> bool:
        try:
            return holds(read(value), read(wanted))
        except (InvalidOperation, ValueError):
            return False

    return compare


def _family(prefix: str, read: Callable[[str], Decimal]) -> dict[str, Operator]:
    equal = _ordered(read, operator.eq)
    return {
        f"{prefix}Equals": Operator(compare=equal),
        f"{prefix}NotEquals": Operator(compare=equal, negated=True),
        f"{prefix}LessThan": Operator(compare=_ordered(read, operator.lt)),
        f"{prefix}LessThanEquals": Operator(compare=_ordered(read, operator.le)),
        f"{prefix}GreaterThan": Operator(compare=_ordered(read, operator.gt)),
        f"{prefix}GreaterThanEquals": Operator(compare=_ordered(read, operator.ge)),
    }


OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        "StringEquals": Operator(compare=_equals),
        "StringNotEquals": Operator(compare=_equals, negated=True),
        "StringEqualsIgnoreCase": Operator(compare=_equals_ignoring_case),
        "StringNotEqualsIgnoreCase": Operator(compare=_equals_ignoring_case, negated=True),
        "StringLike": Operator(compare=_is_like, globs=True),
        "StringNotLike": Operator(compare=_is_like, negated=True, globs=True),
        "ArnEquals": Operator(compare=_is_like_arn, globs=True),
        "ArnLike": Operator(compare=_is_like_arn, globs=True),
        "ArnNotEquals": Operator(compare=_is_like_arn, negated=True, globs=True),
        "ArnNotLike": Operator(compare=_is_like_arn, negated=True, globs=True),
        "Bool": Operator(compare=_equals_ignoring_case),
        "BinaryEquals": Operator(compare=_equals),
        "IpAddress": Operator(compare=_is_in_network),
        "NotIpAddress": Operator(compare=_is_in_network, negated=True),
        **_family("Numeric", _number),
        **_family("Date", _moment),
    }
)
"""The operators without their set and IfExists forms; `Null` asks for no value and is no member of them."""
