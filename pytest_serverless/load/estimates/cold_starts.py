"""Three rates of cold starts, which are not the same and never one: what a user waits for, what the platform starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pytest_serverless.load.estimates.intervals import CONFIDENCE, Interval, Unknown
from pytest_serverless.load.estimates.proportions import proportion

__all__ = ["ColdStarts", "cold_starts"]

HOW_TO_GET_EVIDENCE = (
    "invoke functions directly (their REPORT tells), put the probe into the function, or read its logs or metrics"
)

Cells = Iterable[tuple[float, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStarts:
    """Shares of the invocations of which something is known, from 0 to 1.

    - `new_instance`: they were the first on their instance.
    - `user_visible`: they had to wait for its init. Platforms also start instances ahead of need, so that this is less.
    - `init`: the inits of the platform, for each invocation; those that nobody waited for and that served nobody too.

    `known` invocations have evidence, `unknown` have none.
    """

    new_instance: Interval | Unknown
    user_visible: Interval | Unknown
    init: Interval | Unknown
    known: int
    unknown: int

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        rates = {name: getattr(self, name).as_json() for name in ("new_instance", "user_visible", "init")}
        return {**rates, "known": self.known, "unknown": self.unknown}


def cold_starts(
    *,
    known: int,
    unknown: int = 0,
    new_instances: int | None = None,
    user_visible: int | None = None,
    inits: int | None = None,
    new_instance_cells: Cells | None = None,
    user_visible_cells: Cells | None = None,
    init_cells: Cells | None = None,
    confidence: float = CONFIDENCE,
) -> ColdStarts:
    """Return the rates from counts; None is what the evidence does not tell.

    `known` is the number of invocations that have evidence; `inits` are those of the platform in the same time, from
    its logs. Cells are the same counts in the order of time, (events, invocations) of each stretch: cold starts
    cluster, and the bounds allow for it.
    """
    part = f"evidence for {known:,} of {known + unknown:,} invocations" if unknown else ""
    return ColdStarts(
        new_instance=_rate(new_instances, known, new_instance_cells, confidence, part),
        user_visible=_rate(user_visible, known, user_visible_cells, confidence, part),
        init=_init_rate(inits, known, init_cells, confidence, part),
        known=known,
        unknown=unknown,
    )


def _rate(events: int | None, known: int, cells: Cells | None, confidence: float, part: str) -> Interval | Unknown:
    if events is None or not known:
        return Unknown(n=0, needed=None, note=f"no evidence of cold starts; {HOW_TO_GET_EVIDENCE}")
    return _noted(proportion(events, known, cells, confidence=confidence), part)


def _init_rate(inits: int | None, known: int, cells: Cells | None, confidence: float, part: str) -> Interval | Unknown:
    if inits is None or not known:
        return Unknown(n=0, needed=None, note="only the platform's logs tell of the inits that no request waited for")
    if inits > known:
        return Unknown(n=known, needed=None, note=f"{inits:,} inits for {known:,} invocations are no share of them")
    return _noted(proportion(inits, known, cells, confidence=confidence), part)


def _noted(rate: Interval | Unknown, part: str) -> Interval | Unknown:
    if not part or isinstance(rate, Unknown):
        return rate
    noted = rate.as_json()
    noted["note"] = "; ".join(note for note in (rate.note, part) if note)
    return Interval(**noted)
