"""What an estimate is: a number between two bounds, or the statement that there are too few samples for one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from pytest_serverless.errors import InvalidParameterError

__all__ = ["CONFIDENCE", "Estimate", "Interval", "Unknown", "estimate_from_json"]

CONFIDENCE = 0.95
"""The share of intervals that contain the truth, where nothing else is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with its bounds, in the unit of what is estimated; a share lies between 0 and 1.

    `n` is the number of samples it rests on, `method` how the bounds were found, `note` what a reader must know.
    """

    value: float
    lower: float
    upper: float
    n: int
    method: str
    confidence: float = CONFIDENCE
    note: str = ""

    def __post_init__(self) -> None:
        if not self.lower <= self.value <= self.upper:
            raise InvalidParameterError(
                f"An interval has its value between its bounds, not {self.value} within {self.lower} to {self.upper}."
            )

    def __str__(self) -> str:
        return f"{self.value:.4g} ({self.lower:.4g} to {self.upper:.4g}, n = {self.n:,})"

    @property
    def width(self) -> float:
        """From the lower bound to the upper one."""
        return self.upper - self.lower

    def contains(self, value: float) -> bool:
        """Tell whether a value is between the bounds, or is one of them."""
        return self.lower <= value <= self.upper

    def times(self, factor: float) -> Interval:
        """Return the same in another unit."""
        ends = sorted([self.lower * factor, self.upper * factor])
        return Interval(
            value=self.value * factor,
            lower=ends[0],
            upper=ends[1],
            n=self.n,
            method=self.method,
            confidence=self.confidence,
            note=self.note,
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """No estimate: n is too small, or nothing was observed that would tell.

    `needed` is the least n that allows an estimate, None where more samples alone would not help; `note` says what
    would. It excludes nothing: its bounds are infinite and its value is not a number, so that no comparison with a
    limit holds and `assert p99.upper < 300` fails.
    """

    n: int
    needed: int | None
    note: str = ""

    def __str__(self) -> str:
        if self.needed is None:
            return f"unknown: {self.note}"
        return f"n too small: {self.n:,} of {self.needed:,}" + (f" ({self.note})" if self.note else "")

    @property
    def value(self) -> float:
        """Not a number."""
        return math.nan

    @property
    def lower(self) -> float:
        """Minus infinity."""
        return -math.inf

    @property
    def upper(self) -> float:
        """Infinity."""
        return math.inf

    @property
    def method(self) -> str:
        """Empty: there is none."""
        return ""

    @property
    def more(self) -> int | None:
        """How many more samples allow an estimate."""
        return None if self.needed is None else max(self.needed - self.n, 0)

    def contains(self, value: float) -> bool:
        """Tell that a value is not excluded: none is."""
        return True

    def times(self, factor: float) -> Unknown:
        """Return the same: it has no unit."""
        return self

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return asdict(self)


Estimate: TypeAlias = Interval | Unknown


def estimate_from_json(given: Mapping[str, Any]) -> Interval | Unknown:
    """Return what `as_json` made."""
    return Interval(**given) if "value" in given else Unknown(**given)
