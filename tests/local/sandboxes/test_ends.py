"""How everything ends: in order, by force, and when nobody is left to end it."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.local.sandboxes.house import CLIENTS, has_ended, in_house, invocation_of, needs_linux, value_of

pytestmark = [pytest.mark.realtime, pytest.mark.xdist_group("sandboxes"), pytest.mark.timeout(120)]

ROOT = Path(__file__).parents[3]


@pytest.fixture(params=CLIENTS)
def client(request):
    return request.param


def wait_until(said, seconds=5.0):
    until = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_handler_is_told_that_it_ends(client, tmp_path):
    told = tmp_path / "told"

    async def work(house):
        sandbox = house.make("deeds.on_sigterm")
        await sandbox.run(invocation_of({"file": str(told)}))
        await sandbox.close()

    in_house(work, client=client, private_tmp=False)

    assert told.read_text() == "ended in order"


def test_the_keeper_is_not_asked_for_more_than_its_socket_has_room_for(monkeypatch):
    async def work(house):
        processes, asked = house.maker.processes, []
        say = processes._say
        monkeypatch.setattr(processes, "_say", lambda *given: (asked.append(len(processes._asked)), say(*given)))
        sandboxes = [house.make("deeds.echo") for _ in range(24)]
        running = [sandbox.run(invocation_of(number)) for number, sandbox in enumerate(sandboxes)]
        return [value_of(ran) for ran in await asyncio.gather(*running)], max(asked)

    values, most = in_house(work, client="own")

    assert values == list(range(24))
    assert most <= 8


def test_one_that_will_not_end_is_ended(client):
    async def work(house):
        sandbox = house.make("deeds.sleeps")
        running = asyncio.ensure_future(sandbox.run(invocation_of()))
        await asyncio.sleep(0.3)
        child = sandbox._life._child
        started = time.perf_counter()
        await sandbox.close()
        await asyncio.gather(running, return_exceptions=True)
        return child.ended.done(), time.perf_counter() - started

    ended, seconds = in_house(work, client=client, shutdown_s=0.3)

    assert ended
    assert seconds < 2


def test_one_that_ignores_the_signal_is_ended(client):
    async def work(house):
        sandbox = house.make("deeds.ignores_sigterm")
        await sandbox.run(invocation_of())
        child = sandbox._life._child
        await sandbox.close()
        return child.ended.done()

    assert in_house(work, client=client, shutdown_s=0.3)


@needs_linux
@pytest.mark.parametrize("how", ["timeout", "close"])
def test_what_a_handler_leaves_behind_ends_with_it(client, how):
    async def work(house):
        sandbox = house.make("deeds.leaves_children", timeout_s=1.5)
        if how == "timeout":
            running = asyncio.ensure_future(sandbox.run(invocation_of({"wait": True})))
            await asyncio.sleep(1.0)
            pids = _descendants_of_keeper(house)
            await running
        else:
            pids = value_of(await sandbox.run(invocation_of()))
            await sandbox.close()
        await asyncio.sleep(0.2)
        return pids, [has_ended(pid) for pid in pids]

    pids, ended = in_house(work, client=client)

    assert len(pids) >= 2
    assert all(ended)


def _descendants_of_keeper(house):
    keeper = house.maker.processes._keeper.pid
    found, new = set(), {keeper}
    while new:
        pid = new.pop()
        path = Path(f"/proc/{pid}/task/{pid}/children")
        children = set(map(int, path.read_text().split())) if path.exists() else set()
        found |= children
        new |= children
    return found


@needs_linux
def test_a_child_of_a_sandbox_that_lives_on_is_let_be():
    async def work(house):
        sandbox, other = house.make("deeds.leaves_children"), house.make("deeds.counts")
        pids = value_of(await sandbox.run(invocation_of()))
        await other.run(invocation_of())
        await other.close()
        await asyncio.sleep(0.1)
        return [has_ended(pid) for pid in pids]

    assert in_house(work) == [False, False]


SERVER = """
import asyncio, json, sys
from tests.local.sandboxes.house import House, invocation_of

