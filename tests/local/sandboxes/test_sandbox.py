"""What a sandbox does about a handler that is slow, large, in a hurry to end, or none at all."""

import asyncio
import json
import os
import signal
import time

import pytest

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.errors import PlatformError
from tests.local.sandboxes.house import CLIENTS, function_of, has_ended, in_house, invocation_of, needs_linux, value_of

pytestmark = [pytest.mark.realtime, pytest.mark.xdist_group("sandboxes"), pytest.mark.timeout(120)]


@pytest.fixture(params=CLIENTS)
def client(request):
    return request.param


def test_the_first_invocation_is_cold_and_the_next_finds_what_it_left(client):
    async def work(house):
        sandbox = house.make("deeds.counts")
        return [await sandbox.run(invocation_of()) for _ in range(3)]

    cold, *warm = in_house(work, client=client)

    assert [value_of(ran)["count"] for ran in (cold, *warm)] == [1, 2, 3]
    assert cold.init_ms > 5
    assert [ran.init_ms for ran in warm] == [None, None]
    assert cold.duration_ms < cold.init_ms
    assert {ran.status for ran in (cold, *warm)} == {"success"}


def test_the_init_phase_can_be_done_beforehand(client):
    async def work(house):
        sandbox = house.make("deeds.variables", provisioned=True)
        return await sandbox.start(), await sandbox.run(invocation_of())

    failure, ran = in_house(work, client=client)

    assert failure is None
    assert ran.init_ms is None
    assert value_of(ran)["AWS_LAMBDA_INITIALIZATION_TYPE"] == "provisioned-concurrency"


def test_an_init_phase_that_fails_beforehand_says_why(client):
    async def work(house):
        sandbox = house.make("not_there.handler", provisioned=True)
        return await sandbox.start(), await sandbox.run(invocation_of())

    failure, ran = in_house(work, client=client)

    assert failure.type == "Runtime.ImportModuleError"
    assert (ran.status, ran.init_ms) == ("init_error", None)


def test_a_timeout_ends_the_process_and_the_next_one_finds_its_folder(client):
    async def work(house):
        sandbox = house.make("deeds.sleeps", timeout_s=1)
        first = await sandbox.run(invocation_of({}, request_id="the-id"))
        second = await sandbox.run(invocation_of({"seconds": 0}))
        third = await sandbox.run(invocation_of({"seconds": 0}))
        kept = sandbox._folder / "tmp" / "kept"
        return first, second, third, kept.read_text()

    first, second, third, kept = in_house(work, client=client)

    assert first.status == "timeout"
    assert json.loads(first.payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: the-id Error: Task timed out after 1.00 seconds",
    }
    assert first.duration_ms == 1000
    assert first.init_ms is not None
    assert (second.status, second.init_ms) == ("success", None)
    assert second.duration_ms > 5  # the new process's start is part of it
    assert value_of(third)["pid"] == value_of(second)["pid"]
    assert kept == "xxx"


@needs_linux
def test_after_a_timeout_nothing_of_it_runs(client):
    async def work(house):
        sandbox = house.make("deeds.sleeps", timeout_s=0.3)
        running = asyncio.ensure_future(sandbox.run(invocation_of()))
        await asyncio.sleep(0.2)
        pid = sandbox._life._child.pid
        await running
        return pid

    assert not os.path.exists(f"/proc/{in_house(work, client=client)}")


def test_the_deadline_is_the_wall_clock_s(client):
    async def work(house):
        return await house.ran("deeds.deadline", timeout_s=3)

    seen = value_of(in_house(work, client=client))

    assert 2500 < seen["remaining"] <= 3000


@needs_linux
def test_a_later_init_counts_to_the_deadline(client):
    async def work(house):
        sandbox = house.make("deeds.deadline", timeout_s=5)
        await sandbox.run(invocation_of())
        pid = sandbox._life._child.pid
        os.kill(pid, signal.SIGKILL)
        while not has_ended(pid):
            await asyncio.sleep(0.001)
        return await sandbox.run(invocation_of())

    ran = in_house(work, client=client)

    assert ran.status == "success"
    assert value_of(ran)["remaining"] < 5000 - 5
    assert ran.duration_ms > 5


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ({"status": 0}, "without providing a reason"),
        ({"status": 127}, "with error: exit status 127"),
        ({"signal": signal.SIGSEGV}, "with error: signal: segmentation fault"),
        ({"signal": signal.SIGTERM}, "with error: signal: terminated"),
        ({"signal": signal.SIGKILL}, "with error: signal: killed"),
    ],
)
def test_a_process_that_ends_is_told_of(event, why):
    async def work(house):
        sandbox = house.make("deeds.dies")
        first = await sandbox.run(invocation_of(event, request_id="the-id"))
        return first, await sandbox.run(invocation_of({"status": 1}))

    first, second = in_house(work)

    assert first.status == "exit"
    assert json.loads(first.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: the-id Error: Runtime exited {why}",
    }
    assert [line.message for line in first.lines] == ["about to"]
    assert second.init_ms is None


