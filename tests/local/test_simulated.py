"""Sandboxes that only take time: how much, what they answer, and what the platform counts of them.

Waits pass at once: the loop's clock is moved to when the next of its timers is due.
"""

import asyncio
import itertools
import json
import selectors
import statistics

import pytest

from pytest_serverless.admission import LAMBDA
from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import App, Function
from pytest_serverless.errors import InvalidParameterError, ThrottledError, UnknownNameError
from pytest_serverless.local.functions import Platform
from pytest_serverless.local.invocations import Invocation
from pytest_serverless.local.simulated import SimulatedSandboxes


class Impatient(selectors.DefaultSelector):
    """Waits for nothing, and adds up how long it would have."""

    waited = 0.0

    def select(self, timeout=None):
        self.waited += timeout or 0.0
        return super().select(timeout and 0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time is what its timers have taken; it is a Clock too."""

    def __init__(self):
        self.impatient = Impatient()
        super().__init__(self.impatient)

    def time(self):
        return self.impatient.waited

    def monotonic(self):
        return self.impatient.waited

    def now(self):
        return 1_800_000_000 + self.impatient.waited


def at_once(main):
    """Run a coroutine function in virtual time; it is given the clock."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main(loop))
    finally:
        loop.close()


def function(id_="Work", **more):
    given = {"timeout_s": 3.0, "memory_mb": 128, **more}
    return Function(id=id_, name=f"app-{id_}", provider="aws", handler="app.work", settings=LambdaSettings(), **given)


def sandbox(clock, service="20ms", *, of=None, **more):
    make = SimulatedSandboxes(service=service, clock=clock, **more)
    return make(of or function(), sandbox_id="ab" * 16, provisioned=False, on_line=lambda *_: None)


def invocation(number=0):
    return Invocation(request_id=f"r-{number}", payload=b"{}", invoked_arn="arn:aws:lambda:x", trace_id="Root=1")


def body(ran):
    return json.loads(json.loads(ran.payload)["body"])


def test_the_first_invocation_is_cold_and_the_next_ones_are_warm():
    async def main(clock):
        one = sandbox(clock, "20ms", init="150ms")
        return [await one.run(invocation()) for _ in range(3)]

    first, second, third = at_once(main)

    assert (first.init_ms, first.duration_ms) == (pytest.approx(150), pytest.approx(20))
    assert first.started == pytest.approx(1_800_000_000.15)
    assert (second.init_ms, second.duration_ms) == (None, pytest.approx(20))
    assert [body(ran) for ran in (first, second, third)] == [
        {"sandbox": "ab" * 16, "invocation": number, "cold": number == 1} for number in (1, 2, 3)
    ]
    assert json.loads(first.payload)["statusCode"] == 200
    assert (first.status, first.failure, first.memory_used_mb) == ("success", None, 64)


def test_what_is_started_beforehand_is_warm():
    async def main(clock):
        one = sandbox(clock, init="150ms")
        assert await one.start() is None
        return clock.time(), await one.run(invocation())

    spent, ran = at_once(main)

    assert spent == pytest.approx(0.15)
    assert (ran.init_ms, body(ran)["cold"]) == (None, False)


def test_the_times_are_those_of_the_distribution_and_the_seed():
    async def main(clock, seed):
        one = sandbox(clock, "lognormal:median=20ms,sigma=0.4", seed=seed)
        return [(await one.run(invocation())).duration_ms for _ in range(2000)]

    first, again, other = (at_once(lambda clock, seed=seed: main(clock, seed)) for seed in ("1", "1", "2"))

    assert first == again
    assert first != other
    assert statistics.median(first) == pytest.approx(20, rel=0.03)


def test_each_function_draws_from_a_source_of_its_own():
    async def main(clock, others):
        make = SimulatedSandboxes(service="exponential:mean=1ms", clock=clock)
        given = {"sandbox_id": "ab" * 16, "provisioned": False, "on_line": lambda *_: None}
        one, other = make(function(), **given), make(function("Other"), **given)
        for _ in range(others):
            await other.run(invocation())
        return [(await one.run(invocation())).duration_ms for _ in range(5)]

    alone, among_others = (at_once(lambda clock, n=n: main(clock, n)) for n in (0, 7))

    assert alone == pytest.approx(among_others, rel=1e-6)


def test_a_function_that_takes_too_long_ends_at_its_timeout_and_begins_anew():
    async def main(clock):
        one = sandbox(clock, "2s", of=function(timeout_s=1.0), init="150ms")
        return [await one.run(invocation(number)) for number in range(2)]

    first, second = at_once(main)

    assert (first.status, first.duration_ms) == ("timeout", 1000)
    assert json.loads(first.payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: r-0 Error: Task timed out after 1.00 seconds",
    }
    assert (second.status, second.init_ms) == ("timeout", None)


def test_after_a_timeout_the_init_phase_is_part_of_the_invocation():
    async def main(clock):
        one = sandbox(clock, "exponential:mean=700ms", of=function(timeout_s=1.0), init="100ms", seed="3")
        return [await one.run(invocation()) for _ in range(60)]

    ran = at_once(main)
    statuses = [each.status for each in ran]

    after_timeout = [after.duration_ms for before, after in itertools.pairwise(ran) if before.status != "success"]
    assert {"success", "timeout"} == set(statuses)
    assert min(after_timeout) > 100


def test_an_init_phase_that_takes_too_long_is_done_over_within_the_invocation():
    async def main(clock):
        one = sandbox(clock, "1s", of=function(timeout_s=30.0), init="12s")
        return await one.run(invocation()), clock.time()

    ran, spent = at_once(main)

    assert (ran.status, ran.init_ms, ran.init_overran) == ("success", 10_000, True)
    assert ran.duration_ms == pytest.approx(13_000)
    assert spent == pytest.approx(23)


def test_a_share_of_the_invocations_fails():
    async def main(clock):
        one = sandbox(clock, failure_rate=0.25)
        return [await one.run(invocation(number)) for number in range(2000)]

    ran = at_once(main)
    failed = [each for each in ran if each.status == "error"]

    assert len(failed) / len(ran) == pytest.approx(0.25, abs=4 * (0.25 * 0.75 / 2000) ** 0.5)
    said = json.loads(failed[0].payload)
    assert (said["errorType"], said["stackTrace"]) == (failed[0].failure.type, [])
    assert said["errorType"] == "SimulatedError"


def test_what_runs_in_a_sandbox_that_is_closed_ends_as_a_killed_process_does():
    async def main(clock):
        one = sandbox(clock, "2s")
        running = asyncio.ensure_future(one.run(invocation()))
        await asyncio.sleep(1)
        await one.close()
        return await running, clock.time(), await one.run(invocation())

    ran, spent, late = at_once(main)

    assert spent == pytest.approx(1)
    assert (ran.status, ran.failure.type) == ("exit", "Runtime.ExitError")
    assert ran.failure.message == "RequestId: r-0 Error: Runtime exited with error: signal: killed"
    assert late.status == "exit"


def test_an_invocation_that_is_cancelled_leaves_no_timer():
    async def main(clock):
        one = sandbox(clock, "1m")
        running = asyncio.ensure_future(one.run(invocation()))
        await asyncio.sleep(0.5)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await one.close()
        return [timer for timer in clock._scheduled if not timer.cancelled()]

    assert at_once(main) == []


def test_memory_is_never_more_than_the_function_has():
    async def main(clock):
        return await sandbox(clock, memory_used_mb=300).run(invocation())

    assert at_once(main).memory_used_mb == 128


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"service": "20"}, InvalidParameterError, "20 has no unit"),
        ({"service": "20ms", "init": "slow"}, InvalidParameterError, "'slow' is no time"),
        ({"service": "normal:mean=2ms"}, UnknownNameError, "normal"),
        ({"service": "20ms", "failure_rate": 2}, InvalidParameterError, "between 0 and 1"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, error, words):
    with pytest.raises(error) as caught:
        SimulatedSandboxes(**settings)
    assert words in str(caught.value)


def test_a_platform_of_simulated_functions_counts_what_its_callers_see():
    async def main(clock):
        make = SimulatedSandboxes(service="100ms", init="200ms", clock=clock)
        app = App(name="a", provider="aws", template=None, functions={"Work": function()})
        limits = LAMBDA.replaced({"account_concurrency": 10})
        platform = Platform(app, limits=limits, make=make, clock=clock)
        waves = []
        for _ in range(2):
            calls = [platform.invoke("Work", b"{}", cause="invoke") for _ in range(30)]
            waves.append(await asyncio.gather(*calls, return_exceptions=True))
        truth = platform.truth()
        await platform.close()
        return waves, truth

    (first, second), truth = at_once(main)

    refused = [each.reason for wave in (first, second) for each in wave if isinstance(each, ThrottledError)]
    assert refused == ["ConcurrentInvocationLimitExceeded"] * 40
    assert sum(each.cold_start for each in first if not isinstance(each, ThrottledError)) == 10
    assert sum(each.cold_start for each in second if not isinstance(each, ThrottledError)) == 0
    assert (truth["admitted"], truth["cold_starts"], truth["throttled"]) == (20, 10, 40)
    assert truth["busy"]["seconds"] == pytest.approx(10 * 0.3 + 10 * 0.1)
