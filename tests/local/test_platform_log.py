import json

import pytest

from pytest_serverless.local.platform_log import TextLog, as_json, printable
from tests.local.happenings import REQUEST, SANDBOX, app, event, failed, function, line, report, sandbox_started

RESIZE = function("Resize")


def texts(*events, of=None):
    log = TextLog(of or app())
    return [each.text for one in events for each in log.lines(one)]


def test_a_cold_invocation_is_the_log_that_the_provider_shows_line_for_line():
    lines = [line("hello"), line("two\nlines")]
    end = report(RESIZE, lines=lines, init_ms=110.1)

    shown = texts(sandbox_started(), event("start"), *(event("log", line=each) for each in lines), end)

    assert shown == end.record["outcome"].log.splitlines()
    assert shown[0] == "INIT_START Runtime Version: python:3.12.v1"
    assert shown[1] == f"START RequestId: {REQUEST} Version: $LATEST"
    assert shown[-1].startswith(f"REPORT RequestId: {REQUEST}\tDuration: 12.35 ms\tBilled Duration: ")


def test_a_warm_invocation_has_started_before_it_says_anything():
    log = TextLog(app())
    for each in (sandbox_started(), event("start"), report(RESIZE, init_ms=1.0)):
        list(log.lines(each))

    assert [each.text for each in log.lines(event("start", request_id="second"))] == [
        "START RequestId: second Version: $LATEST"
    ]


def test_the_report_of_a_failed_init_comes_before_the_start():
    failure = failed()
    end = report(RESIZE, status="init_error", failure=failure, init_ms=5.0)

    shown = texts(sandbox_started(), event("start"), end)

    assert [each.partition(" ")[0] for each in shown][:3] == ["INIT_START", "INIT_REPORT", "START"]


def test_lines_are_shown_when_they_are_written_and_not_again_at_the_end():
    log = TextLog(app())
    written = [line("same"), line("same")]
    now = [list(log.lines(each)) for each in (event("start"), *(event("log", line=each) for each in written))]

    rest = [each.text for each in log.lines(report(RESIZE, lines=written))]

    assert [each.text for found in now[1:] for each in found] == ["same", "same"]
    assert [each.partition(" ")[0] for each in rest] == ["END", "REPORT"]


def test_what_the_init_phase_writes_comes_before_the_start_and_once():
    early = event("log", request_id="", line=line("importing"))
    shown = texts(sandbox_started(), event("start"), early, report(RESIZE, lines=[line("importing")], init_ms=5.0))

    assert [each.partition(" ")[0] for each in shown] == ["INIT_START", "importing", "START", "END", "REPORT"]


def test_a_line_that_nobody_told_of_is_shown_at_the_end():
    shown = texts(event("start"), report(RESIZE, lines=[line("late")]))

    assert shown[1] == "late"


def test_invocations_at_once_do_not_take_each_others_lines():
    log = TextLog(app())
    first, second = {"sandbox": "a", "request_id": "1"}, {"sandbox": "b", "request_id": "2"}
    for each in (event("start", **first), event("start", **second), event("log", line=line("x"), **first)):
        list(log.lines(each))

    rest = [each.text for each in log.lines(report(RESIZE, lines=[line("x")], **second))]

    assert rest[0] == "x"


def test_a_function_that_logs_as_json_is_shown_with_the_records_of_the_platform():
    json_function = function("Resize", log_format="JSON")
    shown = texts(
        sandbox_started(),
        event("start"),
        event("log", line=line("hi", "log", "INFO")),
        report(json_function, lines=[line("hi", "log", "INFO")], init_ms=3.0),
        of=app(json_function),
    )

    found = [json.loads(each) for each in shown]
    assert sorted(each.get("type", each.get("message")) for each in found) == [
        "hi",
        "platform.initStart",
        "platform.report",
        "platform.start",
    ]


def test_a_throttle_is_a_warning_with_its_reason():
    (shown,) = TextLog(app()).lines(event("throttle", reason="ReservedFunctionConcurrentInvocationLimitExceeded"))

    assert shown.is_warning
    assert "ReservedFunctionConcurrentInvocationLimitExceeded" in shown.text


def test_nothing_is_kept_of_invocations_that_never_end():
    log = TextLog(app())
    for each in (sandbox_started(), event("start"), event("log", line=line("x"))):
        list(log.lines(each))

    list(log.lines(event("sandbox_ended", "", request_id="", why="gone")))

    assert not log._shown
    assert not log._fresh


@pytest.mark.parametrize(
    "text",
    ["\x1b[2J\x1b[31mred", "a\rb\x08", "\x9b31m", "\x7f", "safe \u202e evil", "\ud800", "line\u2028sep", "\x00"],
)
def test_what_a_function_writes_cannot_move_the_cursor(text):
    shown = printable(text)

    assert not any(ord(each) < 32 or 0x7F <= ord(each) < 0xA0 for each in shown)
    assert not set("\u202e\u2028\ud800") & set(shown)
    shown.encode()


def test_plain_text_of_any_language_is_left_as_it_is():
    text = "Grüße\t日本語 👨‍👩‍👧 [bold]not markup[/bold]"

    assert printable(text) == text


def record(happened, of=None):
    return json.loads(as_json(happened, of or app()))


def test_the_json_of_a_report_is_that_of_the_telemetry_api():
    # https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report
    found = record(report(RESIZE, init_ms=110.123))

    assert found["type"] == "platform.report"
    assert found["time"].endswith("Z")
    assert (found["function"], found["sandbox"]) == ("Resize", SANDBOX)
    assert found["record"] == {
        "requestId": REQUEST,
        "metrics": {
            "durationMs": 12.345,
            "billedDurationMs": 123,
            "memorySizeMB": 256,
            "maxMemoryUsedMB": 40,
            "initDurationMs": 110.123,
        },
        "status": "success",
    }


def test_the_json_of_an_init_phase_tells_whether_it_was_provisioned():
    assert record(sandbox_started())["record"] == {
        "initializationType": "on-demand",
        "phase": "init",
        "runtimeVersion": "python:3.12.v1",
        "functionName": "shop-Resize",
        "functionVersion": "$LATEST",
    }
    assert record(sandbox_started(provisioned=True))["record"]["initializationType"] == "provisioned-concurrency"


def test_the_json_of_a_failure_has_its_type():
    found = record(report(RESIZE, status="error", failure=failed()))

    assert (found["record"]["status"], found["record"]["errorType"]) == ("error", "KeyError")


@pytest.mark.parametrize(
    ("happened", "kind"),
    [
        (sandbox_started(), "platform.initStart"),
        (event("init", ms=12.0, error="Runtime.ExitError"), "platform.initReport"),
        (event("start"), "platform.start"),
        (event("log", line=line("x")), "function"),
        (event("arrival", cause="GET /"), "platform.arrival"),
        (event("throttle", reason="CallerRateLimitExceeded"), "platform.throttle"),
        (event("sandbox_ended", "", why="idle"), "platform.sandboxEnded"),
        (event("reload"), "platform.reload"),
        (event("note", "", text="hello"), "platform.note"),
    ],
)
def test_everything_that_happens_has_a_line_of_json(happened, kind):
    assert record(happened)["type"] == kind


def test_a_line_of_json_is_one_line_and_holds_no_control_character():
    text = as_json(event("log", line=line("a\nb\x9b\x7f\u202e\ud83d é")), app())

    assert json.loads(text)["record"] == "a\nb\x9b\x7f\u202e\ud83d é"
    assert all(each.isprintable() for each in text)
    assert text.encode()
