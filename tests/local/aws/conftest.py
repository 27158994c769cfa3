"""The process of the mocked services, with a platform that only pretends to run functions."""

import asyncio
import json
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.config import Config

from pytest_serverless.local.aws.configuration import Configuration
from pytest_serverless.local.aws.messages import Delivery, encode_outcome, encode_throttle
from pytest_serverless.local.wire.listener import Listener
from pytest_serverless.local.wire.messages import Reply
from pytest_serverless.outcome import Failure, Outcome

WITHIN_S = 10.0

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Handler: app.handler, CodeUri: src/, Runtime: python3.12, Timeout: 3}}
Resources:
  Uploads: {Type: AWS::S3::Bucket}
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 3, RedrivePolicy: {deadLetterTargetArn: !GetAtt Failures.Arn, maxReceiveCount: 3}}
  Failures: {Type: AWS::SQS::Queue}
  Plain: {Type: AWS::SQS::Queue}
  Patient: {Type: AWS::SQS::Queue, Properties: {ReceiveMessageWaitTimeSeconds: 5}}
  Steps: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, ContentBasedDeduplication: true, VisibilityTimeout: 3}}
  Heard: {Type: AWS::SQS::Queue}
  News:
    Type: AWS::SNS::Topic
    Properties: {Subscription: [{Protocol: sqs, Endpoint: !GetAtt Heard.Arn}]}
  Secret: {Type: AWS::SecretsManager::Secret, Properties: {SecretString: hush}}
  Setting: {Type: AWS::SSM::Parameter, Properties: {Name: /app/setting, Type: String, Value: "on"}}
  People:
    Type: AWS::Cognito::UserPool
    Properties: {LambdaConfig: {PreSignUp: !GetAtt Check.Arn}}
  Check: {Type: AWS::Serverless::Function}
  Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub "/aws/lambda/${Check}"}}
  Alarms:
    Type: AWS::Logs::SubscriptionFilter
    Properties: {LogGroupName: !Ref Log, FilterPattern: ERROR, DestinationArn: !GetAtt Alarm.Arn}
  Alarm: {Type: AWS::Serverless::Function}
  Resize:
    Type: AWS::Serverless::Function
    Properties:
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Failures.Arn}
      Events: {Upload: {Type: S3, Properties: {Bucket: !Ref Uploads, Events: s3:ObjectCreated:*}}}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Jobs:
          Type: SQS
          Properties: {Queue: !GetAtt Jobs.Arn, BatchSize: 1, FunctionResponseTypes: [ReportBatchItemFailures]}
  Step:
    Type: AWS::Serverless::Function
    Properties: {Events: {Steps: {Type: SQS, Properties: {Queue: !GetAtt Steps.Arn, BatchSize: 1}}}}
  Hear:
    Type: AWS::Serverless::Function
    Properties: {Events: {Heard: {Type: SQS, Properties: {Queue: !GetAtt Heard.Arn}}}}
  Watch:
    Type: AWS::Serverless::Function
    Properties:
      EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SQS, Destination: !GetAtt Plain.Arn}}}
      Events: {Placed: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}}
  Follow:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Items: {Type: DynamoDB, Properties: {Stream: !GetAtt Items.StreamArn, StartingPosition: TRIM_HORIZON}}
  Read:
    Type: AWS::Serverless::Function
    Properties:
      Events: {Clicks: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: TRIM_HORIZON}}}
