"""The same test of an application, by plain moto and by the fixture `serverless`: whole runs of pytest, in turns.

- plain: `mock_aws`, resources and clients made for each test, as moto's documentation shows it
- warm: `serverless`, the handler imported once
- cold: `serverless`, the handler imported anew in each test

A test puts an object into a bucket, runs the handler, which writes an item, and reads the item back. What one test
costs is the difference between a run with many and a run with one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import arguments, median_ratio, take_turns

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Uploads: {Type: AWS::S3::Bucket}
  Items: {Type: AWS::Serverless::SimpleTable}
  Write:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.12
      CodeUri: src/
      Environment: {Variables: {TABLE: !Ref Items}}
      Events:
        Upload: {Type: S3, Properties: {Bucket: !Ref Uploads, Events: s3:ObjectCreated:*}}
"""

HANDLER = """
import os
import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])

def handler(event, context):
    for record in event["Records"]:
        table.put_item(Item={"id": record["s3"]["object"]["key"]})
"""

PLAIN_HANDLER = """
import os
import boto3

def handler(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    for record in event["Records"]:
        table.put_item(Item={"id": record["s3"]["object"]["key"]})
"""

PLAIN = """
import os
import boto3
import pytest
from moto import mock_aws
import plain_app

os.environ |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
os.environ["TABLE"] = "items"
EVENT = {"Records": [{"s3": {"bucket": {"name": "uploads"}, "object": {"key": "a.txt", "size": 1}}}]}

@pytest.mark.parametrize("n", range(int(os.environ["COUNT"])))
def test(n):
    with mock_aws():
        s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")
        s3.create_bucket(Bucket="uploads")
        dynamodb.create_table(
            TableName="items",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
        s3.put_object(Bucket="uploads", Key="a.txt", Body=b"x")
        plain_app.handler(EVENT, None)
        assert dynamodb.get_item(TableName="items", Key={"id": {"S": "a.txt"}})["Item"]
"""

OURS = """
import os
import pytest

@pytest.mark.parametrize("n", range(int(os.environ["COUNT"])))
def test(n, serverless):
    serverless.aws.client("s3").put_object(Bucket=serverless.ref("Uploads"), Key="a.txt", Body=b"x")
    serverless.settle()
    found = serverless.aws.client("dynamodb").get_item(TableName=serverless.ref("Items"), Key={"id": {"S": "a.txt"}})
    assert found["Item"]
"""

SUBJECTS = {
    "plain": ("plain", ("-p", "no:serverless_toolkit")),
    "warm": ("ours", ()),
    "cold": ("ours", ("--serverless-cold-start=each_test",)),
}


def write(folder: Path) -> None:
    for name, text in {
        "template.yaml": TEMPLATE,
        "src/app.py": HANDLER,
        "plain_app.py": PLAIN_HANDLER,
        "test_plain.py": PLAIN,
        "test_ours.py": OURS,
        "pytest.ini": "[pytest]\npythonpath = .\n",
    }.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def processor_ms(folder: Path, subject: str, count: int) -> float:
    """Run that many of a subject's tests; return the processor time of the whole run, in milliseconds."""
    file, options = SUBJECTS[subject]
    others = [
        option for name in ("xdist", "randomly", "asyncio", "hypothesispytest") for option in ("-p", f"no:{name}")
    ]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *others, *options, f"test_{file}.py"]
    environment = {**os.environ, "COUNT": str(count)}
    child = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert child.stdout is not None
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{subject} failed:\n{output.decode()}")
    return (usage.ru_utime + usage.ru_stime) * 1000


def main() -> None:
    quick = arguments(__doc__).quick
    rounds, count = (2, 15) if quick else (7, 100)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        for subject in SUBJECTS:
            processor_ms(folder, subject, 1)  # compiles what is not compiled yet
        one = take_turns({s: lambda s=s: processor_ms(folder, s, 1) for s in SUBJECTS}, rounds)  # type: ignore[misc]
        many = take_turns({s: lambda s=s: processor_ms(folder, s, count) for s in SUBJECTS}, rounds)  # type: ignore[misc]
    each = {s: [(m - o) / (count - 1) for m, o in zip(many[s], one[s], strict=True)] for s in SUBJECTS}
    for subject in SUBJECTS:
        spent = sorted(each[subject])[len(each[subject]) // 2]
        print(f"{subject:>6}: {spent:7.2f} ms a test, {1000 / spent:6.1f} tests/s")
    for subject in ("warm", "cold"):
        print(f"{subject} is {1 / median_ratio(each[subject], each['plain']):.1f} times as fast as plain")
    print(f"a run of one test takes {median_ratio(one['warm'], one['plain']):.2f} times as long as plain")


if __name__ == "__main__":
    main()
