"""REPORT lines as the service writes them, as our own invoker does, and in tails that are cut anywhere."""

import base64
import json
import time

import pytest

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.invocation.invoker import Invoker
from pytest_serverless.load.evidence.report import Report, evidence_of_tail, read_all, read_line, read_tail
from pytest_serverless.web.lambda_invoke import log_tail

# Recorded from the service; that of a restored snapshot is quoted with the output of `sam logs` in READMEs of 2023.
WARM = (
    "REPORT RequestId: 45c5a7a5-f9b1-4b6c-9a57-0f7d2b7e3a1b\tDuration: 3.01 ms\tBilled Duration: 4 ms\t"
    "Memory Size: 128 MB\tMax Memory Used: 36 MB\t\n"
)
COLD = WARM.removesuffix("\n") + "Init Duration: 110.10 ms\t\n"
RESTORED = (
    "REPORT RequestId: 8c360c87-d4b7-4423-b5f3-af02be3c1763\tDuration: 2338.66 ms\tBilled Duration: 2521 ms\t"
    "Memory Size: 3009 MB\tMax Memory Used: 173 MB\tRestore Duration: 398.97 ms\tBilled Restore Duration: 182 ms\t\n"
)
TIMEOUT = WARM.removesuffix("\t\n") + "\tStatus: timeout\n"
OUT_OF_MEMORY = WARM.removesuffix("\t\n") + "\tStatus: error\tError Type: Runtime.OutOfMemory\n"
TRACED = COLD + "XRAY TraceId: 1-5f\tSegmentId: 0a\tSampled: true\n"
INIT_REPORT = "INIT_REPORT Init Duration: 9999.79 ms\tPhase: init\tStatus: timeout\n"
AS_JSON = (
    '{"time":"2026-10-08T07:30:29.470Z","type":"platform.report","record":{"requestId":"d661f7cf","metrics":'
    '{"durationMs":1233.96,"billedDurationMs":1698,"memorySizeMB":256,"maxMemoryUsedMB":123,"initDurationMs":463.512},'
    '"status":"success"}}\n'
)


def tail(log):
    return base64.b64encode(log.encode()[-4096:]).decode()


def test_a_warm_report():
    assert read_line(WARM) == Report(
        request_id="45c5a7a5-f9b1-4b6c-9a57-0f7d2b7e3a1b",
        duration_ms=3.01,
        billed_ms=4,
        memory_mb=128,
        memory_used_mb=36,
    )


def test_a_cold_report():
    assert read_line(COLD).init_ms == 110.10


def test_a_report_of_a_restored_snapshot():
    report = read_line(RESTORED)

    assert (report.restore_ms, report.billed_restore_ms, report.init_ms) == (398.97, 182, None)
    assert report.evidence().init_type == "snap-start"


@pytest.mark.parametrize(
    ("line", "status", "error_type"),
    [(WARM, "success", None), (TIMEOUT, "timeout", None), (OUT_OF_MEMORY, "error", "Runtime.OutOfMemory")],
)
def test_how_it_ended(line, status, error_type):
    report = read_line(line)

    assert (report.status, report.error_type, report.init_ms) == (status, error_type, None)


def test_a_report_in_json():
    assert read_line(AS_JSON) == Report("d661f7cf", 1233.96, 1698, 256, 123, init_ms=463.512)


NOT_REPORTS = [
    "",
    "REPORT",
    "REPORT RequestId: 1",
    f"report {WARM}",
    WARM.replace("3.01", "soon"),
    "{",
    '{"type":"platform.report"}',
    '{"type":"platform.report","record":{}}',
    '{"x": "platform.report"}',
    '["platform.report"]',
    "platform.report {",
]


@pytest.mark.parametrize("line", NOT_REPORTS)
def test_any_other_line_is_none(line):
    assert read_line(line) is None


