"""The Invoke API, judged by the SDK: what it parses, and which errors it raises by its own model of the service."""

import base64
import json
import urllib.parse

import pytest

pytest.importorskip("boto3")
pytest.importorskip("httptools")

from pytest_serverless.admission import LAMBDA
from pytest_serverless.app.model import Resource
from pytest_serverless.errors import PlatformError, ThrottledError
from tests.local.surfaces.serving import (
    FakePlatform,
    Kept,
    alias,
    app,
    as_json,
    exchange,
    function,
    invoke,
    outcome,
    serving,
    version,
)

pytestmark = pytest.mark.realtime

ARN = "arn:aws:lambda:us-east-1:123456789012:function:shop-Fn"


@pytest.fixture(scope="module")
def echo():
    """An application whose function answers with its event, with a client of it."""
    platform = FakePlatform(app(function(), function("Other"), resources=[version(), alias("live")]))
    with serving(platform) as surfaces:
        yield platform, surfaces.client(), surfaces


def raised(error, call, **given):
    """The error's fields, as the SDK read them from the answer."""
    with pytest.raises(error) as caught:
        call(**given)
    return caught.value.response


def test_an_invocation_gives_back_what_the_function_returned(echo):
    platform, client, _ = echo

    answer = invoke(client, FunctionName="shop-Fn", Payload=json.dumps({"name": "Tom & Jerry ☕"}))

    assert as_json(answer["Payload"]) == {"name": "Tom & Jerry ☕"}
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    assert "LogResult" not in answer
    assert answer["ResponseMetadata"]["RequestId"] == platform.calls[-1]["request_id"]
    assert platform.calls[-1]["cause"] == "Invoke"


def test_a_function_that_is_sent_nothing_gets_an_empty_object(echo):
    _, client, _ = echo

    assert invoke(client, FunctionName="shop-Fn")["Payload"] == b"{}"


@pytest.mark.parametrize(
    "reference",
    ["shop-Fn", ARN, "123456789012:function:shop-Fn", "function:shop-Fn", "us-east-1:123456789012:function:shop-Fn"],
)
def test_a_function_is_found_by_its_name_its_arn_and_parts_of_it(echo, reference):
    platform, client, _ = echo

    invoke(client, FunctionName=reference)

    assert platform.calls[-1]["function"] == "Fn"
    assert platform.calls[-1]["qualifier"] is None


@pytest.mark.parametrize(
    ("given", "executed"),
    [
        ({"FunctionName": "shop-Fn", "Qualifier": "$LATEST"}, "$LATEST"),
        ({"FunctionName": "shop-Fn", "Qualifier": "live"}, "1"),
        ({"FunctionName": "shop-Fn", "Qualifier": "1"}, "1"),
        ({"FunctionName": f"{ARN}:live"}, "1"),
        ({"FunctionName": f"{ARN}:live", "Qualifier": "live"}, "1"),
        ({"FunctionName": "shop-Fn:$LATEST"}, "$LATEST"),
    ],
)
def test_a_version_or_alias_runs_the_version_that_it_stands_for(echo, given, executed):
    platform, client, _ = echo

    assert invoke(client, **given)["ExecutedVersion"] == executed
    assert platform.calls[-1]["qualifier"] == (given.get("Qualifier") or given["FunctionName"].rpartition(":")[2])


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"FunctionName": "nothing"}, "nothing:$LATEST"),
        ({"FunctionName": "shop-Fn", "Qualifier": "dead"}, "shop-Fn:dead"),
        ({"FunctionName": "shop-Fn", "Qualifier": "2"}, "shop-Fn:2"),
        ({"FunctionName": "shop-Other", "Qualifier": "live"}, "shop-Other:live"),
        ({"FunctionName": "us-east-1:123456789012:function:Fn"}, "Fn:$LATEST"),
    ],
)
def test_what_is_not_there_is_not_found(echo, given, missing):
    _, client, _ = echo

    response = raised(client.exceptions.ResourceNotFoundException, client.invoke, **given)

    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{missing}"
    assert response["Error"]["Message"] == f"Function not found: {arn}"
    assert (response["Message"], response["Type"]) == (f"Function not found: {arn}", "User")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_function_of_another_account_or_region_is_not_found(echo):
    _, client, _ = echo
    there = ARN.replace("123456789012", "999999999999").replace("us-east-1", "eu-west-1")

    response = raised(client.exceptions.ResourceNotFoundException, client.invoke, FunctionName=there)

    assert response["Error"]["Message"] == f"Function not found: {there}:$LATEST"


