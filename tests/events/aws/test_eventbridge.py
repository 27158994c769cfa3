import json

import pytest
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent, S3EventBridgeNotificationEvent
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel, S3EventNotificationEventBridgeModel
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.clock import FixedClock
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.aws.eventbridge_envelope import S3_KINDS
from pytest_serverless.events.mint import Mint

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=10,
)
KEYS = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda key: len(key.encode()) <= 1024)


@pytest.fixture
def bus():
    return AwsEvents(Mint(seed=1, clock=FixedClock(1_795_000_000.25))).eventbridge


def rules_of(event):
    return {(violation.path, violation.rule) for violation in events.check(event)}


# AWS's own examples.


def test_the_documented_event_of_a_service_is_accepted():
    # https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
    event = {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "account": "111122223333",
        "time": "2017-12-22T18:43:48Z",
        "region": "us-west-1",
        "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
        "detail": {"instance-id": "i-1234567890abcdef0", "state": "terminated"},
    }

    assert events.check(event) == []


def test_the_documented_scheduled_event_is_accepted():
    # https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html, earlier services-cloudwatchevents
    event = {
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2015-10-08T16:53:06Z",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/my-scheduled-rule"],
        "detail": {},
    }

    assert events.check(event) == []


def documented_s3(kind, s3_object, request_id, requester="123456789012", **detail):
    """An example of https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html."""
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": kind,
        "source": "aws.s3",
        "account": "111122223333",
        "time": "2021-11-12T00:00:00Z",
        "region": "ca-central-1",
        "resources": ["arn:aws:s3:::amzn-s3-demo-bucket1"],
        "detail": {
            "version": "0",
            "bucket": {"name": "amzn-s3-demo-bucket1"},
            "object": {"key": "example-key", **s3_object},
            "request-id": request_id,
            "requester": requester,
            **detail,
        },
    }


CREATED = documented_s3(
    "Object Created",
    {
        "size": 5,
        "etag": "b1946ac92492d2347c6235b4d2611184",
        "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
        "sequencer": "617f08299329d189",
    },
    "N4N7GDK58NMKJ12R",
    **{"source-ip-address": "1.2.3.4", "reason": "PutObject"},
)
DELETED = documented_s3(
    "Object Deleted",
    {
        "etag": "d41d8cd98f00b204e9800998ecf8427e",
        "version-id": "1QW9g1Z99LUNbvaaYVpW9xDlOLU.qxgF",
        "sequencer": "617f0837b476e463",
    },
    "0BH729840619AG5K",
    **{"source-ip-address": "1.2.3.4", "reason": "DeleteObject", "deletion-type": "Delete Marker Created"},
)
EXPIRED = documented_s3(
    "Object Deleted",
    {
        "etag": "d41d8cd98f00b204e9800998ecf8427e",
        "version-id": "mtB0cV.jejK63XkRNceanNMC.qXPWLeK",
        "sequencer": "617b398000000000",
    },
    "20EB74C14654DC47",
    "s3.amazonaws.com",
    **{"reason": "Lifecycle Expiration", "deletion-type": "Delete Marker Created"},
)
RESTORED = documented_s3(
    "Object Restore Completed",
    {"size": 5, "etag": "b1946ac92492d2347c6235b4d2611184", "version-id": "KKsjUC1.6gIjqtvhfg5AdMI0eCePIiT3"},
    "189F19CB7FB1B6A4",
    "s3.amazonaws.com",
    **{"restore-expiry-time": "2021-11-13T00:00:00Z", "source-storage-class": "GLACIER"},
)


@pytest.mark.parametrize("event", [CREATED, DELETED, EXPIRED, RESTORED])
def test_the_documented_events_of_s3_are_accepted(event):
    assert events.check(event) == []


def test_the_documented_forms_are_those_built(bus):
    built = [
        bus.s3_object_created(version_id="v1"),
        bus.s3_object_deleted(deletion_type="Delete Marker Created"),
        bus.s3_object_deleted(reason="Lifecycle Expiration", deletion_type="Delete Marker Created"),
        bus.s3_object_changed("Object Restore Completed", version_id="v1"),
    ]

    for mine, theirs in zip(built, [CREATED, DELETED, EXPIRED, RESTORED], strict=True):
        assert list(mine) == list(theirs)
        assert list(mine["detail"]) == list(theirs["detail"])
        assert list(mine["detail"]["object"]) == list(theirs["detail"]["object"])


def test_the_version_in_newer_documents_is_accepted(bus):
    event = bus.s3_object_created(event_version="1.0")

    assert list(event["detail"])[:2] == ["version", "event-version"]
    assert events.check(event) == []
    assert "event-version" not in bus.s3_object_created()["detail"]