@pytest.mark.parametrize("report", [WARM, COLD, RESTORED, TIMEOUT, TRACED, AS_JSON])
@pytest.mark.parametrize("before", range(0, 6000, 371))
def test_a_tail_that_is_cut_anywhere(report, before):
    log = "é" * 10 + "\n" + "said…\n" * (before // 8) + report

    assert read_tail(tail(log)) == read_line(report.partition("\n")[0])


def test_the_last_report_counts_and_none_within_a_line():
    fake = f"told: {WARM}"

    assert read_tail(tail(COLD + fake)) == read_line(COLD)
    assert read_tail(tail(COLD + WARM)) == read_line(WARM)
    assert read_tail(tail("é" * 3000 + "\n" + WARM + "\n" + "an extension says more\n" * 60)) == read_line(WARM)


@pytest.mark.parametrize("nothing", ["", "====", "not base64!", tail("no report\n"), tail("x" * 5000), "ab"])
def test_a_tail_without_a_report(nothing):
    assert read_tail(nothing) is None
    assert evidence_of_tail(nothing) is None


@pytest.mark.parametrize("more", ["", "said\n", "said\n" * 50, "said\n" * 300, "said\n" * 700])
def test_an_init_that_was_begun_again_is_seen(more):
    for init in (INIT_REPORT, INIT_REPORT.replace("timeout", "error\tError Type: Runtime.Unknown")):
        for shift in ("", "a", "ab"):
            log = f"INIT_START Runtime Version: python:3.12.v1\n{shift}\n{init}{more}{WARM}"
            assert read_tail(tail(log)).init_ms == 9999.79


def test_an_init_that_was_begun_again_is_seen_in_json():
    record = '{"initializationType":"on-demand","phase":"init","status":"timeout","metrics":{"durationMs":10000.5}}'
    init = f'{{"time":"2026-10-08T07:30:29.470Z","type":"platform.initReport","record":{record}}}\n'
    report = AS_JSON.replace(',"initDurationMs":463.512', "")

    for more in ("", "said\n" * 400):
        assert read_tail(tail(init + more + report)).init_ms == 10000.5


def test_reports_of_many_invocations():
    log = f"{COLD}said\n{WARM}{INIT_REPORT}{TIMEOUT}{WARM}{RESTORED}{AS_JSON}"

    assert [report.init_ms for report in read_all(log)] == [110.10, None, 9999.79, None, None, 463.512]


def test_evidence_is_what_the_report_says():
    evidence = evidence_of_tail(tail(COLD))

    assert (evidence.source, evidence.request_id) == ("report", "45c5a7a5-f9b1-4b6c-9a57-0f7d2b7e3a1b")
    assert (evidence.init_ms, evidence.duration_ms, evidence.billed_ms) == (110.10, 3.01, 4)
    assert (evidence.memory_mb, evidence.memory_used_mb) == (128, 36)
    assert (evidence.instance, evidence.invocation, evidence.init_type) == (None, None, None)


def test_a_line_of_the_probe_names_the_instance():
    line = (
        "x-serverless-probe: v1;instance=ab12;n=3;init_start=99.5;init_end=100;type=provisioned-concurrency;now=150\n"
    )

    evidence = evidence_of_tail(tail("said\n" * 2000 + line + "END RequestId: 1\n" + WARM), received_s=1150.5)

    assert (evidence.source, evidence.duration_ms) == ("report", 3.01)
    assert (evidence.instance, evidence.invocation, evidence.init_type) == ("ab12", 3, "provisioned-concurrency")
    assert evidence.init_ended_s == 1100.5
    assert evidence.init_ms is None


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_what_our_invoker_writes_is_read(tmp_path, log_format):
    (tmp_path / f"reported_{log_format}.py").write_text(
        "def handler(event, context):\n    print('x' * event['size'])\n"
    )
    invoke = Invoker()
    settings = LambdaSettings(log_format=log_format)

    for size in (0, 500, 1500, 9000):
        outcome = invoke(
            f"reported_{log_format}.handler",
            {"size": size},
            code=tmp_path,
            check=False,
            settings=settings,
            memory_mb=256,
        )
        report = read_tail(log_tail(outcome.log))

        assert report.request_id == outcome.request_id
        assert (report.billed_ms, report.memory_mb) == (outcome.billed_ms, 256)
        assert report.memory_used_mb == outcome.memory_used_mb
        assert report.duration_ms == pytest.approx(outcome.duration_ms, abs=0.01)
        assert report.init_ms == (pytest.approx(outcome.init_ms, abs=0.01) if outcome.init_ms is not None else None)


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_what_our_invoker_writes_of_failures_is_read(tmp_path, log_format):
    (tmp_path / f"unread_{log_format}.py").write_text("raise RuntimeError('at import')\n")

    outcome = Invoker()(
        f"unread_{log_format}.handler", code=tmp_path, check=False, settings=LambdaSettings(log_format=log_format)
    )
    report = read_tail(log_tail(outcome.log))

    assert report.status == "error"
    assert report.error_type == outcome.failure.type
    assert report.init_ms is not None


def test_reading_a_tail_takes_microseconds():
    # A bound that a busy machine keeps too: the benchmark tells the figure.
    encoded = tail("said\n" * 2000 + WARM)
    start = time.process_time()
    for _ in range(500):
        evidence_of_tail(encoded)

    assert (time.process_time() - start) / 500 < 500e-6


def test_json_is_read_with_spaces_too():
    assert read_line(json.dumps(json.loads(AS_JSON))) == read_line(AS_JSON)
