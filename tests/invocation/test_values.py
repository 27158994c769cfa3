"""What goes in and what comes back."""

import json
import sys

import pytest

from pytest_serverless import LambdaContext, LambdaSettings, Outcome, invoke
from pytest_serverless.errors import (
    FunctionExitError,
    InvalidParameterError,
    InvalidPayloadError,
    InvalidResponseError,
    PayloadTooLargeError,
    UnknownNameError,
)
from pytest_serverless.invocation.aws import PAYLOAD_LIMIT


def echo(event, context):
    return event


def test_the_value_is_what_the_caller_reads_not_what_the_handler_returned():
    assert invoke(lambda event, context: {"pair": (1, 2), 3: None}) == {"pair": [1, 2], "3": None}


def test_the_handler_gets_plain_json_that_nobody_shares():
    shared = {"a": 1}
    event = {"first": shared, "second": shared, "tuple": (1, 2)}
    seen = []

    invoke(lambda event, context: seen.append(event), event)

    assert seen == [{"first": {"a": 1}, "second": {"a": 1}, "tuple": [1, 2]}]
    assert seen[0]["first"] is not seen[0]["second"]
    seen[0]["first"]["a"] = 2
    assert shared == {"a": 1}


def test_an_event_of_bytes_is_sent_as_it_is():
    assert invoke(echo, b'{"a": 1.50}') == {"a": 1.5}


def test_the_handlers_own_exception_is_raised_with_its_own_traceback():
    def handler(event, context):
        raise LookupError(event["what"])

    with pytest.raises(LookupError, match="the thing") as caught:
        invoke(handler, {"what": "the thing"})

    assert [entry.name for entry in caught.traceback if not entry.ishidden(caught)][-1] == "handler"
    assert all("pytest_serverless" not in str(entry.path) for entry in caught.traceback if not entry.ishidden(caught))


def test_without_check_the_outcome_says_what_the_platform_answers():
    def handler(event, context):
        raise LookupError("gone")

    outcome = invoke(handler, {}, check=False, request_id="the-id")

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.ok, outcome.request_id, outcome.provider) == ("error", False, "the-id", "aws")
    assert outcome.value == json.loads(outcome.payload)
    assert outcome.value["errorType"] == outcome.failure.type == "LookupError"
    assert isinstance(outcome.failure.exception, LookupError)


def test_a_success_has_its_payload_and_no_failure():
    outcome = invoke(echo, {"a": 1}, check=False)

    assert (outcome.ok, outcome.payload, outcome.value, outcome.failure) == (True, b'{"a": 1}', {"a": 1}, None)


@pytest.mark.parametrize("event", [{"when": object()}, {"n": float("nan")}, {1: {2}}])
def test_an_event_that_is_not_json_is_refused(event):
    with pytest.raises(InvalidPayloadError, match=r"is not JSON.*Lambda sends JSON alone"):
        invoke(echo, event)


def test_corrupt_json_is_refused_as_the_service_does():
    with pytest.raises(InvalidPayloadError, match=r"It begins '\{\"a\": '.*InvalidRequestContentException"):
        invoke(echo, b'{"a": ')


@pytest.mark.parametrize("check", [True, False])
def test_an_event_over_the_limit_never_reaches_the_function(check):
    called = []

    with pytest.raises(PayloadTooLargeError, match=r"6,291,557 bytes.*at most 6,291,556") as caught:
        invoke(lambda event, context: called.append(1), "x" * (PAYLOAD_LIMIT - 1), check=check)

    assert called == []
    assert (caught.value.size, caught.value.limit) == (PAYLOAD_LIMIT + 1, PAYLOAD_LIMIT)


def test_the_largest_event_is_taken():
    assert invoke(lambda event, context: len(event), "x" * (PAYLOAD_LIMIT - 2)) == PAYLOAD_LIMIT - 2


def test_a_result_that_is_not_json_is_an_error_of_the_caller_too():
    with pytest.raises(InvalidResponseError, match="Object of type set is not JSON serializable"):
        invoke(lambda event, context: {1, 2})


def test_a_response_over_the_limit_is_an_error_and_the_next_call_works():
    with pytest.raises(InvalidResponseError, match="exceeded maximum allowed payload size"):
        invoke(lambda event, context: "x" * PAYLOAD_LIMIT)

    assert invoke(echo, 1) == 1


