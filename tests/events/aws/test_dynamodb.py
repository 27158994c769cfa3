import base64
import copy
import json
from decimal import Decimal

import pytest
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent
from aws_lambda_powertools.utilities.parser.models import DynamoDBStreamModel
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.clock import FixedClock
from pytest_serverless.errors import InconsistentEventError, InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.aws.dynamodb_values import attribute_values, size_of
from pytest_serverless.events.mint import Mint

VIEWS = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
ITEM = {
    "id": "7",
    "text": "Grüße 🌍",
    "count": 3,
    "price": Decimal("19.90"),
    "paid": True,
    "note": None,
    "blob": b"\x00\xff",
    "lines": [1, "two", [False]],
    "address": {"city": "Köln", "zip": 50667},
    "tags": {"b", "a"},
    "sizes": {1, Decimal("2.5")},
    "blobs": {b"x", b"y"},
}


@pytest.fixture
def dynamodb():
    return AwsEvents(Mint(seed=1, clock=FixedClock(1_795_000_000.25))).dynamodb


def change_of(event):
    return event["Records"][0]["dynamodb"]


def plain(values):
    deserializer = TypeDeserializer()
    wire = json.loads(json.dumps(values), object_hook=_bytes)
    return {name: deserializer.deserialize(value) for name, value in wire.items()}


def _bytes(value):
    """Decode binaries, as the SDK does before it hands values out."""
    if set(value) == {"B"}:
        return {"B": base64.b64decode(value["B"])}
    if set(value) == {"BS"}:
        return {"BS": [base64.b64decode(member) for member in value["BS"]]}
    return value


def test_items_read_back_by_the_sdk_are_what_was_given(dynamodb):
    image = plain(change_of(dynamodb.insert(ITEM))["NewImage"])

    assert image == {**ITEM, "blob": Binary(b"\x00\xff"), "blobs": {Binary(b"x"), Binary(b"y")}}


items = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=8) | st.integers(-(10**37), 10**37) | st.binary(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=4), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


@settings(deadline=None, max_examples=80, derandomize=True)
@given(items)
def test_any_item_has_the_types_that_the_sdk_would_send(item):
    serializer = TypeSerializer()
    sent = {name: serializer.serialize(value) for name, value in item.items()}

    assert json.loads(json.dumps(attribute_values(item)), object_hook=_bytes) == sent


@settings(deadline=None, max_examples=60, derandomize=True)
@given(items, st.text(min_size=1, max_size=10), st.sampled_from(VIEWS))
def test_any_item_makes_an_accurate_event(item, key, view):
    event = AwsEvents().dynamodb.modify({**item, "pk": key}, keys="pk", view=view)

    assert events.check(event) == []
    assert events.like(event) == event


@pytest.mark.parametrize(
    ("item", "size"),
    [
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html: the rules
        ({"name": {"S": "ü"}}, 4 + 2),
        ({"flag": {"BOOL": False}}, 4 + 1),
        ({"gone": {"NULL": True}}, 4 + 1),
        ({"blob": {"B": "AP8="}}, 4 + 2),
        ({"list": {"L": []}}, 4 + 3),
        ({"map": {"M": {}}}, 3 + 3),
        ({"n": {"N": "0"}}, 1 + 1),
        ({"n": {"N": "27"}}, 1 + 1 + 1),
        ({"n": {"N": "-27"}}, 1 + 1 + 1 + 1),
        ({"n": {"N": "1000"}}, 1 + 1 + 1),
        ({"set": {"SS": ["ab", "c"]}}, 3 + 3),
        ({"set": {"NS": ["27", "0"]}}, 3 + 2 + 1),
        ({"set": {"BS": ["AP8="]}}, 3 + 2),
    ],
)
def test_sizes_follow_the_documented_rules(item, size):
    assert size_of(item) == size


