"""Stretches of one width, into which the course of a run is gathered so that it stays readable however long it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

__all__ = ["Bins"]

_WIDTHS_S: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bins:
    """`count` stretches of `width_s` seconds from `first_s` on, which ends before `end_s` (seconds since the epoch)."""

    first_s: int
    end_s: int
    width_s: int
    count: int

    @staticmethod
    def over(first_s: int, end_s: int, most: int, least_s: int = 1) -> Bins:
        """Return at most so many for a time; widths and the beginning are multiples of the `least_s` one."""
        start = first_s // least_s * least_s
        needed = max((end_s - start) / max(most, 1), 1)
        fitting = (width for width in _WIDTHS_S if width >= needed and not width % least_s)
        width = next(fitting, -int(-needed // (least_s * _WIDTHS_S[-1])) * least_s * _WIDTHS_S[-1])
        return Bins(first_s=start, end_s=max(end_s, start + 1), width_s=width, count=-((start - end_s) // width) or 1)

    def at(self, second: float) -> int:
        """Return the number of the stretch that has a second; those outside belong to the first or the last."""
        return min(max(int((second - self.first_s) // self.width_s), 0), self.count - 1)

    def seconds(self, number: int) -> int:
        """Return how many seconds of the time a stretch has: the last one may have fewer."""
        return min(self.width_s, self.end_s - self.first_s - number * self.width_s)

    def middle_s(self, number: int) -> float:
        """Return the middle of a stretch, in seconds since the epoch."""
        return self.first_s + number * self.width_s + self.seconds(number) / 2

    def rates(self, rows: Iterable[tuple[int, int]]) -> tuple[list[float | None], list[float | None]]:
        """Return of counts by second their mean a second in each stretch, and the most in any one second of it."""
        sums, mosts = [0] * self.count, [0] * self.count
        for second, n in rows:
            at = self.at(second)
            sums[at] += n
            mosts[at] = max(mosts[at], n)
        return [total / self.seconds(at) for at, total in enumerate(sums)], list(mosts)

    def levels(self, rows: Iterable[tuple[float, float]]) -> tuple[list[float | None], list[float | None]]:
        """Return of levels by moments, evenly spaced, their mean in each stretch and the greatest; None without any."""
        sums, counts, mosts = [0.0] * self.count, [0] * self.count, [0.0] * self.count
        for moment, level in rows:
            at = self.at(moment)
            sums[at] += level
            counts[at] += 1
            mosts[at] = max(mosts[at], level)
        found = [(total, n, most) for total, n, most in zip(sums, counts, mosts, strict=True)]
        return [total / n if n else None for total, n, _ in found], [most if n else None for _, n, most in found]
