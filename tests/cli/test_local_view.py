import io
import json
import os
import sys
import threading

import pytest

from pytest_serverless.cli.local_view import View, view_for
from pytest_serverless.local.settings import Addresses
from pytest_serverless.local.tally import Tally
from tests.local.happenings import NOW, app, event, failed, function, line, report, sandbox_started

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows")

ADDRESSES = Addresses(
    invoke="http://127.0.0.1:3000",
    aws=None,
    apis={},
    functions={},
    resources={},
    environment={"AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:3000"},
    pid=1,
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def console():
    from rich.console import Console

    return Console(file=Terminal(), force_terminal=True, width=160, color_system="standard", _environ={})


@pytest.fixture
def screen(console):
    from pytest_serverless.cli.local_terminal import TerminalScreen

    found = TerminalScreen(console.file, console=console, now=lambda: NOW)
    found.begin(app(), ADDRESSES)
    yield found
    found.close()


def shown(screen, *events):
    screen.show(events)
    return screen._console.file.getvalue()


def test_a_terminal_gets_the_log_in_colours_and_markup_of_a_function_is_text(screen):
    output = shown(
        screen,
        event("start"),
        event("log", line=line("[red]not markup[/red] :smile:")),
        event("throttle", "Checkout", reason="CallerRateLimitExceeded"),
    )

    assert "\x1b[36mResize  \x1b[0m" in output
    assert "[red]not markup[/red] :smile:" in output
    assert "\x1b[33m  throttled: CallerRateLimitExceeded" in output


def test_what_a_function_writes_cannot_move_the_cursor_of_a_terminal(screen):
    before = screen._console.file.tell()
    shown(screen, event("log", line=line("\x1b[2J\x1b[Hcleared\x9b1A")))

    written = screen._console.file.getvalue()[before:]
    assert "\\x1b[2J\\x1b[Hcleared\\x9b1A" in written
    assert "\x1b[2J" not in written.replace("\\x1b[2J", "")


def test_the_figures_stand_below_the_log(screen):
    output = shown(
        screen,
        event("arrival", time=NOW - 1),
        sandbox_started(),
        event("start"),
        event("throttle", reason="CallerRateLimitExceeded"),
    )

    row = [each for each in output.splitlines() if "CallerRateLimitExceeded 1" in each][-1]
    assert row.split() == ["Resize", "0.2", "1", "1", "1", "1", "0", "CallerRateLimitExceeded", "1"]


def test_figures_with_throttles_fit_a_terminal_of_eighty_columns():
    from rich.console import Console

    from pytest_serverless.cli.local_terminal import rows, table

    tally, console = Tally(), Console(file=io.StringIO(), width=80)
    for reason in ("ConcurrentInvocationLimitExceeded", "ReservedFunctionConcurrentInvocationLimitExceeded"):
        tally.count(event("throttle", "Resize", reason=reason))
    tally.count(event("arrival", "Resize"))

    console.print(table(rows(tally, NOW)))

    shown = console.file.getvalue()
    assert {"sandboxes", "failures", "throttles"} <= set(shown.split())
    assert "account 1," in shown
    assert "…" not in shown


def test_of_more_lines_than_can_be_read_the_last_are_shown(screen):
    output = shown(screen, *(event("log", line=line(f"line {number}")) for number in range(1_000)))

    assert "… 701 lines are not shown" in output  # the START line is one of them
    assert "line 999" in output
    assert "line 600" not in output


def test_the_busiest_functions_are_shown_where_there_are_many():
    from pytest_serverless.cli.local_terminal import rows

    tally = Tally()
    for number in range(30):
        for _ in range(number):
            tally.count(event("arrival", f"F{number:02}", time=NOW))

    found = rows(tally, NOW + 1)

    assert [row[0] for row in found[:2]] == ["F29", "F28"]
    assert len(found) == 13
    assert (found[-1][0], found[-1][4]) == ("all (17 more)", "435")


def test_the_address_lines_are_not_wrapped_on_a_narrow_terminal():
    from rich.console import Console

    from pytest_serverless.cli.local_terminal import TerminalScreen

    narrow = Console(file=Terminal(), force_terminal=True, width=20, color_system=None, _environ={})
    screen = TerminalScreen(narrow.file, console=narrow)
    screen.begin(app(), ADDRESSES)
    screen.close()

    assert "export AWS_ENDPOINT_URL_LAMBDA=http://127.0.0.1:3000\n" in narrow.file.getvalue()


def test_it_says_which_extra_the_display_needs(monkeypatch):
    from pytest_serverless.cli.local_terminal import TerminalScreen
    from pytest_serverless.errors import MissingExtraError

    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.setitem(sys.modules, "rich.live", None)

    with pytest.raises(MissingExtraError, match=r"toolkit\[local\]"):
        TerminalScreen(Terminal())


class Recorder:
    def __init__(self, fails=None, waits=None):
        self.events, self.closed, self.fails, self.waits = [], False, fails, waits

    def begin(self, app, addresses):
        pass

    def show(self, events):
        if self.waits is not None and events:
            self.waits.wait(30)
        self.events += events
        if self.fails is not None and events:
            raise self.fails

    def close(self):
        self.closed = True


@pytest.mark.parametrize("has_thread", [True, False])
def test_everything_that_was_told_is_shown_before_the_end(has_thread):
    screen = Recorder()
    view = View(screen, has_thread=has_thread)
    view.begin(app(), ADDRESSES)
    told = [event("arrival", time=NOW + number) for number in range(100)]
    for each in told:
        view.tell(each)

    view.close()

    assert screen.events == told
    assert screen.closed


@pytest.mark.parametrize("has_thread", [True, False])
def test_a_reader_that_has_gone_ends_nothing(has_thread):
    screen = Recorder(fails=BrokenPipeError())
    view = View(screen, has_thread=has_thread)
    view.begin(app(), ADDRESSES)
    view.tell(event("arrival"))
    view.tell(event("arrival"))

    view.close()

    assert not screen.closed


@pytest.mark.realtime
def test_a_reader_that_does_not_read_holds_nobody_up(monkeypatch):
    monkeypatch.setattr("pytest_serverless.cli.local_view._PATIENCE_S", 0.2)
    monkeypatch.setattr("pytest_serverless.cli.local_view._MOST_WAITING", 1_000)
    screen = Recorder(waits=threading.Event())
    view = View(screen, has_thread=True)
    view.begin(app(), ADDRESSES)
    for _ in range(5_000):
        view.tell(event("arrival"))

    view.close()  # waits no longer than its patience

    screen.waits.set()
    view._thread.join(5)
    assert len(screen.events) == 1_000, "what is more than memory should hold is dropped"


@pytest.mark.realtime
def test_a_pipe_gets_what_a_file_gets():
    read_end, write_end = os.pipe()
    with open(write_end, "w") as stream, open(read_end) as reader:
        view = view_for(stream, as_json=True, quiet=False)
        assert view._thread is not None
        view.begin(app(), ADDRESSES)
        view.tell(event("log", line=line("é\ud800")))
        view.close()
        stream.close()

        assert json.loads(reader.read())["record"] == "é\ud800"


def test_a_file_is_written_at_once(tmp_path):
    with open(tmp_path / "log", "w") as stream:
        view = view_for(stream, as_json=False, quiet=False)
        view.begin(app(), ADDRESSES)
        view.tell(event("note", "", text="look"))

        assert (tmp_path / "log").read_text().splitlines()[-1] == "-         look"
        view.close()


def test_a_failed_invocation_shows_what_was_raised(screen):
    output = shown(screen, event("start"), report(function("Resize"), status="error", failure=failed()))

    assert "[ERROR] KeyError: no such key" in output
    assert "sandbox" not in output.partition("[ERROR]")[0].rpartition("Resize")[2]


def test_figures_that_have_not_changed_are_not_drawn_again(screen):
    now = NOW
    screen._now = lambda: now
    shown(screen, sandbox_started())
    before = screen._console.file.tell()

    now += 1
    shown(screen)

    assert screen._console.file.tell() == before


def test_the_last_figures_are_left_and_the_cursor_is_back(screen):
    shown(screen, event("arrival"), sandbox_started(), event("start"))
    before = screen._console.file.tell()
    screen.close()

    end = screen._console.file.getvalue()[before:]
    assert "\x1b[?25h" in end
    assert "\x1b[2K" not in end.partition("\x1b[?25h")[2]