@pytest.mark.parametrize(("code", "shown"), [(0, "0"), (3, "3"), ("text", "'text'")])
def test_an_exit_does_not_end_the_tests(code, shown):
    def handler(event, context):
        raise SystemExit(code)

    with pytest.raises(FunctionExitError, match=rf"sys\.exit\({shown}\)") as caught:
        invoke(handler)

    assert caught.value.code == code


def test_an_interrupt_by_the_user_is_never_an_outcome():
    def handler(event, context):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        invoke(handler, check=False)


def test_a_skip_inside_a_handler_reaches_pytest():
    with pytest.raises(pytest.skip.Exception):
        invoke(lambda event, context: pytest.skip("not here"), check=False)


def test_the_context_is_lambdas_and_tells_the_functions_name_and_size():
    def handler(event, context):
        assert isinstance(context, LambdaContext)
        return [context.function_name, context.memory_limit_in_mb, context.get_remaining_time_in_millis() > 29_000]

    assert invoke(handler, name="resize", memory_mb=512, timeout=30) == ["resize", "512", True]


def test_a_context_of_ones_own_is_passed_on():
    class Own:
        aws_request_id = "own-id"

    own = Own()
    outcome = invoke(lambda event, context: context is own, {}, own, check=False)

    assert (outcome.value, outcome.request_id) == (True, "own-id")


def test_a_qualifier_shows_in_the_arn_alone():
    value = invoke(
        lambda event, context: [context.invoked_function_arn, context.function_version], name="f", qualifier="live"
    )

    assert value == ["arn:aws:lambda:us-east-1:123456789012:function:f:live", "$LATEST"]


def test_settings_place_the_function():
    settings = LambdaSettings(account="210987654321", region="cn-north-1")

    arn = invoke(lambda event, context: context.invoked_function_arn, name="f", settings=settings)

    assert arn == "arn:aws-cn:lambda:cn-north-1:210987654321:function:f"


def test_each_invocation_has_an_id_of_its_own():
    assert invoke(echo, check=False).request_id != invoke(echo, check=False).request_id


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeot": 3}, r"no parameter 'timeot'.*AWS Lambda"),
        ({"client_contxt": {}}, r"Did you mean 'client_context'\?"),
        ({"timeout": 0}, "timeout must be a number above 0, got 0"),
        ({"timeout": "3"}, "timeout must be a number above 0, got '3'"),
        ({"memory_mb": True}, "memory_mb must be a number above 0, got True"),
        ({"env": {"N": 1}}, r"Environment variables are text: env=\{'N': 1\}"),
        ({"code": "/no/such/folder"}, "'/no/such/folder' is not a folder"),
    ],
)
def test_a_wrong_parameter_is_named(options, message):
    with pytest.raises(InvalidParameterError, match=message):
        invoke(echo, {}, **options)


def test_something_that_cannot_be_called_is_refused():
    with pytest.raises(InvalidParameterError, match=r"a callable or text such as 'app.handler', got 42 \(int\)"):
        invoke(42)


def test_an_unknown_provider_is_named_with_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'azure'"):
        invoke(echo, {}, provider="azur")


def test_a_callable_object_is_a_handler():
    class Handler:
        def __call__(self, event, context):
            return context.function_name

    assert invoke(Handler()).endswith("Handler")


def test_a_handler_may_invoke_another():
    def inner(event, context):
        return [event, context.function_name]

    def outer(event, context):
        return [invoke(inner, event + 1, name="inner"), context.function_name]

    assert invoke(outer, 1, name="outer") == [[2, "inner"], "outer"]


def test_an_async_handler_is_refused_as_lambdas_runtime_does():
    async def handler(event, context):
        return 1

    with pytest.raises(
        InvalidResponseError, match=r"type coroutine is not JSON serializable\. .*awaits nothing"
    ) as caught:
        invoke(handler)

    assert caught.value.said == "Unable to marshal response: Object of type coroutine is not JSON serializable"


def test_where_memory_cannot_be_measured_none_is_claimed(monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)

    assert invoke(echo, check=False).memory_used_mb == 0


def test_asyncio_is_not_needed(monkeypatch):
    monkeypatch.delitem(sys.modules, "asyncio", raising=False)

    assert invoke(echo, 1) == 1
    assert "asyncio" not in sys.modules