def test_the_answer_of_a_process_that_ends_at_once_is_heard(client):
    async def work(house):
        sandbox = house.make("deeds.answers_and_dies")
        await sandbox.start()
        running = asyncio.ensure_future(sandbox.run(invocation_of({"seconds": 0.1})))
        await asyncio.sleep(0.05)
        time.sleep(0.3)  # the event loop hears of both at the same time
        return await running

    ran = in_house(work, client=client)

    assert (ran.status, ran.payload) == ("success", b'"last"')


@needs_linux
@pytest.mark.parametrize(("seconds", "period_s"), [(20, 0.01), (0, 60)], ids=["while it runs", "between two looks"])
def test_too_much_memory_ends_the_process(client, seconds, period_s):
    async def work(house):
        sandbox = house.make("deeds.takes", memory_mb=128)
        first = await sandbox.run(invocation_of({"mb": 200, "seconds": seconds}, request_id="the-id"))
        return first, await sandbox.run(invocation_of({"mb": 20}))

    first, second = in_house(work, client=client, memory_period_s=period_s)

    assert first.status == "exit"
    assert json.loads(first.payload) == {
        "errorType": "Runtime.OutOfMemory",
        "errorMessage": "RequestId: the-id Error: Runtime exited with error: signal: killed",
    }
    assert first.memory_used_mb > 128
    assert first.duration_ms < 15_000
    assert (second.status, second.init_ms) == ("success", None)
    assert 30 < second.memory_used_mb < 60


@needs_linux
def test_the_memory_of_a_child_counts(client):
    async def work(house):
        return await house.ran("deeds.child_takes", {"mb": 200}, memory_mb=128, timeout_s=15)

    ran = in_house(work, client=client)

    assert ran.failure.type == "Runtime.OutOfMemory"


@needs_linux
def test_the_older_words_for_memory_can_be_had():
    async def work(house):
        return await house.ran("deeds.takes", {"mb": 300}, memory_mb=128)

    assert in_house(work, memory_words="Runtime.ExitError").failure.type == "Runtime.ExitError"


@needs_linux
def test_too_much_memory_at_import_ends_the_process():
    async def work(house):
        return await house.ran("big_import.handler", memory_mb=128)

    ran = in_house(work)

    assert (ran.status, ran.failure.type) == ("exit", "Runtime.OutOfMemory")


def test_an_init_phase_over_its_limit_is_done_over_in_the_invocation(client):
    async def work(house):
        return await house.ran("slow_import.handler", environment={"FIRST_S": "30"}, timeout_s=10)

    ran = in_house(work, client=client, init_limit_s=0.5)

    assert (ran.status, ran.payload) == ("success", b'"ready"')
    assert ran.init_overran
    assert ran.init_ms == 500
    assert ran.duration_ms > 5


def test_one_that_is_too_slow_again_runs_into_the_timeout(client):
    async def work(house):
        variables = {"FIRST_S": "30", "AGAIN_S": "30"}
        return await house.ran("slow_import.handler", environment=variables, timeout_s=0.6)

    ran = in_house(work, client=client, init_limit_s=0.5)

    assert (ran.status, ran.duration_ms, ran.init_overran) == ("timeout", 600, True)
    assert ran.failure.message.endswith("Task timed out after 0.60 seconds")


def test_a_function_that_cannot_start_is_not_started_again_at_once():
    async def work(house):
        ran = []
        for _ in range(5):
            ran.append((await house.ran("not_there.handler"), house.maker.processes._count))
        house.maker.reloaded(function_of("not_there.handler"))
        return ran, list(house.notes), await house.ran("deeds.counts")

    ran, notes, after = in_house(work)

    assert {result.payload for result, _ in ran} == {ran[0][0].payload}
    assert {result.status for result, _ in ran} == {"init_error"}
    assert [result.init_ms is None for result, _ in ran] == [False, False, False, True, True]
    assert [started for _, started in ran] == [1, 2, 3, 3, 3]
    assert len(notes) == 1
    assert "no new start within 1 s" in notes[0]
    assert after.status == "success"


