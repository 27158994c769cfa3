"""Locust in a process of its own: how it is called, and what comes of each way that it may end."""

import itertools
import os
import stat
import sys
import time
from pathlib import Path

import pytest

from pytest_serverless.errors import InvalidParameterError, MeasurementError, MissingExtraError
from pytest_serverless.load.measuring.child_run import ChildRun
from pytest_serverless.load.results import write
from tests.load.results.runs import make_run


@pytest.fixture
def locust(tmp_path):
    """Make an interpreter that does as it is told in place of running Locust; it keeps how it was called."""

    def make(*lines, result=None, **given):
        (tmp_path / "locustfile.py").touch()
        if result is not None:
            write(result, tmp_path / "prepared.json")
        program = tmp_path / "python"
        body = "\n".join(lines)
        program.write_text(
            f"#!{sys.executable}\nimport os, shutil, subprocess, sys, time\nfrom pathlib import Path\n"
            f"folder = Path({str(tmp_path)!r})\n(folder / 'called').write_text('\\n'.join(sys.argv[1:]))\n"
            "written = sys.argv[sys.argv.index('--serverless-result') + 1]\n"
            f"if (folder / 'prepared.json').exists():\n    shutil.copy(folder / 'prepared.json', written)\n{body}\n"
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return ChildRun(locustfile=tmp_path / "locustfile.py", python=str(program), **given)

    make.called = lambda: (tmp_path / "called").read_text().splitlines()
    return make


def test_what_was_measured_is_returned(locust):
    result = make_run(limits=("throttles < 50%",))

    measured = locust(result=result, host="http://127.0.0.1:1").measure()

    assert measured.result.estimates == result.estimates


def test_a_run_that_failed_its_thresholds_is_a_measurement_still(locust):
    measured = locust("sys.exit(1)", result=make_run(limits=("latency.p50 < 1ms",))).measure()

    assert not measured.passed


def test_it_is_called_with_what_was_asked_for(locust):
    locust(
        result=make_run(),
        scenarios=["Shop"],
        local=Path("template.yaml"),
        arrival_rate=50,
        hold="60s",
        processes=4,
        options=["--serverless-seed", "7"],
    ).measure()

    called = locust.called()
    assert called[:2] == ["-m", "locust"]
    assert "--headless" in called
    assert called[-1] == "Shop"
    pairs = list(itertools.pairwise(called))
    for pair in [
        ("--serverless-local", "template.yaml"),
        ("--serverless-arrival-rate", "50"),
        ("--serverless-hold", "60s"),
        ("--processes", "4"),
        ("--serverless-seed", "7"),
    ]:
        assert pair in pairs


def test_one_process_is_not_a_master(locust):
    locust(result=make_run()).measure()

    assert "--processes" not in locust.called()


def test_processes_of_two_runs_do_not_meet(locust):
    ports = []
    for _ in range(2):
        locust(result=make_run(), processes=2).measure()
        called = dict(itertools.pairwise(locust.called()))
        assert called["--master-bind-host"] == called["--master-host"] == "127.0.0.1"
        assert called["--master-bind-port"] == called["--master-port"]
        ports.append(called["--master-port"])

    assert len(set(ports)) == 2


def test_variables_are_those_of_the_test_and_further_ones(locust, monkeypatch):
    monkeypatch.setenv("FROM_TEST", "1")
    lines = "(folder / 'seen').write_text(os.environ['FROM_TEST'] + os.environ['STAGE'])"

    child = locust(lines, result=make_run(), env={"STAGE": "test"})
    child.measure()

    assert (child.locustfile.parent / "seen").read_text() == "1test"


def test_without_locust_the_extra_is_named(locust):
    child = locust("print('/usr/bin/python: No module named locust', file=sys.stderr)", "sys.exit(1)")

    with pytest.raises(MissingExtraError, match=r"pytest-serverless-toolkit\[load\]"):
        child.measure()


def test_what_cannot_be_run_is_the_callers(locust):
    child = locust("print('pytest-serverless: Scenario Shop: it has no hold.', file=sys.stderr)", "sys.exit(2)")

    with pytest.raises(InvalidParameterError, match=r"^Scenario Shop: it has no hold\.$"):
        child.measure()


def test_without_a_result_what_it_said_is_told(locust):
    child = locust("print('Traceback: something broke')", "sys.exit(1)")

    with pytest.raises(MeasurementError, match=r"exit code 1 and no result\. It said:\nTraceback: something broke"):
        child.measure()


def test_an_invalid_run_is_no_measurement_and_has_its_result(locust):
    result = make_run(facts_of_generation={"lost_workers": 1})

    with pytest.raises(MeasurementError, match="INVALID: 1 of the worker processes did not report") as caught:
        locust("print('what it said')", "sys.exit(3)", result=result).measure()

    assert caught.value.result.run_id == "run-1"
    assert "what it said" in caught.value.said


def test_one_that_was_cut_off_says_why_and_nothing_else(locust):
    result = make_run(limits=(), complete=False, notes=("it costs too much", "an address tells nothing"))

    with pytest.raises(MeasurementError, match=r"^The run was cut off: it costs too much\.$"):
        locust("sys.exit(4)", result=result).measure()


def test_one_that_does_not_end_is_ended_with_all_it_started(locust, tmp_path):
    child = locust(
        "started = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])",
        "(folder / 'started').write_text(str(started.pid))",
        "time.sleep(600)",
        within_s=1.5,
    )

    with pytest.raises(MeasurementError, match=r"did not end within 1\.5 s"):
        child.measure()

    pid = int((tmp_path / "started").read_text())
    until = time.monotonic() + 10
    while _is_running(pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _is_running(pid)


def _is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_locustfile_that_there_is_not_is_told_before(tmp_path):
    with pytest.raises(InvalidParameterError, match="There is no locustfile"):
        ChildRun(locustfile=tmp_path / "nowhere.py").measure()
