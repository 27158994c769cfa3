"""What was put into a stream, what a table holds, and what its stream told."""

from decimal import Decimal

import pytest

from pytest_serverless.errors import InvalidParameterError


@pytest.fixture
def write(backend, ref):
    return lambda id_, **item: backend.client("dynamodb").put_item(TableName=ref(id_), Item=item)


def test_the_data_of_a_stream_are_what_was_put(serverless, backend, ref):
    kinesis = backend.client("kinesis")
    kinesis.put_record(StreamName=ref("Clicks"), PartitionKey="p", Data=b'{"n": 1}')
    kinesis.put_records(StreamName=ref("Clicks"), Records=[{"PartitionKey": "q", "Data": b"\x00\xff"}])

    stream = serverless.stream("Clicks")

    assert stream.data == [b'{"n": 1}', b"\x00\xff"]
    assert stream.one(json={"n": 1}).partition_key == "p"
    assert [record.shard_id for record in stream.records] == ["shardId-000000000000"] * 2
    with pytest.raises(AssertionError, match="not JSON"):
        stream.json  # noqa: B018


def test_the_json_of_a_stream(serverless, backend, ref):
    backend.client("kinesis").put_record(StreamName=ref("Clicks"), PartitionKey="p", Data=b'{"n": 1}')

    assert serverless.stream("Clicks").json == [{"n": 1}]


def test_the_stream_of_a_table_is_found_by_the_table(serverless, write, backend, ref):
    key = {"account": {"S": "a"}, "line": {"N": "1"}}
    write("Ledger", **key, total={"N": "2.5"}, raw={"B": b"\x00\xff"})
    write("Ledger", **key, total={"N": "3"})
    backend.client("dynamodb").delete_item(TableName=ref("Ledger"), Key=key)

    stream = serverless.stream("Ledger")
    insert, modify, remove = stream.records

    assert [record.event for record in stream.records] == ["INSERT", "MODIFY", "REMOVE"]
    assert insert.keys == {"account": "a", "line": Decimal(1)}
    assert (insert.old_image, insert.new_image["raw"]) == (None, b"\x00\xff")
    assert (modify.old_image["total"], modify.new_image["total"]) == (Decimal("2.5"), Decimal(3))
    assert (remove.new_image, remove.data["total"]) == (None, Decimal(3))
    assert stream.json[0] == {"account": "a", "line": 1, "total": 2.5, "raw": "AP8="}


@pytest.mark.parametrize(
    ("view_type", "images"),
    [
        ("KEYS_ONLY", (None, None)),
        ("NEW_IMAGE", ({"n": Decimal(2)}, None)),
        ("OLD_IMAGE", (None, {"n": Decimal(1)})),
        ("NEW_AND_OLD_IMAGES", ({"n": Decimal(2)}, {"n": Decimal(1)})),
    ],
)
def test_a_stream_shows_the_images_of_its_view_type(serverless, write, changes, view_type, images):
    write("Audit", id={"S": "a"})
    changes[0].details.update(view_type=view_type, new_image={"n": {"N": "2"}}, old_image={"n": {"N": "1"}})

    record = serverless.stream("Audit").one()

    assert (record.new_image, record.old_image) == images
    assert record.data == (images[0] or images[1] or {"id": "a"})


def test_the_images_of_a_stream_have_bytes_as_a_table_has_them(serverless, write):
    deep = {"L": [{"M": {"b": {"B": b"\x01"}}}, {"BS": [b"\x02"]}]}
    write("Ledger", account={"S": "a"}, line={"N": "1"}, deep=deep)

    assert serverless.stream("Ledger").one().new_image["deep"] == [{"b": b"\x01"}, {b"\x02"}]


def test_a_table_gives_its_items_as_boto3_does(serverless, write):
    write(
        "Orders",
        id={"S": "1"},
        total={"N": "9.5"},
        tags={"SS": ["e", "d", "c", "b", "a"]},
        paid={"BOOL": True},
        raw={"B": b"x"},
    )

    table = serverless.table("Orders")

    assert table.items == [{"id": "1", "total": Decimal("9.5"), "tags": set("abcde"), "paid": True, "raw": b"x"}]
    assert table.json == [{"id": "1", "total": 9.5, "tags": list("abcde"), "paid": True, "raw": "eA=="}]
    assert table.one(paid=True)["id"] == "1"


def test_a_table_is_read_whole_however_many_pages_it_has(serverless, backend, write):
    for number in range(3):
        write("Orders", id={"S": str(number)}, much={"S": "x" * 390_000})

    first = backend.client("dynamodb").scan(TableName=serverless.table("Orders")._place.resource.name)

    assert "LastEvaluatedKey" in first
    assert sorted(item["id"] for item in serverless.table("Orders").items) == ["0", "1", "2"]


def test_an_item_is_got_by_its_key(serverless, write):
    write("Ledger", account={"S": "a"}, line={"N": "1"}, total={"N": "3"})

    table = serverless.table("Ledger")

    assert table.get(account="a", line=1)["total"] == 3
    assert table.get(account="a", line=2) is None
    with pytest.raises(InvalidParameterError, match="table Ledger has the key account and line, got total"):
        table.get(total=3)


def test_membership_is_by_attributes_or_by_the_only_key(serverless, write):
    write("Orders", id={"S": "1"}, total={"N": "3"})

    assert "1" in serverless.table("Orders")
    assert "2" not in serverless.table("Orders")
    assert {"total": 3} in serverless.table("Orders")
    assert {"id": "1", "total": 4} not in serverless.table("Orders")
    with pytest.raises(InvalidParameterError, match="account and line: ask for an item with a dict"):
        "a" in serverless.table("Ledger")  # noqa: B015


def test_looking_at_streams_and_tables_is_not_noticed(serverless, write, noticed):
    write("Ledger", account={"S": "a"}, line={"N": "1"})
    before, table = noticed(), serverless.table("Ledger")

    assert (len(table), {"line": 1} in table, len(serverless.stream("Ledger"))) == (1, True, 1)
    assert (table.get(account="a", line=1), len(serverless.stream("Clicks"))) == (table.items[0], 0)
    assert noticed() == before


def test_a_tables_repr_is_a_table_with_a_column_for_each_attribute(serverless, write):
    write("Orders", id={"S": "1"}, total={"N": "3"})
    write("Orders", id={"S": "2"}, note={"S": "n"})

    assert repr(serverless.table("Orders")) == (
        "<table Orders: 2 items\n  id   total  note\n  '1'  3\n  '2'         'n'>"
    )
