"""How long something takes, where nothing really runs: distributions, written as text.

`20ms`, `uniform:low=10ms,high=30ms`, `exponential:mean=20ms`, `lognormal:median=20ms,sigma=0.4`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from pytest_serverless.clock import seconds
from pytest_serverless.errors import InvalidParameterError, UnknownNameError, near_misses, or_list, shorten

__all__ = ["Durations"]

_PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "constant": ("value",),
    "uniform": ("low", "high"),
    "exponential": ("mean",),
    "lognormal": ("median", "sigma"),
}
_FORMS = "20ms, uniform:low=10ms,high=30ms, exponential:mean=20ms or lognormal:median=20ms,sigma=0.4"


class Durations:
    """Draws durations in seconds from a distribution; `mean_s` is its mean, and none is less than `least_s`.

    Times have a unit: `us`, `ms`, `s`, `m` or `h`. `sigma` is the standard deviation of the logarithm.
    """

    __slots__ = ("draw", "least_s", "mean_s", "text")

    def __init__(self, text: str, draw: Callable[[Random], float], mean_s: float, least_s: float = 0.0) -> None:
        self.text = text
        self.draw = draw
        self.mean_s = mean_s
        self.least_s = least_s

    def __repr__(self) -> str:
        return f"Durations({self.text!r})"

    @staticmethod
    def parse(text: str) -> Durations:
        """Read a distribution; raises InvalidParameterError, or UnknownNameError for a name there is none of."""
        kind, colon, rest = text.strip().partition(":")
        if not colon:
            kind, rest = "constant", f"value={kind}"
        kind = kind.strip()
        if kind not in _PARAMETERS:
            raise UnknownNameError("distribution of durations", kind, _PARAMETERS)
        given = _given(text, kind, rest)
        read = {name: (_number if name == "sigma" else _seconds)(text, value) for name, value in given.items()}
        return _MAKE[kind](text, **read)


def _given(text: str, kind: str, rest: str) -> dict[str, str]:
    """Return the parameters as they are written; all there are, and no others."""
    names = _PARAMETERS[kind]
    given: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or name in given:
            raise InvalidParameterError(f"{text!r} cannot be read as durations at {part!r}. Write {_FORMS}.")
        if name not in names:
            near = near_misses(name, names)
            hint = f"Did you mean {or_list(near)}?" if near else f"It takes {', '.join(names)}."
            raise InvalidParameterError(f"{text!r}: {kind} has no parameter {name!r}. {hint}")
        given[name] = value
    missing = [name for name in names if name not in given]
    if missing:
        raise InvalidParameterError(f"{text!r}: {kind} needs {' and '.join(missing)}. Write {_FORMS}.")
    return given


def _seconds(text: str, value: str) -> float:
    try:
        return seconds(value)
    except InvalidParameterError as error:
        raise InvalidParameterError(f"{text!r}: {error}") from None


def _number(text: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise InvalidParameterError(f"{text!r}: sigma is a number, 0 or more, without a unit, not {shorten(value)}.")
    return number


def _constant(text: str, *, value: float) -> Durations:
    return Durations(text, lambda _: value, value, value)


def _uniform(text: str, *, low: float, high: float) -> Durations:
    if high < low:
        raise InvalidParameterError(f"{text!r}: high is less than low.")
    return Durations(text, lambda draws: low + (high - low) * draws.random(), (low + high) / 2, low)


def _exponential(text: str, *, mean: float) -> Durations:
    return Durations(text, lambda draws: -mean * math.log(1.0 - draws.random()), mean)


def _lognormal(text: str, *, median: float, sigma: float) -> Durations:
    exp = math.exp
    return Durations(text, lambda draws: median * exp(sigma * draws.gauss(0.0, 1.0)), median * exp(sigma * sigma / 2))


_MAKE: Final[Mapping[str, Callable[..., Durations]]] = {
    "constant": _constant,
    "uniform": _uniform,
    "exponential": _exponential,
    "lognormal": _lognormal,
}
