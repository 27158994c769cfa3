"""How runs end: by what their thresholds come to, by what may not go on, and with everything cleaned up."""

import signal

import pytest

from tests.locust.servers import Server, answering, recording
from tests.locust.stage import wait

STEADY = """
from pytest_serverless.locust import Scenario

class Steady(Scenario):
    arrival_rate = 60
    hold = "4s"

    def journey(self, call):
        call.get("/")
"""
LONG = STEADY.replace('"4s"', '"60s"')
FAILING = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
CLEANING = """
    def set_up(self, target):
        return {"made": "a table"}

    def clean_up(self, target, shared):
        with open("cleaned", "a") as told:
            told.write(shared["made"])
"""


def cleaned(ran):
    return (ran.folder / "cleaned").read_text()


@pytest.mark.parametrize(
    ("threshold", "code", "said"),
    [
        ("latency.p50 < 3000ms", 0, "thresholds passed"),
        ("latency.p50 < 1ms", 1, "thresholds FAILED"),
        ("latency.p99.9 < 3000ms", 4, "thresholds INCONCLUSIVE"),
    ],
)
def test_the_exit_code_is_that_of_the_thresholds(run_locust, threshold, code, said):
    url, _ = recording(after_s=0.02)

    ran = run_locust("--host", url, "--serverless-threshold", threshold, file=STEADY)

    assert f"VALID, {said}" in ran.out
    assert threshold in ran.out
    assert ran.result.exit_code == ran.code == code, ran.out


def test_a_generator_that_has_no_time_for_its_arrivals_passes_nothing(run_locust):
    url, _ = recording()
    hog = """
        import time
        until = time.process_time() + 0.03
        while time.process_time() < until:
            pass
"""
    file = STEADY.replace('        call.get("/")', f'{hog}\n        call.get("/")')

    ran = run_locust(
        *("--host", url, "--serverless-max-lag", "20", "--serverless-threshold", "throttles < 50%"), file=file
    )

    assert "INVALID: this run decides nothing" in ran.out
    assert "arrivals were sent late" in ran.out
    assert ran.dispatch.planned == ran.dispatch.sent == ran.dispatch.done
    assert ran.code == 3, ran.out


@pytest.mark.parametrize(("every", "code"), [(200, 0), (10, 3)], ids=["few", "many"])
def test_journeys_may_raise_now_and_then(run_locust, every, code):
    url, seen = recording()
    journey = f'        call.get("/")\n        1 / (next(NUMBERS) % {every})'
    file = "import itertools\n" + STEADY.replace('        call.get("/")', journey) + "\nNUMBERS = itertools.count(1)\n"

    ran = run_locust("--host", url, file=file)

    assert "A journey of Steady raised" in ran.out
    assert "ZeroDivisionError" in ran.out
    assert ran.result.validity.generation.journey_errors == len(seen.times) // every
    assert ran.dispatch.sent == ran.dispatch.done == len(seen.times)
    assert ran.code == code, ran.out


def test_a_helper_that_is_imported_and_walked_too_doubles_nothing(run_locust):
    url, seen = recording()
    helper = "from pytest_serverless.locust import Scenario\n\ndef browse(call):\n    call.get('/')\n"
    file = STEADY.replace("class", "from loadtests.common import helpers\n\nclass").replace(
        '        call.get("/")', "        helpers.browse(call)"
    )

    ran = run_locust("--host", url, file=file, files={"loadtests/common/helpers.py": helper})

    assert ran.dispatch.planned == ran.dispatch.sent == ran.result.cell.count == len(seen.times)
    assert ran.out.count("Arrivals\n") == 1
    assert ran.code == 0, ran.out


def test_a_condition_ends_the_run(run_locust):
    server = Server(answering(FAILING))

    ran = run_locust(
        *("--host", server.url, "--serverless-abort-on", "ambiguous > 50%"), file=LONG + CLEANING, timeout_s=90
    )

    assert "The run was cut off: " in ran.out
    assert "ambiguous > 50%" in ran.out
    assert not ran.result.complete
    assert ran.dispatch.sent == ran.dispatch.done == len(server.requests)
    assert ran.dispatch.sent < 60 * 40
    assert cleaned(ran) == "a table"
    assert ran.code in {3, 4}, ran.out


