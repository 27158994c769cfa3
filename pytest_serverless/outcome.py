"""What one invocation came to, whoever ran it and wherever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["BackendCall", "Change", "Failure", "LogLine", "Outcome", "Status"]

Status = Literal["success", "error", "timeout", "exit", "init_error"]
"""`success`; `error`: the handler raised, or its result could not be sent; `timeout`; `exit`: it ended its process;
`init_error`: it could not be imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line that the function wrote.

    `source` is `log` (the logging module), `stdout` or `stderr`; `level` and `logger` are set for `log` alone. `time`
    is in seconds since the epoch.
    """

    time: float
    source: Literal["log", "stdout", "stderr"]
    message: str
    level: str | None = None
    logger: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an invocation did not succeed, in the words that the platform sends its caller.

    `exception` is what was raised, where something was.
    """

    type: str
    message: str
    stack_trace: tuple[str, ...] = ()
    exception: BaseException | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendCall:
    """One call of a backend's API, by a function or by the test itself.

    `service` and `operation` are the provider's names (`dynamodb`, `PutItem`), `parameters` what was sent. `resource`
    is the full name (ARN) of what it was about and `action` the permission it takes (`dynamodb:PutItem`), where they
    are known. `error` is the error code it was answered with. `request_id` is the invocation that called, None for the
    test.
    """

    time: float
    service: str
    operation: str
    parameters: Mapping[str, Any]
    resource: str | None = None
    action: str | None = None
    error: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that came to be different in a backend: what triggers learn from.

    `kind` is the provider's word (`s3:ObjectCreated:Put`, `sqs:SendMessage`, `sns:Publish`), `resource` the full name
    (ARN) of the bucket, queue or topic; `details` has what the kind needs (`key`, `size`, `etag`, …).
    """

    time: float
    service: str
    kind: str
    resource: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One invocation, finished.

    `payload` is what the platform sends back, to the byte; `value` is that as the caller reads it (of a failure: its
    error). Times are in milliseconds: `duration_ms` of the handler alone, `init_ms` of importing it (None where it was
    warm), `billed_ms` as the provider rounds. `memory_used_mb` is the peak of the whole test process: in process
    nothing smaller can be measured. `log` is the text that the provider's log shows.
    """

    function: str
    provider: str
    request_id: str
    status: Status
    payload: bytes
    value: Any
    failure: Failure | None = None
    duration_ms: float
    billed_ms: int
    init_ms: float | None = None
    memory_mb: int
    memory_used_mb: int
    lines: tuple[LogLine, ...] = ()
    log: str = ""

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.status == "success"

    @property
    def cold_start(self) -> bool:
        """Whether the handler was imported for this invocation."""
        return self.init_ms is not None
