"""What a figure in a plan must be."""

from __future__ import annotations

import math
from typing import Any

from pytest_serverless.errors import InvalidParameterError, shorten

__all__ = ["check_count", "check_number"]


def check_number(what: str, value: Any) -> None:
    """Raise InvalidParameterError for what is no number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise InvalidParameterError(f"{what} is a number, 0 or more, not {shorten(value)}.")


def check_count(what: str, value: Any) -> None:
    """Raise InvalidParameterError for what is no whole number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidParameterError(f"{what} is a whole number, 1 or more, not {shorten(value)}.")
