"""What a platform's log tells of invocations and of inits, whichever provider wrote it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pytest_serverless.load.observations import Evidence

__all__ = ["Init", "Log", "Logged", "by_id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One invocation, in seconds since the epoch by the provider's clock.

    `ids` are what it may be found by: the id of the request, of its trace, of its execution. `waited` says whether its
    request waited for an init, None where the log does not tell; `evidence` is None where it tells nothing of that.
    """

    ids: tuple[str, ...]
    ended_s: float
    started_s: float | None = None
    function: str = ""
    evidence: Evidence | None = None
    waited: bool | None = None
    status: str = ""

    @property
    def began_s(self) -> float:
        """When it took its instance: before the init, where it waited for one."""
        init_ms = self.evidence.init_ms if self.evidence and self.waited else None
        return (self.ended_s if self.started_s is None else self.started_s) - (init_ms or 0.0) / 1e3


@dataclass(frozen=True, slots=True, kw_only=True)
class Init:
    """One init of the platform, whether or not anybody waited for it, or was served at all."""

    instance: str
    started_s: float
    ended_s: float | None = None
    function: str = ""
    why: str = ""


@dataclass(slots=True, kw_only=True)
class Log:
    """All that was read; `unread` counts the entries that are about neither."""

    invocations: list[Logged] = field(default_factory=list)
    inits: list[Init] = field(default_factory=list)
    unread: int = 0

    def add(self, other: Log) -> None:
        """Add what another tells."""
        self.invocations += other.invocations
        self.inits += other.inits
        self.unread += other.unread

    def between(self, from_s: float, to_s: float) -> Log:
        """Return what happened in a stretch of time: invocations that ended in it, inits that began in it."""
        return Log(
            invocations=[each for each in self.invocations if from_s <= each.ended_s < to_s],
            inits=[each for each in self.inits if from_s <= each.started_s < to_s],
        )


def by_id(invocations: Iterable[Logged]) -> dict[str, Logged]:
    """Return invocations by each of their ids; of several with one id, as of retries, the last."""
    return {id_: each for each in sorted(invocations, key=lambda one: one.ended_s) for id_ in each.ids}
