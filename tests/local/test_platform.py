"""The platform with sandboxes that do as the test says: who is admitted, by which sandbox, and what is told of it."""

import asyncio
import json
from dataclasses import replace

import pytest

from pytest_serverless.admission import LAMBDA
from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import App, Function, Resource
from pytest_serverless.errors import PlatformError, ThrottledError
from pytest_serverless.local.functions import Platform
from pytest_serverless.local.invocations import Ran
from pytest_serverless.outcome import Failure, LogLine

RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"


class FakeSandbox:
    def __init__(self, id_, on_line, provisioned):
        self.id = id_
        self.on_line = on_line
        self.provisioned = provisioned
        self.gate = asyncio.Event()
        self.gate.set()
        self.invocations = []
        self.closed = False
        self.init_failure = None
        self.breaks = None

    async def start(self):
        return self.init_failure

    async def run(self, invocation):
        self.invocations.append(invocation)
        await self.gate.wait()
        if self.breaks:
            raise self.breaks
        self.on_line(LogLine(time=1.0, source="stdout", message="hello"), invocation.request_id)
        first = len(self.invocations) == 1 and not self.provisioned
        body = json.dumps({"sandbox": self.id, "saw": json.loads(invocation.payload)}).encode()
        return Ran(
            status="success",
            payload=body,
            started=1.0,
            duration_ms=2.5,
            init_ms=30.0 if first else None,
            memory_used_mb=40,
        )

    async def close(self):
        self.closed = True
        self.gate.set()


class Maker:
    """Makes sandboxes, and keeps them for the test to see."""

    def __init__(self, prepare=lambda sandbox: None):
        self.made = []
        self.prepare = prepare

    def __call__(self, function, *, sandbox_id, provisioned, on_line):
        sandbox = FakeSandbox(sandbox_id, on_line, provisioned)
        self.prepare(sandbox)
        self.made.append(sandbox)
        return sandbox


def hold(sandbox):
    sandbox.gate.clear()


def application(tmp_path, *, reserved=None, provisioned=None):
    settings = LambdaSettings()
    function = Function(
        id="Work",
        name="shop-work",
        provider="aws",
        handler="app.work",
        timeout_s=3,
        memory_mb=128,
        code=tmp_path,
        settings=settings,
    )
    properties = {} if reserved is None else {"ReservedConcurrentExecutions": reserved}
    resources = {"Work": Resource(id="Work", type="AWS::Lambda::Function", name="shop-work", properties=properties)}
    if provisioned:
        resources["WorkAlias"] = Resource(
            id="WorkAlias",
            type="AWS::Lambda::Alias",
            name="arn",
            properties={
                "Name": "live",
                "FunctionName": "shop-work",
                "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": provisioned},
            },
        )
    return App(
        name="shop",
        provider="aws",
        template=tmp_path / "template.yaml",
        functions={"Work": function},
        resources=resources,
    )


async def opened(app, maker, **limits):
    platform = Platform(app, limits=replace(LAMBDA, **limits), make=maker)
    told = []
    platform.events.listen(told.append)
    await platform.start()
    return platform, told


def invoke(platform, event=None, **options):
    return asyncio.ensure_future(platform.invoke("Work", json.dumps(event).encode(), cause="test", **options))


def kinds(told):
    return [event.kind for event in told]


def test_an_invocation_is_recorded_from_its_arrival_to_its_report(tmp_path):
    async def main():
        platform, told = await opened(application(tmp_path), maker := Maker())
        outcome = await invoke(platform, {"a": 1}, request_id="r-1")
        await platform.close()
        return maker.made, told, outcome

    (sandbox,), told, outcome = asyncio.run(main())

    assert outcome.value == {"sandbox": sandbox.id, "saw": {"a": 1}}
    assert (outcome.request_id, outcome.function, outcome.duration_ms) == ("r-1", "shop-work", 2.5)
    assert outcome.billed_ms == 33, "the init phase is billed"
    assert "REPORT RequestId: r-1\tDuration: 2.50 ms\tBilled Duration: 33 ms" in outcome.log
    assert kinds(told) == ["arrival", "sandbox_started", "start", "log", "report"]
    assert {event.request_id for event in told if event.kind != "sandbox_started"} == {"r-1"}
    assert told[3].record["line"].message == "hello"