async def main():
    house = House(init_limit_s=60)
    idle, busy, slow = house.make("deeds.leaves_children"), house.make("deeds.sleeps"), house.make(
        "slow_import.handler", environment={"FIRST_S": "60"})
    left = json.loads((await idle.run(invocation_of())).payload)
    tasks = [asyncio.ensure_future(sandbox.run(invocation_of())) for sandbox in (busy, slow)]
    await asyncio.sleep(0.4)
    pids = [sandbox._life._child.pid for sandbox in (idle, busy, slow)]
    starting = [int(line) for line in open(f"/proc/{house.maker.processes._keeper.pid}/task/"
        f"{house.maker.processes._keeper.pid}/children").read().split()]
    print(json.dumps({"keeper": house.maker.processes._keeper.pid, "root": str(house.maker.processes.root),
        "handlers": pids, "pids": sorted({*pids, *left, *starting})}), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@needs_linux
@pytest.mark.parametrize(
    ("first", "number"),
    [
        ("server", signal.SIGKILL),
        ("server", signal.SIGTERM),
        ("server", signal.SIGINT),
        ("server", signal.SIGHUP),
        ("keeper", signal.SIGKILL),
        ("both", signal.SIGKILL),
    ],
)
def test_nothing_is_left_whatever_ends_the_server(first, number):
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with server:
        told = json.loads(server.stdout.readline())
        assert len(told["pids"]) >= 5
        assert not any(has_ended(pid) for pid in told["pids"])
        if first in ("keeper", "both"):
            os.kill(told["keeper"], signal.SIGKILL)
        if first in ("server", "both"):
            server.send_signal(number)
        if first == "keeper":
            wait_until(lambda: all(map(has_ended, told["handlers"])), 2)
            server.kill()
    if first == "both":
        wait_until(lambda: all(map(has_ended, told["handlers"])), 2)
    if first == "server":
        wait_until(lambda: all(map(has_ended, told["pids"])) and has_ended(told["keeper"]), 2)
        assert not Path(told["root"]).exists()
    _clean(told)


def _clean(told):
    """End what only both being killed at once leaves: grandchildren that had left their sandbox."""
    for pid in told["pids"]:
        if not has_ended(pid):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(told["root"], ignore_errors=True)


@needs_linux
def test_a_keeper_that_was_killed_is_replaced():
    async def work(house):
        sandbox = house.make("deeds.counts")
        first = await sandbox.run(invocation_of())
        os.kill(house.maker.processes._keeper.pid, signal.SIGKILL)
        await asyncio.sleep(0.1)
        return first, await sandbox.run(invocation_of()), await house.ran("deeds.counts")

    first, second, third = in_house(work)

    assert [first.status, second.status, third.status] == ["success"] * 3
    assert value_of(second)["count"] == 1


@needs_linux
def test_fifty_kills_leave_nothing():
    def open_files():
        return len(os.listdir("/proc/self/fd"))

    async def work(house):
        await house.ran("deeds.counts")
        before, counts = open_files(), []
        sandbox = house.make("deeds.sleeps", timeout_s=0.05)
        for _ in range(50):
            await sandbox.run(invocation_of())
        await sandbox.close()
        for _ in range(5):
            await house.ran("deeds.dies", {"status": 1})
            counts.append(open_files())
        return before, counts, _descendants_of_keeper(house), list(house.maker.processes.root.glob("sandboxes/*"))

    before, counts, processes, folders = in_house(work)

    assert max(counts) <= before
    assert processes == set()
    assert folders == []


def test_a_closed_maker_leaves_no_folder():
    async def work(house):
        await house.ran("deeds.writes", {"name": "mark"})
        await house.make("deeds.writes").run(invocation_of({"name": "mark"}))
        return house.maker.processes.root

    assert not in_house(work).exists()


@needs_linux
def test_a_folder_that_a_handler_locked_goes_too(tmp_path):
    code = tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text(
        "import os, tempfile\n"
        "def handler(event, context):\n"
        "    where = os.path.join(tempfile.gettempdir(), 'locked')\n"
        "    os.makedirs(os.path.join(where, 'inside'))\n"
        "    os.chmod(where, 0)\n"
    )

    async def work(house):
        await house.make("app.handler", code=code).run(invocation_of())
        return house.maker.processes.root

    assert not in_house(work).exists()
