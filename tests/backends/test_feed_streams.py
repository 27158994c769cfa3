"""Changes of tables and streams: each write is one record, in the shard and the order in which it is read."""

import itertools

import boto3
import pytest

STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")


def make_table(view="NEW_AND_OLD_IMAGES", name="items"):
    boto3.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view} if view else {"StreamEnabled": False},
    )
    return boto3.resource("dynamodb").Table(name)


@pytest.fixture
def table(aws):
    return make_table()


def summary(changes):
    return [(one.kind.partition(":")[2], one.details["keys"]["id"]["S"]) for one in changes]


@pytest.mark.parametrize("view", VIEWS)
def test_both_images_are_told_whatever_the_stream_shows(aws, changes, view):
    items = make_table(view)
    items.put_item(Item={"id": "1", "n": 1})
    items.put_item(Item={"id": "1", "n": 2})

    _, change = changes
    assert change.details["view_type"] == view
    assert (change.details["old_image"]["n"], change.details["new_image"]["n"]) == ({"N": "1"}, {"N": "2"})


def test_a_record_says_where_and_when(aws, table, changes):
    table.put_item(Item={"id": "1"})

    [change] = changes
    [shard] = aws.wiring.shards(table.latest_stream_arn)
    assert change.details["shard_id"] == shard.id
    assert shard.is_open
    assert change.details["approximate_creation_time"] == pytest.approx(change.time, abs=1)
    assert change.details["user_identity"] is None


def test_an_update_that_makes_an_item_is_one_insertion(table, changes):
    table.update_item(Key={"id": "1"}, UpdateExpression="SET n = :n", ExpressionAttributeValues={":n": 1})
    table.update_item(Key={"id": "2"}, AttributeUpdates={"n": {"Value": 1, "Action": "PUT"}})
    table.update_item(Key={"id": "3"}, UpdateExpression="REMOVE n")

    assert summary(changes) == [("INSERT", "1"), ("INSERT", "2"), ("INSERT", "3")]
    assert [change.details["new_image"].get("n") for change in changes] == [{"N": "1"}, {"N": "1"}, None]
    numbers = [int(change.details["sequence_number"]) for change in changes]
    assert numbers == sorted(set(numbers))


def test_two_items_that_have_nothing_but_keys(table, changes):
    with table.batch_writer() as batch:
        batch.put_item(Item={"id": "1"})
        batch.put_item(Item={"id": "2", "n": 1})

    assert summary(changes) == [("INSERT", "1"), ("INSERT", "2")]


def test_an_image_does_not_change_with_the_item(table, changes):
    table.put_item(Item={"id": "1", "deep": {"list": [1, {"a": 1}]}})
    table.update_item(
        Key={"id": "1"},
        UpdateExpression="SET deep.#l[1].a = :n, deep.#l[0] = :n",
        ExpressionAttributeNames={"#l": "list"},
        ExpressionAttributeValues={":n": 2},
    )

    made, changed = changes
    first = {"M": {"list": {"L": [{"N": "1"}, {"M": {"a": {"N": "1"}}}]}}}
    assert made.details["new_image"]["deep"] == changed.details["old_image"]["deep"] == first
    assert changed.details["new_image"]["deep"]["M"]["list"]["L"][0] == {"N": "2"}


def test_writes_of_a_transaction(table, changes):
    table.put_item(Item={"id": "old"})
    table.put_item(Item={"id": "older"})
    changes.clear()
    where = {"TableName": "items"}
    set_n = {"UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": 1}}

    table.meta.client.transact_write_items(
        TransactItems=[
            {"Put": {**where, "Item": {"id": "put"}}},
            {"Update": {**where, "Key": {"id": "new"}, **set_n}},
            {"Update": {**where, "Key": {"id": "old"}, **set_n}},
            {"Delete": {**where, "Key": {"id": "older"}}},
        ]
    )

    assert summary(changes) == [("INSERT", "put"), ("INSERT", "new"), ("MODIFY", "old"), ("REMOVE", "older")]