def test_two_qualifiers_that_differ_are_refused(echo):
    _, client, _ = echo

    response = raised(
        client.exceptions.InvalidParameterValueException,
        client.invoke,
        FunctionName="shop-Fn:live",
        Qualifier="$LATEST",
    )

    assert "does not match the specified qualifier" in response["message"]


def test_a_failed_function_is_an_answer_with_its_error():
    failed = outcome(b'{"errorType": "ValueError"}', status="error", request_id="r")
    with serving(FakePlatform(answer=lambda *_: failed)) as surfaces:
        answer = invoke(surfaces.client(), FunctionName="shop-Fn")

    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert answer["Payload"] == b'{"errorType": "ValueError"}'


def test_the_end_of_the_log_comes_along_where_it_is_asked_for():
    log = "é" * 4000 + "END"
    with serving(FakePlatform(answer=lambda *_: outcome(log=log))) as surfaces:
        client = surfaces.client()
        tail = base64.b64decode(invoke(client, FunctionName="shop-Fn", LogType="Tail")["LogResult"])
        none = invoke(client, FunctionName="shop-Fn", LogType="None")

    assert tail == log.encode()[-4096:]
    assert "LogResult" not in none


def test_an_event_is_kept_for_later_under_the_id_that_its_caller_is_told():
    kept = Kept()
    platform = FakePlatform(app(resources=[version(), alias("live")]))
    with serving(platform, later=kept) as surfaces:
        client = surfaces.client()
        answer = invoke(client, FunctionName="shop-Fn", InvocationType="Event", Payload=b'{"a": 1}', Qualifier="live")

    assert (answer["StatusCode"], answer["Payload"]) == (202, b"")
    assert "ExecutedVersion" not in answer
    [event] = kept.events
    assert (event["function"], event["payload"], event["qualifier"]) == ("Fn", b'{"a": 1}', "live")
    assert event["request_id"] == answer["ResponseMetadata"]["RequestId"]
    assert event["trace_id"].startswith("Root=1-")
    assert platform.calls == []


@pytest.mark.filterwarnings("ignore:.*deprecated")
def test_the_older_asynchronous_operation_keeps_an_event_too():
    kept = Kept()
    with serving(later=kept) as surfaces:
        answer = surfaces.client().invoke_async(FunctionName="shop-Fn", InvokeArgs=b'{"a": 1}')

    assert answer["Status"] == 202
    assert [(event["function"], event["payload"]) for event in kept.events] == [("Fn", b'{"a": 1}')]


def test_a_dry_run_runs_nothing_but_finds_what_is_wrong(echo):
    platform, client, _ = echo
    before = len(platform.calls)

    answer = invoke(client, FunctionName="shop-Fn", InvocationType="DryRun")

    assert (answer["StatusCode"], answer["Payload"]) == (204, b"")
    assert len(platform.calls) == before
    raised(client.exceptions.ResourceNotFoundException, client.invoke, FunctionName="no", InvocationType="DryRun")


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        # as recorded: LocalStack's notes of the service, awsdocs/aws-lambda-developer-guide#351 and #382
        (
            b"'tes'",
            "Unexpected character (''' (code 39)): expected a valid value (JSON String, Number, Array, Object or",
        ),
        (b"0D", "Unexpected character ('D' (code 68)): Expected space separating root-level values"),
        (b"\xa7", "Invalid UTF-8 start byte 0xa7"),
        (b"STRING_VALUE", "Unrecognized token 'STRING_VALUE': was expecting (JSON String, Number, Array, Object or"),
        (b'{"a": 1,}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name"),
        (b'{"a": "b" "c"}', "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries"),
        (b'"a\nb"', "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash"),
        (b"{", "Unexpected end-of-input: expected close marker for Object"),
        (b"[1", "Unexpected end-of-input: expected close marker for Array"),
        (b'"abc', "Unexpected end-of-input in VALUE_STRING"),
        (b'{"a": NaN}', "Non-standard token 'NaN'"),
        (b"[" * 200_000, "Document nesting depth (1001) exceeds the maximum allowed"),
        (b" ", "No content to map due to end-of-input"),
    ],
)
@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
def test_what_is_not_json_is_refused_in_the_words_of_the_services_parser(echo, payload, said, kind):
    _, client, _ = echo

    response = raised(
        client.exceptions.InvalidRequestContentException,
        client.invoke,
        FunctionName="shop-Fn",
        Payload=payload,
        InvocationType=kind,
    )

    begin = "Could not parse request body into json: Could not parse payload into json: "
    assert response["message"].startswith(begin + said)
    assert "\n at [Source: (byte[])" in response["message"]
    assert (response["Type"], response["ResponseMetadata"]["HTTPStatusCode"]) == ("User", 400)


