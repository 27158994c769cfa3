"""A histogram of times: three significant digits from a microsecond to an hour and beyond; exact where it can be."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any, Final

from pytest_serverless.load.aggregates.sums import add_counts

__all__ = ["RESOLUTION", "Histogram", "bucket_middle_ms"]

_BITS: Final = 11
_LINEAR: Final = 1 << _BITS
"""Up to here, in microseconds, each has a bucket of its own; from here on 1,024 buckets double the time."""

RESOLUTION: Final = 2.0**-_BITS
"""How far a value may be from the middle of its bucket, as a part of it; below 2 ms half a microsecond."""


def _bucket_us(bucket: int) -> tuple[int, int]:
    """Return the first time in a bucket, and how many there are in it."""
    shift = max((bucket >> (_BITS - 1)) - 1, 0)
    return (bucket - (shift << (_BITS - 1))) << shift, 1 << shift


def bucket_middle_ms(bucket: int, joined: int = 1) -> float:
    """Return the time in the middle of a bucket, or of so many from this one on."""
    first, _ = _bucket_us(bucket)
    last, width = _bucket_us(bucket + joined - 1)
    return (first + last + width - 1) / 2e3


class Histogram:
    """Times in milliseconds, rounded to whole microseconds: `count`, `mean_ms`, `min_ms`, `max_ms` are exact.

    Quantiles are those of the nearest rank, within `RESOLUTION` (0.05 %) of the value. A time less than 0, which is
    the doing of a clock that was set back, counts as 0.
    """

    __slots__ = ("buckets", "max_us", "min_us", "total_us")

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.total_us = 0
        self.min_us = 1 << 62
        self.max_us = -1

    def __repr__(self) -> str:
        return f"<Histogram of {self.count}: {self.min_ms} to {self.max_ms} ms>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.as_json() == other.as_json()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def add(self, ms: float) -> None:
        """Count a time in milliseconds."""
        self.add_us(round(ms * 1e3))

    def add_us(self, us: int) -> int:
        """Count a time in whole microseconds; return its bucket."""
        # Plain steps where a call would say the same: this is done several times for every request.
        if us < 0:  # noqa: PLR1730  # a call would cost more
            us = 0
        self.total_us += us
        if us < self.min_us:  # noqa: PLR1730  # a call would cost more
            self.min_us = us
        if us > self.max_us:  # noqa: PLR1730  # a call would cost more
            self.max_us = us
        if us < _LINEAR:
            bucket = us
        else:
            shift = us.bit_length() - _BITS
            bucket = (shift << (_BITS - 1)) + (us >> shift)
        buckets = self.buckets
        if bucket in buckets:
            buckets[bucket] += 1
        else:
            buckets[bucket] = 1
        return bucket

    @property
    def count(self) -> int:
        return sum(self.buckets.values())

    @property
    def mean_ms(self) -> float | None:
        """The exact mean; None of nothing, as the others are."""
        return self.total_us / self.count / 1e3 if self.buckets else None

    @property
    def min_ms(self) -> float | None:
        return self.min_us / 1e3 if self.buckets else None

    @property
    def max_ms(self) -> float | None:
        return self.max_us / 1e3 if self.buckets else None

    def values(self) -> Iterator[tuple[float, int]]:
        """Yield times in their order (milliseconds) with how many there are of each: what estimators take."""
        least, most = self.min_us / 1e3, self.max_us / 1e3
        for bucket in sorted(self.buckets):
            yield min(max(bucket_middle_ms(bucket), least), most), self.buckets[bucket]

    def at_rank(self, rank: int) -> float:
        """Return the time of a rank, in milliseconds: 1 is the least, `count` the greatest; IndexError for others."""
        if not 1 <= rank <= self.count:
            raise IndexError(f"There is no rank {rank} among {self.count}.")
        if rank == 1:
            return self.min_us / 1e3
        if rank == self.count:
            return self.max_us / 1e3
        values, counts = zip(*self.values(), strict=True)
        return float(values[bisect_left(list(accumulate(counts)), rank)])

    def quantile(self, share: float) -> float | None:
        """Return the time that this share of all does not exceed, in milliseconds, by the nearest rank."""
        count = self.count
        # What is a whole number but for the rounding of its product is one.
        return self.at_rank(min(max(math.ceil(share * count * (1 - 1e-15)), 1), count)) if count else None

    def count_over(self, ms: float) -> int:
        """Return how many took longer; those in the bucket of `ms` itself are judged by its middle."""
        return sum(count for value, count in self.values() if value > ms)

    def merge(self, other: Histogram) -> None:
        """Add what another has counted."""
        add_counts(self.buckets, other.buckets)
        self.total_us += other.total_us
        self.min_us = min(self.min_us, other.min_us)
        self.max_us = max(self.max_us, other.max_us)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON: `buckets` is a flat list of bucket, count, bucket, count … in their order."""
        flat = [number for bucket in sorted(self.buckets) for number in (bucket, self.buckets[bucket])]
        extremes = {"min_us": self.min_us, "max_us": self.max_us} if flat else {}
        return {"buckets": flat, "total_us": self.total_us, **extremes}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Histogram:
        made = Histogram()
        flat = value["buckets"]
        made.buckets = dict(zip(flat[::2], flat[1::2], strict=True))
        made.total_us = value["total_us"]
        made.min_us = value.get("min_us", made.min_us)
        made.max_us = value.get("max_us", made.max_us)
        return made
