"""What an invocation writes, and what its provider's log shows.

The forms are those of https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html (2026-11).
"""

import json
import logging
import re
import sys

import pytest

from pytest_serverless import FixedClock, Invoker, LambdaSettings, invoke
from pytest_serverless.app.model import Function
from pytest_serverless.invocation.aws_log import render
from pytest_serverless.invocation.runtime import Call, Figures
from pytest_serverless.outcome import Failure

NOON = 1_795_435_200.25


def talkative(event, context):
    print("printed")
    logging.getLogger("orders").warning("only %d left", 3)
    print("half a ", end="")
    print("line", file=sys.stdout)
    sys.stderr.writelines(["to stderr\n", "no end"])
    logging.getLogger("orders").debug("too quiet")


def test_lines_are_kept_in_order_with_where_they_came_from():
    lines = Invoker(clock=FixedClock(NOON))(talkative, check=False).lines

    assert [(line.source, line.level, line.message) for line in lines] == [
        ("stdout", None, "printed"),
        ("log", "WARNING", "only 3 left"),
        ("stdout", None, "half a line"),
        ("stderr", None, "to stderr"),
        ("stderr", None, "no end"),
    ]
    assert lines[0].time == NOON
    assert lines[1].logger == "orders"


def test_output_is_let_through(capsys, caplog):
    invoke(talkative)

    captured = capsys.readouterr()
    assert captured.out == "printed\nhalf a line\n"
    assert captured.err == "to stderr\nno end"
    assert [record.getMessage() for record in caplog.records] == ["only 3 left"]


def test_the_streams_are_still_what_they_were():
    def handler(event, context):
        sys.stdout.flush()
        return [sys.stdout.encoding.lower(), sys.stdout.isatty(), sys.stdout.write("four")]

    assert invoke(handler)[2] == 4


def test_a_stream_that_a_debugger_put_in_place_stays():
    other = open("/dev/null", "w")  # noqa: SIM115
    previous = sys.stdout
    try:

        def handler(event, context):
            sys.stdout = other

        invoke(handler)
        assert sys.stdout is other
    finally:
        sys.stdout = previous
        other.close()


def test_an_exception_in_a_log_record_is_part_of_its_message():
    def handler(event, context):
        try:
            raise ValueError("inner")
        except ValueError:
            logging.exception("while working")

    [line] = invoke(handler, check=False).lines

    assert line.message.startswith("while working\nTraceback")
    assert line.message.endswith("ValueError: inner")


def _log(handler, event=None, *, log_format="Text", **options):
    settings = LambdaSettings(log_format=log_format)
    return Invoker(clock=FixedClock(NOON))(
        handler, event, check=False, request_id="the-id", settings=settings, **options
    )


def test_the_log_of_a_warm_success():
    outcome = _log(lambda event, context: print("said"), memory_mb=256)

    assert re.fullmatch(
        r"START RequestId: the-id Version: \$LATEST\n"
        r"said\n"
        r"END RequestId: the-id\n"
        r"REPORT RequestId: the-id\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\t"
        r"Max Memory Used: \d+ MB\t\n",
        outcome.log,
    )
    assert f"Billed Duration: {outcome.billed_ms} ms" in outcome.log
    assert f"Duration: {outcome.duration_ms:.2f} ms" in outcome.log


def test_the_log_of_a_cold_start_ends_with_the_init_duration(tmp_path):
    (tmp_path / "started_cold.py").write_text("def handler(e, c): pass\n")

    outcome = _log("started_cold.handler", code=tmp_path)

    assert outcome.log.startswith("INIT_START Runtime Version: python:3.")
    assert outcome.log.endswith(f"\tInit Duration: {outcome.init_ms:.2f} ms\t\n")
    assert outcome.billed_ms >= outcome.duration_ms + outcome.init_ms


class SecondsPass:
    """A clock on which a second passes between any two readings."""

    def __init__(self):
        self.read = 0

    def now(self):
        return NOON

    def monotonic(self):
        self.read += 1
        return float(self.read)


@pytest.mark.parametrize(("bills_init", "billed"), [(True, 2000), (False, 1000)])
def test_init_is_billed_since_august_2025(tmp_path, bills_init, billed):
    (tmp_path / "billed.py").write_text("def handler(e, c): pass\n")

    outcome = Invoker(clock=SecondsPass())(
        "billed.handler", code=tmp_path, check=False, settings=LambdaSettings(bills_init=bills_init)
    )

    assert (outcome.init_ms, outcome.duration_ms, outcome.billed_ms) == (1000.0, 1000.0, billed)
    assert f"Duration: 1000.00 ms\tBilled Duration: {billed} ms\t" in outcome.log


def test_the_log_of_a_failed_import(tmp_path):
    (tmp_path / "bad.py").write_text("def handler(:\n")

    log = _log("bad.handler", code=tmp_path).log

    assert re.search(
        r"INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: error\t"
        r"Error Type: Runtime.UserCodeSyntaxError\n",
        log,
    )
    assert log.endswith("\tStatus: error\tError Type: Runtime.UserCodeSyntaxError\n")


