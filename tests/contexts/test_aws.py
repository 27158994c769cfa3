"""The context object against the one that AWS's runtime interface client makes."""

import re

import pytest

from pytest_serverless import FixedClock, LambdaSettings, make_lambda_context

NOON = 1_795_435_200.0
CLIENT_CONTEXT = {
    "custom": {"k": "v"},
    "env": {"locale": "de"},
    "client": {"installation_id": "i", "app_title": "t", "unknown": "dropped"},
    "w3c": {"traceparent": "00-1", "tracestate": 3, "other": "x"},
}
IDENTITY = {"cognitoIdentityId": "id", "cognitoIdentityPoolId": "pool"}


def make(**given):
    return make_lambda_context(clock=FixedClock(NOON), **given)


@pytest.mark.parametrize("sent", [None, {}, {"client": {}}, CLIENT_CONTEXT, {"w3c": "text"}], ids=repr)
@pytest.mark.parametrize("identity", [None, {}, IDENTITY], ids=repr)
def test_it_is_what_the_runtime_interface_client_makes(monkeypatch, sent, identity):
    theirs_of = pytest.importorskip("awslambdaric.lambda_context").LambdaContext
    ours = make(client_context=sent, cognito_identity=identity, tenant_id="t", request_id="r", timeout=10)
    for name, value in {
        "AWS_LAMBDA_LOG_GROUP_NAME": ours.log_group_name,
        "AWS_LAMBDA_LOG_STREAM_NAME": ours.log_stream_name,
        "AWS_LAMBDA_FUNCTION_NAME": "test-function",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    }.items():
        monkeypatch.setenv(name, value)
    arn = "arn:aws:lambda:us-east-1:123456789012:function:test-function"
    copy = None if sent is None else {**sent, "client": dict(sent["client"])} if "client" in sent else dict(sent)

    theirs = theirs_of("r", copy, identity, int((NOON + 10) * 1000), arn, "t")

    public = {name: type(value).__name__ for name, value in vars(theirs).items() if not name.startswith("_")}
    assert {name: type(value).__name__ for name, value in vars(ours).items() if not name.startswith("_")} == public
    assert repr(ours) == repr(theirs)
    assert ours.w3c() == theirs.w3c()
    assert {name for name in dir(theirs_of) if not name.startswith("_")} <= set(dir(ours))


def test_memory_is_text_and_identity_is_never_none():
    context = make(memory_mb=512)

    assert context.memory_limit_in_mb == "512"
    assert context.client_context is None
    assert (context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id) == (None, None)


def test_an_unknown_attribute_of_a_client_context_is_an_error():
    context = make(client_context={})

    with pytest.raises(AttributeError):
        context.client_context.unknown = 1


def test_remaining_time_follows_the_clock_down_to_zero():
    clock = FixedClock(NOON)
    context = make_lambda_context(timeout=3, clock=clock)

    assert context.get_remaining_time_in_millis() == 3000
    clock.advance(1.5)
    assert context.get_remaining_time_in_millis() == 1500
    clock.advance(60)
    assert context.get_remaining_time_in_millis() == 0


def test_names_have_the_forms_of_the_service():
    context = make(function_name="resize")

    assert context.log_group_name == "/aws/lambda/resize"
    assert re.fullmatch(r"2026/11/23/\[\$LATEST\][0-9a-f]{32}", context.log_stream_name)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", context.aws_request_id)


@pytest.mark.parametrize(
    ("settings", "arn", "version"),
    [
        (LambdaSettings(), "arn:aws:lambda:us-east-1:123456789012:function:f", "$LATEST"),
        (LambdaSettings(qualifier="$LATEST"), "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST", "$LATEST"),
        (LambdaSettings(qualifier="live", version="7"), "arn:aws:lambda:us-east-1:123456789012:function:f:live", "7"),
        (
            LambdaSettings(region="us-gov-west-1"),
            "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f",
            "$LATEST",
        ),
    ],
)
def test_the_arn_has_a_qualifier_only_where_the_caller_named_one(settings, arn, version):
    context = make(function_name="f", settings=settings)

    assert (context.invoked_function_arn, context.function_version) == (arn, version)


def test_log_writes_as_it_is(capsys):
    make().log({"a": 1})

    assert capsys.readouterr().out == "{'a': 1}"


def test_a_log_group_of_ones_own():
    assert make(settings=LambdaSettings(log_group="/shared")).log_group_name == "/shared"
