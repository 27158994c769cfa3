"""What a search asks of whoever sends for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pytest_serverless.load.observations import Observation

__all__ = ["Allows", "StepSender", "always", "at_most"]

Allows = Callable[[int], str | None]
"""Is asked before each step, with the number of requests it sends; returns why it must not be, None where it may."""


class StepSender(Protocol):
    """Sends requests of one scenario to its target. Each of them comes back as an observation, whatever came of it."""

    def send_together(self, count: int) -> list[Observation]:
        """Send so many at one moment, after everything before has ended; return when all have.

        Their connections are opened before, as far as they can be: a burst that opens some does not count.
        """

    def hold(self, per_s: float, arrivals: int) -> list[Observation]:
        """Send so many arrivals of a Poisson process, in an open loop; return when all have ended."""

    def wait(self, seconds: float) -> None:
        """Send nothing for that long."""


def always(_: int) -> None:
    """Allow every step."""
    return


def at_most(requests: int) -> Allows:
    """Allow so many requests, all steps together."""
    sent = 0

    def allows(count: int) -> str | None:
        nonlocal sent
        if sent + count > requests:
            return f"{sent:,} requests were sent, and the next {count:,} would be more than the {requests:,} allowed"
        sent += count
        return None

    return allows
