"""Sandboxes that only take time: how much, what they answer, and what the platform counts of them.

Waits pass at once: the loop's clock is moved to when the next of its timers is due.
"""

import asyncio
import itertools
import json
import selectors
import statistics
from random import Random

import pytest

from pytest_serverless.admission import LAMBDA, Personality
from pytest_serverless.admission.durations import Durations
from pytest_serverless.admission.personality import Stalls
from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import App, Function
from pytest_serverless.errors import InvalidParameterError, ThrottledError, UnknownNameError
from pytest_serverless.load.evidence import probe_header
from pytest_serverless.load.evidence.rates import count_observations
from pytest_serverless.load.observations import Observation
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


def probed(ran, received_s=None):
    """Return what the probe's header tells."""
    return probe_header.read(json.loads(ran.payload)["headers"]["x-serverless-probe"], received_s)


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


def test_answers_have_the_probes_header():
    async def main(clock):
        one = sandbox(clock, "20ms", init="150ms")
        return [await one.run(invocation(number)) for number in range(2)]

    first, second = at_once(main)
    told, later = probed(first, 1_800_000_000.18), probed(second)

    assert (told.instance, told.invocation, told.init_type) == ("ab" * 16, 1, "on-demand")
    assert told.init_ms == pytest.approx(150)
    assert told.duration_ms == pytest.approx(20)
    assert told.init_ended_s == pytest.approx(1_800_000_000.16)  # by the clock of who received it, 10 ms after it left
    assert (later.invocation, later.init_ms, later.init_ended_s) == (2, None, pytest.approx(1_800_000_000.15))
    (line,) = second.lines
    assert probe_header.find_line(line.message).request_id == "r-1"


def test_an_init_beforehand_has_ended_before_the_request_came():
    async def main(clock):
        found = []
        for provisioned in (True, False):
            make = SimulatedSandboxes(service="20ms", init="150ms", clock=clock)
            one = make(function(), sandbox_id="ab" * 16, provisioned=provisioned, on_line=lambda *_: None)
            await one.start()
            await asyncio.sleep(5)
            found.append((clock.now(), probed(await one.run(invocation()), clock.now())))
        return found

    for (sent_s, told), kind in zip(at_once(main), ("provisioned-concurrency", "on-demand"), strict=True):
        assert (told.init_type, told.invocation) == (kind, 1)
        assert told.init_ended_s == pytest.approx(sent_s - 5)


def test_a_load_balancer_that_wants_lists_gets_its_headers_so():
    async def main(clock):
        event = {"requestContext": {"elb": {}}, "multiValueHeaders": {}}
        asked = Invocation(request_id="r", payload=json.dumps(event).encode(), invoked_arn="a", trace_id="Root=1")
        return await sandbox(clock).run(asked)

    answer = json.loads(at_once(main).payload)

    assert "headers" not in answer
    assert answer["multiValueHeaders"]["content-type"] == ["application/json"]
    assert probe_header.read(answer["multiValueHeaders"]["x-serverless-probe"][0]).invocation == 1


def test_an_init_phase_that_is_done_over_is_the_one_that_the_probe_tells_of():
    async def main(clock):
        return probed(await sandbox(clock, "1s", of=function(timeout_s=30.0), init="12s").run(invocation()))

    assert at_once(main).init_ended_s == pytest.approx(1_800_000_022)


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


def platform_of(clock, *, service="100ms", init="200ms", functions=None, limits=None, **personality):
    make = SimulatedSandboxes(service=service, init=init, clock=clock)
    app = App(name="a", provider="aws", template=None, functions=functions or {"Work": function()})
    limits = LAMBDA.replaced(limits or {})
    return Platform(app, limits=limits, make=make, personality=Personality(**personality), clock=clock)


async def observed(clock, platform, after_s=0.0):
    """Invoke the function after a while; return an observation, its evidence that of the header."""
    await asyncio.sleep(after_s)
    sent_s = clock.now()
    ran = await platform.invoke("Work", b"{}", cause="invoke")
    evidence = probed(ran, clock.now())
    return Observation("s", "call", "hold", sent_s, sent_s, clock.now(), "ok", evidence=evidence)


