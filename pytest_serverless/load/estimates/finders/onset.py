"""The rate at which throttling starts: by rates that double until throttles are more than tolerated, then between."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.intervals import Interval
from pytest_serverless.load.estimates.proportions import proportion

__all__ = ["OnsetFinder", "OnsetFound", "Step"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to send next: arrivals a second, Poisson, and how many of them after the first have settled."""

    per_s: float
    arrivals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnsetFound:
    """Where throttling starts: more than `lower` and less than `upper` arrivals a second.

    At `lower` throttles were shown to be less than `tolerated`, at `upper` to be more; 0 and infinity stand for rates
    that were never shown. `reasons` say why the bounds are no closer; `throttles` are the reasons of those that came.
    """

    lower: float
    upper: float
    tolerated: float
    reasons: tuple[str, ...] = ()
    throttles: dict[str, int] = field(default_factory=dict)

    @property
    def is_found(self) -> bool:
        """Whether the bounds are as close as was asked for."""
        return not self.reasons


class OnsetFinder:
    """Asks for steps (`next`) and is fed with what came of them, until `result` is there.

    A step decides when the interval of its share of throttles excludes the `tolerated` one; else the same rate is asked
    for again, up to `looks` times with twice as many arrivals each, and then left open: rates above and below it give
    the bounds. The looks share the error: each interval is that much wider. The search ends when the bounds are within
    `closeness` (1.1: ten per cent), when the `most` arrivals a second were sent without throttles, when a thousandth of
    the `first` are throttled, or when what is between stays open.
    """

    def __init__(
        self,
        *,
        first: float,
        most: float,
        tolerated: float = 0.01,
        closeness: float = 1.1,
        arrivals: int = 2000,
        looks: int = 3,
    ) -> None:
        if not 0 < first <= most or not 0 < tolerated < 1 or closeness <= 1 or arrivals < 1 or looks < 1:
            raise InvalidParameterError(
                f"Rates are above 0, a tolerated share is between 0 and 1, closeness above 1, arrivals and looks are 1 "
                f"or more: not first={first}, most={most}, tolerated={tolerated}, closeness={closeness}, "
                f"arrivals={arrivals}, looks={looks}."
            )
        self.result: OnsetFound | None = None
        self._lower, self._upper = 0.0, math.inf
        self._most = most
        self._tolerated = tolerated
        self._closeness = closeness
        self._arrivals = arrivals
        self._looks = looks
        self._rate = first
        self._least = first / 1000
        self._open: list[float] = []
        self._look = 0
        self._throttles: dict[str, int] = {}

    def next(self) -> Step | None:
        """Return what to send, None when there is a result."""
        if self.result is not None:
            return None
        return Step(per_s=self._rate, arrivals=self._arrivals * 2**self._look)

    def stop(self, reason: str) -> None:
        """End the search with what is known until now."""
        self._end(reason)

    def feed(
        self,
        throttles: dict[str, int],
        arrivals: int,
        cells: Iterable[tuple[float, int]] | None = None,
        *,
        faults: Iterable[str] = (),
    ) -> None:
        """Learn from a step: throttles by their reason, of so many arrivals; `cells` as for `proportion`.

        `faults` are the reasons why the step is not valid, of `validity.judge`: they end the search.
        """
        faults = tuple(faults)
        if throttles.get("caller_rate"):
            faults = (*faults, "this caller was throttled for its own rate, not the function")
        if faults:
            return self._end(*faults)
        for reason, count in throttles.items():
            self._throttles[reason] = self._throttles.get(reason, 0) + count
        confidence = 1 - 0.05 / self._looks
        share = proportion(sum(throttles.values()), arrivals, cells, confidence=confidence)
        if isinstance(share, Interval) and share.upper < self._tolerated:
            self._lower = self._rate
        elif isinstance(share, Interval) and share.lower > self._tolerated:
            self._upper = self._rate
        else:
            return self._look_again()
        return self._choose()

    def _look_again(self) -> None:
        self._look += 1
        if self._look == self._looks:
            self._open.append(self._rate)
            self._choose()

    def _choose(self) -> None:
        self._look = 0
        if self._upper < math.inf and self._upper <= self._closeness * self._lower:
            return self._end()
        still_open = [rate for rate in self._open if self._lower < rate < self._upper]
        if self._upper == math.inf:
            self._go_up(max([self._lower, *still_open]))
        elif not self._lower:
            self._go_down(min([self._upper, *still_open]))
        elif still_open:
            self._go_beside(min(still_open), max(still_open))
        else:
            self._rate = math.sqrt(self._lower * self._upper)
        return None

    def _go_up(self, highest: float) -> None:
        self._rate = min(2 * highest, self._most)
        if self._lower >= self._most:
            self._end(f"{self._most:g}/s, the most that may be sent, are not throttled")
        elif highest >= self._most:
            self._end(self._stays_open(highest))

    def _go_down(self, lowest: float) -> None:
        self._rate = lowest / 2
        if self._rate < self._least:
            self._end(f"even {lowest:.4g}/s are throttled")

    def _go_beside(self, lowest: float, highest: float) -> None:
        """Go where it is widest between what is decided and what stays open."""
        low, high = max((self._lower, lowest), (highest, self._upper), key=lambda side: side[1] / side[0])
        self._rate = math.sqrt(low * high)
        if high <= self._closeness * low:
            self._end(self._stays_open(lowest))

    def _stays_open(self, rate: float) -> str:
        return f"at {rate:.4g}/s it stays open whether more than {self._tolerated:.3g} are throttled"

    def _end(self, *reasons: str) -> None:
        self.result = OnsetFound(
            lower=self._lower,
            upper=self._upper,
            tolerated=self._tolerated,
            reasons=reasons,
            throttles=dict(self._throttles),
        )
