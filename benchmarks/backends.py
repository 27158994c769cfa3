"""The unit test that everybody writes (S3 event, handler, item), in three ways; and what a restore costs.

- fresh: `mock_aws`, clients and resources made for each test, as moto's documentation shows it
- reset: one mock for the session, reset and provisioned for each test, clients made for each test
- ours: restored from the snapshot, clients and handler warm
"""

from __future__ import annotations

import gc
import io
import json
import os
import resource
import statistics
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from measure import arguments, median_ratio, seconds_per_call, take_turns
from moto import mock_aws
from moto.core.models import MockAWS

from pytest_serverless.backends.aws import AwsBackend

os.environ |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
BUCKET, TABLE = "uploads", "items"


def provision(client: Callable[[str], Any]) -> None:
    client("s3").create_bucket(Bucket=BUCKET)
    client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def handler(event: dict[str, Any], table: Any) -> None:
    for record in event["Records"]:
        table.put_item(Item={"id": record["s3"]["object"]["key"], "size": record["s3"]["object"]["size"]})


def test(s3: Any, dynamodb: Any, table: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="a.txt", Body=b"hello")
    handler({"Records": [{"s3": {"object": {"key": "a.txt", "size": 5}}}]}, table)
    assert dynamodb.get_item(TableName=TABLE, Key={"id": {"S": "a.txt"}})["Item"]["size"] == {"N": "5"}


def run_with_new_clients() -> None:
    provision(boto3.client)
    test(boto3.client("s3"), boto3.client("dynamodb"), boto3.resource("dynamodb").Table(TABLE))


def fresh() -> None:
    with mock_aws():
        run_with_new_clients()


@contextmanager
def session_mock() -> Iterator[Callable[[], None]]:
    """One mock for all, without the default session that moto forgets on each start: the best of the common ways."""
    mock = mock_aws()
    mock.start()

    def one_test() -> None:
        MockAWS.reset(mock)
        run_with_new_clients()

    try:
        yield one_test
    finally:
        mock.stop()


def reset(calls: int) -> float:
    with session_mock() as one_test:
        one_test()
        return seconds_per_call(one_test, calls)()


def ours_test(backend: AwsBackend) -> Callable[[], None]:
    s3, dynamodb = backend.client("s3"), backend.client("dynamodb")
    with backend.entered():
        table = boto3.resource("dynamodb").Table(TABLE)
        provision(backend.client)
        backend.take_snapshot()

    def one_test() -> None:
        with backend.entered("benchmark"):
            test(s3, dynamodb, table)

    return one_test


def ten_resources(backend: AwsBackend) -> None:
    client = backend.client
    provision(client)
    client("s3").put_object(Bucket=BUCKET, Key="config.json", Body=b"{}")
    client("s3").create_bucket(Bucket="thumbnails")
    topic = client("sns").create_topic(Name="news")["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:jobs")
    client("events").put_rule(Name="daily", ScheduleExpression="rate(1 day)")
    client("secretsmanager").create_secret(Name="key", SecretString="x")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = client("iam").create_role(RoleName="runner", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): pass")
    for name in ("resize", "notify"):
        client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=role,
            Handler="app.handler",
            Code={"ZipFile": package.getvalue()},
        )


def measure_tests(rounds: int, calls: int) -> None:
    backend = AwsBackend()
    one_test = ours_test(backend)
    fresh()
    results = take_turns(
        {
            "fresh": seconds_per_call(fresh, max(calls // 20, 2)),
            "reset": lambda: reset(max(calls // 5, 2)),
            "ours": seconds_per_call(one_test, calls),
        },
        rounds,
    )
    for name, times in results.items():
        print(f"{name:>6}: {1 / statistics.median(times):8.1f} tests/s   {statistics.median(times) * 1000:7.2f} ms")
    for peer in ("fresh", "reset"):
        print(f"ours is {median_ratio(results[peer], results['ours']):.1f} times as fast as {peer}")
    backend.stop()


def measure_restore(rounds: int, tests: int) -> None:
    backend = AwsBackend()
    with backend.entered():
        ten_resources(backend)
        backend.take_snapshot()
        times = [seconds_per_call(backend._engine.restore, 50)() for _ in range(rounds)]
    print(f"restore of ten resources: {statistics.median(times) * 1000:.3f} ms")

    def one_test() -> None:
        with backend.entered():
            backend.client("s3").put_object(Bucket=BUCKET, Key="k", Body=b"x")

    for _ in range(100):
        one_test()
    gc.collect()
    before, start = resident(), time.perf_counter()
    for _ in range(tests):
        one_test()
    gc.collect()
    took = time.perf_counter() - start
    growth = (resident() - before) / 1e6
    print(f"memory after {tests:,} tests with a write: {growth:+.1f} MB, {took / tests * 1000:.2f} ms each")
    backend.stop()


def resident() -> int:
    """Return the bytes that the process holds in memory; the most it ever held where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123  a file of the kernel's
            return int(statm.read().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    quick = arguments(__doc__).quick
    measure_tests(rounds=2 if quick else 7, calls=40 if quick else 200)
    measure_restore(rounds=3 if quick else 15, tests=300 if quick else 3000)


if __name__ == "__main__":
    main()
