"""A phase: a name, a duration, and how arrivals come while it lasts."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pytest_serverless.clock import seconds
from pytest_serverless.errors import InvalidParameterError, UnknownNameError, shorten
from pytest_serverless.load.arrivals.checks import check_count, check_number

__all__ = ["Pattern", "Phase"]

Pattern = Literal["poisson", "uniform", "burst"]
"""How arrivals come: independently of each other, evenly, or many at one instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase of a plan; best made by `hold`, `ramp`, `steps` or `bursts`.

    Rates are arrivals a second, all workers together; from `from_per_s` at its start the rate goes straight to
    `to_per_s` at its end. With the pattern `burst` they are 0, and `burst` arrivals come at one instant: at the start,
    and again after each `every_s` seconds. `judged` says whether thresholds and rates are of this phase.
    """

    name: str
    duration_s: float
    pattern: Pattern = "poisson"
    from_per_s: float = 0.0
    to_per_s: float = 0.0
    burst: int = 0
    every_s: float = 0.0
    judged: bool = True

    def __post_init__(self) -> None:
        if not self.name:
            raise InvalidParameterError("A phase needs a name that is not empty.")
        if self.pattern not in get_args(Pattern):
            raise UnknownNameError("pattern of arrivals", self.pattern, get_args(Pattern))
        for name in ("duration_s", "from_per_s", "to_per_s", "every_s"):
            check_number(f"Phase {self.name!r}: {name}", getattr(self, name))
        if not self.duration_s:
            raise InvalidParameterError(f"Phase {self.name!r}: a phase must last longer than 0 s.")
        if self.pattern == "burst":
            self._check_burst()
        elif self.burst:
            raise InvalidParameterError(f"Phase {self.name!r}: only a phase with the pattern 'burst' has bursts.")

    def _check_burst(self) -> None:
        check_count(f"Phase {self.name!r}: burst", self.burst)
        if self.from_per_s or self.to_per_s:
            raise InvalidParameterError(f"Phase {self.name!r}: bursts have no arrival rate beside them.")

    @staticmethod
    def hold(
        arrival_rate: float,
        duration: str | float,
        *,
        name: str = "hold",
        pattern: Pattern = "poisson",
        judged: bool = True,
    ) -> Phase:
        """Keep a rate; a duration is a text (`"60s"`) or a number of seconds."""
        return Phase.ramp(arrival_rate, arrival_rate, duration, name=name, pattern=pattern, judged=judged)

    @staticmethod
    def ramp(
        from_per_s: float,
        to_per_s: float,
        duration: str | float,
        *,
        name: str = "ramp",
        pattern: Pattern = "poisson",
        judged: bool = False,
    ) -> Phase:
        """Go from one rate to another in a straight line."""
        return Phase(
            name=name,
            duration_s=_seconds(name, "duration", duration),
            pattern=pattern,
            from_per_s=from_per_s,
            to_per_s=to_per_s,
            judged=judged,
        )

    @staticmethod
    def steps(
        arrival_rates: Sequence[float],
        each: str | float,
        *,
        name: str = "step",
        pattern: Pattern = "poisson",
        judged: bool = True,
    ) -> list[Phase]:
        """Keep one rate after the other, each for as long: phases `step-1`, `step-2` and so on."""
        return [
            Phase.hold(rate, each, name=f"{name}-{number}", pattern=pattern, judged=judged)
            for number, rate in enumerate(arrival_rates, 1)
        ]

    @staticmethod
    def bursts(
        size: int,
        duration: str | float,
        *,
        every: str | float | None = None,
        name: str = "burst",
        judged: bool = True,
    ) -> Phase:
        """Let `size` arrivals come at the start, and again `every` so often; without it, once."""
        duration_s = _seconds(name, "duration", duration)
        every_s = 0.0 if every is None else _seconds(name, "every", every)
        if every is not None and not every_s:
            raise InvalidParameterError(f"Phase {name!r}: every must be longer than 0 s.")
        return Phase(name=name, duration_s=duration_s, pattern="burst", burst=size, every_s=every_s, judged=judged)

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Phase:
        known = [each.name for each in dataclasses.fields(Phase)]
        for name in value:
            if name not in known:
                raise UnknownNameError("setting of a phase", name, known)
        for name in ("name", "duration_s"):
            if name not in value:
                raise InvalidParameterError(f"A phase needs {name}: {shorten(dict(value))}")
        return Phase(**value)

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @property
    def times(self) -> int:
        """How many bursts there are; a last one at the very end is not."""
        if self.pattern != "burst":
            return 0
        # What is a whole number but for the rounding of its division is one.
        return max(math.ceil(self.duration_s / self.every_s * (1 - 1e-12)), 1) if self.every_s else 1

    @property
    def expected(self) -> float:
        """How many arrivals are expected in it; of a uniform pattern the last may fall into the next phase."""
        return float(self.times * self.burst) if self.pattern == "burst" else self.area(self.duration_s)

    def area(self, at_s: float) -> float:
        """Return the arrivals that are expected by then, from the phase's start: the rate's integral."""
        slope = (self.to_per_s - self.from_per_s) / self.duration_s
        return at_s * (self.from_per_s + slope * at_s / 2)

    def instant(self, area: float) -> float:
        """Return when that many arrivals are expected: the inverse of `area`, in seconds from the phase's start."""
        slope = (self.to_per_s - self.from_per_s) / self.duration_s
        root = math.sqrt(max(self.from_per_s**2 + 2 * slope * area, 0.0))
        return min(2 * area / (self.from_per_s + root), self.duration_s) if area > 0 else 0.0


def _seconds(phase: str, what: str, value: str | float) -> float:
    if not isinstance(value, str):
        return value
    try:
        return seconds(value)
    except InvalidParameterError as error:
        raise InvalidParameterError(f"Phase {phase!r}, {what}: {error}") from None
