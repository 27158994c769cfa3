"""What a function meets on the platform: its environment, its timeout, its callers, and the services that it calls."""

import base64
import json
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_serverless.templates import load
from tests.local.end_to_end.stage import until
from tests.local.end_to_end.states import state_of

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows"),
]

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.12, CodeUri: src/, Timeout: 10}}
Resources:
  Slow:
    Type: AWS::Serverless::Function
    Properties: {Handler: slow.handler, Timeout: 1}
  Talks:
    Type: AWS::Serverless::Function
    Properties: {Handler: slow.talks}
  Shows:
    Type: AWS::Serverless::Function
    Properties: {Handler: shows.handler, Environment: {Variables: {MINE: yes it is, TABLE: !Ref Items}}}
  Provisioned:
    Type: AWS::Serverless::Function
    Properties:
      Handler: shows.responds
      AutoPublishAlias: live
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Rest: {Type: Api, Properties: {Path: /warm, Method: get}}
        Http: {Type: HttpApi, Properties: {Path: /warm, Method: get}}
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Warm.Arn}}
  Waits:
    Type: AWS::Serverless::Function
    Properties:
      Handler: slow.waits
      Events:
        Rest: {Type: Api, Properties: {Path: /wait, Method: get}}
  Fails:
    Type: AWS::Serverless::Function
    Properties:
      Handler: shows.fails
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
  Calls:
    Type: AWS::Serverless::Function
    Properties:
      Handler: calls.handler
      Environment: {Variables: {TABLE: !Ref Items, QUEUE: !Ref Done, CALLEE: !Ref Callee}}
  Callee:
    Type: AWS::Serverless::Function
    Properties: {Handler: shows.callee}
  Items: {Type: AWS::Serverless::SimpleTable}
  Done: {Type: AWS::SQS::Queue}
  Dead: {Type: AWS::SQS::Queue}
  Warm: {Type: AWS::SQS::Queue}
