"""The same handlers under AWS's own runtime interface client and under `invoke`: the same bytes."""

import json
import sys
from types import SimpleNamespace

import pytest

pytest.importorskip("awslambdaric")

from pytest_serverless import invoke
from pytest_serverless.invocation.aws import PAYLOAD_LIMIT, LambdaRuntime
from tests.invocation.corpus.answers import CASES
from tests.invocation.ric import CORPUS, RuntimeClient

pytestmark = [pytest.mark.realtime, pytest.mark.xdist_group("runtime-client")]

ID = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"


def _ours(handler, event=None, **options):
    return invoke(handler, event, code=CORPUS, request_id=ID, name="corpus", check=False, timeout=30, **options)


def _environment(handler="answers.handler"):
    runtime = LambdaRuntime()
    function = runtime.function(name="corpus", handler=handler)
    call = runtime.call(
        function, clock=SimpleNamespace(now=lambda: 1_795_000_000.0), request_id=ID, context=None, options={}
    )
    return {**runtime.environment(call), "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/23/[$LATEST]0123"}


@pytest.fixture(scope="module")
def client():
    started = {}

    def start(handler):
        if handler not in started:
            started[handler] = RuntimeClient(handler, _environment(handler))
        return started[handler]

    yield start
    for running in started.values():
        running.close()


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_result_or_an_error_is_the_same_to_the_byte(client, case):
    theirs = client("answers.handler").invoke(ID, {"case": case})

    ours = _ours("answers.handler", {"case": case})

    assert ours.payload == theirs.body
    assert ours.status == {"response": "success", "error": "error"}[theirs.kind]


@pytest.mark.parametrize(
    "event", [None, "text", 1, [], {}, {"ü": "\u2028", "n": [1.0, -0.0, 1e300]}, {"deep": [[[[{}]]]]}], ids=repr
)
def test_an_event_comes_back_the_same(client, event):
    theirs = client("answers.echo").invoke(ID, event)

    assert _ours("answers.echo", event).payload == theirs.body


def test_the_context_is_the_same(client):
    client_context = {
        "custom": {"k": "v"},
        "env": {"e": "1"},
        "client": {"app_title": "t"},
        "w3c": {"traceparent": "00-1"},
    }
    identity = {"cognitoIdentityId": "id", "cognitoIdentityPoolId": "pool"}
    theirs = client("answers.describe").invoke(
        ID,
        {},
        **{
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:corpus",
            "Lambda-Runtime-Client-Context": json.dumps(client_context),
            "Lambda-Runtime-Cognito-Identity": json.dumps(identity),
        },
    )

    ours = _ours(
        "answers.describe",
        {},
        client_context=client_context,
        cognito_identity=identity,
        env={"AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/23/[$LATEST]0123"},
    )

    expected = json.loads(theirs.body)
    stream = ours.value["stream"]
    assert stream.startswith("20")
    assert "[$LATEST]" in stream
    replaced = json.loads(ours.payload.decode().replace(stream, "2026/11/23/[$LATEST]0123"))
    assert replaced == expected


def test_the_variables_are_the_same(client):
    names = [name for name, value in _environment().items() if value is not None]
    names.remove("AWS_LAMBDA_LOG_STREAM_NAME")
    names.remove("AWS_LAMBDA_RUNTIME_API")
    names.remove("LAMBDA_TASK_ROOT")
    names.remove("_HANDLER")
    theirs = client("answers.variables").invoke(ID, {"names": names})

    assert _ours("answers.variables", {"names": names}).payload == theirs.body


@pytest.mark.parametrize(
    "handler",
    [
        "needs_missing.handler",
        "imports_missing_name.handler",
        "not_there.handler",
        "not_there.deeper.handler",
        "not/there.handler",
        "answers.not_there",
        "answers",
        "sys.handler",
        "bad_syntax.handler",
        "fails_at_import.handler",
    ],
)
def test_a_handler_that_cannot_be_loaded_is_told_of_in_the_same_bytes(handler):
    running = RuntimeClient(handler, _environment(handler))
    try:
        theirs = running.answer()
    finally:
        running.close()

    ours = _ours(handler, {})

    assert (ours.status, theirs.kind) == ("init_error", "init/error")
    assert ours.payload == theirs.body


@pytest.mark.parametrize(("code", "status"), [(0, 0), (None, 0), (3, 3), ("text", 1)])
def test_an_exit_ends_the_process_without_an_answer(code, status):
    running = RuntimeClient("exits.handler", _environment())
    try:
        theirs = running.invoke(ID, {"code": code})
    finally:
        running.close()

    ours = _ours("exits.handler", {"code": code})

    assert (theirs.kind, theirs.exit_code) == ("exit", status)
    assert ours.status == "exit"
    reason = f"with error: exit status {status}" if status else "without providing a reason"
    assert json.loads(ours.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {ID} Error: Runtime exited {reason}",
    }


def test_an_exit_at_import_ends_the_process_too():
    running = RuntimeClient("exits_at_import.handler", _environment())
    try:
        theirs = running.answer()
    finally:
        running.close()

    assert (theirs.kind, theirs.exit_code) == ("exit", 3)
    assert _ours("exits_at_import.handler", {}).status == "exit"


@pytest.mark.parametrize("over", [0, 1])
def test_the_largest_response_is_the_same_and_one_byte_more_is_refused(client, over):
    event = {"size": PAYLOAD_LIMIT - 2 + over}
    theirs = client("answers.large").invoke(ID, event)

    ours = _ours("answers.large", event)

    assert len(theirs.body) == PAYLOAD_LIMIT + over
    if over:
        assert json.loads(ours.payload) == {
            "errorMessage": f"Response payload size exceeded maximum allowed payload size ({PAYLOAD_LIMIT} bytes).",
            "errorType": "Function.ResponseSizeTooLarge",
        }
    else:
        assert ours.payload == theirs.body


def test_what_is_written_is_the_same():
    running = RuntimeClient("answers.write", _environment())
    answer = running.invoke(ID, {})
    written = running.close().decode()

    ours = _ours("answers.write", {})

    assert answer.body == ours.payload
    shown = "".join(ours.log.partition("Version: $LATEST\n")[2].partition("END RequestId")[0])
    assert _without_times(shown) == _without_times(written)


def _without_times(text):
    import re

    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>", text)


def test_an_uncaught_error_is_logged_in_the_same_words():
    running = RuntimeClient("answers.handler", _environment())
    running.invoke(ID, {"case": "raises"})
    written = running.close().decode().replace("\r", "\n")

    ours = _ours("answers.handler", {"case": "raises"})

    assert ours.log.partition("Version: $LATEST\n")[2].partition("END RequestId")[0] == written


def test_the_corpus_is_not_left_behind():
    assert "answers" not in sys.modules
    assert str(CORPUS) not in sys.path