"""


@dataclass(slots=True)
class Ran:
    """An invocation that the platform was asked for."""

    delivery: Delivery
    event: Any
    began: float
    ended: float = 0.0


@dataclass
class FakePlatform:
    """Answers deliveries as it is told to; `url` is where."""

    url: str = ""
    takes_s: dict[str, float] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    throttled: dict[str, int] = field(default_factory=dict)
    ran: list[Ran] = field(default_factory=list)
    forwarded: list[Any] = field(default_factory=list)

    def on_other(self, asked):
        """Hear of what is no delivery; tests set their own."""

    def forget(self):
        self.on_other = lambda asked: None
        for each in (self.takes_s, self.answers, self.throttled, self.ran, self.forwarded):
            each.clear()

    def of(self, function):
        return [ran for ran in list(self.ran) if ran.delivery.function == function and ran.ended]

    async def __call__(self, asked):
        if asked.path != "/_serverless/invoke":
            self.forwarded.append(asked)
            await asyncio.to_thread(self.on_other, asked)
            return Reply(200, b'{"forwarded": 1}', [("X-Amz-Executed-Version", "$LATEST")])
        delivery = Delivery.decode(asked.body)
        function = delivery.function
        if self.throttled.get(function, 0) > 0:
            self.throttled[function] -= 1
            return Reply(429, encode_throttle("ReservedFunctionConcurrentInvocationLimitExceeded"))
        ran = Ran(delivery, json.loads(delivery.payload), time.monotonic())
        self.ran.append(ran)
        await asyncio.sleep(self.takes_s.get(function, 0))
        value, failure = None, None
        try:
            answer = self.answers.get(function)
            value = await asyncio.to_thread(answer, ran.event) if callable(answer) else answer
        except Exception as error:
            failure = _failure(error)
        ran.ended = time.monotonic()
        return Reply(200, encode_outcome(outcome(function, delivery.request_id, value, failure)))


def _failure(error):
    return Failure(type=type(error).__name__, message=str(error))


def outcome(function, request_id, value=None, failure=None, log=""):
    if failure is not None:
        value = {"errorMessage": failure.message, "errorType": failure.type}
    return Outcome(
        function=function,
        provider="aws",
        request_id=request_id,
        status="success" if failure is None else "error",
        payload=json.dumps(value).encode(),
        value=value,
        failure=failure,
        duration_ms=1.5,
        billed_ms=2,
        memory_mb=128,
        memory_used_mb=50,
        log=log,
    )


@contextmanager
def running(platform):
    """Let a fake platform answer at a port, in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    listener = Listener(platform)
    asyncio.run_coroutine_threadsafe(listener.open(), loop).result(WITHIN_S)
    platform.url = f"http://{listener.address}"
    try:
        yield platform
    finally:

        async def stop():
            listener.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(stop(), loop).result(WITHIN_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WITHIN_S)
        loop.close()


class Cloud:
    """The process, and what tests need of it."""

    def __init__(self, process, url, platform, app):
        self.process = process
        self.url = url
        self.platform = platform
        self._ids = {id_: resource.name for id_, resource in app.resources.items()}
        self._arns = {id_: resource.arn for id_, resource in app.resources.items()}
        self._clients = {}

    def client(self, service):
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.url,
                region_name="us-east-1",
                aws_access_key_id="any",
                aws_secret_access_key="thing",
                config=Config(retries={"total_max_attempts": 1}, proxies={}),
            )
        return self._clients[service]

    def ref(self, name):
        return self._ids[name]

    def arn(self, name):
        return self._arns[name]

    def ask(self, method, path, content=b""):
        request = urllib.request.Request(f"{self.url}/_serverless/{path}", data=content or None, method=method)
        with urllib.request.urlopen(request, timeout=WITHIN_S) as answer:
            return json.loads(answer.read())

    def until(self, condition, within_s=WITHIN_S):
        """Wait until something is so, and return it."""
        end = time.monotonic() + within_s
        while True:
            found = condition()
            if found or time.monotonic() > end:
                assert found, json.dumps(self.ask("GET", "state"), indent=1)
                return found
            time.sleep(0.01)

    def bodies(self, queue):
        """Receive what is in a queue that no function polls."""
        url = self.ref(queue)
        received = self.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [message["Body"] for message in received]

    def close(self):
        for client in self._clients.values():
            client.close()
        self.process.stdin.close()
        self.process.wait(WITHIN_S)
        self.process.stdout.close()


def started(template, platform, **options):
    """Start the process, and return what it says first."""
    if sys.platform == "win32":
        pytest.skip("the local platform does not run on Windows")
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest_serverless.local.aws"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    process.stdin.write(Configuration(template=template, platform=platform.url, **options).encode())
    process.stdin.flush()
    return process, json.loads(process.stdout.readline())


@contextmanager
def cloud_of(template, **options):
    from pytest_serverless.templates import load

    app = load(template)
    with running(FakePlatform()) as platform:
        process, ready = started(template, platform, **options)
        cloud = Cloud(process, f"http://127.0.0.1:{ready['port']}", platform, app)
        try:
            yield cloud
        finally:
            cloud.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    (folder / "src").mkdir()
    (folder / "src" / "app.py").write_text("def handler(event, context): ...", encoding="utf-8")
    return folder / "template.yaml"


@pytest.fixture(scope="session")
def _real(template):
    with cloud_of(template, expiry_s=0.5) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def _skipping(template):
    with cloud_of(template, skip_idle=True) as cloud:
        yield cloud


def _fresh(cloud):
    cloud.platform.forget()
    cloud.ask("POST", "reset")
    return cloud


@pytest.fixture
def cloud(_real):
    """The services, as they were at the start, in real time."""
    return _fresh(_real)


@pytest.fixture
def skipping(_skipping):
    """The services, as they were at the start, where waits pass at once."""
    return _fresh(_skipping)