@pytest.mark.parametrize(
    ("keys", "image", "size_bytes"),
    [
        # Records of the service, as functions logged them and published them in their repositories (2018 to 2023).
        ({"symbol": "CEI"}, {"price": Decimal("139.2675643770462"), "ts": 1644014501478}, 43),
        ({"symbol": "DWAC"}, {"price": Decimal("277.3260952221545"), "ts": 1644014501603}, 45),
        (
            {"SK": "VERSION#latest", "PK": "DMP#stream_test_1"},
            {
                "contact": {
                    "name": "Riley, Brian",
                    "contact_id": {"identifier": "https://orcid.org/0000-0001-9870-5882", "type": "orcid"},
                },
                "description": "Update 4",
                "title": "Stream test 1",
            },
            206,
        ),
        ({"kid": "connection:EH3k_c_zSwMCGqw="}, {}, 60),
    ],
)
def test_sizes_are_those_of_recorded_events(dynamodb, keys, image, size_bytes):
    event = dynamodb.insert({**keys, **image}, keys=list(keys), view="NEW_IMAGE")

    assert change_of(event)["SizeBytes"] == size_bytes


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("variant", "images"),
    [
        ("insert", {"NewImage"}),
        ("modify", {"NewImage", "OldImage"}),
        ("remove", {"OldImage"}),
        ("ttl_delete", {"OldImage"}),
    ],
)
def test_images_are_those_that_the_view_keeps_of_the_change(dynamodb, variant, images, view):
    kept = {"KEYS_ONLY": set(), "NEW_IMAGE": {"NewImage"}, "OLD_IMAGE": {"OldImage"}}.get(
        view, {"NewImage", "OldImage"}
    )

    change = change_of(getattr(dynamodb, variant)(view=view))

    assert {"NewImage", "OldImage"} & change.keys() == images & kept
    assert change["StreamViewType"] == view


@pytest.mark.parametrize("variant", ["insert", "modify", "remove", "ttl_delete"])
def test_powertools_reads_every_property(variant, dynamodb):
    event = getattr(dynamodb, variant)(keys="id", window_seconds=60)

    model = DynamoDBStreamModel.model_validate(event)
    assert model.Records[0].dynamodb.Keys == {"id": "101"}
    data = DynamoDBStreamEvent(event)
    (record,) = data.records
    assert (data.state, data.is_final_invoke_for_window, data.is_window_terminated_early) == ({}, False, False)
    assert data.window.start < data.window.end
    assert data.shard_id.startswith("shardId-")
    assert record.event_name.name == event["Records"][0]["eventName"]
    assert record.event_source_arn == data.event_source_arn
    assert record.dynamodb.keys == {"id": "101"}
    assert record.dynamodb.size_bytes > 0
    assert record.dynamodb.stream_view_type.name == "NEW_AND_OLD_IMAGES"
    assert record.dynamodb.approximate_creation_date_time == 1_795_000_000
    assert record.user_identity == (
        {"type": "Service", "principalId": "dynamodb.amazonaws.com"} if variant == "ttl_delete" else {}
    )


def test_a_modify_without_old_comes_from_the_key_alone(dynamodb):
    change = change_of(dynamodb.modify({"pk": "a", "sk": "b", "n": 1}, keys=["pk", "sk"]))

    assert change["OldImage"] == change["Keys"] == {"pk": {"S": "a"}, "sk": {"S": "b"}}


def test_a_modify_of_the_default_item_may_have_another_past(dynamodb):
    change = change_of(dynamodb.modify(old={"id": "101", "message": "Before"}))

    assert change["OldImage"]["message"] == {"S": "Before"}


def test_numbers_are_written_as_dynamodb_gives_them_back():
    item = {"a": Decimal("1.50"), "b": Decimal("1E+3"), "c": 0.1, "d": Decimal("-0"), "e": Decimal("1E-7")}

    assert [value["N"] for value in attribute_values(item).values()] == ["1.5", "1000", "0.1", "0", "0.0000001"]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"id": "1", "n": float("nan")}, r"item\['n'\].*number is finite"),
        ({"id": "1", "n": 10**38 + 1}, "at most 38 digits"),
        ({"id": "1", "n": Decimal("1E+126")}, "between"),
        ({"id": "1", "s": set()}, "no members"),
        ({"id": "1", "s": {1, "a"}}, "mixed"),
        ({"id": "1", "o": object()}, "got <object"),
        ({"id": "1", "deep": [{"x": object()}]}, r"item\['deep'\]\[0\]\['x'\]"),
        ({"id": "1", "": 1}, "one character or more"),
        ({}, "key '' is not in the item, which has: nothing"),
        ({"id": True}, "one or two attributes"),
    ],
)
def test_items_that_dynamodb_cannot_hold_are_refused(dynamodb, item, message):
    with pytest.raises(InvalidParameterError, match=message):
        dynamodb.insert(item)


