"""The concurrency limit, exactly: by bursts that double until one is throttled, then by what lies between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.finders.bursts import CONCURRENCY_REASONS, Burst
from pytest_serverless.load.observations import Observation

__all__ = ["LimitFinder", "LimitFound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitFound:
    """The answer: a `limit`, or none and the reasons why not. `bursts` are (sent, admitted) of those that counted."""

    limit: int | None
    at_least: int
    reasons: tuple[str, ...] = ()
    bursts: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        if self.limit is not None:
            return f"the concurrency limit is {self.limit}"
        return f"the concurrency limit is not found (at least {self.at_least}): {'; '.join(self.reasons)}"


class LimitFinder:
    """Asks for bursts (`next`, how many to send together) and is fed with what came of them, until `result` is there.

    A burst counts only if it shows how many ran at once (see `Burst.faults`); one that does not is asked for again, and
    after `attempts` the answer is a refusal that says why. `k` is the limit if bursts of `k` are admitted whole and of
    `k + 1` are not, `repeats` times each. `most` is the largest burst to send.

    Between bursts everything must have ended. Nobody else may use the same limit meanwhile: answers that contradict
    each other end in a refusal.
    """

    def __init__(
        self,
        *,
        most: int = 2048,
        repeats: int = 2,
        attempts: int = 3,
        reasons: frozenset[str] = CONCURRENCY_REASONS,
    ) -> None:
        if most < 2 or repeats < 1 or attempts < 1:
            raise InvalidParameterError(
                f"A limit is looked for with bursts of 2 or more, once or more: not most={most}, repeats={repeats}, "
                f"attempts={attempts}."
            )
        self.result: LimitFound | None = None
        self._most = most
        self._repeats = repeats
        self._attempts = attempts
        self._reasons = reasons
        self._good, self._bad, self._supposed = 0, most + 1, -1
        self._size = 1
        self._failed = 0
        self._bursts: list[tuple[int, int]] = []

    def next(self) -> int | None:
        """Return how many requests to send together, None when there is a result."""
        return None if self.result is not None else self._size

    def stop(self, reason: str) -> None:
        """End the search with what is known until now."""
        self._refuse(reason)

    def feed(self, seen: Sequence[Observation]) -> None:
        """Learn from the burst that was asked for."""
        burst = Burst(seen)
        faults = list(burst.faults(self._reasons))
        if burst.size != self._size:
            faults.append(f"{burst.size} were sent where {self._size} were asked for")
        admitted = len(burst.admitted)
        faults = faults or self._contradictions(admitted)
        if not faults:
            self._failed = 0
            self._learn(admitted)
            self._choose()
            return
        self._failed += 1
        if self._failed >= self._attempts:
            self._refuse(*faults)

    def _contradictions(self, admitted: int) -> list[str]:
        changed = "the limit changed, or somebody else uses it too"
        if admitted == self._size >= self._bad:
            return [f"{self._size} were admitted together after {self._bad} had been too many: {changed}"]
        if admitted < min(self._good, self._size):
            return [f"{admitted} of {self._size} were admitted after {self._good} had been together: {changed}"]
        return []

    def _learn(self, admitted: int) -> None:
        self._bursts.append((self._size, admitted))
        self._good = max(self._good, admitted)
        if admitted < self._size:
            self._bad = min(self._bad, self._size)
            self._supposed = admitted

    def _choose(self) -> None:
        """Choose the next burst: the double, one more than the supposed limit, the middle; at last repeat both."""
        if self._bad > self._most:
            if self._good >= self._most:
                self._refuse(f"bursts of up to {self._most} were admitted whole: allow larger ones")
            self._size = min(2 * self._good, self._most)
        elif self._bad - self._good > 1:
            self._size = self._good + 1 if self._supposed == self._good else (self._good + self._bad) // 2
        elif self._good and self._bursts.count((self._good, self._good)) < self._repeats:
            self._size = self._good
        elif self._bursts.count((self._bad, self._good)) < self._repeats:
            self._size = self._bad
        else:
            self.result = LimitFound(limit=self._good, at_least=self._good, bursts=tuple(self._bursts))

    def _refuse(self, *reasons: str) -> None:
        self.result = LimitFound(limit=None, at_least=self._good, reasons=reasons, bursts=tuple(self._bursts))
