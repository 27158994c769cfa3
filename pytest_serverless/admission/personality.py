"""What platforms do of their own accord: no limit says it, and no documentation how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pytest_serverless.admission.durations import Durations
from pytest_serverless.clock import seconds
from pytest_serverless.errors import InvalidParameterError

__all__ = ["PLAIN", "Personality", "Stalls"]

_FORM = "every=5s,for=1s or every=5s,for=1s,from=5s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stalls:
    """Times in which nothing is answered: `for_s` of them `every_s`, the first one `from_s` after the first request."""

    every_s: float
    for_s: float
    from_s: float

    def __post_init__(self) -> None:
        if not 0 < self.for_s < self.every_s or not self.from_s >= 0:
            raise InvalidParameterError(
                f"A stall is longer than 0 s and over before the next one begins, not every {self.every_s:g} s for "
                f"{self.for_s:g} s from {self.from_s:g} s on. Write {_FORM}."
            )

    @staticmethod
    def parse(text: str) -> Stalls:
        """Read `every=5s,for=1s,from=5s`; `from` is `every` where it is left out. Raises InvalidParameterError."""
        parts = [part.partition("=") for part in text.split(",")]
        given: Mapping[str, str] = {name.strip(): value for name, _, value in parts}
        if len(given) < len(parts) or not {"every", "for"} <= given.keys() <= {"every", "for", "from"}:
            raise InvalidParameterError(f"{text!r} cannot be read as stalls. Write {_FORM}.")
        try:
            times = {f"{name}_s": seconds(value) for name, value in given.items()}
        except InvalidParameterError as error:
            raise InvalidParameterError(f"{text!r}: {error}") from None
        return Stalls(**{"from_s": times["every_s"], **times})

    def from_the_first(self) -> Callable[[float], float]:
        """Return what tells of a time when that is answered which is due then; the first one asked about is the first.

        Times are in seconds of one clock. What comes in a stall is answered at its end, together.
        """
        first: float | None = None

        def over(at: float) -> float:
            nonlocal first
            first = at if first is None else first
            number = (at - first - self.from_s) // self.every_s
            return max(at, first + self.from_s + number * self.every_s + self.for_s) if number >= 0 else at

        return over


@dataclass(frozen=True, slots=True, kw_only=True)
class Personality:
    """Habits of a platform.

    - `proactive`: the share of the sandboxes on demand that are started before anything asks for them (0 or more, less
      than 1): with each start, others follow with this probability. AWS tells that it starts some ahead of need
      (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html, 2026-11), not how many.
    - `idle`: how long a sandbox is kept idle, drawn anew each time; None: as the limit `idle_s` says.
    - `stalls`: when nothing is answered.
    - `seed` determines what is drawn.
    """

    proactive: float = 0.0
    idle: Durations | None = None
    stalls: Stalls | None = None
    seed: str = "0"

    def __post_init__(self) -> None:
        if not 0 <= self.proactive < 1:
            raise InvalidParameterError(
                f"The share of sandboxes that are started ahead of need is 0 or more and less than 1, not "
                f"{self.proactive!r}."
            )


PLAIN: Final = Personality()
"""Nothing by chance: sandboxes are started when they are asked for, and kept as long as the limit says."""
