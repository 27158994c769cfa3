"""What a run needs of the world around it, so that all else is a function of its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Crew", "Edges", "Task"]


class Task(Protocol):
    """Something that runs beside; gevent's greenlets are such."""

    def kill(self) -> Any:
        """End it where it waits, and wait until it has ended."""


class Crew(Protocol):
    """Tasks that are counted and ended together; gevent's groups are such."""

    def spawn(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run a function beside; it begins when whoever calls waits."""

    def kill(self) -> Any:
        """End all of them where they wait."""

    def __len__(self) -> int:
        """Return how many have not ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """The clock (seconds since the epoch), waiting (seconds), processor time used (seconds), and running beside."""

    clock: Callable[[], float]
    sleep: Callable[[float], Any]
    processor: Callable[[], float]
    spawn: Callable[..., Task]
    make_crew: Callable[[], Crew]
