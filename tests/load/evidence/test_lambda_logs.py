"""What CloudWatch Logs tells of sandboxes: by lines as recorded, and by those that our own invoker writes."""

import random

import pytest

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.invocation.invoker import Invoker
from pytest_serverless.load.evidence.lambda_logs import LogEvent, read_events

NOON = 1_795_435_200.0


def start(at_s, stream="s1"):
    return LogEvent(NOON + at_s, stream, "INIT_START Runtime Version: python:3.12.v1\tRuntime Version ARN: arn:aws:x\n")


def report(id_, at_s, stream="s1", *, ms=100.0, init=None, restore=None, more=""):
    parts = [
        f"REPORT RequestId: {id_}",
        f"Duration: {ms:.2f} ms",
        f"Billed Duration: {ms:.0f} ms",
        "Memory Size: 128 MB",
    ]
    parts += ["Max Memory Used: 36 MB"]
    parts += [f"Init Duration: {init:.2f} ms"] if init else []
    parts += [f"Restore Duration: {restore:.2f} ms", "Billed Restore Duration: 18 ms"] if restore else []
    return LogEvent(NOON + at_s, stream, "\t".join([*parts, more]) + "\n")


def noise(at_s, stream="s1"):
    return LogEvent(NOON + at_s, stream, "START RequestId: x Version: $LATEST\n")


def summary(log):
    return [
        (each.ids[0], each.evidence.invocation, each.waited) for each in sorted(log.invocations, key=lambda e: e.ids)
    ]


def test_a_cold_start_and_what_followed():
    log = read_events(
        [start(0), noise(0.4), report("a", 0.5, init=400), noise(0.6), report("b", 0.7), noise(1), report("c", 9)]
    )

    assert summary(log) == [("a", 1, True), ("b", 2, False), ("c", 3, False)]
    assert log.unread == 3
    [init] = log.inits
    assert (init.instance, init.started_s, init.ended_s) == ("s1", NOON, pytest.approx(NOON + 0.4, abs=1e-3))


def test_an_init_ahead_of_need_is_no_wait():
    log = read_events(
        [start(0, "ahead"), report("a", 300, "ahead", init=400), start(10, "now"), report("b", 10.6, "now", init=400)]
    )

    assert summary(log) == [("a", 1, False), ("b", 1, True)]
    assert len(log.inits) == 2


def test_an_init_that_served_nobody_is_an_init():
    log = read_events([start(0, "unused"), start(1, "used"), report("a", 1.5, "used", init=300)])

    assert len(log.inits) == 2
    assert len(log.invocations) == 1


def test_a_sandbox_from_before_the_log_has_no_numbers():
    log = read_events([report("a", 1), report("b", 2)])

    assert summary(log) == [("a", None, False), ("b", None, False)]
    assert log.inits == []


def test_a_report_tells_of_an_init_whose_start_is_not_in_the_log():
    log = read_events([report("a", 1, init=250, ms=50), report("b", 2)])

    assert summary(log) == [("a", 1, True), ("b", 2, False)]
    assert log.inits[0].started_s == pytest.approx(NOON + 0.7, abs=1e-3)


def test_a_restored_snapshot():
    log = read_events(
        [LogEvent(NOON, "s1", "RESTORE_START Runtime Version: java:21.v1\n"), report("a", 0.9, restore=500)]
    )

    assert summary(log) == [("a", 1, True)]
    assert log.invocations[0].evidence.init_type == "snap-start"
    assert log.invocations[0].evidence.restore_ms == 500


def test_an_init_that_failed_and_was_begun_again():
    failed = LogEvent(NOON + 10, "s1", "INIT_REPORT Init Duration: 9999.79 ms\tPhase: init\tStatus: timeout\n")
    log = read_events([start(0), failed, report("a", 14, ms=4000), report("b", 15)])

    assert summary(log) == [("a", 1, True), ("b", 2, False)]
    assert log.invocations[0].evidence.init_ms == 9999.79


def platform(kind, at_s, **record):
    import json

    time = f"2026-11-23T12:{int(at_s) // 60:02}:{at_s % 60:06.3f}Z"
    return LogEvent(NOON + at_s, "s1", json.dumps({"time": time, "type": f"platform.{kind}", "record": record}))


def test_provisioned_concurrency_in_json():
    metrics = {"durationMs": 20.0, "billedDurationMs": 20, "memorySizeMB": 128, "maxMemoryUsedMB": 64}
    log = read_events(
        [
            platform("initStart", 0, initializationType="provisioned-concurrency", phase="init"),
            platform("initReport", 0.5, phase="init", status="success", metrics={"durationMs": 480.0}),
            platform("report", 0.9, requestId="a", metrics=metrics, status="success"),
            platform("report", 2, requestId="b", metrics=metrics, status="success"),
        ]
    )

    assert summary(log) == [("a", 1, False), ("b", 2, False)]
    assert log.invocations[0].evidence.init_type == "provisioned-concurrency"
    assert log.inits[0].why == "provisioned-concurrency"


def test_without_streams_each_report_stands_alone():
    log = read_events(
        [start(0, ""), report("a", 0.5, "", init=400), report("b", 0.7, ""), report("c", 0.8, "", init=300)]
    )

    assert summary(log) == [("a", 1, True), ("b", None, False), ("c", 1, True)]


def test_the_order_of_events_does_not_matter():
    events = [
        event
        for n in range(20)
        for event in (
            start(n, f"s{n}"),
            report(f"a{n:02}", n + 0.6, f"s{n}", init=400),
            report(f"b{n:02}", n + 1, f"s{n}"),
        )
    ]
    straight = read_events(events)
    random.Random(1).shuffle(events)
    mixed = read_events(events)

    assert summary(mixed) == summary(straight)
    assert sum(waited for _, _, waited in summary(mixed)) == len(mixed.inits) == 20


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_what_our_invoker_writes_is_read(tmp_path, log_format):
    (tmp_path / f"logged_{log_format}.py").write_text("def handler(event, context):\n    print('said')\n")
    invoke = Invoker()
    options = {"code": tmp_path, "check": False, "settings": LambdaSettings(log_format=log_format)}
    cold, warm = (invoke(f"logged_{log_format}.handler", {}, **options) for _ in range(2))

    log = read_events(
        LogEvent(NOON + number, "2026/11/23/[$LATEST]ab", line)
        for number, outcome in enumerate((cold, warm))
        for line in outcome.log.splitlines(keepends=True)
    )

    assert [each.ids for each in log.invocations] == [(cold.request_id,), (warm.request_id,)]
    assert [each.evidence.invocation for each in log.invocations] == [1, 2]
    assert [each.evidence.init_ms is not None for each in log.invocations] == [True, False]
    assert len(log.inits) == 1
