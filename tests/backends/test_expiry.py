"""Items past their time to live are deleted when delivery asks, and told of as DynamoDB's own doing.

Facts: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html (2026-11).
"""

import boto3
import pytest

NOW = 1_800_000_000


def table(name, *, stream=True, range_key=False, ttl="expires"):
    client = boto3.client("dynamodb")
    keys = ["id", "n"] if range_key else ["id"]
    view = {"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"} if stream else {"StreamEnabled": False}
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification=view,
    )
    if ttl:
        specification = {"Enabled": True, "AttributeName": ttl}
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
    return boto3.resource("dynamodb").Table(name)


def ids(items):
    return sorted(item["id"] for item in items.scan()["Items"])


def test_what_has_expired_is_deleted_and_told_of(aws, changes):
    items = table("items")
    for name, at in (("later", NOW + 1), ("second", NOW), ("first", NOW - 60)):
        items.put_item(Item={"id": name, "expires": at})
    items.put_item(Item={"id": "never"})
    changes.clear()

    assert aws.wiring.expire_items(NOW) == 2

    assert ids(items) == ["later", "never"]
    assert [(one.kind, one.details["keys"]["id"]["S"]) for one in changes] == [
        ("dynamodb:REMOVE", "first"),
        ("dynamodb:REMOVE", "second"),
    ]
    assert changes[0].details["user_identity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert changes[0].details["old_image"] == {"id": {"S": "first"}, "expires": {"N": str(NOW - 60)}}
    assert aws.wiring.expire_items(NOW) == 0


def test_a_callers_deletion_is_nobody_elses(aws, changes):
    items = table("items")
    items.put_item(Item={"id": "a", "expires": NOW})
    aws.wiring.expire_items(NOW)
    items.put_item(Item={"id": "b"})
    items.delete_item(Key={"id": "b"})

    assert [one.details["user_identity"] is None for one in changes] == [True, False, True, True]


def test_the_stream_itself_says_who_deleted(aws):
    items, streams = table("items"), boto3.client("dynamodbstreams")
    items.put_item(Item={"id": "a", "expires": NOW})
    aws.wiring.expire_items(NOW)

    arn = items.latest_stream_arn
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    where = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    records = streams.get_records(ShardIterator=streams.get_shard_iterator(**where)["ShardIterator"])["Records"]

    assert [one.get("userIdentity") for one in records] == [
        None,
        {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"},
    ]


def test_tables_with_sort_keys_and_without_a_stream(aws, changes):
    sorted_items, plain = table("sorted", range_key=True), table("plain", stream=False)
    sorted_items.put_item(Item={"id": "a", "n": "1", "expires": NOW})
    sorted_items.put_item(Item={"id": "a", "n": "2", "expires": NOW + 1})
    plain.put_item(Item={"id": "a", "expires": NOW})
    changes.clear()

    assert aws.wiring.expire_items(NOW) == 2

    assert [item["n"] for item in sorted_items.scan()["Items"]] == ["2"]
    assert ids(plain) == []
    assert [one.details["keys"] for one in changes] == [{"id": {"S": "a"}, "n": {"S": "1"}}]


@pytest.mark.parametrize("value", [str(NOW), NOW - 6 * 365 * 86400, None, [NOW]])
def test_what_is_no_time_of_the_last_five_years_stays(aws, value):
    items = table("items")
    items.put_item(Item={"id": "a", "expires": value})

    assert aws.wiring.expire_items(NOW) == 0
    assert ids(items) == ["a"]


def test_a_table_without_a_time_to_live_keeps_its_items(aws):
    items, switched_off = table("items", ttl=None), table("others")
    boto3.client("dynamodb").update_time_to_live(
        TableName="others", TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires"}
    )
    items.put_item(Item={"id": "a", "expires": NOW})
    switched_off.put_item(Item={"id": "a", "expires": NOW})

    assert aws.wiring.expire_items(NOW) == 0


def test_what_expired_is_there_again_in_the_next_test(own_backend, monkeypatch):
    from pytest_serverless.backends.moto import snapshot

    monkeypatch.setattr(snapshot, "LARGE", 0)  # only what was reached is put back
    with own_backend.entered():
        table("items").put_item(Item={"id": "a", "expires": NOW})
        own_backend.take_snapshot()
    with own_backend.entered():
        assert own_backend.wiring.expire_items(NOW) == 1

    with own_backend.entered():
        assert ids(boto3.resource("dynamodb").Table("items")) == ["a"]
