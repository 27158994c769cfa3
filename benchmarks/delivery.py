"""How many messages of a queue reach a handler in a second, in batches of ten: ours beside moto's own delivery.

`settle()` hands over a backlog in virtual time: received, in a batch, to the handler, deleted. moto (5, with
`use_docker: False`) delivers within SendMessage, one message an invocation, and runs no handler: what it misses is
counted, not asserted. Seconds are those of the processor.
"""

from __future__ import annotations

import gc
import io
import json
import os
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from measure import arguments
from moto import mock_aws

from pytest_serverless.backends.aws import AwsBackend
from pytest_serverless.clock import SYSTEM
from pytest_serverless.deployment.application import Deployment
from pytest_serverless.deployment.stack import Stack
from pytest_serverless.events.mint import Mint
from pytest_serverless.invocation.invoker import Invoker
from pytest_serverless.templates import load

os.environ |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
TARGET = 2_000
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Failures: {Type: AWS::SQS::Queue}
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Failures.Arn, maxReceiveCount: 3}}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: jobs.handler
      Runtime: python3.12
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn, BatchSize: 10}}
"""
HANDLER = """
def handler(event, context):
    pass
"""
WITNESS = """
def handler(event, context):
    with open({path!r}, "a") as file:
        print(*(record["body"] for record in event["Records"]), file=file)
    if any(record["body"] == "poison" for record in event["Records"]):
        raise ValueError("poison")
"""


def send(client: Any, url: str, bodies: list[str]) -> None:
    for start in range(0, len(bodies), 10):
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[start : start + 10])]
        client.send_message_batch(QueueUrl=url, Entries=entries)


@contextmanager
def ours(folder: Path, code: str = HANDLER) -> Iterator[Deployment]:
    folder.mkdir(exist_ok=True)
    (folder / "template.yaml").write_text(TEMPLATE)
    (folder / "jobs.py").write_text(code)
    stack = Stack(load(folder / "template.yaml"), AwsBackend())
    deployment = Deployment(stack, invoker=Invoker(), mint=Mint(clock=SYSTEM), clock=SYSTEM)
    with stack.entered("benchmark"), deployment.running(failed=lambda: True):
        yield deployment


def settled(folder: Path, backlog: int) -> float:
    """Return how many messages a second `settle` delivers of a backlog."""
    with ours(folder) as serverless:
        client, url = serverless.aws.client("sqs"), serverless.ref("Jobs")
        send(client, url, ["hello"])
        serverless.settle()  # loads what is loaded once a session
        send(client, url, ["hello"] * backlog)
        gc.collect()
        start = time.process_time()
        invocations = serverless.settle(most=backlog)
        passed = time.process_time() - start
        assert (invocations, len(serverless.queue("Jobs"))) == (backlog // 10, 0)
    return backlog / passed


def make_function(client: Callable[[str], Any], code: str) -> str:
    """Make a queue and a function that is mapped to it, as moto wants it; return the queue's URL."""
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("jobs.py", code)
    package = {"ZipFile": archive.getvalue()}
    client("lambda").create_function(
        FunctionName="work", Runtime="python3.12", Role=role, Handler="jobs.handler", Code=package
    )
    url: str = client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="work", BatchSize=10)
    return url


def moto_delivers(messages: int) -> float:
    """Return how many messages a second moto delivers while they are sent."""
    with mock_aws(config={"lambda": {"use_docker": False}}):
        url, client = make_function(boto3.client, HANDLER), boto3.client("sqs")
        start = time.process_time()
        send(client, url, ["hello"] * messages)
        passed = time.process_time() - start
    return messages / passed


def told(title: str, witness: Path, dead: int) -> str:
    """Say what the handler saw of eleven messages and a poison one, by the file that it wrote."""
    batches = [line.split() for line in witness.read_text().splitlines()] if witness.exists() else []
    good = sum(body == "hello" for batch in batches for body in batch)
    tries = sum("poison" in batch for batch in batches)
    largest = max(map(len, batches), default=0)
    return (
        f"{title:>26}: the handler got {good} of 11 messages, {largest} at once at most; it was tried {tries} of 3 "
        f"times with a poison message, which became {dead} of 1 dead letters"
    )


def what_ours_does(folder: Path) -> str:
    witness = folder / "ours.txt"
    with ours(folder / "witnessed", WITNESS.format(path=str(witness))) as serverless:
        url, client = serverless.ref("Jobs"), serverless.aws.client("sqs")
        send(client, url, ["hello"] * 11)
        serverless.settle()
        send(client, url, ["poison"])
        serverless.settle()
        return told("ours", witness, len(serverless.queue("Failures")))


def what_moto_does(folder: Path) -> str:
    witness = folder / "moto.txt"
    with mock_aws(config={"lambda": {"use_docker": False}}):
        url, client = make_function(boto3.client, WITNESS.format(path=str(witness))), boto3.client("sqs")
        dead = client.create_queue(QueueName="dead")["QueueUrl"]
        arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
        client.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"})
        send(client, url, ["hello"] * 11 + ["poison"])
        for _ in range(4):
            client.receive_message(QueueUrl=url)  # nobody would, but moto moves dead letters on a receive alone
        return told("moto", witness, len(client.receive_message(QueueUrl=dead).get("Messages", [])))


def main() -> None:
    quick = arguments(__doc__).quick
    rounds, sizes = (1, (100, 1_000)) if quick else (5, (100, 1_000, 10_000))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rates: dict[str, list[float]] = {}
        for _ in range(rounds):
            for size in sizes:
                rates.setdefault(f"settle(), backlog {size:,}", []).append(settled(folder / "trivial", size))
            rates.setdefault("moto, while it is sent", []).append(moto_delivers(sizes[0]))
        for title, measured in rates.items():
            print(f"{title:>26}: {statistics.median(measured):8,.0f} messages/s to the handler")
        print(f"{'wanted':>26}: {TARGET:8,} at any backlog")
        print(what_ours_does(folder))
        print(what_moto_does(folder))


if __name__ == "__main__":
    main()