def test_a_sandbox_is_used_again_and_runs_one_invocation_at_a_time(tmp_path):
    async def main():
        platform, _ = await opened(application(tmp_path), maker := Maker())
        first = await invoke(platform)
        second = await invoke(platform)
        hold(maker.made[0])
        both = [invoke(platform), invoke(platform)]
        while len(maker.made) < 2:
            await asyncio.sleep(0)
        maker.made[0].gate.set()
        both = await asyncio.gather(*both)
        truth = platform.truth()
        await platform.close()
        return maker.made, first, second, both, truth

    made, first, second, both, truth = asyncio.run(main())

    assert len(made) == 2
    assert (first.cold_start, second.cold_start) == (True, False)
    assert [outcome.cold_start for outcome in both] == [False, True]
    assert truth["arrivals"] == 4
    assert truth["cold_starts"] == 2
    assert all(sandbox.closed for sandbox in made)


def test_of_a_hundred_at_once_a_limit_of_ten_admits_ten(tmp_path):
    async def main():
        platform, told = await opened(application(tmp_path, reserved=10), maker := Maker(hold))
        wave = [invoke(platform) for _ in range(100)]
        await asyncio.sleep(0)
        for sandbox in maker.made:
            sandbox.gate.set()
        first = await asyncio.gather(*wave, return_exceptions=True)
        second = await asyncio.gather(*(invoke(platform) for _ in range(10)))
        truth = platform.truth()
        await platform.close()
        return told, first, second, truth, maker.made

    told, first, second, truth, made = asyncio.run(main())

    throttled = [one for one in first if isinstance(one, ThrottledError)]
    assert (len(throttled), len(made)) == (90, 10)
    assert {one.reason for one in throttled} == {RESERVED}
    assert not any(outcome.cold_start for outcome in second), "the next wave finds ten warm sandboxes"
    assert truth["throttles"] == {RESERVED: 90}
    assert kinds(told).count("throttle") == 90


def test_a_sandbox_that_breaks_is_gone(tmp_path):
    async def main():
        platform, told = await opened(application(tmp_path), maker := Maker())
        await invoke(platform)
        maker.made[0].breaks = OSError("no more processes")
        with pytest.raises(OSError, match="no more processes"):
            await invoke(platform)
        after = await invoke(platform)
        await platform.close()
        return maker.made, told, after

    made, told, after = asyncio.run(main())

    assert len(made) == 2
    assert after.ok
    assert [event.sandbox for event in told if event.kind == "sandbox_ended"] == [made[0].id]


def test_changed_code_is_run_by_new_sandboxes_and_what_runs_ends_where_it_is(tmp_path):
    async def main():
        platform, told = await opened(application(tmp_path), maker := Maker())
        await invoke(platform)
        maker.made[0].gate.clear()
        running = invoke(platform)
        await asyncio.sleep(0)
        platform.reload(["Work"])
        during = await invoke(platform)
        maker.made[0].gate.set()
        old = await running
        after = await invoke(platform)
        await platform.close()
        return maker.made, told, (during, old, after)

    made, told, (during, old, after) = asyncio.run(main())

    assert len(made) == 2
    assert during.value["sandbox"] == after.value["sandbox"] == made[1].id
    assert old.value["sandbox"] == made[0].id
    assert "reload" in kinds(told)