def test_numbers_that_python_would_not_read_are_json(echo):
    _, client, _ = echo
    number = b"1" * 5_000

    assert invoke(client, FunctionName="shop-Fn", Payload=number)["Payload"] == number


@pytest.mark.parametrize(("kind", "limit"), [("RequestResponse", 6_291_556), ("Event", 1_048_576)])
def test_a_payload_over_the_limit_is_refused_and_one_at_it_is_taken(echo, kind, limit):
    _, client, _ = echo
    largest = b'"' + b"x" * (limit - 2) + b'"'

    taken = invoke(client, FunctionName="shop-Fn", InvocationType=kind, Payload=largest)
    response = raised(
        client.exceptions.RequestTooLargeException,
        client.invoke,
        FunctionName="shop-Fn",
        InvocationType=kind,
        Payload=largest + b" ",
    )

    assert taken["StatusCode"] in (200, 202)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert str(limit) in response["message"]


def test_a_limit_that_was_changed_holds():
    platform = FakePlatform(limits=LAMBDA.replaced({"sync_payload_bytes": "10"}))
    with serving(platform) as surfaces:
        client = surfaces.client()
        raised(
            client.exceptions.RequestTooLargeException, client.invoke, FunctionName="shop-Fn", Payload=b"[1,2,3,4,5]"
        )


@pytest.mark.parametrize(
    "reason", ["ConcurrentInvocationLimitExceeded", "ReservedFunctionConcurrentInvocationLimitExceeded"]
)
def test_where_there_is_no_room_the_caller_is_told_the_reason(reason):
    def full(*_):
        raise ThrottledError(reason, "Fn")

    with serving(FakePlatform(answer=full)) as surfaces:
        client = surfaces.client()
        response = raised(client.exceptions.TooManyRequestsException, client.invoke, FunctionName="shop-Fn")

    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert {key: response[key] for key in ("Reason", "Type", "message")} == {
        "Reason": reason,
        "Type": "User",
        "message": "Rate Exceeded.",
    }


def test_a_platform_that_fails_is_a_service_error_and_goes_on(capfd):
    def broken(function, payload, given):
        if payload == b"1":
            raise RuntimeError("broken")
        return payload

    with serving(FakePlatform(answer=broken)) as surfaces:
        client = surfaces.client()
        response = raised(client.exceptions.ServiceException, client.invoke, FunctionName="shop-Fn", Payload=b"1")
        assert invoke(client, FunctionName="shop-Fn", Payload=b"2")["Payload"] == b"2"

    assert (response["Type"], response["ResponseMetadata"]["HTTPStatusCode"]) == ("Service", 500)
    assert "RuntimeError: broken" in capfd.readouterr().err


def test_the_client_context_reaches_the_function(echo):
    platform, client, _ = echo
    context = json.dumps({"custom": {"a": "b"}, "client": {}, "env": {}})

    invoke(client, FunctionName="shop-Fn", ClientContext=base64.b64encode(context.encode()).decode())

    assert platform.calls[-1]["client_context"] == context


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ("%%%", "Client context must be a valid Base64-encoded JSON object"),
        (base64.b64encode(b"[1]").decode(), "Client context must be a valid Base64-encoded JSON object"),
        (base64.b64encode(b'{"a": "' + b"x" * 2_700 + b'"}').decode(), "3583"),
    ],
)
def test_a_client_context_that_is_none_or_too_long_is_refused(echo, context, said):
    _, client, _ = echo

    response = raised(
        client.exceptions.InvalidRequestContentException,
        client.invoke,
        FunctionName="shop-Fn",
        ClientContext=context,
    )

    assert said in response["message"]


def test_the_tenant_is_handed_on(echo):
    platform, client, _ = echo
    if "TenantId" not in client.meta.service_model.operation_model("Invoke").input_shape.members:
        pytest.skip("this botocore knows of no tenants")

    invoke(client, FunctionName="shop-Fn", TenantId="blue")

    assert platform.calls[-1]["tenant_id"] == "blue"


def asked(surfaces, headers="", body="{}", path="/2015-03-31/functions/shop-Fn/invocations"):
    """Send a request as it is written here; return its status, headers and body."""
    sent = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}"
    head, _, content = exchange(surfaces.invoke_url, sent.encode()).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    return int(lines[0].split()[1]), dict(line.split(": ", 1) for line in lines[1:]), content


