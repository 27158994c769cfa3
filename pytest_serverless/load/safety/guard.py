"""Watches a run while it lasts, and says when it must end early."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.observations import Kind
from pytest_serverless.load.safety.caps import Caps
from pytest_serverless.load.safety.conditions import WINDOW_S, Condition, Recent
from pytest_serverless.load.safety.spending import Spending
from pytest_serverless.pricing import over_budget
from pytest_serverless.pricing.amounts import exact, money

__all__ = ["STORM_SHARE", "Guard"]

STORM_SHARE: Final = 0.9
"""So large a share of answers that did not come to what was asked for is no measurement any more."""

_STORM_ANSWERS: Final = 200
_STORM_S: Final = 5.0
_UNAUTHORISED_SHARE: Final = 0.5
_UNAUTHORISED_ANSWERS: Final = 100
_BAD: Final[tuple[Kind, ...]] = ("failed", "refused", "function_error")
_CHANCE: Final = 4.0
"""Poisson arrivals are more or fewer than planned by chance, hardly ever by more standard deviations than these."""
_KEPT_S: Final = 600.0


class _Seen(NamedTuple):
    at_s: float
    counts: Counter[tuple[Kind, str]]


class Guard:
    """Asked about once a second with all that was told of a run until then; see `why_stop`.

    `spending` is needed for a cap on the cost. `abort_on` are conditions such as "failed > 50%", judged by the last ten
    seconds. A storm of errors ends a run by itself, unless `storms` is False; so does one of credentials refused.
    A run may take `grace_s` longer than the most that is allowed: what is under way then is waited for.
    """

    def __init__(
        self,
        caps: Caps | None = None,
        *,
        spending: Spending | None = None,
        abort_on: Iterable[Condition] = (),
        storms: bool = True,
        grace_s: float = 10.0,
    ) -> None:
        self._caps = caps or Caps()
        self._spending = spending
        self._conditions = tuple(abort_on)
        self._storms = storms
        self._grace_s = grace_s
        self._seen: deque[_Seen] = deque()
        self._started_s: float | None = None

    def why_stop(self, aggregate: Aggregate, now_s: float) -> str | None:
        """Return why a run must end, in words for its result; None while it may go on.

        `now_s` is in seconds since the epoch. The run is taken to begin with its first arrival.
        """
        self._look(aggregate, now_s)
        looks = (self._over_arrivals, self._over_duration, self._over_cost, self._storm, self._condition)
        return next((why for look in looks if (why := look(aggregate, now_s))), None)

    def _look(self, aggregate: Aggregate, now_s: float) -> None:
        counts: Counter[tuple[Kind, str]] = Counter()
        for cell in aggregate.cells.values():
            for (kind, reason, _), count in cell.counts.items():
                counts[kind, reason] += count
        self._seen.append(_Seen(now_s, counts))
        while self._seen[0].at_s < now_s - _KEPT_S:
            self._seen.popleft()
        if self._started_s is None and aggregate.dispatches:
            self._started_s = now_s

    def _over_arrivals(self, aggregate: Aggregate, now_s: float) -> str | None:
        most = self._caps.max_arrivals
        if most is None:
            return None
        arrived = sum(dispatch.planned for dispatch in aggregate.dispatches.values())
        if arrived <= most + _CHANCE * math.sqrt(most):
            return None
        return f"{arrived:,} arrivals have come, and {most:,} are the most that are allowed (--serverless-max-arrivals)"

    def _over_duration(self, aggregate: Aggregate, now_s: float) -> str | None:
        most_s, start_s = self._caps.max_duration_s, self._started_s
        if most_s is None or start_s is None or now_s - start_s <= most_s + self._grace_s:
            return None
        return (
            f"the run has lasted {now_s - start_s:.0f} s, and {most_s:g} s are the most that are allowed "
            "(--serverless-max-duration)"
        )

    def _over_cost(self, aggregate: Aggregate, now_s: float) -> str | None:
        most = self._caps.max_cost
        if most is None or self._spending is None:
            return None
        bill = self._spending.until_now(aggregate)
        if over_budget(bill, most) is None:
            return None
        cost, limit = money(bill.total), money(exact(most))
        return f"it has cost {cost}, and {limit} is the most that is allowed (--serverless-max-cost)"

    def _storm(self, aggregate: Aggregate, now_s: float) -> str | None:
        refused = self._since(_UNAUTHORISED_ANSWERS, 0.0)
        if refused is not None:
            unauthorised, answers = refused["refused", "unauthorized"], refused.total()
            if unauthorised >= _UNAUTHORISED_SHARE * answers:
                return (
                    f"credentials are refused: {unauthorised:,} of the last {answers:,} answers were 401 or said so. "
                    "Are they right, and do they hold as long as the run lasts?"
                )
        recent = self._since(_STORM_ANSWERS, _STORM_S) if self._storms else None
        if recent is None:
            return None
        bad, answers = sum(count for (kind, _), count in recent.items() if kind in _BAD), recent.total()
        if bad < STORM_SHARE * answers:
            return None
        return (
            f"a storm of errors: {bad:,} of the last {answers:,} answers were none that was asked for: {_told(recent)}"
        )

    def _since(self, answers: int, seconds: float) -> Counter[tuple[Kind, str]] | None:
        """Return the counts of at least so many last answers, which came in at least so long; None if there are less.

        What is told of a run's beginning counts from nothing.
        """
        now = self._seen[-1]
        start = _Seen(self._started_s if self._started_s is not None else now.at_s, Counter())
        for then in [*reversed(self._seen), start]:
            counts = now.counts - then.counts
            if counts.total() >= answers and now.at_s - then.at_s >= seconds:
                return counts
        return None

    def _condition(self, aggregate: Aggregate, now_s: float) -> str | None:
        if not self._conditions:
            return None
        then = next((each for each in reversed(self._seen) if each.at_s <= now_s - WINDOW_S), None)
        if then is None:
            return None
        recent = Recent(self._seen[-1].counts - then.counts, aggregate, then.at_s, now_s)
        return next((why for each in self._conditions if (why := each.holds(recent))), None)


def _told(counts: Counter[tuple[Kind, str]]) -> str:
    """Return the most frequent kinds of bad answers, in words."""
    bad = Counter({f"{kind} ({reason})" if reason else kind: n for (kind, reason), n in counts.items() if kind in _BAD})
    return ", ".join(f"{n:,} {name}" for name, n in bad.most_common(3))