def test_a_key_that_the_item_lacks_is_refused(dynamodb):
    with pytest.raises(InvalidParameterError, match="'pk' is not in the item, which has: 'id'"):
        dynamodb.insert({"id": 1}, keys="pk")


@pytest.mark.parametrize("keys", [[], ["a", "b", "c"]])
def test_a_table_has_one_or_two_keys(dynamodb, keys):
    with pytest.raises(InvalidParameterError, match="one or two"):
        dynamodb.insert({"a": 1, "b": 2, "c": 3}, keys=keys)


def test_the_window_holds_the_moment_of_the_change(dynamodb):
    event = dynamodb.insert(created=1_795_000_059.5, window_seconds=60, state={"n": 1}, final=True)

    assert event["window"] == {"start": "2026-11-18T11:07:00Z", "end": "2026-11-18T11:08:00Z"}
    assert (event["state"], event["isFinalInvokeForWindow"]) == ({"n": 1}, True)
    with pytest.raises(InvalidParameterError, match="1 to 900"):
        dynamodb.insert(window_seconds=901)


def test_the_final_invocation_of_a_window_may_have_no_records(dynamodb):
    event = {**dynamodb.insert(final=True), "Records": []}

    assert events.check(event) == []
    assert events.like(event) == event
    assert [v.rule for v in events.check({**dynamodb.insert(), "Records": [{"eventSource": "aws:dynamodb"}]})]


@pytest.mark.parametrize("created", [1_644_014_501, 1_644_014_501.0])
def test_the_time_may_be_whole_or_not(dynamodb, created):
    event = dynamodb.insert(created=created)

    assert change_of(event)["ApproximateCreationDateTime"] == created
    assert events.check(event) == []


def test_a_stream_arn_is_taken_for_a_table_and_the_region_follows_it(dynamodb):
    stream = "arn:aws-cn:dynamodb:cn-north-1:210987654321:table/users/stream/2024-06-10T19:26:16.525"

    (record,) = dynamodb.insert(table=stream)["Records"]

    assert (record["eventSourceARN"], record["awsRegion"]) == (stream, "cn-north-1")


def test_overriding_an_image_counts_the_bytes_again(dynamodb):
    longer = dynamodb.insert(overrides={"Records[0].dynamodb.NewImage.message.S": "New item!!!"})

    assert change_of(longer)["SizeBytes"] == change_of(dynamodb.insert())["SizeBytes"] + 2


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("Records[0].dynamodb.SizeBytes", 1, "derived: the bytes of Keys"),
        ("Records[0].dynamodb.Keys.id.S", "8", "as in the images"),
        ("Records[0].userIdentity", {"type": "Service", "principalId": "dynamodb.amazonaws.com"}, "DynamoDB itself"),
        ("Records[0].dynamodb.StreamViewType", "KEYS_ONLY", "NewImage cannot be overridden"),
        ("Records[0].dynamodb.NewImage.n", {"N": 1}, "a number, as text"),
        ("Records[0].dynamodb.NewImage.n", {"N": "one"}, "a number, as text"),
        ("Records[0].dynamodb.NewImage.n", {"N": "1", "S": "1"}, "a value with its type"),
    ],
)
def test_overrides_that_contradict_the_service_are_refused(dynamodb, path, value, message):
    with pytest.raises(InconsistentEventError, match=message):
        dynamodb.insert(overrides={path: value})


