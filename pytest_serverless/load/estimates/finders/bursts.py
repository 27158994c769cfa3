"""Bursts: requests sent together, and whether they truly were at the target together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pytest_serverless.load.aggregates import most_at_once
from pytest_serverless.load.observations import Observation

__all__ = ["CONCURRENCY_REASONS", "Burst"]

CONCURRENCY_REASONS = frozenset({"account_concurrency", "reserved_concurrency", "concurrency", "instances"})
"""Reasons of throttles that tell of a limit of what runs at once, as `classes.REASONS` has them."""

_ADMITTED = ("ok", "function_error")


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of requests that were sent together."""

    seen: Sequence[Observation]

    @property
    def size(self) -> int:
        """How many requests it had."""
        return len(self.seen)

    @property
    def admitted(self) -> list[Observation]:
        """Those that the function ran for, with or without success."""
        return [one for one in self.seen if one.kind in _ADMITTED]

    @property
    def throttled(self) -> list[Observation]:
        """Those that found no room."""
        return [one for one in self.seen if one.kind == "throttled"]

    @property
    def instances(self) -> set[str]:
        """The instances that are known to have served one."""
        named = (one.evidence.instance for one in self.seen if one.evidence is not None)
        return {name for name in named if name is not None}

    def faults(self, reasons: Iterable[str] = CONCURRENCY_REASONS) -> Iterator[str]:
        """Tell why it does not show how many run at once: nothing, if it does.

        Its connections must be open before; the last request be sent before the first is answered; all that were
        admitted have run at one time; and every refusal be for want of concurrency.
        """
        yield from self._kinds()
        opened = sum(one.new_connection for one in self.seen)
        if opened:
            yield f"{opened} of {self.size} requests opened a connection within the burst, and came later for it"
        admitted = self.admitted
        if admitted:
            last, first = max(one.started_s for one in self.seen), min(one.ended_s for one in admitted)
            if last >= first:
                yield (
                    f"the last request was sent {(last - first) * 1e3:.3g} ms after the first was answered: let the "
                    "function take longer"
                )
            together = most_at_once((one.started_s, one.ended_s) for one in admitted)
            if together < len(admitted):
                yield f"{len(admitted)} were admitted, but only {together} ran at one time"
        other = Counter(one.reason for one in self.throttled if one.reason not in frozenset(reasons))
        if other:
            told = ", ".join(f"{reason or 'no reason'} ({count})" for reason, count in other.most_common())
            yield f"throttles were not for want of concurrency: {told}"

    def _kinds(self) -> Iterator[str]:
        kinds = Counter(one.kind for one in self.seen if one.kind not in (*_ADMITTED, "throttled"))
        if kinds:
            told = ", ".join(f"{kind} ({count})" for kind, count in kinds.most_common())
            yield f"answers that are neither admitted nor throttled: {told}"