def test_what_was_set_up_is_cleaned_up_once(run_locust):
    url, _ = recording()

    ran = run_locust("--host", url, "--processes", "2", file=STEADY + CLEANING)

    assert cleaned(ran) == "a table"
    assert ran.code == 0, ran.out


def test_what_was_set_up_is_cleaned_up_after_an_interrupt(start_locust, tmp_path):
    url, seen = recording()
    process = start_locust("--host", url, file=LONG + CLEANING)
    seen.wait_for(30, unless=process)

    process.send_signal(signal.SIGINT)

    assert cleaned(wait(process, tmp_path)) == "a table"


def test_a_clean_up_that_fails_is_told_and_changes_no_verdict(run_locust):
    url, _ = recording()
    file = STEADY + CLEANING.replace("with open", 'raise ValueError("still in use")\n        with open')

    ran = run_locust("--host", url, file=file)

    assert "Steady.clean_up raised ValueError: still in use" in ran.out
    assert "What set_up made may still be there" in ran.out
    assert ran.result.complete
    assert ran.code == 0, ran.out


@pytest.mark.parametrize("processes", [[], ["--processes", "2"]], ids=["local", "processes"])
def test_an_inconclusive_run_goes_on_without_a_gap(run_locust, processes):
    url, seen = recording()
    options = ["--serverless-extend", "6s", "--serverless-threshold", "latency.p99.9 < 3000ms"]

    ran = run_locust("--host", url, *processes, *options, file=STEADY)

    times = sorted(seen.times)
    assert "inconclusive after" in ran.out
    assert ran.result.complete
    assert ran.dispatch.planned == ran.dispatch.sent == ran.dispatch.done == len(times)
    assert 8 < times[-1] - times[0] < 13
    assert len(times) == pytest.approx(600, abs=4 * 600**0.5)
    assert [second.planned > 20 for second in list(ran.dispatch.course())[1:-1]] == [True] * 9
    assert ran.code == 4, ran.out


def test_a_run_that_decides_does_not_go_on(run_locust):
    url, seen = recording()

    ran = run_locust(
        *("--host", url, "--serverless-extend", "30s", "--serverless-threshold", "latency.p50 < 3000ms"),
        file=STEADY.replace('"4s"', '"6s"'),
    )

    assert "inconclusive after" not in ran.out
    assert max(seen.times) - min(seen.times) < 8
    assert ran.code == 0, ran.out


def test_what_ends_with_a_ramp_cannot_go_on(run_locust):
    file = (
        STEADY.replace("Scenario\n", "Phase, Scenario\n", 1)
        .replace("    arrival_rate = 60\n", "")
        .replace('    hold = "4s"', '    phases = [Phase.hold(60, "2s"), Phase.ramp(60, 0, "2s")]')
    )

    ran = run_locust("--host", "http://127.0.0.1:9", "--serverless-extend", "30s", file=file)

    assert "--serverless-extend goes on with the last phase, and 'ramp' of Steady is none that is judged" in ran.out
    assert ran.code == 2, ran.out


def test_a_fault_of_the_measurement_itself_ends_the_run_and_passes_nothing(run_locust):
    url, seen = recording()
    fault = """
from pytest_serverless.load.running.conducting import Conductor

def broken(self):
    raise RuntimeError("nobody thought of it")

Conductor._prepare = broken
"""

    ran = run_locust("--host", url, file=STEADY + fault)

    assert "nobody thought of it" in ran.out
    assert not ran.result.complete
    assert ran.code == ran.result.exit_code == 3, ran.out
    assert not seen.times


@pytest.mark.parametrize("processes", [[], ["--processes", "2"]], ids=["local", "processes"])
def test_an_interrupt_in_the_midst_of_a_journey_breaks_nothing(run_locust, processes):
    url, _ = recording()
    file = """
import os, signal
from pytest_serverless.locust import Scenario

class Steady(Scenario):
    arrival_rate = 60
    hold = "60s"

    def journey(self, call):
        call.get("/")
        if call.source == 60:
            os.killpg(os.getpgrp(), signal.SIGINT)  # as the terminal does
"""

    ran = run_locust("--host", url, *processes, file=file)

    dispatch = ran.dispatch
    assert "Traceback" not in ran.out
    assert not ran.result.complete
    assert ran.result.validity.is_valid, ran.out
    assert dispatch.planned == dispatch.sent == dispatch.done == ran.result.cell.count < 3000