def test_an_import_that_fails_once_more_is_part_of_the_invocation():
    function = Function(
        id="Fn", name="fn", provider="aws", handler="a.b", timeout_s=3, memory_mb=128, settings=LambdaSettings()
    )
    call = Call(function=function, request_id="r-1", deadline=NOON, clock=FixedClock(NOON))
    measured = {"duration_ms": 72.8, "billed_ms": 73, "init_ms": None, "init_overran": False, "memory_used_mb": 40}
    figures = Figures(status="init_error", started=NOON, **measured)

    log = render(call, [], figures, Failure(type="Runtime.ImportModuleError", message="No module named 'nope'"))

    assert "INIT_REPORT Init Duration: 72.80 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.Import" in log
    assert "\tInit Duration:" not in log


def test_the_log_of_an_exit_says_so():
    def handler(event, context):
        sys.exit(1)

    log = _log(handler).log

    assert "RequestId: the-id Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n" in log
    assert log.endswith("\tStatus: error\tError Type: Runtime.ExitError\n")


@pytest.mark.realtime
def test_the_log_of_a_timeout():
    import time

    log = _log(lambda event, context: time.sleep(5), timeout=0.05).log

    assert "2026-11-23T12:00:00.300Z the-id Task timed out after 0.05 seconds\n\n" in log
    assert log.endswith("\tStatus: timeout\n")


def test_the_log_as_json_has_platform_records():
    outcome = _log(talkative, log_format="JSON")

    records = [json.loads(line) for line in outcome.log.splitlines() if line.startswith("{")]
    start, said, report = records
    assert start == {
        "time": "2026-11-23T12:00:00.250Z",
        "type": "platform.start",
        "record": {"requestId": "the-id", "version": "$LATEST"},
    }
    assert (said["level"], said["message"], said["logger"], said["requestId"]) == (
        "WARNING",
        "only 3 left",
        "orders",
        "the-id",
    )
    assert report["type"] == "platform.report"
    assert report["record"]["status"] == "success"
    assert report["record"]["metrics"] == {
        "durationMs": round(outcome.duration_ms, 3),
        "billedDurationMs": outcome.billed_ms,
        "memorySizeMB": 128,
        "maxMemoryUsedMB": outcome.memory_used_mb,
    }
    assert "printed\n" in outcome.log


def test_a_failure_as_json(tmp_path):
    def handler(event, context):
        raise ValueError("wrong")

    records = [json.loads(line) for line in _log(handler, log_format="JSON").log.splitlines()]

    assert [record.get("type") for record in records] == ["platform.start", None, "platform.report"]
    assert records[1]["errorType"] == "ValueError"
    assert records[1]["stackTrace"][0].startswith('  File "')
    assert (records[2]["record"]["status"], records[2]["record"]["errorType"]) == ("error", "ValueError")


def test_a_cold_start_as_json(tmp_path):
    (tmp_path / "cold_as_json.py").write_text("def handler(e, c): pass\n")

    first, *_, last = _log("cold_as_json.handler", log_format="JSON", code=tmp_path, name="named").log.splitlines()

    assert json.loads(first)["type"] == "platform.initStart"
    assert json.loads(first)["record"]["functionName"] == "named"
    assert json.loads(last)["record"]["metrics"]["initDurationMs"] > 0


def test_a_function_set_to_json_finds_that_in_its_environment():
    import os

    assert _log(lambda event, context: os.environ["AWS_LAMBDA_LOG_FORMAT"], log_format="JSON").value == "JSON"


@pytest.mark.realtime
def test_a_timeout_as_json():
    import time

    last = _log(lambda event, context: time.sleep(5), timeout=0.05, log_format="JSON").log.splitlines()[-1]

    assert json.loads(last)["record"]["status"] == "timeout"


class Slow(SecondsPass):
    """A clock on which eleven seconds pass between any two readings."""

    def monotonic(self):
        return super().monotonic() * 11


def test_an_init_phase_over_ten_seconds_is_done_over_within_the_invocation(tmp_path):
    # https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (2026-11): the init phase
    (tmp_path / "slow_to_start.py").write_text("def handler(e, c): return 'ran'\n")

    outcome = Invoker(clock=Slow())("slow_to_start.handler", code=tmp_path, check=False, timeout=60)

    assert (outcome.status, outcome.duration_ms, outcome.billed_ms) == ("success", 22_000.0, 22_000)
    assert "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout\n" in outcome.log
    assert "\tInit Duration:" not in outcome.log


def test_a_function_with_less_time_than_its_slow_import_never_runs(tmp_path):
    (tmp_path / "too_slow_to_start.py").write_text("def handler(e, c): return 'ran'\n")

    outcome = Invoker(clock=Slow())("too_slow_to_start.handler", code=tmp_path, check=False, timeout=10)

    assert (outcome.status, outcome.value["errorType"]) == ("timeout", "Sandbox.Timedout")
    assert outcome.log.endswith("\tStatus: timeout\n")
