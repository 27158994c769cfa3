"""What ends a handler that runs too long, and what does not."""

import asyncio
import json
import signal
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from pytest_serverless import invoke
from pytest_serverless.errors import FunctionTimeoutError
from pytest_serverless.invocation import limits

pytestmark = pytest.mark.realtime

posix = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="timers are POSIX")
A_MOMENT = 0.05


@posix
def test_a_busy_handler_is_interrupted():
    def handler(event, context):
        while True:
            pass

    with pytest.raises(FunctionTimeoutError, match=r"handler was still running at its timeout of 0\.05 s") as caught:
        invoke(handler, timeout=A_MOMENT)

    assert caught.value.timeout_s == A_MOMENT


@posix
def test_a_sleeping_handler_is_interrupted_and_nothing_happens_afterwards():
    reached = []

    def handler(event, context):
        time.sleep(5)
        reached.append(1)

    outcome = invoke(handler, timeout=A_MOMENT, check=False, request_id="the-id")

    assert outcome.status == "timeout"
    assert outcome.duration_ms < 2_000
    assert json.loads(outcome.payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: the-id Error: Task timed out after 0.05 seconds",
    }
    assert reached == []


@posix
@pytest.mark.parametrize("swallowed", [Exception, BaseException])
def test_a_handler_that_swallows_everything_has_still_timed_out(swallowed):
    def handler(event, context):
        try:
            time.sleep(5)
        except swallowed:
            return "went on"

    assert invoke(handler, timeout=A_MOMENT, check=False).status == "timeout"


@posix
def test_an_error_made_of_the_interruption_is_a_timeout():
    def handler(event, context):
        try:
            time.sleep(5)
        except BaseException as error:
            raise ValueError("mine") from error

    assert invoke(handler, timeout=A_MOMENT, check=False).status == "timeout"


@posix
def test_the_next_invocation_has_its_whole_time():
    invoke(lambda event, context: time.sleep(5), timeout=A_MOMENT, check=False)

    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert invoke(lambda event, context: time.sleep(2 * A_MOMENT)) is None


@pytest.fixture
def alarm():
    """Someone else's timer: set it, and see how often it rang."""
    rang = []

    def ring(*_):
        rang.append(1)

    previous = signal.signal(signal.SIGALRM, ring)
    yield ring, rang
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


@posix
def test_another_timer_goes_on_afterwards(alarm):
    ring, rang = alarm
    signal.setitimer(signal.ITIMER_REAL, 3600, 7)

    during = []
    invoke(lambda event, context: during.append(signal.getsignal(signal.SIGALRM)), timeout=30)
    left, interval = signal.getitimer(signal.ITIMER_REAL)

    assert during != [ring]
    assert signal.getsignal(signal.SIGALRM) is ring
    assert 3500 < left < 3600
    assert interval == 7
    assert rang == []


@posix
def test_a_timer_that_is_due_first_is_left_alone(alarm):
    ring, _ = alarm
    signal.setitimer(signal.ITIMER_REAL, 600)

    during = []
    invoke(lambda event, context: during.append(signal.getsignal(signal.SIGALRM)), timeout=900)

    assert during == [ring]
    assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 600


@posix
def test_an_inner_invocation_does_not_take_the_outer_ones_time():
    def outer(event, context):
        invoke(lambda event, context: None, timeout=30)
        time.sleep(5)

    assert invoke(outer, timeout=A_MOMENT, check=False).status == "timeout"


def test_off_the_main_thread_the_timeout_is_reported_at_the_end():
    outcomes, reached = [], []

    def handler(event, context):
        time.sleep(2 * A_MOMENT)
        reached.append(1)

    thread = threading.Thread(target=lambda: outcomes.append(invoke(handler, timeout=A_MOMENT, check=False)))
    thread.start()
    thread.join()

    assert (outcomes[0].status, reached) == ("timeout", [1])


def test_under_an_event_loop_the_handler_runs_in_a_thread_where_it_may_run_its_own():
    async def inside():
        await asyncio.sleep(0)
        return "from a loop"

    def handler(event, context):
        return [asyncio.run(inside()), threading.current_thread() is threading.main_thread()]

    async def test():
        return invoke(handler)

    assert asyncio.run(test()) == ["from a loop", False]


def test_under_an_event_loop_errors_and_timeouts_arrive():
    def wrong(event, context):
        raise LookupError("in a thread")

    async def test():
        with pytest.raises(LookupError, match="in a thread"):
            invoke(wrong)
        return invoke(lambda event, context: time.sleep(2 * A_MOMENT), timeout=A_MOMENT, check=False).status

    assert asyncio.run(test()) == "timeout"


def test_no_timeout_applies_while_a_tracer_is_at_work():
    def handler(event, context):
        time.sleep(2 * A_MOMENT)
        return "finished"

    previous = sys.gettrace()
    sys.settrace(lambda *_: None)
    try:
        value = invoke(handler, timeout=A_MOMENT)
    finally:
        sys.settrace(previous)

    assert value == "finished"


def tracer_of(module):
    def tracer(*_):
        return None

    tracer.__module__ = module
    return tracer


@pytest.mark.parametrize(("module", "debugger"), [("coverage.pytracer", False), ("bdb", True), ("pydevd", True)])
def test_a_coverage_tracer_is_no_debugger(monkeypatch, module, debugger):
    monkeypatch.setattr(sys, "gettrace", lambda: tracer_of(module))

    assert limits.debugging(None) is debugger
    outcome = invoke(lambda event, context: time.sleep(2 * A_MOMENT), timeout=A_MOMENT, check=False)
    assert outcome.status == ("success" if debugger else "timeout")


@pytest.mark.parametrize(("tool", "debugger"), [(None, False), ("debugpy", True)])
def test_a_debugger_that_uses_monitoring_is_one(monkeypatch, tool, debugger):
    # https://docs.python.org/3/library/sys.monitoring.html: of Python 3.12, so stood in for
    monitoring = SimpleNamespace(DEBUGGER_ID=0, get_tool={0: tool}.get)
    monkeypatch.setattr(sys, "monitoring", monitoring, raising=False)

    assert limits.debugging(None) is debugger


def test_a_prompt_of_pdb_is_seen_in_the_callers():
    namespace = {"__name__": "pdb", "sys": sys}
    exec("def prompt(): return sys._getframe()", namespace)

    assert limits.debugging(namespace["prompt"]()) is True
    assert limits.debugging(sys._getframe()) is False


@posix
def test_time_spent_at_a_prompt_does_not_count():
    namespace = {"__name__": "pdb", "time": time}
    exec("def prompt(seconds): time.sleep(seconds)", namespace)

    def handler(event, context):
        namespace["prompt"](3 * A_MOMENT)
        return "continued"

    assert invoke(handler, timeout=A_MOMENT) == "continued"


def test_remaining_time_counts_down_from_the_timeout():
    def handler(event, context):
        first = context.get_remaining_time_in_millis()
        time.sleep(A_MOMENT)
        return [first, context.get_remaining_time_in_millis()]

    first, second = invoke(handler, timeout=10)

    assert 9_000 < first <= 10_000
    assert first - second >= 45
