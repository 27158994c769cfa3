"""The handlers of the parity corpus, invoked by boto3: the payloads are those of AWS's own client, to the byte."""

import base64
import io
import json
import re
import sys

import pytest

pytest.importorskip("awslambdaric")

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.invocation.aws import PAYLOAD_LIMIT, LambdaRuntime
from pytest_serverless.local.sandboxes.variables import call_of
from pytest_serverless.templates import load
from tests.invocation.corpus.answers import CASES
from tests.invocation.ric import CORPUS, RuntimeClient

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows"),
]

EVENTS = [None, "text", 1, [], {}, {"ü": "\u2028", "n": [1.0, -0.0, 1e300]}, {"deep": [[[[{}]]]]}]
UNLOADABLE = [
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
]
WORKING = ["answers.handler", "answers.echo", "answers.describe", "answers.variables", "answers.large", "answers.write"]
HANDLERS = [*WORKING, "exits.handler", "exits_at_import.handler", *UNLOADABLE]
RUNTIME = f"python3.{sys.version_info[1]}"

LOG_OF_ONE = re.compile(
    r"(?:INIT_START Runtime Version: \S+\n)?START RequestId: (?P<id>\S+) Version: \$LATEST\n(?P<written>.*?)"
    r"END RequestId: (?P=id)\nREPORT RequestId: (?P=id)\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\t"
    r"Memory Size: 128 MB\tMax Memory Used: \d+ MB\t(?:Init Duration: \d+\.\d\d ms\t)?(?P<status>.*)\n",
    re.DOTALL,
)


def function_of(handler):
    return f"F{HANDLERS.index(handler)}"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    resources = {
        function_of(handler): {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": f"corpus-{number}",
                "Handler": handler,
                "Runtime": RUNTIME,
                "Code": str(CORPUS),
                "Timeout": 20,
                "MemorySize": 128,
            },
        }
        for number, handler in enumerate(HANDLERS)
    }
    path = tmp_path_factory.mktemp("corpus") / "template.json"
    path.write_text(json.dumps({"Resources": resources}))
    return path


@pytest.fixture(scope="module")
def platform(template, start_platform):
    return start_platform(template, backends=False)


@pytest.fixture(scope="module")
def invoke(platform):
    """Invoke by boto3; return the response, its payload read and its log decoded."""
    client = platform.client("lambda")

    def invoke(handler, event, **options):
        function, payload = platform.functions[function_of(handler)], json.dumps(event).encode()
        found = client.invoke(FunctionName=function, Payload=payload, LogType="Tail", **options)
        found["Payload"] = found["Payload"].read()
        found["Log"] = base64.b64decode(found["LogResult"]).decode()
        return found

    return invoke


@pytest.fixture(scope="module")
def environment(template):
    """The variables of a handler under AWS's client alone."""
    app = load(template)

    def environment(handler):
        return LambdaRuntime().environment(call_of(app.functions[function_of(handler)], "", "0" * 32))

    return environment


@pytest.fixture(scope="module")
def bare(environment):
    """Handlers under AWS's client alone, by what their payload is to be for."""
    started = {}

    def start(handler):
        if handler not in started:
            started[handler] = RuntimeClient(handler, environment(handler))
        return started[handler]

    yield start
    for running in started.values():
        running.close()


def id_of(response):
    return response["ResponseMetadata"]["RequestId"]


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_result_or_an_error_is_the_same_to_the_byte(invoke, bare, case):
    ours = invoke("answers.handler", {"case": case})

    theirs = bare("answers.handler").invoke(id_of(ours), {"case": case})
    assert ours["Payload"] == theirs.body
    assert (ours["StatusCode"], ours.get("FunctionError")) == (200, {"error": "Unhandled"}.get(theirs.kind))
    assert ours["ExecutedVersion"] == "$LATEST"


