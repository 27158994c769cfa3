"""Reads what CloudWatch knows of functions in a stretch of time, and waits until it knows all of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pytest_serverless.load.evidence.cloudwatch import LAG_S, CloudWatch
from pytest_serverless.load.evidence.cloudwatch_metrics import PERIOD_S, Metrics
from pytest_serverless.load.evidence.logged import Log
from pytest_serverless.load.observing.clients import NotReadableError
from pytest_serverless.load.observing.places import Place, groups, of_functions

__all__ = ["BEFORE_S", "PATIENCE_S", "Reader", "Reading", "whole_minutes"]

BEFORE_S: Final = 300
"""So much of the log is read before the time that is asked about: what was started ahead of need was so by then."""

PATIENCE_S: Final = 300.0
"""How long is waited at most, unless something else is asked for."""

_FIRST_S: Final = 60.0
"""Nothing is complete sooner after the end."""
_STEP_S: Final = 30.0
_KEPT_S: Final = 15 * 86_400
"""How long CloudWatch keeps metrics by the minute."""
_AT_ONCE: Final = 50


def whole_minutes(from_s: float, to_s: float) -> tuple[float, float]:
    """Return the whole minutes that hold a stretch of time: metrics are of these."""
    return float(from_s // PERIOD_S * PERIOD_S), float(-(-to_s // PERIOD_S) * PERIOD_S)


@dataclass(slots=True, kw_only=True)
class Reading:
    """What was read: `log` reaches from some minutes before the time to the end of its last minute.

    `is_complete` is False where CloudWatch may know more by now; `asked` is how many metrics were asked for.
    """

    log: Log
    metrics: Mapping[str, Metrics]
    is_complete: bool = True
    bytes_scanned: float = 0.0
    asked: int = 0
    notes: list[str] = field(default_factory=list)


class Reader:
    """Reads and reads again, until log and metrics agree on the number of invocations or are old enough."""

    def __init__(
        self,
        cloudwatch: CloudWatch,
        places: Sequence[Place],
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self._cloudwatch = cloudwatch
        self._places = places
        self._now = now
        self._sleep = sleep
        self._tell = tell or _silent
        self._notes: dict[str, None] = {}

    def read(self, from_s: float, to_s: float, *, patience_s: float = PATIENCE_S) -> Reading:
        """Return what there is, waiting for it so long at most."""
        deadline = self._now() + patience_s
        self._wait_until(min(to_s + _FIRST_S, deadline))
        log: Log | None = None
        while True:
            began_s = self._now()
            metrics = self._metrics(from_s, to_s)
            invoked = sum(each.total("invocations") or 0.0 for each in metrics.values())
            if log is None or _started_within(log, *whole_minutes(from_s, to_s)) < invoked:
                log = self._log(from_s, to_s)
            agree = invoked > 0 and _started_within(log, *whole_minutes(from_s, to_s)) == invoked
            is_old = began_s >= to_s + LAG_S
            if agree or is_old or began_s >= deadline:
                break
            self._wait_until(min(began_s + _STEP_S, to_s + LAG_S, deadline))
        if began_s - from_s > _KEPT_S:
            self._notes["CloudWatch keeps metrics by the minute for 15 days: there are none of that time."] = None
        return Reading(
            log=log,
            metrics=metrics,
            is_complete=agree or is_old,
            bytes_scanned=self._cloudwatch.bytes_scanned,
            asked=self._cloudwatch.metrics_asked,
            notes=list(self._notes),
        )

    def _wait_until(self, moment_s: float) -> None:
        left_s = moment_s - self._now()
        if left_s > 0:
            self._tell(f"waiting {left_s:.0f} s for what CloudWatch has yet to take in")
            self._sleep(left_s)

    def _metrics(self, from_s: float, to_s: float) -> dict[str, Metrics]:
        names = [each.function for each in self._places]
        aliases = {each.function: each.alias for each in self._places if each.alias is not None}
        found = self._cloudwatch.read_metrics(names, from_s, to_s, aliases=aliases)
        for name, metrics in found.items():
            if metrics.is_partial:
                self._notes[f"{name}: CloudWatch could not tell all of its metrics."] = None
        return found

    def _log(self, from_s: float, to_s: float) -> Log:
        first, last = whole_minutes(from_s, to_s)
        log = Log()
        for found in self._logs(groups(self._places), first - BEFORE_S, last):
            log.add(found)
        return of_functions(log, self._places)

    def _logs(self, names: list[str], from_s: float, to_s: float) -> Iterator[Log]:
        for first in range(0, len(names), _AT_ONCE):
            some = names[first : first + _AT_ONCE]
            try:
                yield self._cloudwatch.read_log(some, from_s, to_s)
            except NotReadableError:
                # One group that is not there fails the query of all.
                yield from (self._alone(name, from_s, to_s) for name in some)

    def _alone(self, name: str, from_s: float, to_s: float) -> Log:
        try:
            return self._cloudwatch.read_log([name], from_s, to_s)
        except NotReadableError as error:
            self._notes[f"{name} tells nothing of that time: {error}"] = None
            return Log()


def _silent(_: str) -> None:
    return None


def _started_within(log: Log, from_s: float, to_s: float) -> int:
    """Return how many invocations began in a stretch of time, which is when metrics count them."""
    return sum(from_s <= each.began_s < to_s for each in log.invocations)
