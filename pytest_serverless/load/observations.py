"""What was seen of one arrival: the contract between what sends and what counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["KINDS", "Evidence", "Kind", "Observation", "Source"]

Kind = Literal["ok", "function_error", "throttled", "ambiguous", "refused", "failed"]
"""What an answer came to.

- `ok`: answered as meant.
- `function_error`: the function failed.
- `throttled`: there was no room; the reason says of what.
- `ambiguous`: a 500, 502 or 503 that may be a throttle, or an error of the function.
- `refused`: a 4xx of the target that is no throttle, 401 and 403 among them.
- `failed`: no answer, because of the connection, TLS, a timeout or a redirect.
"""

KINDS: tuple[Kind, ...] = get_args(Kind)

Source = Literal["report", "probe", "logs", "metrics"]
"""Where evidence is from: the REPORT line in an answer, the probe's header, exported logs, metrics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of the instance that served one invocation; None is what its source does not tell.

    `invocation` is its number on its instance, 1 for the first. `init_type` is the platform's own word:
    "on-demand", "provisioned-concurrency", "snap-start" and others. `init_ms` is there where this invocation was the
    first after an init. `init_ended_s` is in seconds since the epoch: from the probe by the generator's clock, from
    logs by the provider's.
    """

    source: Source
    instance: str | None = None
    invocation: int | None = None
    init_ms: float | None = None
    init_type: str | None = None
    init_ended_s: float | None = None
    restore_ms: float | None = None
    duration_ms: float | None = None
    billed_ms: int | None = None
    memory_mb: int | None = None
    memory_used_mb: int | None = None
    request_id: str | None = None


class Observation:
    """One request of one arrival, as it was observed.

    `intended_s`, `started_s` and `ended_s` are seconds since the epoch by one clock of the process. `status` is that of
    the answer, None where there was none. `wire_attempts` is how often the request was sent, retries of a library
    included.
    """

    __slots__ = (
        "ended_s",
        "evidence",
        "intended_s",
        "kind",
        "new_connection",
        "phase",
        "reason",
        "scenario",
        "started_s",
        "status",
        "step",
        "wire_attempts",
    )

    def __init__(
        self,
        scenario: str,
        step: str,
        phase: str,
        intended_s: float,
        started_s: float,
        ended_s: float,
        kind: Kind,
        reason: str = "",
        status: int | None = None,
        evidence: Evidence | None = None,
        new_connection: bool = False,
        wire_attempts: int = 1,
    ) -> None:
        self.scenario = scenario
        self.step = step
        self.phase = phase
        self.intended_s = intended_s
        self.started_s = started_s
        self.ended_s = ended_s
        self.kind: Kind = kind
        self.reason = reason
        self.status = status
        self.evidence = evidence
        self.new_connection = new_connection
        self.wire_attempts = wire_attempts

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"Observation({given})"

    @property
    def latency_ms(self) -> float:
        """From the intended start to the end: what a user of an open system waits."""
        return (self.ended_s - self.intended_s) * 1e3

    @property
    def service_ms(self) -> float:
        """From the start to the end: what a closed loop would report."""
        return (self.ended_s - self.started_s) * 1e3

    @property
    def lag_ms(self) -> float:
        """How late the request was sent: the generator's own fault."""
        return (self.started_s - self.intended_s) * 1e3
