"""The corpus under AWS's own client by itself, and in a sandbox: the same bytes; so under our own client."""

import json

import pytest

pytest.importorskip("awslambdaric")

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.invocation.aws import PAYLOAD_LIMIT, LambdaRuntime
from pytest_serverless.local.sandboxes.variables import call_of
from tests.invocation.corpus.answers import CASES
from tests.invocation.ric import CORPUS, RuntimeClient
from tests.local.sandboxes.house import CLIENTS, function_of, in_house, invocation_of

pytestmark = [pytest.mark.realtime, pytest.mark.xdist_group("sandbox-parity")]

ID = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:corpus"
EVENTS = [None, "text", 1, [], {}, {"ü": "\u2028", "n": [1.0, -0.0, 1e300]}, {"deep": [[[[{}]]]]}]
BAD_HANDLERS = [
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


def _environment(sandbox_id="0" * 32, runtime=None):
    function = function_of(
        "answers.handler", CORPUS, settings=LambdaSettings(**({"runtime": runtime} if runtime else {}))
    )
    return LambdaRuntime().environment(call_of(function, ID, sandbox_id))


def _in_one_sandbox(client, handler, events, **options):
    async def work(house):
        sandbox = house.make(handler, code=CORPUS)
        return [await sandbox.run(invocation_of(event, request_id=ID, **options)) for event in events]

    return in_house(work, client=client)


@pytest.fixture(scope="module")
def bare():
    started = {}

    def start(handler):
        if handler not in started:
            started[handler] = RuntimeClient(handler, _environment())
        return started[handler]

    yield start
    for running in started.values():
        running.close()


@pytest.mark.parametrize("client", CLIENTS)
def test_results_and_errors_are_the_same_to_the_byte(bare, client):
    cases = sorted(CASES)

    ran = _in_one_sandbox(client, "answers.handler", [{"case": case} for case in cases])

    for case, ours in zip(cases, ran, strict=True):
        theirs = bare("answers.handler").invoke(ID, {"case": case})
        expected = {"response": "success", "error": "error"}[theirs.kind]
        assert (case, ours.status, ours.payload) == (case, expected, theirs.body)


@pytest.mark.parametrize("client", CLIENTS)
def test_events_come_back_the_same(bare, client):
    payloads = [json.dumps(event).encode() for event in EVENTS] + [
        '{"ü": "\U0001f600"}'.encode(),
        b"not json",
        b"1e999",
    ]

    ran = _in_one_sandbox(client, "answers.echo", payloads)

    assert [ours.payload for ours in ran] == [bare("answers.echo").invoke(ID, payload).body for payload in payloads]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    "context",
    [
        {
            "custom": {"k": "ü \U0001f600"},
            "env": {"e": "1"},
            "client": {"app_title": "t"},
            "w3c": {"traceparent": "00-1"},
        },
        {},
        {"custom": None, "client": None},
    ],
    ids=repr,
)
def test_the_context_is_the_same(client, context):
    identity = json.dumps({"cognitoIdentityId": "id", "cognitoIdentityPoolId": "pool"})
    options = {"client_context": json.dumps(context), "cognito_identity": identity, "tenant_id": "blue"}

    async def work(house):
        sandbox = house.make("answers.describe", code=CORPUS)
        return sandbox.id, await sandbox.run(invocation_of({}, request_id=ID, invoked_arn=ARN, **options))

    sandbox_id, ours = in_house(work, client=client)

    stream = {**_environment(sandbox_id), "AWS_LAMBDA_FUNCTION_NAME": "deeds"}
    running = RuntimeClient("answers.describe", stream)
    theirs = running.invoke(
        ID,
        {},
        **{
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
            "Lambda-Runtime-Client-Context": options["client_context"],
            "Lambda-Runtime-Cognito-Identity": identity,
            "Lambda-Runtime-Aws-Tenant-Id": "blue",
        },
    )
    running.close()
    assert ours.payload == theirs.body


@pytest.mark.parametrize("client", CLIENTS)
def test_a_handler_that_cannot_be_loaded_is_told_of_in_the_same_bytes(client):
    async def work(house):
        return [await house.ran(handler, {}, code=CORPUS, id=handler) for handler in BAD_HANDLERS]

    ran = in_house(work, client=client)

    for handler, ours in zip(BAD_HANDLERS, ran, strict=True):
        running = RuntimeClient(handler, _environment())
        theirs = running.answer()
        running.close()
        assert theirs.kind == "init/error"
        assert (handler, ours.status, ours.payload) == (handler, "init_error", theirs.body)
        assert ours.failure.type == json.loads(theirs.body)["errorType"]
        assert json.loads(ours.payload)["requestId"] == ""


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("code", "why"),
    [
        (0, "without providing a reason"),
        (None, "without providing a reason"),
        (3, "with error: exit status 3"),
        ("text", "with error: exit status 1"),
    ],
)
def test_an_exit_is_told_of_in_the_words_of_the_platform(client, code, why):
    (ours,) = _in_one_sandbox(client, "exits.handler", [{"code": code}])

    message = f"RequestId: {ID} Error: Runtime exited {why}"
    assert ours.status == "exit"
    assert json.loads(ours.payload) == {"errorType": "Runtime.ExitError", "errorMessage": message}


@pytest.mark.parametrize("client", CLIENTS)
def test_an_exit_at_import_is_one_too(client):
    (ours,) = _in_one_sandbox(client, "exits_at_import.handler", [{}])

    assert ours.status == "exit"
    assert json.loads(ours.payload)["errorMessage"].endswith("exit status 3")


@pytest.mark.parametrize("client", CLIENTS)
def test_the_largest_response_is_sent_and_one_byte_more_is_refused(bare, client):
    largest, over, after = _in_one_sandbox(
        client, "answers.large", [{"size": size} for size in (PAYLOAD_LIMIT - 2, PAYLOAD_LIMIT - 1, 3)]
    )

    assert largest.payload == bare("answers.large").invoke(ID, {"size": PAYLOAD_LIMIT - 2}).body
    assert over.status == "error"
    assert over.payload == (
        b'{"errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).", '
        b'"errorType": "Function.ResponseSizeTooLarge"}'
    )
    assert (after.status, after.payload) == ("success", b'"xxx"')


@pytest.mark.parametrize("runtime", ["python3.11", "python3.13"])
@pytest.mark.parametrize("client", CLIENTS)
def test_text_is_escaped_as_the_runtime_does(client, runtime):
    async def work(house):
        function = function_of("answers.echo", CORPUS, settings=LambdaSettings(runtime=runtime))
        return await house.make(function=function).run(invocation_of({"k": "ü"}))

    ours = in_house(work, client=client)

    running = RuntimeClient("answers.echo", _environment(runtime=runtime))
    theirs = running.invoke(ID, {"k": "ü"})
    running.close()
    assert ours.payload == theirs.body