def test_a_reset_ends_sandboxes_and_counts_anew(tmp_path):
    async def main():
        platform, _ = await opened(application(tmp_path), maker := Maker())
        await invoke(platform)
        hold(maker.made[0])
        running = invoke(platform)
        await asyncio.sleep(0)
        await platform.reset()
        await running
        truth = platform.truth()
        after = await invoke(platform)
        await platform.close()
        return maker.made, truth, after

    made, truth, after = asyncio.run(main())

    assert made[0].closed
    assert truth["arrivals"] == 0
    assert after.cold_start


def test_an_idle_sandbox_is_ended(tmp_path):
    async def main():
        platform, told = await opened(application(tmp_path), maker := Maker(), idle_s=0.01)
        await invoke(platform)
        while not maker.made[0].closed:
            await asyncio.sleep(0.005)
        await invoke(platform)
        await platform.close()
        return maker.made, told

    made, told = asyncio.run(asyncio.wait_for(main(), 5))

    assert len(made) == 2
    assert next(e.record["why"] for e in told if e.kind == "sandbox_ended") == "idle"


def test_provisioned_sandboxes_are_there_before_anybody_asks(tmp_path):
    async def main():
        platform, _ = await opened(application(tmp_path, provisioned=2), maker := Maker())
        there = len(maker.made)
        outcome = await invoke(platform, qualifier="live")
        truth = platform.truth()
        await platform.close()
        return there, maker.made, outcome, truth

    there, made, outcome, truth = asyncio.run(main())

    assert (there, len(made)) == (2, 2)
    assert not outcome.cold_start
    assert truth["cold_starts"] == 0
    assert made[0].provisioned


def test_changed_code_is_provisioned_anew(tmp_path):
    async def main():
        platform, _ = await opened(application(tmp_path, provisioned=2), maker := Maker())
        hold(maker.made[1])  # the one that was used last is used next
        running = invoke(platform, qualifier="live")
        await asyncio.sleep(0)
        platform.reload(["Work"])
        await asyncio.sleep(0.01)
        at_once = len(maker.made)
        maker.made[1].gate.set()
        await running
        await asyncio.sleep(0.01)
        outcome = await invoke(platform, qualifier="live")
        truth = platform.truth()
        await platform.close()
        return at_once, maker.made, outcome, truth

    at_once, made, outcome, truth = asyncio.run(main())

    assert (at_once, len(made)) == (3, 4)
    assert all(sandbox.provisioned for sandbox in made)
    assert outcome.value["sandbox"] in {made[2].id, made[3].id}
    assert (truth["cold_starts"], truth["spill_overs"], truth["sandboxes"]["now"]) == (0, 0, 2)


def test_nothing_is_run_any_more_once_it_is_closed(tmp_path):
    async def main():
        platform, _ = await opened(application(tmp_path, provisioned=1), maker := Maker())
        hold(maker.made[0])
        running = invoke(platform, qualifier="live")
        await asyncio.sleep(0)
        platform.reload(["Work"])
        await platform.close()
        await running
        with pytest.raises(PlatformError, match="ending"):
            await invoke(platform)
        return maker.made

    assert len(asyncio.run(main())) == 1


def test_provisioned_concurrency_whose_init_fails_is_told_of(tmp_path):
    def broken(sandbox):
        sandbox.init_failure = Failure(type="Runtime.ImportModuleError", message="No module named 'nope'")

    async def main():
        platform, told = await opened(application(tmp_path, provisioned=1), maker := Maker(broken))
        await platform.close()
        return maker.made, told

    (sandbox,), told = asyncio.run(main())

    notes = [event.record["text"] for event in told if event.kind == "note"]
    assert notes == [
        "Provisioned concurrency failed (FUNCTION_ERROR_INIT_FAILURE): "
        "Runtime.ImportModuleError: No module named 'nope'"
    ]
    assert sandbox.closed


def test_reserved_concurrency_that_is_no_number_is_told(tmp_path):
    with pytest.raises(PlatformError, match="Work: ReservedConcurrentExecutions is 'many'; it must be a whole number"):
        Platform(application(tmp_path, reserved="many"), limits=LAMBDA, make=Maker())
