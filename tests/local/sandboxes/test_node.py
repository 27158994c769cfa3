"""What Node.js handlers get and what their callers get back, as AWS documents it; `test_node_parity` has the rest.

Sources, of 2026-11: https://docs.aws.amazon.com/lambda/latest/dg/ nodejs-handler.html, nodejs-context.html,
nodejs-exceptions.html, nodejs-logging.html, configuration-response-streaming.html, packaging-layers.html.
"""

import json
import re
import statistics
import time

import pytest

pytest.importorskip("httptools")

from tests.local.sandboxes.node_runs import CORPUS, needs_node, nodejs_function, run

pytestmark = [pytest.mark.realtime, needs_node]


def _write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.fixture(scope="module")
def ran():
    """Many invocations in one process, by their case."""
    cases = ["callback waits", "callback does not wait", "async large", "context", "custom error", "async", "console"]
    done = run(nodejs_function(CORPUS, "answers.handler"), [{"case": case, "value": [1]} for case in cases])
    return dict(zip(cases, done.answers, strict=True)), done


def test_an_async_handler_answers_with_its_value(ran):
    assert ran[0]["async"].body == b'{"echoed":[1]}'


def test_what_calls_back_waits_for_the_event_loop_unless_it_says_otherwise(ran):
    assert ran[0]["callback waits"].value == {"waited": True}
    assert ran[0]["callback does not wait"].value == "at once"


def test_a_large_response_is_whole(ran):
    assert len(ran[0]["async large"].body) == 1_000_002


def test_the_context_has_what_is_documented(ran):
    fields = ran[0]["context"].value["fields"]

    assert fields == {
        "callbackWaitsForEmptyEventLoop": True,
        "functionName": "corpus",
        "functionVersion": "$LATEST",
        "invokedFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:corpus",
        "memoryLimitInMB": "128",
        "awsRequestId": "id-3",
        "logGroupName": "/aws/lambda/corpus",
        "logStreamName": "2026/11/23/[$LATEST]0123",
    }
    assert ran[0]["context"].value["remaining"]


def test_an_error_is_told_with_type_message_and_trace(ran):
    answer = ran[0]["custom error"]

    assert (answer.kind, answer.value["errorType"]) == ("error", "OutOfTeaError")
    assert answer.value["errorMessage"] == "no tea\nat all %7F"
    assert answer.value["trace"][0] == "OutOfTeaError: no tea"
    assert answer.headers["lambda-runtime-function-error-type"] == "OutOfTeaError"


def test_a_log_line_has_time_request_and_level(ran):
    line = next(line for line in ran[1].lines if "one two" in line)

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\tid-6\tINFO\tone two and 3 \{ four: \[ 5 \] \}", line)


def test_an_invocation_does_not_wait_for_the_one_before_on_the_wire(ran):
    """Two writes to a connection that delays acknowledgements cost 40 ms each."""
    events = [{"case": "async", "value": number} for number in range(50)]
    done = run(nodejs_function(CORPUS, "answers.handler"), events)

    assert [answer.value["echoed"] for answer in done.answers] == list(range(50))
    assert statistics.median(done.took_ms) < 20


def test_a_module_that_is_not_there_is_an_import_error_with_its_require_stack():
    [answer] = run(nodejs_function(CORPUS, "broken/imports.handler"), [{}]).answers

    assert answer.kind == "init/error"
    assert answer.value["errorType"] == "Runtime.ImportModuleError"
    assert answer.value["errorMessage"].startswith(
        f"Error: Cannot find module 'not-installed'\nRequire stack:\n- {CORPUS}/broken/imports.js"
    )
    assert answer.headers["lambda-runtime-function-error-type"] == "Runtime.ImportModuleError"


def test_an_error_at_the_top_of_the_module_ends_the_process():
    done = run(nodejs_function(CORPUS, "broken/later.handler"), [{}])

    assert done.answers[0].value["errorType"] == "Runtime.HandlerNotFound"
    assert done.exit_code == 129