def test_a_process_that_ended_while_idle_is_replaced(client):
    async def work(house):
        sandbox = house.make("deeds.dies_later")
        first = await sandbox.run(invocation_of({"seconds": 0.01}))
        await asyncio.sleep(0.15)
        return first, await sandbox.run(invocation_of({"seconds": 30}))

    first, second = in_house(work, client=client)

    assert (first.status, second.status, second.init_ms) == ("success", "success", None)
    assert value_of(first) != value_of(second)


@needs_linux
def test_no_event_is_handed_to_a_corpse(client):
    """A process that was killed keeps its place in the queue for events until its connection is seen to be gone."""

    async def work(house):
        sandbox = house.make("deeds.counts")
        results = []
        for _ in range(10):
            results.append(await sandbox.run(invocation_of()))
            await asyncio.sleep(0.02)  # it waits for the next event
            pid = sandbox._life._child.pid
            os.kill(pid, signal.SIGKILL)
            while not has_ended(pid):
                pass  # the event loop does not hear of it meanwhile
        return results

    assert [(ran.status, value_of(ran)["count"]) for ran in in_house(work, client=client)] == [("success", 1)] * 10


def test_a_warm_invocation_waits_for_no_delayed_acknowledgement(client):
    """With an answer in two writes, or without TCP_NODELAY, each takes 40 or 80 ms."""

    async def work(house):
        sandbox = house.make("deeds.echo")
        await sandbox.run(invocation_of())
        return [(await sandbox.run(invocation_of({"n": number}))).duration_ms for number in range(50)]

    assert sorted(in_house(work, client=client))[25] < 30


def test_sandboxes_run_side_by_side(client):
    async def work(house):
        sandboxes = [house.make("deeds.sleeps") for _ in range(4)]
        started = time.perf_counter()
        ran = await asyncio.gather(*(sandbox.run(invocation_of({"seconds": 0.8})) for sandbox in sandboxes))
        return ran, time.perf_counter() - started

    ran, seconds = in_house(work, client=client)

    assert len({value_of(one)["pid"] for one in ran}) == 4
    assert seconds < 2.8


def test_nothing_goes_on_when_nobody_waits(client):
    async def work(house):
        sandbox = house.make("deeds.sleeps")
        running = asyncio.ensure_future(sandbox.run(invocation_of()))
        await asyncio.sleep(0.3)
        child = sandbox._life._child
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return running.cancelled(), child.has_ended, (await sandbox.run(invocation_of({"seconds": 0}))).status

    assert in_house(work, client=client) == (True, True, "success")


def test_a_sandbox_that_is_closed_starts_nothing():
    async def work(house):
        sandbox = house.make("deeds.counts")
        await sandbox.run(invocation_of())
        await sandbox.close()
        with pytest.raises(PlatformError, match="closed"):
            await sandbox.run(invocation_of())
        return sandbox._folder.exists()

    assert in_house(work) is False


def test_one_that_is_closed_while_it_starts_is_no_failure_of_the_function():
    async def work(house):
        for _ in range(4):
            sandbox = house.make("slow_import.handler", environment={"FIRST_S": "5"})
            running = asyncio.ensure_future(sandbox.run(invocation_of()))
            while sandbox._life is None:
                await asyncio.sleep(0.01)
            await sandbox.close()
            await asyncio.gather(running, return_exceptions=True)
        return house.notes, await house.ran("slow_import.handler")

    notes, ran = in_house(work, shutdown_s=0.0)

    assert (notes, ran.status) == ([], "success")


def test_what_cannot_be_started_is_an_error_of_the_platform():
    async def work(house):
        with pytest.raises(PlatformError, match="No such file"):
            await house.ran("deeds.counts")

    in_house(work, python="/no/such/python")


def test_an_error_with_a_thousand_frames_is_told_of(client):
    """AWS's client sends them a second time, in a header."""

    async def work(house):
        return await house.ran("deeds.recurses")

    ran = in_house(work, client=client)

    assert (ran.status, ran.failure.type) == ("error", "RecursionError")
    assert value_of(ran)["errorMessage"].startswith("maximum recursion depth exceeded")


def test_a_runtime_that_there_is_none_for_is_refused():
    async def work(house):
        function = function_of(settings=LambdaSettings(runtime="java21"))
        with pytest.raises(PlatformError, match="java21"):
            await house.make(function=function).run(invocation_of())

    in_house(work)
