"""Faults found in other emulators of Lambda, each with the test that it would fail."""

import json
import sys
import time

import pytest

from pytest_serverless import invoke


@pytest.mark.realtime
def test_a_handler_does_not_go_on_after_its_timeout(tmp_path):
    written = tmp_path / "written"

    def handler(event, context):
        time.sleep(0.2)
        written.write_text("too late")

    invoke(handler, timeout=0.05, check=False)
    time.sleep(0.3)

    assert not written.exists()


def test_a_result_larger_than_a_pipe_is_no_timeout():
    outcome = invoke(lambda event, context: "x" * 5_000_000, check=False)

    assert (outcome.status, len(outcome.payload)) == ("success", 5_000_002)


def test_an_uncaught_exception_does_not_end_the_sandbox():
    def handler(event, context):
        raise RuntimeError

    assert invoke(handler, check=False).status == "error"
    assert invoke(lambda event, context: "alive") == "alive"


def test_what_a_handler_prints_is_no_part_of_its_result():
    def handler(event, context):
        print('{"statusCode": 500}')
        return "result"

    assert invoke(handler, check=False).payload == b'"result"'


def test_an_error_has_its_trace_and_its_request():
    def handler(event, context):
        raise ValueError("wrong")

    body = invoke(handler, check=False, request_id="the-id").value

    assert list(body) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert body["requestId"] == "the-id"
    assert body["stackTrace"][0].startswith(f'  File "{__file__}", line ')


@pytest.mark.realtime
def test_a_timeout_names_the_request():
    outcome = invoke(lambda event, context: time.sleep(1), timeout=0.05, check=False, request_id="the-id")

    assert outcome.value["errorMessage"].startswith("RequestId: the-id Error: Task timed out")


def test_an_exit_is_told_as_an_exit():
    assert invoke(lambda event, context: sys.exit(0), check=False).value["errorType"] == "Runtime.ExitError"


def test_the_log_of_a_plain_function_is_not_empty():
    assert "said" in invoke(lambda event, context: print("said"), check=False).log


def test_a_raising_handler_is_not_answered_with_its_input():
    def handler(event, context):
        raise ValueError("wrong")

    assert json.loads(invoke(handler, {"in": 1}, check=False).payload) != {"in": 1}


def test_the_init_duration_comes_last(tmp_path):
    (tmp_path / "reported.py").write_text("def handler(e, c): pass\n")

    report = invoke("reported.handler", code=tmp_path, check=False).log.splitlines()[-1]

    assert [field.partition(":")[0] for field in report.split("\t")] == [
        "REPORT RequestId",
        "Duration",
        "Billed Duration",
        "Memory Size",
        "Max Memory Used",
        "Init Duration",
        "",
    ]


def test_a_result_that_is_no_json_is_not_handed_back_as_it_is():
    assert invoke(lambda event, context: {1}, check=False).value["errorType"] == "Runtime.MarshalError"


@pytest.mark.parametrize("size", [6_291_557, 7_000_000])
def test_a_response_over_the_limit_is_not_let_through(size):
    value = invoke(lambda event, context: "x" * size, check=False).value

    assert value["errorType"] == "Function.ResponseSizeTooLarge"


def test_the_context_is_made_anew_for_each_request():
    def handler(event, context):
        return [context.aws_request_id, context.log_stream_name]

    first, second = invoke(handler), invoke(handler)

    assert first[0] != second[0]
    assert "[$LATEST]" in first[1]


def test_remaining_time_is_that_of_the_function():
    assert 880_000 < invoke(lambda event, context: context.get_remaining_time_in_millis(), timeout=900) <= 900_000
