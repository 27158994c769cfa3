"""Nothing is lost: every arrival that was planned is accounted for, and the target saw as many as were counted."""

import os
import signal

import pytest

from pytest_serverless.load.targets.local_platform import LocalPlatformTarget
from tests.locust.servers import OK, Server, recording, resetting, silent
from tests.locust.stage import TEMPLATE, free_port, wait

STEADY = """
from pytest_serverless.locust import Scenario

class Steady(Scenario):
    arrival_rate = 50
    hold = "3s"

    def journey(self, call):
        call.get("/")
"""
LONG = STEADY.replace('"3s"', '"60s"')
PROCESSES = {"local": [], "processes": ["--processes", "2"]}


def check_accounts(ran, seen):
    dispatch, validity = ran.dispatch, ran.result.validity
    assert validity.is_valid, ran.out
    assert dispatch.planned == dispatch.sent == dispatch.done == ran.result.cell.count == len(seen.times)


@pytest.mark.parametrize("processes", PROCESSES)
@pytest.mark.parametrize("limit", [[], ["-t", "2s"]], ids=["plan", "run-time"])
def test_until_its_end(run_locust, processes, limit):
    url, seen = recording(after_s=0.1)

    ran = run_locust("--host", url, *PROCESSES[processes], *limit, file=STEADY)

    check_accounts(ran, seen)
    assert ran.result.complete
    assert ran.code == 0, ran.out
    assert seen.times[-1] - seen.times[0] < (2 if limit else 3) + 1


@pytest.mark.parametrize("processes", PROCESSES)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_until_it_is_stopped(start_locust, tmp_path, processes, number):
    url, seen = recording(after_s=0.1)
    process = start_locust("--host", url, *PROCESSES[processes], file=LONG)
    seen.wait_for(60, unless=process)

    process.send_signal(number)
    ran = wait(process, tmp_path)

    check_accounts(ran, seen)
    assert not ran.result.complete
    assert ran.result.notes[0] == "it was stopped before its end"
    assert "The run was cut off: it was stopped before its end." in ran.out
    assert ran.code == 4, ran.out


def test_until_all_processes_are_interrupted_together_as_a_terminal_does(start_locust, tmp_path):
    url, seen = recording(after_s=0.1)
    process = start_locust("--host", url, "--processes", "2", file=LONG)
    seen.wait_for(60, unless=process)

    os.killpg(process.pid, signal.SIGINT)
    ran = wait(process, tmp_path)

    check_accounts(ran, seen)
    assert ran.code == 4, ran.out


@pytest.mark.parametrize("number", [None, signal.SIGTERM], ids=["plan", "SIGTERM"])
def test_with_workers_that_were_started_apart(start_locust, tmp_path, number):
    url, seen = recording(after_s=0.1)
    port = free_port()
    file = STEADY if number is None else LONG
    workers = [start_locust("--worker", "--master-port", port, file=file) for _ in range(2)]
    arguments = ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--expect-workers", "2"]
    master = start_locust(*arguments, "--host", url, file=file)
    if number is not None:
        seen.wait_for(60, unless=master)
        master.send_signal(number)

    ran = wait(master, tmp_path)
    ended = [wait(each, tmp_path).code for each in workers]

    check_accounts(ran, seen)
    assert ran.result.generator.workers == 2
    assert ran.code == (0 if number is None else 4), ran.out
    assert ended == [0, 0]


def test_what_has_no_answer_in_time_is_counted_as_in_flight(run_locust):
    server = Server(silent)

    ran = run_locust("--host", server.url, file=STEADY.replace("arrival_rate", "drain_s = 1\n    arrival_rate"))

    assert ran.dispatch.planned == ran.dispatch.sent == len(server.requests)
    assert ran.dispatch.in_flight == ran.dispatch.sent
    assert ran.result.cell.count_of("failed", "stopped") == ran.dispatch.sent
    assert ran.result.ended_s - ran.result.started_s < 20  # it does not wait for as long as requests may take
    assert "were unanswered at the end" in ran.out
    assert ran.code == 3, ran.out


def test_what_is_above_the_most_in_flight_is_dropped_and_counted(run_locust):
    url, seen = recording(after_s=1.0)

    ran = run_locust("--host", url, file=STEADY.replace("arrival_rate", "max_in_flight = 5\n    arrival_rate"))

    dispatch = ran.dispatch
    assert dispatch.planned == dispatch.sent + dispatch.dropped["in_flight"]
    assert dispatch.sent == dispatch.done == len(seen.times)
    assert ran.result.aggregate.in_flight.most == 5
    assert "arrivals were dropped: too many were in flight" in ran.out
    assert ran.code == 3, ran.out


@pytest.mark.parametrize("answer", [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", OK], ids=["503", "ok"])
def test_nothing_is_sent_twice(run_locust, answer):
    url, seen = recording(answer=answer)

    ran = run_locust("--host", url, file=STEADY)

    assert ran.result.cell.count == ran.dispatch.sent == len(seen.times)


def test_nothing_is_sent_again_when_connections_break(run_locust):
    server = Server(resetting)

    ran = run_locust("--host", server.url, file=STEADY)

    assert ran.result.cell.count == ran.dispatch.sent == len(server.requests)
    assert ran.result.cell.count_of("failed") == ran.dispatch.sent
    assert ran.code == 3, ran.out


@pytest.mark.parametrize("processes", PROCESSES)
def test_the_local_platform_has_counted_as_many(run_locust, tmp_path, processes):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    platform = LocalPlatformTarget(tmp_path, "--simulate 20ms --no-backends --limit account_concurrency=1")
    with platform as reached:
        ran = run_locust("--host", reached.url(), *PROCESSES[processes], file=STEADY)
        truth = platform.truth()

    cell = ran.result.cell
    assert ran.dispatch.planned == ran.dispatch.sent == ran.dispatch.done == cell.count == truth["arrivals"]
    assert cell.count_of("throttled") == truth["throttled"] > 0
    assert cell.count_of("ok") == truth["admitted"]