def test_callbacks_are_refused_from_nodejs_24_on_and_taken_before():
    events = [{"case": "callback"}]
    before = run(nodejs_function(CORPUS, "answers.handler", runtime="nodejs22.x"), events)
    since = run(nodejs_function(CORPUS, "answers.handler", runtime="nodejs24.x"), events)

    assert before.answers[0].value == {"called": "back"}
    assert since.answers[0].kind == "init/error"
    assert since.answers[0].value["errorType"] == "Runtime.CallbackHandlerDeprecated"
    assert "has removed support for callback-based function handlers" in since.answers[0].value["errorMessage"]


def test_from_nodejs_24_on_an_error_that_nobody_caught_just_ends_the_process(tmp_path):
    _write(tmp_path, {"index.mjs": "export const handler = () => new Promise(() => setTimeout(() => { throw 1 }));"})
    done = run(nodejs_function(tmp_path, "index.handler", runtime="nodejs24.x"), [{}])

    assert (done.answers[0].kind, done.exit_code) == ("exit", 1)


def test_the_default_export_is_searched_from_nodejs_24_on(tmp_path):
    _write(tmp_path, {"index.mjs": "export default { handler: async () => 'default' };"})

    assert run(nodejs_function(tmp_path, "index.handler", runtime="nodejs24.x"), [{}]).answers[0].value == "default"
    before = run(nodejs_function(tmp_path, "index.handler"), [{}]).answers[0].value
    assert before["errorMessage"] == "index.handler is undefined or not exported"


@pytest.mark.parametrize(("case", "message"), [("fails", "midway"), ("too late", "Cannot set content-type, too late.")])
def test_a_stream_that_fails_is_an_error(case, message):
    done = run(nodejs_function(CORPUS, "streams.handler"), [{"case": case}, {"case": "text"}])

    assert (done.answers[0].kind, done.answers[0].value["errorMessage"]) == ("error", message)
    assert done.answers[1].body == b"one, two"


def test_a_stream_is_for_async_handlers_alone():
    [answer] = run(nodejs_function(CORPUS, "streams.synchronous"), [{}]).answers

    assert answer.value["errorMessage"] == "Streaming does not support non-async handlers."


@pytest.mark.parametrize("handler", ["common.handler", "module.handler"])
def test_modules_are_found_in_layers_and_the_last_layer_overlays_the_others(tmp_path, handler):
    code, one, two = tmp_path / "code", tmp_path / "one", tmp_path / "two"
    names = {
        one / "nodejs/node_modules/both": "first",
        two / "nodejs/node_modules/both": "second",
        one / "nodejs/node_modules/only": "only in the first",
        one / "nodejs/node_modules/exact": "for any version",
        one / "nodejs/node20/node_modules/exact": "for this version",
    }
    for folder, name in names.items():
        _write(folder, {"index.js": f"exports.name = '{name}';"})
    returned = "handler = async () => [both.name, only.name, exact.name];"
    required = "const [both, only, exact] = ['both', 'only', 'exact'].map(require);"
    imported = "import both from 'both'; import only from 'only'; import exact from 'exact';"
    _write(code, {"common.js": f"{required} exports.{returned}", "module.mjs": f"{imported} export const {returned}"})

    [answer] = run(nodejs_function(code, handler, layers=(one, two)), [{}]).answers

    assert answer.value == ["second", "only in the first", "for this version"]


def test_the_process_ends_with_the_platform():
    begun = time.perf_counter()
    done = run(nodejs_function(CORPUS, "answers.handler"), [{"case": "async"}])

    assert (done.exit_code, done.answers[0].kind) == (1, "response")
    assert time.perf_counter() - begun < 10


def test_json_logs_have_their_fields():
    done = run(nodejs_function(CORPUS, "answers.handler"), [{"case": "console"}], env={"AWS_LAMBDA_LOG_FORMAT": "JSON"})

    entries = [json.loads(line) for line in done.lines if line.startswith("{")]
    assert (
        entries[0].items() >= {"level": "INFO", "requestId": "id-0", "message": "one two and 3 { four: [ 5 ] }"}.items()
    )
    assert entries[3]["message"] == {"a": 1}
    assert [entry["level"] for entry in entries] == ["INFO", "INFO", "WARN", "ERROR", "DEBUG", "TRACE", "FATAL"]