def test_a_failed_transaction_leaves_no_record_either(table, changes):
    client = table.meta.client
    table.put_item(Item={"id": "1"})
    check = {"ConditionExpression": "attribute_not_exists(id)"}
    writes = [{"TableName": "items", "Item": {"id": "2"}}, {"TableName": "items", "Item": {"id": "1"}, **check}]
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=[{"Put": write} for write in writes])
    table.put_item(Item={"id": "3"})

    assert summary(changes) == [("INSERT", "1"), ("INSERT", "3")]


def test_a_batch_that_deletes(table, changes):
    table.put_item(Item={"id": "1"})
    with table.batch_writer() as batch:
        batch.delete_item(Key={"id": "1"})
        batch.delete_item(Key={"id": "never there"})

    assert summary(changes) == [("INSERT", "1"), ("REMOVE", "1")]


def test_statements_of_partiql(table, changes):
    client = table.meta.client
    client.execute_statement(Statement="INSERT INTO items VALUE {'id': '1', 'n': 1}")
    client.execute_statement(Statement="UPDATE items SET n = ? WHERE id = '1'", Parameters=[2])
    client.execute_statement(Statement="DELETE FROM items WHERE id = '1'")

    assert summary(changes) == [("INSERT", "1"), ("MODIFY", "1"), ("REMOVE", "1")]


def test_a_condition_that_does_not_hold_tells_nothing(table, changes):
    client = table.meta.client
    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        table.put_item(Item={"id": "1"}, ConditionExpression="attribute_exists(id)")
    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        table.update_item(Key={"id": "1"}, ConditionExpression="attribute_exists(id)", UpdateExpression="REMOVE n")

    assert changes == []


def test_a_table_without_a_stream_tells_nothing(aws, changes):
    make_table(None).put_item(Item={"id": "1"})

    assert changes == []


def test_a_stream_that_is_switched_on_later(aws, changes):
    items = make_table(None)
    items.put_item(Item={"id": "1"})
    specification = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    items.meta.client.update_table(TableName="items", StreamSpecification=specification)
    items.put_item(Item={"id": "2"})

    assert summary(changes) == [("INSERT", "2")]
    assert aws.wiring.shards(changes[0].details["stream"]) != []


@pytest.fixture
def kinesis(aws):
    client = boto3.client("kinesis")
    client.create_stream(StreamName="clicks", ShardCount=1)
    return client


def put(kinesis, *keys):
    return [kinesis.put_record(StreamName="clicks", Data=key.encode(), PartitionKey=key) for key in keys]


def read(kinesis, shard):
    where = {"StreamName": "clicks", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    records = kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**where)["ShardIterator"])["Records"]
    return [record["Data"].decode() for record in records]


def test_a_record_of_a_stream_says_where_and_when(kinesis, changes):
    [answer] = put(kinesis, "a")

    [change] = changes
    assert change.details["shard_id"] == answer["ShardId"] == "shardId-000000000000"
    assert change.details["sequence_number"] == answer["SequenceNumber"]
    assert change.details["arrival_time"] == pytest.approx(change.time, abs=1)
    assert change.details["explicit_hash_key"] is None


def test_sequence_numbers_are_as_kinesis_has_them(kinesis, changes):
    put(kinesis, "a", "b")
    kinesis.put_records(StreamName="clicks", Records=[{"Data": b"c", "PartitionKey": "c"}])

    numbers = [change.details["sequence_number"] for change in changes]
    assert {len(number) for number in numbers} == {56}
    assert all(int(after) == int(before) + 1 for before, after in itertools.pairwise(numbers))
    where = {"StreamName": "clicks", "ShardId": "shardId-000000000000", "StartingSequenceNumber": numbers[1]}
    at = kinesis.get_shard_iterator(**where, ShardIteratorType="AFTER_SEQUENCE_NUMBER")["ShardIterator"]
    assert [record["SequenceNumber"] for record in kinesis.get_records(ShardIterator=at)["Records"]] == numbers[2:]


