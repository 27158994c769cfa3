"""What happens on the platform, in one stream: logs, metrics and whoever watches are told by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["EventStream", "Kind", "PlatformEvent"]

Kind = Literal[
    "arrival",
    "throttle",
    "init",
    "start",
    "log",
    "report",
    "sandbox_started",
    "sandbox_ended",
    "reload",
    "note",
]
"""What the words in brackets stand for is in the event's `record`.

`arrival`: an invocation was asked for (`cause`, `synchronous`); `throttle`: it was refused (`reason`); `init`: an init
phase ended that no invocation waits for (`ms`, `error`: its type, or None); `start`, `report`: an invocation began in a
sandbox, and ended (`outcome`: `Outcome`);
`log`: a line was written (`line`: `LogLine`); `sandbox_started` (`provisioned`: before it was asked for),
`sandbox_ended` (`why`); `reload`: the function's code changed; `note`: something to tell whoever runs the platform
(`text`).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformEvent:
    """One thing that happened: `time` in seconds since the epoch, `function` by its id."""

    time: float
    kind: Kind
    function: str = ""
    sandbox: str = ""
    request_id: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)


class EventStream:
    """Tells whoever listens, in the order of what happens."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[PlatformEvent], None]] = []

    def listen(self, listener: Callable[[PlatformEvent], None]) -> None:
        """Tell `listener` of everything from now on."""
        self._listeners.append(listener)

    def tell(self, event: PlatformEvent) -> None:
        """Tell everybody."""
        for listener in self._listeners:
            listener(event)