@pytest.mark.parametrize("event", EVENTS, ids=repr)
def test_an_event_comes_back_the_same(invoke, bare, event):
    ours = invoke("answers.echo", event)

    assert ours["Payload"] == bare("answers.echo").invoke(id_of(ours), event).body


def test_the_context_is_the_same(invoke, environment):
    context = {"custom": {"k": "v"}, "env": {"e": "1"}, "client": {"app_title": "t"}}
    encoded = base64.b64encode(json.dumps(context).encode()).decode()

    ours = invoke("answers.describe", {}, ClientContext=encoded)

    shown = json.loads(ours["Payload"])
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST][0-9a-f]{32}", shown["stream"])
    name = f"corpus-{HANDLERS.index('answers.describe')}"
    running = RuntimeClient(
        "answers.describe", {**environment("answers.describe"), "AWS_LAMBDA_LOG_STREAM_NAME": shown["stream"]}
    )
    try:
        theirs = running.invoke(
            id_of(ours),
            {},
            **{
                "Lambda-Runtime-Invoked-Function-Arn": LambdaSettings().invoked_arn(name),
                "Lambda-Runtime-Client-Context": json.dumps(context),
            },
        )
    finally:
        running.close()
    assert ours["Payload"] == theirs.body


@pytest.mark.parametrize("handler", UNLOADABLE)
def test_a_handler_that_cannot_be_loaded_is_told_of_in_the_same_bytes(invoke, environment, handler):
    running = RuntimeClient(handler, environment(handler))
    try:
        theirs = running.answer()
    finally:
        running.close()

    ours = invoke(handler, {})

    assert theirs.kind == "init/error"
    assert (ours["FunctionError"], ours["Payload"]) == ("Unhandled", theirs.body)


@pytest.mark.parametrize(
    ("handler", "code", "reason"),
    [
        ("exits.handler", 0, "without providing a reason"),
        ("exits.handler", 3, "with error: exit status 3"),
        ("exits_at_import.handler", 3, "with error: exit status 3"),
    ],
)
def test_an_exit_is_told_of_in_the_platforms_words(invoke, handler, code, reason):
    ours = invoke(handler, {"code": code})

    assert ours["FunctionError"] == "Unhandled"
    assert json.loads(ours["Payload"]) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {id_of(ours)} Error: Runtime exited {reason}",
    }


@pytest.mark.parametrize("over", [0, 1])
def test_the_largest_response_is_the_same_and_one_byte_more_is_refused(invoke, bare, over):
    event = {"size": PAYLOAD_LIMIT - 2 + over}
    ours = invoke("answers.large", event)

    if over:
        assert ours["FunctionError"] == "Unhandled"
        assert json.loads(ours["Payload"])["errorType"] == "Function.ResponseSizeTooLarge"
    else:
        assert "FunctionError" not in ours
        assert ours["Payload"] == bare("answers.large").invoke(id_of(ours), event).body


def test_the_log_is_that_of_the_invocation(invoke, platform):
    ours = invoke("answers.write", {})

    log = LOG_OF_ONE.fullmatch(ours["Log"])
    assert (log["id"], log["status"]) == (id_of(ours), "")
    for line in ("printed", "to stderr", "[WARNING]", "warned once", "[ERROR]", "said by context"):
        assert line in log["written"], line
    assert f"REPORT RequestId: {id_of(ours)}" in platform.logs


def test_the_tail_of_a_failure_has_what_the_platform_says_of_it(invoke):
    ours = invoke("answers.handler", {"case": "raises"})

    log = LOG_OF_ONE.fullmatch(ours["Log"])
    assert log["written"].startswith("[ERROR] OrderError: from below\nTraceback (most recent call last):\n")


def test_a_payload_may_be_a_stream(platform):
    client = platform.client("lambda")
    sent = io.BytesIO(b'{"a": [1, 2]}')

    found = client.invoke(FunctionName=platform.functions[function_of("answers.echo")], Payload=sent)

    assert json.load(found["Payload"]) == {"a": [1, 2]}
