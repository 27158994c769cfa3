"""Which part of a plan one worker process sends, and from when to when."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pytest_serverless.errors import InvalidParameterError

__all__ = ["Share"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The part of one of `workers`, counted from 0, within [`since_s`, `until_s`) of the plan.

    When a worker joins or leaves, each of the others ends its share at an instant that is still to come, and all go on
    with new shares from that instant: `before = Share(worker=0, workers=2, until_s=40)`, then
    `after = Share(worker=0, workers=3, since_s=40)`. Together they are the plan again.
    """

    worker: int = 0
    workers: int = 1
    since_s: float = 0.0
    until_s: float = math.inf

    def __post_init__(self) -> None:
        if not 0 <= self.worker < self.workers:
            raise InvalidParameterError(
                f"worker is {self.worker} of {self.workers}; workers are counted from 0, so it must be less than "
                f"workers, which must be 1 or more."
            )
        if not 0 <= self.since_s <= self.until_s:
            raise InvalidParameterError(
                f"A share is from {self.since_s} s to {self.until_s} s; since_s must be 0 or more, until_s no less."
            )

    @staticmethod
    def all_of(workers: int, *, since_s: float = 0.0, until_s: float = math.inf) -> list[Share]:
        """Return the shares of that many workers."""
        return [Share(worker=each, workers=workers, since_s=since_s, until_s=until_s) for each in range(workers)]