"""
CODE = {
    "src/slow.py": """
        import os
        import sys
        import time

        def handler(event, context):
            try:
                with open("/tmp/seen") as file:
                    seen = file.read()
            except OSError:
                seen = ""
            with open("/tmp/seen", "w") as file:
                file.write(seen + "x")
            print("seen", len(seen), flush=True)
            time.sleep(event.get("seconds", 0))
            return {"seen": seen, "pid": os.getpid(), "left": context.get_remaining_time_in_millis() > 0}

        def talks(event, context):
            for number in range(1000):
                print(f"line {number:4}")

        def waits(event, context):
            began = time.time()
            time.sleep(1)
            return {"statusCode": 200, "body": f"{began} {time.time()}"}
    """,
    "src/shows.py": """
        import os
        import json

        def handler(event, context):
            return dict(os.environ)

        def responds(event, context):
            if "Records" in event:
                print("took", context.invoked_function_arn)
            return {"statusCode": 200, "body": json.dumps(context.invoked_function_arn)}

        def fails(event, context):
            raise RuntimeError(f"cannot {event['do']}")

        def callee(event, context):
            return {"asked": event, "client": context.client_context and context.client_context.custom}
    """,
    "src/calls.py": """
        import json
        import os

        import boto3

        def handler(event, context):
            answer = boto3.client("lambda").invoke(FunctionName=os.environ["CALLEE"], Payload=json.dumps(event))
            said = json.load(answer["Payload"])
            boto3.resource("dynamodb").Table(os.environ["TABLE"]).put_item(Item={"id": event["id"], "said": said})
            boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=event["id"])
            return boto3.client("sts").get_caller_identity()["Account"]
    """,
}


@pytest.fixture(scope="module")
def template(application):
    return application(TEMPLATE, CODE)


@pytest.fixture(scope="module")
def app(template):
    return load(template)


@pytest.fixture(scope="module")
def running(template, start_platform):
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SECRET_OF_THE_SHELL", "hidden")
        patched.setenv("AWS_PROFILE", "of-the-shell")
        return start_platform(template, skip_idle=True)


@pytest.fixture
def platform(running):
    running.reset()
    return running


def invoke(platform, function, event=None, **options):
    """Invoke by boto3; return the error, what was returned, and the end of the log."""
    payload = json.dumps({} if event is None else event).encode()
    options = {"LogType": "Tail", **options}
    answer = platform.client("lambda").invoke(FunctionName=platform.functions[function], Payload=payload, **options)
    log = base64.b64decode(answer.get("LogResult", "")).decode()
    content = answer["Payload"].read()
    return answer.get("FunctionError"), json.loads(content) if content else None, log


# Timeouts


def test_a_function_that_takes_too_long_is_ended_and_the_next_invocation_finds_its_files(platform):
    _, first, _ = invoke(platform, "Slow")
    began = time.monotonic()
    error, said, log = invoke(platform, "Slow", {"seconds": 20})
    took = time.monotonic() - began
    _, after, next_log = invoke(platform, "Slow")

    request = re.search(r"START RequestId: (\S+)", log)[1]
    assert error == "Unhandled"
    assert said == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request} Error: Task timed out after 1.00 seconds",
    }
    assert 1.0 <= took < 2.5
    assert re.search(r"REPORT RequestId: \S+\tDuration: 1000\.00 ms\tBilled Duration: 1000 ms\t.*Status: timeout", log)
    assert "seen 1" in log, "what it wrote before is in the log"
    assert (first["seen"], after["seen"]) == ("", "xx"), "/tmp is kept"
    assert first["pid"] != after["pid"]
    assert "Init Duration" not in next_log, "its init phase is part of the invocation"
    slow = platform.truth()["functions"]["Slow"]
    assert (slow["arrivals"], slow["cold_starts"], slow["sandboxes"]["ever"]) == (3, 1, 1)


def test_of_a_long_log_the_caller_gets_the_last_four_kilobytes(platform):
    _, _, log = invoke(platform, "Talks")

    assert len(log.encode()) == 4096
    assert "line  999\n" in log
    assert log.splitlines()[-1].startswith("REPORT RequestId: ")
    assert "line    0\n" in platform.logs


# The environment


def test_a_function_finds_the_platforms_variables_and_none_of_the_shells(platform, app):
    _, variables, _ = invoke(platform, "Shows")

    assert variables["AWS_ENDPOINT_URL"] == platform.addresses["aws"]
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == platform.functions["Shows"]
    assert (variables["MINE"], variables["TABLE"]) == ("yes it is", app.resources["Items"].name)
    assert variables["_HANDLER"] == "shows.handler"
    assert not {"SECRET_OF_THE_SHELL", "AWS_PROFILE", "PYTEST_CURRENT_TEST", "USER"} & set(variables)
    assert variables["HOME"] != os.environ.get("HOME")


# Other callers


def test_a_function_calls_another_and_the_services_as_it_would_be_deployed(platform, app):
    error, account, _ = invoke(platform, "Calls", {"id": "42"})

    assert (error, account) == (None, "123456789012")
    left = state_of(app, platform.client)
    assert left["Items"] == [
        {"id": {"S": "42"}, "said": {"M": {"asked": {"M": {"id": {"S": "42"}}}, "client": {"NULL": True}}}}
    ]
    assert [message["body"] for message in left["Done"]] == [42]
    truth = platform.truth()["functions"]
    assert (truth["Calls"]["arrivals"], truth["Callee"]["arrivals"]) == (1, 1)


def test_an_asynchronous_invocation_is_answered_at_once_tried_three_times_and_kept(platform, app):
    name = platform.functions["Fails"]
    event = {"do": "it"}

    answer = platform.client("lambda").invoke(
        FunctionName=name, Payload=json.dumps(event).encode(), InvocationType="Event"
    )
    platform.wait_quiet()

    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    queue = app.resources["Dead"].name
    (message,) = platform.client("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(message["Body"]) == event
    attributes = {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
    assert attributes["RequestID"] == answer["ResponseMetadata"]["RequestId"]
    assert (attributes["ErrorCode"], attributes["ErrorMessage"]) == ("200", "cannot it")
    assert platform.truth()["functions"]["Fails"]["arrivals"] == 3
    assert platform.logs.count(f"START RequestId: {answer['ResponseMetadata']['RequestId']}") == 3


def test_a_dry_run_runs_nothing(platform):
    answer = platform.client("lambda").invoke(FunctionName=platform.functions["Fails"], InvocationType="DryRun")

    assert answer["StatusCode"] == 204
    assert platform.truth()["arrivals"] == 0


def test_a_function_that_there_is_none_of(platform):
    client = platform.client("lambda")

    with pytest.raises(client.exceptions.ResourceNotFoundException, match="Function not found: arn:aws:lambda"):
        client.invoke(FunctionName="nobody")


# Provisioned concurrency


@pytest.mark.parametrize("api", ["ServerlessRestApi", "ServerlessHttpApi", "ProvisionedUrl"])
def test_the_first_request_to_provisioned_concurrency_is_no_cold_start(platform, api):
    answer = platform.request("GET", "/" if api == "ProvisionedUrl" else "/warm", api=api)

    assert (answer.status, answer.json().rpartition(":")[2]) == (200, "live")
    truth = platform.truth()["functions"]["Provisioned"]
    assert (truth["arrivals"], truth["cold_starts"], truth["sandboxes"]["ever"]) == (1, 0, 1)
    assert "Init Duration" not in platform.logs


def test_a_delivery_goes_to_the_alias_as_well(platform, app):
    queue = app.resources["Warm"].name
    platform.client("sqs").send_message(QueueUrl=queue, MessageBody="job")

    until(lambda: "REPORT" in platform.logs)

    assert re.search(r"took arn:aws:lambda:\S+:live\b", platform.logs)
    assert platform.truth()["functions"]["Provisioned"]["cold_starts"] == 0


def test_beyond_what_is_provisioned_and_of_another_qualifier_it_runs_on_demand(platform):
    error, said, log = invoke(platform, "Provisioned")

    assert (error, json.loads(said["body"]).rpartition(":")[2]) == (None, platform.functions["Provisioned"])
    assert "Init Duration" in log
    assert platform.truth()["functions"]["Provisioned"]["cold_starts"] == 1


# At one time


def test_requests_to_a_gateway_run_side_by_side(platform):
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: platform.request("GET", "/wait", api="ServerlessRestApi"), range(3)))

    spans = [tuple(map(float, answer.text.split())) for answer in answers]
    assert max(began for began, _ in spans) < min(ended for _, ended in spans), "they overlap, all of them"
    assert platform.truth()["functions"]["Waits"]["busy"]["most"] == 3


# Code that changes


RELOADED = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Says:
    Type: AWS::Serverless::Function
    Properties:
      Handler: says.handler
      Runtime: python3.12
      CodeUri: src/
      Events: {Http: {Type: HttpApi, Properties: {Path: /, Method: get}}}
"""


def test_the_next_invocation_runs_what_was_saved(application, start_platform):
    template = application(RELOADED, {"src/says.py": "def handler(event, context):\n    return 'old'\n"})
    platform = start_platform(template, backends=False, reload=True)
    assert platform.request("GET", "/").text == "old"

    (template.parent / "src/says.py").write_text("def handler(event, context):\n    return 'new'\n")

    until(lambda: platform.request("GET", "/").text == "new", within_s=10)
    (template.parent / "src/says.py").write_text("def handler(event, context)\n")
    until(lambda: platform.request("GET", "/").status == 500, within_s=10)
    (template.parent / "src/says.py").write_text("def handler(event, context):\n    return 'mended'\n")
    until(lambda: platform.request("GET", "/").text == "mended", within_s=10)
    assert platform.logs.count("its code has changed") >= 2