# The example of https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html (2026-11), whose ids are placeholders.
DOCUMENTED = {
    "Records": [
        {
            "eventID": "1",
            "eventName": "INSERT",
            "eventVersion": "1.0",
            "eventSource": "aws:dynamodb",
            "awsRegion": "us-west-2",
            "dynamodb": {
                "Keys": {"Id": {"N": "101"}},
                "NewImage": {"Message": {"S": "New item!"}, "Id": {"N": "101"}},
                "SequenceNumber": "111",
                "SizeBytes": 26,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
            "eventSourceARN": "arn:aws:dynamodb:us-west-2:123456789012:table/my-table/stream/2024-06-10T19:26:16.525",
        },
    ]
}


def test_the_placeholders_of_the_documentation_are_found():
    faults = {(v.path.removeprefix("Records[0]."), v.rule) for v in events.check(DOCUMENTED)}

    assert faults == {
        ("eventID", "hex"),
        ("eventVersion", "const"),
        ("dynamodb.ApproximateCreationDateTime", "required"),
        ("dynamodb.SequenceNumber", "sequence"),
    }


def test_like_keeps_the_documented_item_and_makes_the_rest_accurate():
    event = events.like(DOCUMENTED)

    assert events.check(event) == []
    assert change_of(event)["NewImage"] == change_of(DOCUMENTED)["NewImage"]
    assert change_of(event)["SizeBytes"] == 26


def hand_written(**change):
    record = {"eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": change}
    return {"Records": [record]}


@pytest.mark.parametrize(
    ("change", "view", "keys"),
    [
        ({"NewImage": {"name": "Ann", "userId": 7}}, "NEW_IMAGE", {"userId": {"N": "7"}}),
        (
            {"NewImage": {"PK": {"S": "a"}, "SK": {"S": "b"}, "id": {"S": "c"}}},
            "NEW_IMAGE",
            {"PK": {"S": "a"}, "SK": {"S": "b"}},
        ),
        ({"NewImage": {"list": {"L": []}, "name": {"S": "Ann"}}}, "NEW_IMAGE", {"name": {"S": "Ann"}}),
        ({"NewImage": {"id": {"S": "a"}}, "StreamViewType": "BOTH"}, "NEW_IMAGE", {"id": {"S": "a"}}),
        ({"NewImage": {"id": "a", "n": float("inf"), "m": {}}}, "NEW_IMAGE", {"id": {"S": "a"}}),
        ({"Keys": {"id": {"S": "a"}}}, "KEYS_ONLY", {"id": {"S": "a"}}),
        ({"Keys": {}, "ApproximateCreationDateTime": 1_644_014_501_250}, "KEYS_ONLY", {"id": {"S": "101"}}),
    ],
)
def test_like_tells_view_and_key_from_what_is_there(change, view, keys):
    event = events.like(hand_written(**change))

    assert events.check(event) == []
    assert (change_of(event)["StreamViewType"], change_of(event)["Keys"]) == (view, keys)


def test_like_gives_a_modify_the_image_that_it_lacks():
    wrong = hand_written(
        NewImage={"id": {"S": "a"}, "n": {"N": "1"}}, Keys={"id": {"S": "a"}}, StreamViewType="NEW_AND_OLD_IMAGES"
    )
    wrong["Records"][0]["eventName"] = "modify"

    event = events.like(wrong)

    assert events.check(event) == []
    assert change_of(event)["OldImage"] == {"id": {"S": "a"}}


def test_records_of_a_batch_rise_and_are_of_one_stream(dynamodb):
    batch = events.batch(dynamodb.insert(), dynamodb.remove())
    assert events.check(batch) == []

    backwards = {"Records": batch["Records"][::-1]}
    assert [v.rule for v in events.check(backwards)] == ["sequence-order"]
    assert events.check(events.like(backwards)) == []

    doubled = copy.deepcopy(batch)
    doubled["Records"][1]["eventID"] = doubled["Records"][0]["eventID"]
    assert [v.rule for v in events.check(doubled)] == ["unique-ids"]
    assert events.check(events.like(doubled)) == []


def test_a_window_without_its_company_is_found(dynamodb):
    event = dynamodb.insert(final=True)
    del event["state"]
    event["window"]["end"] = event["window"]["start"]

    assert {(v.path, v.rule) for v in events.check(event)} == {("state", "required"), ("window.end", "window")}
    assert events.check(events.like(event)) == []
    assert [v.path for v in events.check({**dynamodb.insert(), "shardId": "shardId-1"})] == ["shardId"]
