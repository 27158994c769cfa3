"""The searches: each asks its finder what to send, has it sent, and feeds it, until there is a result."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Final, TypeAlias

from pytest_serverless.errors import InvalidParameterError, UnknownNameError, shorten
from pytest_serverless.load.estimates.finders.idle import IdleFinder, IdleFound
from pytest_serverless.load.estimates.finders.limit import LimitFinder, LimitFound
from pytest_serverless.load.estimates.finders.onset import OnsetFinder, OnsetFound, Step
from pytest_serverless.load.estimates.finders.scaling import scaling_rate
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.validity import Tolerances
from pytest_serverless.load.evidence.rates import is_new
from pytest_serverless.load.finding.found import Found
from pytest_serverless.load.finding.steps import Allows, StepSender, always
from pytest_serverless.load.observations import Observation

__all__ = ["SEARCHES", "SEARCH_PHASE", "Idle", "Limit", "Onset", "Scaling", "Search", "search_of"]

SEARCH_PHASE: Final = "search"
"""The phase that all of a search's requests are in."""

Tell = Callable[[str], None]
_CELL: Final = 25
"""Arrivals that are one stretch of time."""
_ADMITTED: Final = ("ok", "function_error")


def _silent(_: str) -> None:
    return


class _Steps:
    """Counts what is sent, and asks before each step."""

    def __init__(self, allows: Allows, tell: Tell) -> None:
        self.requests = self.steps = 0
        self._allows = allows
        self._tell = tell

    def why_not(self, requests: int, what: str) -> str | None:
        """Return why a step must not be; else count and tell it."""
        why = self._allows(requests)
        if why is None:
            self.requests += requests
            self.steps += 1
            self._tell(what)
        return why


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Finds the concurrency limit, exactly, by bursts of up to `most`; the function must take longer than a burst.

    The parameters are those of `LimitFinder`.
    """

    name: ClassVar[str] = "limit"
    most: int = 2048
    repeats: int = 2
    attempts: int = 3

    def __post_init__(self) -> None:
        self._finder()

    def _finder(self) -> LimitFinder:
        return LimitFinder(most=self.most, repeats=self.repeats, attempts=self.attempts)

    def run(self, sender: StepSender, scenario: str, *, allows: Allows = always, tell: Tell = _silent) -> Found:
        """Search; `allows` may end it before a step, `tell` is given a line on each."""
        finder, steps = self._finder(), _Steps(allows, tell)
        throttles: Counter[str] = Counter()
        while (size := finder.next()) is not None:
            why = steps.why_not(size, f"limit: {size:,} at once")
            if why:
                finder.stop(why)
                break
            seen = sender.send_together(size)
            throttles += _throttles(seen)
            finder.feed(seen)
        assert finder.result is not None  # noqa: S101  # the loop ends with one
        return _found(self.name, scenario, steps, throttles, *_limit(finder.result))


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """Finds the rate at which throttling starts, from `first` up to `most` arrivals a second.

    Each step begins with `settle_s` that are not judged: starts of instances are over then. The other parameters are
    those of `OnsetFinder`.
    """

    name: ClassVar[str] = "onset"
    first: float = 10.0
    most: float = 1000.0
    tolerated: float = 0.01
    closeness: float = 1.25
    arrivals: int = 2000
    looks: int = 3
    settle_s: float = 5.0

    def __post_init__(self) -> None:
        self._finder()
        if not 0 <= self.settle_s < math.inf:
            raise InvalidParameterError(f"settle_s is a number of seconds, 0 or more, not {self.settle_s!r}.")

    def _finder(self) -> OnsetFinder:
        names = [each.name for each in fields(self) if each.name != "settle_s"]
        return OnsetFinder(**{name: getattr(self, name) for name in names})

    def run(self, sender: StepSender, scenario: str, *, allows: Allows = always, tell: Tell = _silent) -> Found:
        """Search; `allows` may end it before a step, `tell` is given a line on each."""
        finder, steps = self._finder(), _Steps(allows, tell)
        while (step := finder.next()) is not None:
            why = steps.why_not(self._settling(step) + step.arrivals, f"onset: {step.per_s:.4g} a second")
            if why:
                finder.stop(why)
                break
            self._take(finder, step, sender)
        assert finder.result is not None  # noqa: S101  # the loop ends with one
        return _found(self.name, scenario, steps, finder.result.throttles, *_onset(finder.result, steps.requests))

    def _settling(self, step: Step) -> int:
        return math.ceil(step.per_s * self.settle_s)

    def _take(self, finder: OnsetFinder, step: Step, sender: StepSender) -> None:
        settling = self._settling(step)
        seen = sender.hold(step.per_s, settling + step.arrivals)
        judged = sorted(seen, key=lambda one: one.intended_s)[settling:]
        refused = [one.kind == "throttled" for one in judged]
        cells = [(sum(refused[i : i + _CELL]), len(refused[i : i + _CELL])) for i in range(0, len(refused), _CELL)]
        missing = settling + step.arrivals - len(seen)
        finder.feed(dict(_throttles(judged)), len(judged), cells, faults=_faults(judged, missing))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Finds how fast instances are added, by a surge of `per_s` arrivals for `seconds` after `rest_s` without any.

    The surge must ask for more instances than are added, and for fewer at once than the concurrency `limit`, which may
    be given; evidence must tell which requests were on a new instance.
    """

    name: ClassVar[str] = "scaling"
    per_s: float = 2000.0
    seconds: float = 10.0
    rest_s: float = 0.0
    limit: int | None = None

    def __post_init__(self) -> None:
        if not (self.per_s > 0 and self.seconds > 0 and self.rest_s >= 0):
            raise InvalidParameterError(
                f"A surge has a rate and a time above 0, after a rest of 0 s or more: not per_s={self.per_s!r}, "
                f"seconds={self.seconds!r}, rest_s={self.rest_s!r}."
            )

    def run(self, sender: StepSender, scenario: str, *, allows: Allows = always, tell: Tell = _silent) -> Found:
        """Send the surge; `allows` may forbid it, `tell` is given a line on it."""
        steps, arrivals = _Steps(allows, tell), math.ceil(self.per_s * self.seconds)
        why = steps.why_not(arrivals, f"scaling: {self.per_s:.4g} a second for {self.seconds:.4g} s")
        if why:
            return _found(self.name, scenario, steps, {}, dict.fromkeys(_SCALING, _refused(why)), (why,))
        sender.wait(self.rest_s)
        seen = sender.hold(self.per_s, arrivals)
        values = self._values(seen, arrivals)
        reasons = dict.fromkeys(each.note for each in values.values() if isinstance(each, Unknown))
        return _found(self.name, scenario, steps, _throttles(seen), values, tuple(reasons))

    def _values(self, seen: list[Observation], arrivals: int) -> dict[str, Interval | Unknown]:
        faults = [*_faults(seen, arrivals - len(seen))]
        news = [(one, _is_new(one)) for one in seen if one.kind in _ADMITTED]
        if any(new is None for _, new in news):
            faults.append("evidence must tell of each answer whether it came from a new instance")
        if faults:
            return dict.fromkeys(_SCALING, _refused("; ".join(faults)))
        begun = [one.started_s for one, new in news if new]
        refused = [one.started_s for one in seen if one.kind == "throttled"]
        found = scaling_rate(begun, refused, started_s=min(one.started_s for one in seen), limit=self.limit)
        return dict(zip(_SCALING, (found.burst, found.per_10_s), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Finds how long idle instances are kept: takes hours where that is minutes. The parameters: see `IdleFinder`."""

    name: ClassVar[str] = "idle"
    instances: int = 30
    first_s: float = 60.0
    most_s: float = 7200.0
    closeness: float = 1.1
    probes: int = 16
    attempts: int = 3

    def __post_init__(self) -> None:
        self._finder()

    def _finder(self) -> IdleFinder:
        return IdleFinder(**{each.name: getattr(self, each.name) for each in fields(self)})

    def run(self, sender: StepSender, scenario: str, *, allows: Allows = always, tell: Tell = _silent) -> Found:
        """Search; `allows` may end it before a step, `tell` is given a line on each."""
        finder, steps = self._finder(), _Steps(allows, tell)
        throttles: Counter[str] = Counter()
        while (gap_s := finder.next()) is not None:
            why = steps.why_not(2 * self.instances, f"idle: {gap_s:.4g} s between two bursts of {self.instances}")
            if why:
                finder.stop(why)
                break
            before = sender.send_together(self.instances)
            sender.wait(gap_s)
            after = sender.send_together(self.instances)
            throttles += _throttles([*before, *after])
            finder.feed(before, after)
        assert finder.result is not None  # noqa: S101  # the loop ends with one
        return _found(self.name, scenario, steps, throttles, *_idle(finder.result, steps.requests))


Search: TypeAlias = Limit | Onset | Scaling | Idle
SEARCHES: Final[Mapping[str, type[Search]]] = {each.name: each for each in (Limit, Onset, Scaling, Idle)}
"""The searches by their names."""

_SCALING: Final = ("scaling_burst", "scaling_per_10_s")


def search_of(value: Any) -> Search:
    """Return a search by its name, as `limit`, or the search that it is; UnknownNameError, InvalidParameterError."""
    if isinstance(value, (Limit, Onset, Scaling, Idle)):
        return value
    if not isinstance(value, str):
        raise InvalidParameterError(f"A search is {', '.join(SEARCHES)}, or one with parameters: not {shorten(value)}.")
    if value not in SEARCHES:
        raise UnknownNameError("search", value, SEARCHES)
    return SEARCHES[value]()


def _found(
    search: str,
    scenario: str,
    steps: _Steps,
    throttles: Mapping[str, int],
    values: Mapping[str, Interval | Unknown],
    reasons: tuple[str, ...],
) -> Found:
    return Found(
        search=search,
        scenario=scenario,
        values=values,
        reasons=reasons,
        requests=steps.requests,
        steps=steps.steps,
        throttles=dict(throttles),
    )


def _limit(found: LimitFound) -> tuple[dict[str, Interval | Unknown], tuple[str, ...]]:
    n = sum(sent for sent, _ in found.bursts)
    if found.limit is None:
        note = f"at least {found.at_least:,}: {'; '.join(found.reasons)}"
        return {"concurrency_limit": Unknown(n=n, needed=None, note=note)}, found.reasons
    limit = float(found.limit)
    exact = Interval(value=limit, lower=limit, upper=limit, n=n, method="bursts", confidence=1.0)
    return {"concurrency_limit": exact}, found.reasons


def _onset(found: OnsetFound, n: int) -> tuple[dict[str, Interval | Unknown], tuple[str, ...]]:
    note = f"where {found.tolerated:.3g} of the arrivals are throttled"
    return {"throttling_from": _between(found.lower, found.upper, "/s", n, note)}, found.reasons


def _idle(found: IdleFound, n: int) -> tuple[dict[str, Interval | Unknown], tuple[str, ...]]:
    return {"idle_kept": _between(found.lower_s, found.upper_s, " s", n)}, found.reasons


def _between(lower: float, upper: float, unit: str, n: int, note: str = "") -> Interval | Unknown:
    """Return a bracket as an interval; one that is open on a side is none, and its note has the other side."""
    if 0 < lower <= upper < math.inf:
        return Interval(value=math.sqrt(lower * upper), lower=lower, upper=upper, n=n, method="bracket", note=note)
    sides = [f"more than {lower:.4g}{unit}"] if lower > 0 else []
    sides += [f"less than {upper:.4g}{unit}"] if upper < math.inf else []
    return _refused(" and ".join(sides) or "nothing was shown")


def _refused(why: str) -> Unknown:
    return Unknown(n=0, needed=None, note=why)


def _throttles(seen: list[Observation]) -> Counter[str]:
    return Counter(one.reason for one in seen if one.kind == "throttled")


def _is_new(one: Observation) -> bool | None:
    return None if one.evidence is None else is_new(one.evidence)


def _faults(seen: list[Observation], missing: int) -> Iterator[str]:
    """Tell why arrivals do not show what a target does at their rate."""
    allowed = Tolerances()
    if missing > allowed.dropped * (len(seen) + missing):
        yield f"{missing:,} of {len(seen) + missing:,} arrivals were not sent: allow more in flight"
    lags = sorted(one.lag_ms for one in seen)
    late_ms = lags[min(int(0.99 * len(lags)), len(lags) - 1)] if lags else 0.0
    if late_ms > allowed.lag_p99_ms:
        yield f"arrivals were sent late: lag p99 {late_ms:.3g} ms, at most {allowed.lag_p99_ms:g} is allowed"
    others = Counter(one.kind for one in seen if one.kind not in (*_ADMITTED, "throttled"))
    if others.total() > allowed.dropped * len(seen):
        told = ", ".join(f"{kind} ({count})" for kind, count in others.most_common())
        yield f"answers that are neither admitted nor throttled: {told}"