# Judged by other people's code.


def every_s3_event(bus):
    yield from (bus.s3_object_created(reason=reason) for reason in ("PutObject", "POST Object", "CopyObject"))
    yield bus.s3_object_created(reason="CompleteMultipartUpload")
    for deletion_type in ("Permanently Deleted", "Delete Marker Created"):
        yield bus.s3_object_deleted(deletion_type=deletion_type)
        yield bus.s3_object_deleted(deletion_type=deletion_type, reason="Lifecycle Expiration")
    yield from (bus.s3_object_changed(kind) for kind in S3_KINDS[2:])


def test_every_event_of_s3_is_accurate_and_powertools_reads_it(bus):
    for event in every_s3_event(bus):
        assert events.check(event) == []
        assert events.like(event) == event
        S3EventNotificationEventBridgeModel.model_validate(event)
        detail = S3EventBridgeNotificationEvent(event).detail
        assert (detail.version, detail.bucket.name, detail.object.key) == ("0", "uploads", "photos/cat.jpg")
        assert (detail.object.size is None) == ("size" not in event["detail"]["object"])
        assert len(detail.request_id) == 16
        assert detail.requester in {"123456789012", "s3.amazonaws.com"}
        assert (detail.source_ip_address is None) == (detail.requester == "s3.amazonaws.com")
        assert (detail.reason is None) == (detail.deletion_type is None and "Created" not in event["detail-type"])
        assert (detail.restore_expiry_time is None) == (event["detail-type"] != "Object Restore Completed")
        assert (detail.source_storage_class is None) == (
            "storage-class" not in str(event["detail"].keys()).split("dest")[0]
        )
        assert (detail.destination_storage_class is None) == (event["detail-type"] != "Object Storage Class Changed")
        assert (detail.destination_access_tier is None) == (event["detail-type"] != "Object Access Tier Changed")


def test_powertools_reads_every_property(bus):
    event = bus.custom({"id": 1}, source="shop", detail_type="Sold", resources=["r"], replay_name="again")

    EventBridgeModel.model_validate(event)
    data = EventBridgeEvent(event)
    assert (data.get_id, data.version, data.account) == (event["id"], "0", "123456789012")
    assert (data.time, data.region) == ("2026-11-18T11:06:40Z", "us-east-1")
    assert (data.source, data.detail_type, data.detail) == ("shop", "Sold", {"id": 1})
    assert (data.resources, data.replay_name) == (["r"], "again")


# The traps.


def test_keys_are_in_the_order_of_the_wire(bus):
    assert list(bus.custom(replay_name="again")) == [
        "version",
        "id",
        "detail-type",
        "source",
        "account",
        "time",
        "region",
        "replay-name",
        "resources",
        "detail",
    ]
    assert "replay-name" not in bus.custom()
    assert bus.custom()["resources"] == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"version": 0}, "const"),
        ({"id": "1"}, "uuid"),
        ({"time": "2017-12-22T18:43:48.000Z"}, "time-seconds"),
        ({"account": 111122223333}, "account"),
        ({"detail": '{"id": 1}'}, "object"),
        ({"resources": None}, "list"),
        ({"region": "EU"}, "region"),
    ],
)
def test_a_wrong_field_is_told(bus, change, rule):
    (name,) = change

    assert rules_of(bus.custom() | change) == {(name, rule)}


@pytest.mark.parametrize("name", ["version", "resources", "time", "id"])
def test_a_missing_field_is_told(bus, name):
    # `sam local generate-event cloudwatch scheduled-event` has no version: aws/aws-sam-cli#373
    event = bus.scheduled_rule()
    del event[name]

    assert (name, "required") in rules_of(event)


def test_milliseconds_are_dropped_by_the_fix(bus):
    (violation,) = events.check(bus.custom() | {"time": "2017-12-22T18:43:48.123Z"})

    assert violation.fix == "2017-12-22T18:43:48Z"


def test_a_scheduled_rule_is_one_resource_and_no_detail(bus):
    event = bus.scheduled_rule("nightly")

    assert event["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/nightly"]
    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.events", "Scheduled Event", {})
    assert rules_of(event | {"detail": {"a": 1}}) == {("detail.a", "unknown-key")}
    assert rules_of(event | {"region": "eu-west-1"}) == {("resources", "resource-here")}
    assert rules_of(event | {"resources": []}) == {("resources", "length"), ("resources", "resource-here")}