@pytest.mark.parametrize("share", [0.0, 0.6])
def test_sandboxes_ahead_of_need_show_in_the_evidence_as_in_the_truth(share):
    async def main(clock):
        platform = platform_of(clock, proactive=share, idle=Durations.parse("500ms"), seed="5")
        draws = Random(3)
        gaps = itertools.accumulate(draws.expovariate(30) for _ in range(2000))
        seen = await asyncio.gather(*(observed(clock, platform, at) for at in gaps))
        truth = platform.truth()
        await platform.close()
        return seen, truth

    seen, truth = at_once(main)
    counts = count_observations(seen)

    assert counts.new_instances == truth["new_instances"]
    assert counts.user_visible == pytest.approx(truth["cold_starts"], abs=2)  # an init may end as the request is sent
    assert counts.ahead == pytest.approx(truth["new_instances"] - truth["cold_starts"], abs=2)
    assert (truth["inits_ahead"] > 0.4 * truth["inits"]) is (share > 0)
    assert truth["cold_starts"] > 30


def test_what_is_started_ahead_of_need_is_ended_when_it_idles_and_is_told_of():
    async def main(clock):
        platform = platform_of(clock, proactive=0.9, idle=Durations.parse("2s"))
        kinds = []
        platform.events.listen(lambda event: kinds.append((event.kind, event.record.get("provisioned"))))
        await platform.invoke("Work", b"{}", cause="invoke")
        before = platform.truth()["sandboxes"]["now"]
        await asyncio.sleep(3)
        truth = platform.truth()
        await platform.close()
        return kinds, before, truth

    kinds, before, truth = at_once(main)

    assert before > 1
    assert (truth["sandboxes"]["now"], truth["inits_ahead"]) == (0, before - 1)
    assert kinds.count(("sandbox_started", False)) == before
    assert kinds.count(("init", None)) == before - 1
    assert kinds.count(("sandbox_ended", None)) == before


def test_what_is_started_ahead_of_need_is_ended_though_nothing_else_happens():
    async def main(clock):
        functions = {"Work": function(timeout_s=100.0)}
        platform = platform_of(
            clock, service="60s", functions=functions, proactive=0.9, idle=Durations.parse("2s"), seed="1"
        )
        asked = asyncio.ensure_future(platform.invoke("Work", b"{}", cause="invoke"))
        await asyncio.sleep(10)
        truth = platform.truth()
        await platform.close()
        await asked
        return truth

    truth = at_once(main)

    assert truth["inits_ahead"] > 0
    assert truth["sandboxes"]["now"] == 1


def test_a_reset_forgets_what_was_being_started_ahead_of_need():
    async def main(clock):
        platform = platform_of(clock, init="10s", proactive=0.9)
        asked = asyncio.ensure_future(platform.invoke("Work", b"{}", cause="invoke"))
        await asyncio.sleep(1)
        await platform.reset()
        await asked
        truth = platform.truth()
        await platform.close()
        return truth

    assert at_once(main)["sandboxes"] == {"now": 0, "most": 0, "ever": 0}


def test_a_platform_that_stalls_takes_and_answers_nothing_meanwhile():
    async def main(clock):
        platform = platform_of(clock, init="0s", stalls=Stalls(every_s=5, for_s=1, from_s=5))

        async def ask(after_s):
            await asyncio.sleep(after_s)
            sent = clock.time()
            await platform.invoke("Work", b"{}", cause="invoke")
            return clock.time() - sent

        took = await asyncio.gather(*map(ask, (0, 4.95, 5.25, 6.0, 10.9)))
        await platform.reset()
        took.append(await ask(4.2))  # 15.3 s after the start
        await platform.close()
        return took

    assert at_once(main) == pytest.approx([0.1, 1.05, 0.85, 0.1, 0.2, 0.1], rel=1e-3)


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