def test_a_record_that_is_refused_tells_nothing(kinesis, changes):
    with pytest.raises(kinesis.exceptions.ResourceNotFoundException):
        kinesis.put_record(StreamName="none", Data=b"", PartitionKey="a")

    assert changes == []


def test_the_greatest_hash_key_has_a_shard(kinesis, changes):
    kinesis.put_record(StreamName="clicks", Data=b"", PartitionKey="a", ExplicitHashKey=str(2**128 - 1))

    assert changes[0].details["explicit_hash_key"] == str(2**128 - 1)


def test_a_split_shard_keeps_its_records_and_takes_no_more(aws, kinesis, changes):
    # https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html
    put(kinesis, "a", "b")
    kinesis.split_shard(StreamName="clicks", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    first = [change.details["sequence_number"] for change in changes[:2]]
    put(kinesis, *"cdefgh")

    kinds = [change.kind for change in changes]
    assert kinds == ["kinesis:PutRecord"] * 2 + ["kinesis:SplitShard"] + ["kinesis:PutRecord"] * 6
    children = ["shardId-000000000001", "shardId-000000000002"]
    assert changes[2].details == {"closed": ["shardId-000000000000"], "opened": children}
    assert {change.details["shard_id"] for change in changes[3:]} == set(children)
    assert all(int(change.details["sequence_number"]) > int(first[-1]) for change in changes[3:])
    assert read(kinesis, "shardId-000000000000") == ["a", "b"]
    assert sorted(read(kinesis, children[0]) + read(kinesis, children[1])) == list("cdefgh")

    parent, *rest = aws.wiring.shards(STREAM)
    assert (parent.is_open, [one.is_open for one in rest]) == (False, [True, True])
    assert [one.parents for one in rest] == [(parent.id,), (parent.id,)]
    assert (rest[0].last_hash_key, rest[1].first_hash_key) == (2**127 - 1, 2**127)


def test_merged_shards_keep_their_records_and_take_no_more(aws, kinesis, changes):
    kinesis.split_shard(StreamName="clicks", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    put(kinesis, *"abcdefgh")
    one, two = "shardId-000000000001", "shardId-000000000002"
    kinesis.merge_shards(StreamName="clicks", ShardToMerge=one, AdjacentShardToMerge=two)
    before = read(kinesis, one) + read(kinesis, two)
    changes.clear()
    put(kinesis, "i")

    assert sorted(before) == list("abcdefgh")
    assert read(kinesis, "shardId-000000000003") == ["i"]
    assert changes[0].details["shard_id"] == "shardId-000000000003"
    assert aws.wiring.shards(STREAM)[-1].parents == (one, two)


def test_a_new_number_of_shards_is_splits_and_merges(kinesis, changes):
    put(kinesis, "a")
    kinesis.update_shard_count(StreamName="clicks", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    kinesis.update_shard_count(StreamName="clicks", TargetShardCount=1, ScalingType="UNIFORM_SCALING")

    assert [change.kind for change in changes] == ["kinesis:PutRecord", "kinesis:SplitShard", "kinesis:MergeShards"]


def test_a_split_that_is_refused_tells_nothing(kinesis, changes):
    with pytest.raises(kinesis.exceptions.InvalidArgumentException):
        kinesis.split_shard(StreamName="clicks", ShardToSplit="shardId-000000000000", NewStartingHashKey="0")

    assert changes == []


def test_resharding_is_put_back_with_the_rest(own_backend):
    kinesis = own_backend.client("kinesis")
    with own_backend.entered():
        kinesis.create_stream(StreamName="clicks", ShardCount=1)
        put(kinesis, "a")
        own_backend.take_snapshot()
    with own_backend.entered():
        kinesis.split_shard(StreamName="clicks", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))

    with own_backend.entered():
        assert [shard.is_open for shard in own_backend.wiring.shards(STREAM)] == [True]
        assert read(kinesis, "shardId-000000000000") == ["a"]