@pytest.mark.parametrize(
    ("event", "path", "rule"),
    [
        (CREATED, "object.eTag", "unknown-key"),
        (CREATED, "object.etag", "required"),
        (CREATED, "deletion-type", "absent"),
        (DELETED, "object.size", "absent"),
        (EXPIRED, "source-ip-address", "absent"),
        (RESTORED, "object.sequencer", "absent"),
        (RESTORED, "reason", "absent"),
    ],
)
def test_a_key_of_another_event_of_s3_is_told(event, path, rule):
    wrong = json.loads(json.dumps(event))
    detail = wrong["detail"]
    target = detail["object"] if path.startswith("object.") else detail
    if rule == "required":
        del target[path.removeprefix("object.")]
    else:
        target[path.removeprefix("object.")] = "x"

    assert (f"detail.{path}", rule) in rules_of(wrong)


def test_s3_says_why_as_it_fits_the_event():
    wrong = DELETED | {"detail": DELETED["detail"] | {"reason": "PutObject"}}

    assert ("detail.reason", "reason-of-kind") in rules_of(wrong)


def test_the_resource_is_the_bucket():
    (violation,) = events.check(CREATED | {"resources": ["arn:aws:s3:::another"]})

    assert (violation.path, violation.fix) == ("resources", ["arn:aws:s3:::amzn-s3-demo-bucket1"])


def test_what_s3_sends_through_cloudtrail_is_an_event_of_a_service(bus):
    event = bus.aws_service({"eventName": "PutObject"}, source="aws.s3", detail_type="AWS API Call via CloudTrail")

    assert events.check(event) == []


# Whatever can be put on a bus.


@settings(deadline=None, max_examples=50, derandomize=True)
@given(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON, max_size=4))
def test_any_detail_makes_an_accurate_event(detail):
    event = AwsEvents().eventbridge.custom(detail)

    assert event["detail"] == detail
    assert events.check(event) == []
    assert events.like(event) == event


@settings(deadline=None, max_examples=50, derandomize=True)
@given(KEYS)
def test_any_key_makes_an_accurate_event(key):
    event = AwsEvents().eventbridge.s3_object_created(key=key)

    assert event["detail"]["object"]["key"] == key
    assert events.check(event) == []


def test_a_key_is_encoded_on_request(bus):
    event = bus.s3_object_created(key="a b", encoded_key=True)

    assert event["detail"]["object"]["key"] == "a+b"


def test_what_is_chosen_is_in_the_event(bus):
    event = bus.s3_object_deleted(
        "b-1", "k", version_id="v1", requester="210987654321", region="cn-north-1", account="210987654321"
    )

    assert event["resources"] == ["arn:aws-cn:s3:::b-1"]
    assert event["detail"]["object"]["version-id"] == "v1"
    assert event["detail"]["requester"] == "210987654321"
    assert events.check(event) == []
    assert bus.s3_object_created(etag="e" * 32)["detail"]["object"]["etag"] == "e" * 32
    assert bus.s3_object_created(size=7)["detail"]["object"]["size"] == 7


def test_a_rule_may_be_elsewhere(bus):
    event = bus.scheduled_rule("arn:aws:events:eu-west-1:210987654321:rule/weekly")

    assert (event["account"], event["region"]) == ("210987654321", "eu-west-1")
    assert events.check(event) == []


def test_what_a_hand_written_event_meant():
    event = events.like({"source": "shop", "detail-type": "Sold", "detail": {"id": 1}})

    assert (event["version"], event["resources"], event["detail"]) == ("0", [], {"id": 1})
    assert events.check(event) == []


@pytest.mark.parametrize(
    ("variant", "parameters", "message"),
    [
        ("custom", {"source": "aws.mine"}, "PutEvents refuses sources that start with 'aws.'"),
        ("custom", {"source": "my source"}, "source: expected"),
        ("custom", {"detail_type": ""}, "detail-type"),
        ("custom", {"detail": {"when": object()}}, "events are JSON"),
        ("custom", {"replay_name": "a b"}, "replay-name"),
        ("aws_service", {"source": "mine"}, "starts with 'aws.', got 'mine'"),
        ("scheduled_rule", {"rule": "my rule"}, "resources[0]"),
        ("s3_object_created", {"key": ""}, "has 1 to 1024 bytes"),
        ("s3_object_created", {"bucket": "B B"}, "detail.bucket.name"),
        ("s3_object_created", {"reason": "Put"}, "reason takes 'PutObject'"),
        ("s3_object_created", {"requester": "me"}, "detail.requester"),
        ("s3_object_changed", {"kind": "Object Created"}, "kind takes 'Object Restore Initiated'"),
    ],
)
def test_what_cannot_be_sent_is_refused(bus, variant, parameters, message):
    with pytest.raises(InvalidParameterError) as caught:
        getattr(bus, variant)(**parameters)

    assert message in str(caught.value)