def test_the_trace_that_a_caller_sends_goes_on(echo):
    platform, _, surfaces = echo
    root = "Root=1-6951d70a-3f43124672de60387a603d5d"

    _, headers, _ = asked(surfaces, f"X-Amzn-Trace-Id: {root};Parent=4891daa21b62b07d;Sampled=1\r\n")

    assert platform.calls[-1]["trace_id"].startswith(f"{root};Parent=4891daa21b62b07d;Sampled=1;Lineage=")
    assert headers["X-Amzn-Trace-Id"] == platform.calls[-1]["trace_id"]


def test_a_function_that_calls_itself_is_stopped_after_sixteen_times():
    with serving(FakePlatform()) as surfaces:
        trace, statuses = "", []
        for _ in range(17):
            status, headers, content = asked(surfaces, f"X-Amzn-Trace-Id: {trace}\r\n" if trace else "")
            statuses.append(status)
            trace = headers.get("X-Amzn-Trace-Id", trace)

    assert statuses == [200] * 16 + [400]
    assert headers["x-amzn-ErrorType"] == "RecursiveInvocationException"
    assert as_json(content)["Message"].startswith("Lambda has detected your function being invoked in a recursive loop")


def test_a_loop_that_is_meant_is_not_stopped():
    meant = Resource(id="Fn", type="AWS::Lambda::Function", name="shop-Fn", properties={"RecursiveLoop": "Allow"})
    with serving(FakePlatform(app(resources=[meant]))) as surfaces:
        trace = ""
        for _ in range(20):
            status, headers, _ = asked(surfaces, f"X-Amzn-Trace-Id: {trace}\r\n" if trace else "")
            trace = headers["X-Amzn-Trace-Id"]

    assert status == 200


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ("X-Amz-Invocation-Type: Later\r\n", 400, "InvalidParameterValueException"),
        ("X-Amz-Log-Type: All\r\n", 400, "InvalidParameterValueException"),
        ("Content-Type: text/xml\r\n", 415, "UnsupportedMediaTypeException"),
        ("Content-Type: application/json; charset=utf-8\r\n", 200, None),
        ("Content-Type: application/octet-stream\r\n", 200, None),
    ],
)
def test_headers_that_mean_nothing_are_refused(echo, header, status, code):
    _, _, surfaces = echo

    found, headers, _ = asked(surfaces, header)

    assert (found, headers.get("x-amzn-ErrorType")) == (status, code)


def test_a_name_that_can_be_none_is_refused(echo):
    _, _, surfaces = echo
    path = f"/2015-03-31/functions/{urllib.parse.quote('a b/c', safe='')}/invocations"

    status, headers, _ = asked(surfaces, path=path)

    assert (status, headers["x-amzn-ErrorType"]) == (400, "ValidationException")


def test_a_streamed_response_is_parsed_by_the_sdk(echo):
    _, client, _ = echo

    answer = client.invoke_with_response_stream(FunctionName="shop-Fn", Payload=b'{"a": "\xc3\xa9"}', LogType="Tail")

    events = list(answer["EventStream"])
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert [list(event) for event in events] == [["PayloadChunk"], ["InvokeComplete"]]
    assert events[0]["PayloadChunk"]["Payload"] == b'{"a": "\xc3\xa9"}'
    assert events[1]["InvokeComplete"]["LogResult"] == ""


def test_a_streamed_failure_is_told_at_the_end():
    failed = outcome(b'{"errorType": "ValueError"}', status="error")
    with serving(FakePlatform(answer=lambda *_: failed)) as surfaces:
        answer = surfaces.client().invoke_with_response_stream(FunctionName="shop-Fn")
        events = list(answer["EventStream"])

    assert events[-1]["InvokeComplete"]["ErrorCode"] == "Unhandled"
    assert as_json(events[-1]["InvokeComplete"]["ErrorDetails"]) == {"errorType": "ValueError"}


def test_a_streamed_invocation_of_nothing_is_not_found(echo):
    _, client, _ = echo

    raised(client.exceptions.ResourceNotFoundException, client.invoke_with_response_stream, FunctionName="nothing")


def test_what_the_platform_cannot_run_is_told_in_its_own_words(capfd):
    def refused(function, payload, given):
        raise PlatformError("Fn has the runtime 'ruby3.3'.")

    with serving(FakePlatform(answer=refused)) as surfaces:
        client = surfaces.client()
        response = raised(client.exceptions.ServiceException, client.invoke, FunctionName="shop-Fn")

    assert "Fn has the runtime 'ruby3.3'." in response["Message"]
    assert capfd.readouterr().err == "Fn has the runtime 'ruby3.3'.\n"
