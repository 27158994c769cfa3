"""What `local` shows where it is not followed on a terminal: text, JSON, or next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pytest_serverless.cli.local_opening import opening
from pytest_serverless.local.platform_log import WARNINGS, TextLog, as_json

if TYPE_CHECKING:
    from pytest_serverless.app.model import App
    from pytest_serverless.local.platform_events import PlatformEvent
    from pytest_serverless.local.settings import Addresses

__all__ = ["JsonScreen", "QuietScreen", "TextScreen"]

Write = Callable[[str], None]


class TextScreen:
    """Writes the log as it comes, each line with the name of its function."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._wide = 0

    def begin(self, app: App, addresses: Addresses) -> None:
        self._log = TextLog(app)
        self._wide = max(map(len, app.functions), default=0)
        self._write("".join(f"{line}\n" for line in opening(app, addresses)))

    def show(self, events: Sequence[PlatformEvent]) -> None:
        lines = [line for event in events if self._wants(event) for line in self._log.lines(event)]
        if lines:
            self._write("".join(f"{line.function or '-':<{self._wide}}  {line.text}\n" for line in lines))

    def close(self) -> None:
        """Leave it: there is nothing to take back."""

    def _wants(self, event: PlatformEvent) -> bool:
        return True


class QuietScreen(TextScreen):
    """Writes the addresses, and warnings."""

    def _wants(self, event: PlatformEvent) -> bool:
        return event.kind in WARNINGS


class JsonScreen:
    """Writes each event as one line of JSON."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def begin(self, app: App, addresses: Addresses) -> None:
        self._app = app

    def show(self, events: Sequence[PlatformEvent]) -> None:
        if events:
            self._write("".join(f"{as_json(event, self._app)}\n" for event in events))

    def close(self) -> None:
        """Leave it: there is nothing to take back."""
