"""Settings as templates give them, read and held to the ranges of the service's API, refused in its words.

Numbers and truths may be texts: CloudFormation turns them into what the API takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pytest_serverless.errors import InvalidMappingError, shorten

__all__ = ["Range", "truth", "whole_number"]

Default = TypeVar("Default", int, None)

Range = tuple[int, int]
"""The least and the greatest number that the API takes."""


def whole_number(
    section: Mapping[str, Any], name: str, default: Default, allowed: Range, *, within: str = ""
) -> int | Default:
    """Return a whole number of `section`, or the default; `within` is the section's name, where it has one."""
    given = section.get(name)
    if given is None:
        return default
    number = _number(given)
    path = ".".join(part[0].lower() + part[1:] for part in (within, name) if part)
    if number is None:
        raise InvalidMappingError(f"#/{'/'.join(filter(None, (within, name)))}: expected type: Integer, got {given!r}.")
    low, high = allowed
    if not low <= number <= high:
        bound = f"greater than or equal to {low}" if number < low else f"less than or equal to {high}"
        raise InvalidMappingError(
            f"1 validation error detected: Value '{number}' at '{path}' failed to satisfy constraint: "
            f"Member must have value {bound}"
        )
    return number


def _number(given: Any) -> int | None:
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        return None
    try:
        number = float(given)
    except ValueError:
        return None
    return int(number) if number.is_integer() else None


def truth(section: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """Return a truth of `section`, or the default."""
    given = section.get(name)
    known = {"true": True, "false": False}.get(str(given).lower(), default if given is None else None)
    if known is None:
        raise InvalidMappingError(f"#/{name}: expected type: Boolean, got {shorten(given)}.")
    return known
