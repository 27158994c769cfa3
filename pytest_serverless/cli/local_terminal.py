"""What `local` shows on a terminal: the log in colours, and how it stands below it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from pytest_serverless.admission.throttles import (
    ACCOUNT_CONCURRENCY,
    ACCOUNT_RATE,
    RESERVED_CONCURRENCY,
    RESERVED_RATE,
)
from pytest_serverless.cli.local_opening import opening
from pytest_serverless.errors import MissingExtraError
from pytest_serverless.local.platform_log import Line, TextLog
from pytest_serverless.local.tally import FunctionTally, Tally

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from pytest_serverless.app.model import App
    from pytest_serverless.local.platform_events import PlatformEvent
    from pytest_serverless.local.settings import Addresses

__all__ = ["TerminalScreen"]

_COLOURS = ("cyan", "magenta", "green", "blue", "bright_cyan", "bright_magenta", "bright_green", "bright_blue")
_SHORT = {
    ACCOUNT_CONCURRENCY: "account",
    RESERVED_CONCURRENCY: "reserved",
    ACCOUNT_RATE: "rate",
    RESERVED_RATE: "reserved rate",
}
"""The reasons of throttles in a word: a terminal of 80 columns has no room for theirs, which the log has."""
_MOST_AT_ONCE = 300
_MOST_ROWS = 12
_REFRESHED_EVERY_S = 0.25


class TerminalScreen:
    """Prints the log, and keeps a table of figures at the bottom; `console` stands for the terminal in tests."""

    def __init__(self, stream: TextIO, *, console: Console | None = None, now: Callable[[], float] = time.time) -> None:
        try:
            from rich.console import Console
            from rich.live import Live
        except ModuleNotFoundError as error:
            raise MissingExtraError(module="rich", extra="local", needed_for="The local platform") from error
        self._console = console or Console(file=stream, highlight=False, soft_wrap=True)
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=sys.stderr.isatty(),
        )
        self._tally = Tally()
        self._now = now
        self._refreshed = 0.0
        self._rows: list[list[str]] = []

    def begin(self, app: App, addresses: Addresses) -> None:
        self._log = TextLog(app)
        self._wide = max(map(len, app.functions), default=0)
        self._colours = {id_: _COLOURS[index % len(_COLOURS)] for index, id_ in enumerate(app.functions)}
        for line in opening(app, addresses):
            self._print(line)
        self._live.start()

    def show(self, events: Sequence[PlatformEvent]) -> None:
        lines: list[Line] = []
        for event in events:
            self._tally.count(event)
            lines += self._log.lines(event)
        self._print_lines(lines)
        now = self._now()
        if now - self._refreshed >= _REFRESHED_EVERY_S:
            self._refreshed = now
            self._refresh(now)

    def close(self) -> None:
        """Leave the last figures."""
        self._refresh(self._now())
        self._live.transient = not self._rows
        self._live.stop()

    def _refresh(self, now: float) -> None:
        found = rows(self._tally, now)
        if found != self._rows:  # a terminal in which nothing changes can be scrolled, and copied from
            self._rows = found
            self._live.update(table(found), refresh=True)

    def _print_lines(self, lines: list[Line]) -> None:
        """Print lines in one piece; of more than can be read, the last."""
        from rich.text import Text

        text = Text()
        if len(lines) > _MOST_AT_ONCE:
            text.append(f"… {len(lines) - _MOST_AT_ONCE:,} lines are not shown\n", style="dim")
        for line in lines[-_MOST_AT_ONCE:]:
            text.append(f"{line.function or '-':<{self._wide}}", style=self._colours.get(line.function, ""))
            text.append(f"  {line.text}\n", style=_style(line))
        if text:
            text.right_crop()
            self._print(text)

    def _print(self, shown: Any) -> None:
        self._console.print(shown, markup=False, highlight=False, emoji=False, soft_wrap=True)


def _style(line: Line) -> str:
    if line.is_warning:
        return "yellow"
    if line.text.startswith("[ERROR]") or " Task timed out after " in line.text:
        return "red"
    return "dim" if line.text.startswith(("INIT_START ", "START ", "END ", "REPORT ")) else ""


def rows(tally: Tally, now: float) -> list[list[str]]:
    """Return the figures: of each function, the busiest where there are many, and of all."""
    used = sorted(tally.used(), key=lambda pair: (-pair[1].rate(now), -pair[1].arrivals, pair[0]))
    found = [[id_, *_cells(each, now)] for id_, each in used[:_MOST_ROWS]]
    if len(used) > 1:
        rest = f" ({len(used) - _MOST_ROWS} more)" if len(used) > _MOST_ROWS else ""
        found.append([f"all{rest}", *_cells(tally.whole(), now)])
    return found


def table(rows: list[list[str]]) -> Table:
    """Return rows of figures as a table."""
    from rich import box
    from rich.table import Table

    found = Table(box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1), show_edge=False)
    found.add_column("", overflow="fold")
    for name in ("rate/s", "in flight", "sandboxes", "arrivals", "cold starts", "failures"):
        found.add_column(name, justify="right")
    found.add_column("throttles", overflow="fold")
    for row in rows:
        found.add_row(*row, style="bold" if row[0].startswith("all") and row is rows[-1] else "")
    return found


def _cells(found: FunctionTally, now: float) -> list[str]:
    throttles = ", ".join(f"{_SHORT.get(reason, reason)} {n:,}" for reason, n in found.throttles.most_common())
    counts = (found.in_flight, found.sandboxes, found.arrivals, found.cold_starts, found.failures)
    return [f"{found.rate(now):.1f}", *(f"{count:,}" for count in counts), throttles]
