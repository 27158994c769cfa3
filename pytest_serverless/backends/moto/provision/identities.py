"""Makes moto keep the ids that the template was resolved with.

References are resolved before anything is made, so the ids that AWS mints (of keys, pools, secrets, …) are derived from
the template, and moto's, which are random, are put right here as soon as it has made the thing. Each function says what
it takes for granted of moto's inside; a test reads every id back through boto3.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision.bench import Bench, StepError
from pytest_serverless.backends.moto.rotation import configure

__all__ = [
    "any_role",
    "aws_managed_policies",
    "consumer",
    "event_source_mapping",
    "kms_key",
    "role",
    "rotation",
    "secret",
    "stream",
    "subscription",
    "subscription_filter",
    "user_pool",
    "user_pool_client",
    "without_test_events",
    "without_triggers",
]


def kms_key(bench: Bench, minted: str, wanted: str) -> None:
    """`keys` is by id; a key's `id` and `arn` are plain attributes, as is where a multi-region key is primary."""
    key = _moved(bench.backend("kms").keys, minted, wanted)
    key.arn = key.arn.replace(key.id, wanted)
    key.id = wanted
    if key.multi_region:
        key.multi_region_configuration["PrimaryKey"]["Arn"] = key.arn


def secret(bench: Bench, name: str, wanted: str) -> None:
    """`secrets` is by name, and looks through the secrets' `arn`."""
    bench.backend("secretsmanager").secrets[name].arn = wanted


def rotation(bench: Bench, secret_id: str, function: str, rules: Mapping[str, Any]) -> None:
    """A secret's function and rules are plain attributes; to set them through the API is to rotate it at once."""
    secrets = bench.backend("secretsmanager").secrets
    if secret_id not in secrets:
        raise StepError("SecretId", f"there is no secret {secret_id!r}")
    configure(secrets[secret_id], function, rules)


def stream(bench: Bench, table: str, wanted: str) -> None:
    """A table makes its stream's ARN of `latest_stream_label`."""
    bench.backend("dynamodb").tables[table].latest_stream_label = wanted.rpartition("/stream/")[2]


def role(bench: Bench, minted: str, wanted: str) -> None:
    """`roles` is by id, which is the role's `id` too; IAM has one region for a partition."""
    _moved(bench.backend("iam", everywhere=True).roles, minted, wanted).id = wanted


def subscription(bench: Bench, minted: str, wanted: str) -> None:
    """`subscriptions` is by ARN, which a subscription has as `arn` and among its `attributes`."""
    subscribed = _moved(bench.backend("sns").subscriptions, minted, wanted)
    subscribed.arn = wanted
    subscribed.attributes["SubscriptionArn"] = wanted


def user_pool(bench: Bench, minted: str, wanted: str) -> None:
    """`user_pools` is by id; a pool's `id` and `arn` are plain attributes, and tokens are made with them."""
    pool = _moved(bench.backend("cognito-idp").user_pools, minted, wanted)
    pool.arn = pool.arn.replace(minted, wanted)
    pool.id = wanted


def user_pool_client(bench: Bench, pool: str, minted: str, wanted: str, client_secret: str | None) -> None:
    """A pool's `clients` are by id; `secret` is what a client shows where it was made with one."""
    client = _moved(bench.backend("cognito-idp").user_pools[pool].clients, minted, wanted)
    client.id = wanted
    client.secret = client_secret or client.secret


def event_source_mapping(bench: Bench, wanted: Resource, record: dict[str, Any]) -> None:
    """A mapping made as the backend makes it, but from queues and streams that moto need not hold, and unknown to them.

    That way it is listed and described, and never delivers.
    """
    from moto.awslambda.models import EventSourceMapping

    backend = bench.backend("lambda")
    place = {"RegionName": backend.region_name, "AccountId": backend.account_id}
    mapping = EventSourceMapping({**record, **place})  # type: ignore[abstract]  # moto makes them all the same
    mapping.uuid, mapping.arn = wanted.name, wanted.arn or ""
    backend._event_source_mappings[mapping.uuid] = mapping  # noqa: SLF001 - there is no other way in


def subscription_filter(bench: Bench, name: str, properties: Mapping[str, Any]) -> None:
    """A log group takes a filter as it is; the backend before it asks for a destination that answers."""
    group = bench.backend("logs").groups.get(properties["LogGroupName"])
    if group is None:
        raise StepError("LogGroupName", f"there is no log group {properties['LogGroupName']!r}")
    group.put_subscription_filter(
        name, properties["FilterPattern"], properties["DestinationArn"], properties.get("RoleArn")
    )


def consumer(bench: Bench, stream_arn: str, name: str, wanted: str) -> None:
    """A stream's `consumers` are a list, each with its name and ARN."""
    stream_of = bench.backend("kinesis").describe_stream(stream_arn=stream_arn, stream_name=None)
    next(each for each in stream_of.consumers if each.consumer_name == name).consumer_arn = wanted


@contextmanager
def any_role(bench: Bench) -> Iterator[None]:
    """Lambda asks IAM's `get_role_by_arn` whether a function's role exists; ours are made only where they are used."""
    iam = bench.backend("iam", everywhere=True)
    iam.get_role_by_arn = lambda _: None
    try:
        yield
    finally:
        del iam.get_role_by_arn


@contextmanager
def without_test_events() -> Iterator[None]:
    """A bucket that is told whom to notify sends each queue and topic a test event, by `notifications.send_test_event`.

    Deployment is over before a test begins: nobody waits for these.
    """
    from moto.s3 import notifications

    sends = notifications.send_test_event
    notifications.send_test_event = lambda *_, **__: None
    try:
        yield
    finally:
        notifications.send_test_event = sends


@contextmanager
def without_triggers(bench: Bench, pool: str) -> Iterator[None]:
    """A pool's triggers stand in its `extended_config`; users who were there before the test began set none off."""
    config = bench.backend("cognito-idp").user_pools[pool].extended_config
    triggers = config.pop("LambdaConfig", None)
    try:
        yield
    finally:
        if triggers is not None:
            config["LambdaConfig"] = triggers


def aws_managed_policies(bench: Bench, arns: Iterable[str]) -> None:
    """Moto knows AWS's own policies, and by default (they are 5 MB) leaves them out; put back those that are named."""
    iam = bench.backend("iam", everywhere=True)
    held = iam.managed_policies
    absent = [arn for arn in arns if ":iam::aws:policy/" in arn and arn not in held]
    if not absent:
        return
    from moto.iam.aws_managed_policies import aws_managed_policies_data
    from moto.iam.models import AWSManagedPolicy

    known = json.loads(aws_managed_policies_data)
    for name in {arn.rpartition("/")[2] for arn in absent} & set(known):
        policy = AWSManagedPolicy.from_data(name, iam.account_id, iam.region_name, known[name])
        held[policy.arn] = policy


def _moved(records: MutableMapping[str, Any], minted: str, wanted: str) -> Any:
    if minted not in records:
        raise StepError("", f"this version of moto does not keep it by the id that it answers, {minted!r}")
    record = records.pop(minted)
    records[wanted] = record
    return record
