"""From what a process did to what is recorded of an invocation."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from pytest_serverless.invocation.runtime import Call
from pytest_serverless.local.invocations import Ran
from pytest_serverless.local.sandboxes import faults
from pytest_serverless.local.sandboxes.faults import MemoryWords
from pytest_serverless.local.sandboxes.life import End
from pytest_serverless.outcome import Failure, LogLine, Status

__all__ = ["Result", "Turn"]


@dataclass(frozen=True, slots=True)
class Result:
    """What is sent back, and why it is no success."""

    status: Status
    payload: bytes
    failure: Failure | None = None


@dataclass(slots=True)
class Turn:
    """One invocation in its sandbox, as far as it is known; times are monotonic, in seconds, unless they say else."""

    call: Call
    memory_words: MemoryWords
    came: float = field(default_factory=time.monotonic)
    began: float | None = None
    began_at: float = field(default_factory=time.time)
    duration_ms: float = 0.0
    init_ms: float | None = None
    init_overran: bool = False

    def init_done(self, overran_s: float | None) -> None:
        """Note that the init phase is over, or was given up after so many seconds."""
        self.init_ms = (time.monotonic() - self.came) * 1000 if overran_s is None else overran_s * 1000
        self.init_overran = overran_s is not None

    def begin(self) -> None:
        """Note that the invocation's own time begins."""
        self.began, self.began_at = time.monotonic(), time.time()

    def spent_s(self) -> float:
        """Return how much of its time has passed."""
        return 0.0 if self.began is None else time.monotonic() - self.began

    def end(self, end: End) -> None:
        """Note that it is over; one that ran into its timeout took just that."""
        self.duration_ms = self.call.function.timeout_s * 1000 if end.kind == "overrun" else self.spent_s() * 1000

    def failed_init(self, end: End) -> Result:
        """Return what is sent back where the process was never ready."""
        self.end(end)
        if end.kind == "init_error":
            return Result("init_error", end.body, faults.posted(end.body, end.error_type))
        return self.result(end)

    def result(self, end: End) -> Result:
        """Return what is sent back."""
        if end.kind == "response":
            return Result("success", end.body)
        if end.kind == "error":
            return Result("error", end.body, faults.posted(end.body, end.error_type))
        status: Status = {"overrun": "timeout", "too_large": "error"}.get(end.kind, "exit")  # type: ignore[assignment]  # a dict has no literal values
        failure, payload = self._fault(end)
        return Result(status, payload, failure)

    def _fault(self, end: End) -> tuple[Failure, bytes]:
        if end.kind == "overrun":
            return faults.timed_out(self.call)
        if end.kind == "too_large":
            return faults.too_large(end.body, self.call)
        if end.kind == "memory":
            return faults.out_of_memory(self.memory_words, self.call)
        return faults.exited(end.status, self.call)

    def ran(self, result: Result, lines: tuple[LogLine, ...], peak_kb: int) -> Ran:
        """Return the record."""
        return Ran(
            status=result.status,
            payload=result.payload,
            failure=result.failure,
            started=self.began_at,
            duration_ms=self.duration_ms,
            init_ms=self.init_ms,
            init_overran=self.init_overran,
            memory_used_mb=-(-peak_kb // 1024),
            lines=lines,
        )
