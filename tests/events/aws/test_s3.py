import hashlib
import json
from urllib.parse import unquote_plus

import botocore.session
import pytest
from aws_lambda_powertools.utilities.data_classes import S3Event
from aws_lambda_powertools.utilities.parser.models import S3Model
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.clock import FixedClock
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.aws.s3_records import EVENT_NAMES
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import MISSING

ACCURATE_KEYS = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda key: len(key.encode()) <= 1024)


@pytest.fixture
def s3():
    return AwsEvents(Mint(seed=1, clock=FixedClock(1_795_000_000.25))).s3


def rules_of(event):
    return {(violation.path, violation.rule) for violation in events.check(event)}


def record_of(event):
    (record,) = event["Records"]
    return record


def object_of(event):
    return record_of(event)["s3"]["object"]


def every_notification(s3):
    yield from (s3.object_created(operation=name) for name in ("Put", "Post", "Copy", "CompleteMultipartUpload"))
    yield from (s3.object_removed(operation=name) for name in ("Delete", "DeleteMarkerCreated"))
    yield from (s3.object_restore(operation=name) for name in ("Post", "Completed", "Delete"))
    yield from (s3.object_tagging(operation=name) for name in ("Put", "Delete"))
    yield from (s3.lifecycle_expiration(operation=name) for name in ("Delete", "DeleteMarkerCreated"))
    yield from (s3.replication(kind=f"Operation{kind}") for kind in ("FailedReplication", "MissedThreshold"))
    yield from (s3.replication(kind=f"Operation{kind}") for kind in ("ReplicatedAfterThreshold", "NotTracked"))
    yield from (s3.object_acl(), s3.object_retention(), s3.lifecycle_transition())
    yield from (s3.intelligent_tiering(), s3.reduced_redundancy_lost())


# Judged by AWS's own words and by other people's code.


def test_every_event_that_a_bucket_can_be_configured_for_is_known():
    configured = botocore.session.get_session().get_service_model("s3").shape_for("Event").enum
    names = {name.removeprefix("s3:") for name in configured if not name.endswith("*")}

    assert names <= set(EVENT_NAMES)


def test_every_event_but_that_of_an_annotation_can_be_built(s3):
    built = {record_of(event)["eventName"] for event in every_notification(s3)}

    assert built == {name for name in EVENT_NAMES if not name.startswith("ObjectAnnotation")}


def test_every_event_is_accurate(s3):
    for event in every_notification(s3):
        assert events.check(event) == []
        assert events.like(event) == event


def test_powertools_reads_every_notification(s3):
    for event in every_notification(s3):
        if "size" in object_of(event) or ":Delete" in record_of(event)["eventName"]:
            S3Model.model_validate(event)  # wants a size of events of tags and ACLs, which S3 does not say


def test_powertools_reads_every_property(s3):
    event = s3.object_restore("my-bucket", "tom & jerry.jpg", version_id="v1", size=5, etag="d" * 32)

    data = S3Event(event)
    (record,) = data.records
    assert (data.bucket_name, data.object_key) == ("my-bucket", "tom & jerry.jpg")
    assert (record.event_version, record.event_source, record.aws_region) == ("2.6", "aws:s3", "us-east-1")
    assert (record.event_name, record.event_time) == ("ObjectRestore:Completed", "2026-11-18T11:06:40.250Z")
    assert record.user_identity.principal_id == "s3.amazonaws.com"
    assert record.request_parameters["sourceIPAddress"] == "s3.amazonaws.com"
    assert len(record.response_elements["x-amz-request-id"]) == 16
    assert len(record.response_elements["x-amz-id-2"]) == 76
    assert record.s3.s3_schema_version == "1.0"
    assert record.s3.configuration_id
    assert (record.s3.bucket.name, record.s3.bucket.arn) == ("my-bucket", "arn:aws:s3:::my-bucket")
    assert record.s3.bucket.owner_identity.principal_id.startswith("A")
    s3_object = record.s3.get_object
    assert (s3_object.key, s3_object.size, s3_object.etag) == ("tom+%26+jerry.jpg", 5, "d" * 32)
    assert s3_object.version_id == "v1"
    assert s3_object.sequencer
    restored = record.glacier_event_data.restore_event_data
    assert restored.lifecycle_restoration_expiry_time == "2026-11-19T11:06:40.250Z"
    assert restored.lifecycle_restore_storage_class == "GLACIER"


def documented(name, s3_object, *, version="2.1", by_service=False, **data):
    """AWS's example of the structure, with values of the right class where it has placeholders.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    return {
        "Records": [
            {
                "eventVersion": version,
                "eventSource": "aws:s3",
                "awsRegion": "us-west-2",
                "eventTime": "1970-01-01T00:00:00.000Z",
                "eventName": name,
                "userIdentity": {"principalId": "s3.amazonaws.com" if by_service else "AIDAJDPLRKLG7UEXAMPLE"},
                "requestParameters": {"sourceIPAddress": "s3.amazonaws.com" if by_service else "127.0.0.1"},
                "responseElements": {
                    "x-amz-request-id": "C3D13FE58DE4C810",
                    "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD",
                },
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "testConfigRule",
                    "bucket": {
                        "name": "amzn-s3-demo-bucket",
                        "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                        "arn": "arn:aws:s3:::amzn-s3-demo-bucket",
                    },
                    "object": s3_object,
                },
                **data,
            }
        ]
    }


HAPPY_FACE = {"key": "HappyFace.jpg", "size": 1024, "eTag": "d41d8cd98f00b204e9800998ecf8427e"}


def test_the_documented_put_is_accepted():
    put = HAPPY_FACE | {"versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko", "sequencer": "0055AED6DCD90281E5"}

    assert events.check(documented("ObjectCreated:Put", put)) == []


def test_the_documented_expiration_is_accepted():
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configure-notification.html
    gone = {"key": "expiration/delete", "sequencer": "0055AED6DCD90281E5"}

    assert events.check(documented("LifecycleExpiration:Delete", gone, version="2.3", by_service=True)) == []


def test_the_documented_tiering_is_accepted():
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/intelligent-tiering-managing.html
    tier = {"intelligentTieringEventData": {"destinationAccessTier": "ARCHIVE_ACCESS"}}

    assert events.check(documented("IntelligentTiering", HAPPY_FACE, version="2.3", by_service=True, **tier)) == []


def test_a_recorded_tiering_is_accepted():
    # https://github.com/aws-powertools/powertools-lambda-python/issues/7443: the service sends more than it documents
    more = HAPPY_FACE | {"versionId": "tiogA9Ga7Xi49yfJ6lkeTxPYx7ZK75yn", "sequencer": "0066A8D0E77DE42BC5"}
    tier = {"intelligentTieringEventData": {"destinationAccessTier": "ARCHIVE_ACCESS"}}

    assert events.check(documented("IntelligentTiering", more, version="2.3", by_service=True, **tier)) == []


def test_the_documented_replication_failure_is_accepted():
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-metrics-events.html
    replicated = {
        "key": "replication-object-put-test.png",
        "size": 520080,
        "eTag": "e12345ca7e88a38428305d3ff7fcb99f",
        "versionId": "abcdeH0Xp66ep__QDjR76LK7Gc9X4wKO",
        "sequencer": "0066DA1CBF104C0D51",
    }
    failure = {
        "replicationRuleId": "notification-test-replication-rule",
        "destinationBucket": "arn:aws:s3:::amzn-s3-demo-bucket2",
        "s3Operation": "OBJECT_PUT",
        "requestTime": "2024-09-05T21:03:59.168Z",
        "failureReason": "AssumeRoleNotPermitted",
    }
    event = documented(
        "Replication:OperationFailedReplication",
        replicated,
        version="2.2",
        by_service=True,
        replicationEventData=failure,
    )
    event["Records"][0]["responseElements"] = {
        "x-amz-request-id": "123bf045-2b4b-4ca8-a211-c34a63c59426",
        "x-amz-id-2": "12VAWNDIHnwJsRhTccqQTeAPoXQmRt22KkewMV8G3XZihAuf9CLDdmkApgZzudaIe2KlLfDqGS0=",
    }
    event["Records"][0]["s3"]["bucket"]["ownerIdentity"] = {"principalId": "111122223333"}

    assert events.check(event) == []


@pytest.mark.parametrize(
    "data",
    [
        {"mode": "COMPLIANCE", "retainUntilDate": "2030-01-01T00:00:00.000Z"},
        {"mode": "GOVERNANCE", "retainUntilDate": "2027-06-15T12:00:00.000Z", "eventHold": "ON"}
        | {"eventHoldDuration": {"years": 3}},
    ],
)
def test_retention_is_accepted_as_the_sdk_for_java_reads_it(data):
    # aws/aws-sdk-java-v2: ObjectRetentionEventDataTest
    locked = HAPPY_FACE | {"versionId": "v1"}

    assert events.check(documented("ObjectRetention:Put", locked, version="2.5", objectRetentionEventData=data)) == []


def test_an_annotation_may_say_more_than_is_in_print():
    event = documented("ObjectAnnotation:Put", HAPPY_FACE, version="2.6", newEventData={"name": "x"})

    assert events.check(event) == []


def test_the_documented_test_event_is_accepted():
    event = {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": "2014-10-13T15:57:02.089Z",
        "Bucket": "bucketname",
        "RequestId": "5582815E1AEA5ADF",
        "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE",
    }

    assert events.check(event) == []
    assert rules_of(event | {"Service": "S3"}) == {("Service", "const")}


# Keys.


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("red flower.jpg", "red+flower.jpg"),  # AWS's example
        ("a b+ü/c.txt", "a+b%2B%C3%BC/c.txt"),
        ("dt=2018-05-04/_SUCCESS", "dt%3D2018-05-04/_SUCCESS"),  # aws/aws-sam-cli#379
        ("a@b", "a%40b"),
        ("test/10:47:07.log", "test/10%3A47%3A07.log"),
        ("testupload/dir1/testfile.txt", "testupload/dir1/testfile.txt"),
        ("100%", "100%25"),
    ],
)
def test_a_key_is_sent_as_s3_encodes_it(s3, key, sent):
    assert object_of(s3.object_created(key=key))["key"] == sent


@settings(deadline=None, max_examples=60, derandomize=True)
@given(ACCURATE_KEYS)
def test_any_key_makes_an_accurate_event_and_comes_back(key):
    event = AwsEvents().s3.object_created(key=key)

    assert unquote_plus(object_of(event)["key"]) == key
    assert events.check(event) == []
    assert events.like(event) == event


@pytest.mark.parametrize(
    ("found", "fix"),
    [
        ("tom & jerry.jpg", "tom+%26+jerry.jpg"),
        ("tom%20%26%20jerry.jpg", "tom+%26+jerry.jpg"),
        ("grüße.txt", "gr%C3%BC%C3%9Fe.txt"),
        ("gr%c3%bc%c3%9fe.txt", "gr%C3%BC%C3%9Fe.txt"),
        ("a%2Fb+c", "a/b+c"),
        ("dt=2018-05-04/x", "dt%3D2018-05-04/x"),
        ("c++ notes", "c%2B%2B+notes"),
        ("100%.txt", "100%25.txt"),
    ],
)
def test_a_wrong_key_comes_with_the_right_one(s3, found, fix):
    event = s3.object_created()
    object_of(event)["key"] = found

    (violation,) = events.check(event)

    assert (violation.path, violation.fix) == ("Records[0].s3.object.key", fix)
    assert object_of(events.like(event))["key"] == fix


@pytest.mark.parametrize("found", ["a+b%20c", "a b%20c", "%FF", "", "x" * 1025, 7, None])
def test_a_key_that_may_mean_several_has_no_fix(s3, found):
    event = s3.object_created()
    object_of(event)["key"] = found

    (violation,) = events.check(event)

    assert (violation.rule, violation.fix) == ("s3-key", MISSING)


@pytest.mark.parametrize("found", ["a*b", "a%2Ab", "a~b", "a%7Eb"])
def test_characters_whose_encoding_is_not_documented_are_accepted_either_way(s3, found):
    event = s3.object_created()
    object_of(event)["key"] = found

    assert events.check(event) == []


# Names.


def test_a_name_has_no_prefix(s3):
    event = s3.object_created()
    record_of(event)["eventName"] = "s3:ObjectCreated:Put"

    (violation,) = events.check(event)

    assert (violation.path, violation.fix) == ("Records[0].eventName", "ObjectCreated:Put")


@pytest.mark.parametrize("name", ["ObjectCreated:*", "ObjectCreated", "LifecycleExpiration", "TestEvent", None])
def test_a_name_that_s3_does_not_send_is_told(s3, name):
    event = s3.object_created()
    record_of(event)["eventName"] = name

    assert ("Records[0].eventName", "s3-event-name") in rules_of(event)


# Which keys an object has.


@pytest.mark.parametrize(
    ("variant", "parameters", "keys"),
    [
        ("object_created", {}, ["key", "size", "eTag", "sequencer"]),
        ("object_created", {"version_id": "v1"}, ["key", "size", "eTag", "versionId", "sequencer"]),
        ("object_removed", {}, ["key", "sequencer"]),
        ("object_removed", {"version_id": "v1"}, ["key", "versionId", "sequencer"]),
        ("object_removed", {"operation": "DeleteMarkerCreated"}, ["key", "eTag", "versionId", "sequencer"]),
        ("object_tagging", {}, ["key", "eTag"]),
        ("object_tagging", {"operation": "Delete", "version_id": "v1"}, ["key", "eTag", "versionId"]),
        ("object_acl", {}, ["key", "eTag"]),
        ("lifecycle_expiration", {}, ["key", "sequencer"]),
        ("lifecycle_expiration", {"operation": "DeleteMarkerCreated"}, ["key", "eTag", "versionId", "sequencer"]),
    ],
)
def test_an_object_has_the_keys_of_its_event(s3, variant, parameters, keys):
    assert list(object_of(getattr(s3, variant)(**parameters))) == keys


@pytest.mark.parametrize(
    ("variant", "key", "value"),
    [
        ("object_removed", "size", 5),
        ("object_removed", "eTag", "d" * 32),
        ("object_tagging", "sequencer", "0055AED6DCD90281E5"),
        ("object_acl", "size", 5),
        ("lifecycle_expiration", "size", 5),
    ],
)
def test_a_key_of_another_event_is_told(s3, variant, key, value):
    event = getattr(s3, variant)()
    object_of(event)[key] = value

    assert rules_of(event) == {(f"Records[0].s3.object.{key}", "absent")}


@pytest.mark.parametrize("key", ["size", "eTag", "sequencer"])
def test_a_key_that_is_always_there_is_missed(s3, key):
    event = s3.object_created()
    del object_of(event)[key]

    assert rules_of(event) == {(f"Records[0].s3.object.{key}", "required")}


@pytest.mark.parametrize(
    ("key", "variant"),
    [
        ("glacierEventData", "object_restore"),
        ("replicationEventData", "replication"),
        ("lifecycleEventData", "lifecycle_transition"),
        ("intelligentTieringEventData", "intelligent_tiering"),
        ("objectRetentionEventData", "object_retention"),
    ],
)
def test_event_data_is_there_in_its_event_alone(s3, key, variant):
    owner, other = getattr(s3, variant)(), s3.object_created()
    other["Records"][0][key] = owner["Records"][0].pop(key)

    assert rules_of(owner) == {(f"Records[0].{key}", "required")}
    assert rules_of(other) == {(f"Records[0].{key}", "absent")}


def test_only_a_completed_restore_has_glacier_data(s3):
    for operation in ("Post", "Delete"):
        assert "glacierEventData" not in record_of(s3.object_restore(operation=operation))


def test_only_a_failed_replication_has_a_reason(s3):
    failed = s3.replication(failure_reason="AssumeRoleNotPermitted", threshold="15", replication_time="20")
    late = s3.replication(kind="OperationMissedThreshold")

    assert record_of(failed)["replicationEventData"]["failureReason"] == "AssumeRoleNotPermitted"
    assert record_of(failed)["replicationEventData"]["threshold"] == "15"
    assert set(record_of(late)["replicationEventData"]) == {
        "replicationRuleId",
        "destinationBucket",
        "s3Operation",
        "requestTime",
    }
    reason = record_of(failed)["replicationEventData"].pop("failureReason")
    record_of(late)["replicationEventData"]["failureReason"] = reason
    assert rules_of(failed) == {("Records[0].replicationEventData.failureReason", "required")}
    assert rules_of(late) == {("Records[0].replicationEventData.failureReason", "absent")}


# Values.


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("eventVersion", "2", "version"),
        ("eventSource", "s3", "const"),
        ("eventTime", "1970-01-01T00:00:00Z", "time-milliseconds"),
        ("userIdentity.principalId", "EXAMPLE", "principal"),
        ("requestParameters.sourceIPAddress", "127.0.0.1/32", "source-ip"),
        ("responseElements.x-amz-request-id", "EXAMPLE123456789012345", "request-id"),
        ("responseElements.x-amz-id-2", "EXAMPLE", "host-id"),
        ("s3.s3SchemaVersion", 1.0, "const"),
        ("s3.bucket.name", "<your-bucket-name>", "bucket"),
        ("s3.bucket.arn", "arn:aws:s3:::another", "derived"),
        ("s3.bucket.ownerIdentity.principalId", "EXAMPLE", "owner"),
        ("s3.object.size", "1024", "whole-number"),
        ("s3.object.size", -1, "whole-number"),
        ("s3.object.eTag", '"d41d8cd98f00b204e9800998ecf8427e"', "etag"),
        ("s3.object.sequencer", "Happy Sequencer", "sequencer"),
        ("s3.object.versionId", None, "version-id"),
    ],
)
def test_a_value_of_the_wrong_class_is_told(s3, path, value, rule):
    event = s3.object_created(version_id="v1")
    *way, last = path.split(".")
    target = record_of(event)
    for step in way:
        target = target[step]
    target[last] = value

    assert (f"Records[0].{path}", rule) in rules_of(event)


def test_certain_fixes(s3):
    event = s3.object_created()
    object_of(event).update(eTag=f'"{"D" * 32}"', sequencer="0055aed6dcd90281e5")
    record_of(event)["requestParameters"]["sourceIPAddress"] = "192.0.2.1/32"

    fixes = {violation.path.rpartition(".")[2]: violation.fix for violation in events.check(event)}

    assert fixes == {"eTag": "d" * 32, "sequencer": "0055AED6DCD90281E5", "sourceIPAddress": "192.0.2.1"}


def test_sequencers_tell_the_order_of_events():
    clock = FixedClock(1_795_000_000.999)
    s3 = AwsEvents(Mint(clock=clock)).s3
    sequencers = []
    for _ in range(3):
        sequencers += [object_of(s3.object_created())["sequencer"] for _ in range(3)]
        clock.advance(0.001)

    assert sequencers == sorted(set(sequencers))
    assert int(sequencers[0][:10], 16) == 1_795_000_000


def test_a_later_millisecond_has_a_greater_sequencer_whoever_asks():
    early, late = (AwsEvents(Mint(clock=FixedClock(1_795_000_000 + part))).s3 for part in (0.5, 0.501))
    late_sequencer = object_of(late.object_created())["sequencer"]

    assert all(object_of(early.object_created())["sequencer"] < late_sequencer for _ in range(3))


def test_a_delete_marker_has_the_etag_of_nothing(s3):
    # as in the examples of https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    for event in (
        s3.object_removed(operation="DeleteMarkerCreated"),
        s3.lifecycle_expiration(operation="DeleteMarkerCreated"),
    ):
        assert object_of(event)["eTag"] == hashlib.md5(b"").hexdigest()


def test_an_object_in_parts_has_an_etag_that_says_how_many(s3):
    assert object_of(s3.object_created(operation="CompleteMultipartUpload"))["eTag"].endswith("-2")


def test_s3_itself_acts_where_a_rule_of_the_bucket_does(s3):
    for event in (s3.lifecycle_expiration(), s3.lifecycle_transition(), s3.intelligent_tiering(), s3.replication()):
        assert record_of(event)["userIdentity"] == {"principalId": "s3.amazonaws.com"}
        assert record_of(event)["requestParameters"] == {"sourceIPAddress": "s3.amazonaws.com"}


def test_what_is_chosen_is_in_the_event(s3):
    event = s3.object_created(
        "b-1",
        "k",
        operation="Copy",
        size=7,
        etag="e" * 32,
        sequencer="0" * 18,
        version_id="v1",
        event_version="2.1",
        configuration_id="images",
        principal="AWS:AROAJ23YVJENQZJOL4VO2:session",
        source_ip="2001:db8::1",
        region="cn-north-1",
    )

    record = record_of(event)
    assert record["eventVersion"] == "2.1"
    assert record["eventName"] == "ObjectCreated:Copy"
    assert record["awsRegion"] == "cn-north-1"
    assert record["userIdentity"]["principalId"] == "AWS:AROAJ23YVJENQZJOL4VO2:session"
    assert record["requestParameters"]["sourceIPAddress"] == "2001:db8::1"
    assert record["s3"]["configurationId"] == "images"
    assert record["s3"]["bucket"]["arn"] == "arn:aws-cn:s3:::b-1"
    assert record["s3"]["object"] == {
        "key": "k",
        "size": 7,
        "eTag": "e" * 32,
        "versionId": "v1",
        "sequencer": "0" * 18,
    }
    assert events.check(event) == []


def test_records_are_recognised_by_what_they_are_of():
    for record in ({"s3": {"object": {"key": "a b"}}}, {"eventSource": "aws:s3"}, {"EventSource": "aws:s3"}):
        assert record_of(events.like({"Records": [record]}))["eventSource"] == "aws:s3"


def test_what_a_hand_written_notification_meant():
    # as tests that mock S3 write it
    meant = events.like(
        {
            "Records": [
                {
                    "eventName": "s3:ObjectRemoved:Delete",
                    "s3": {"bucket": {"name": "my-bucket"}, "object": {"key": "a b"}},
                }
            ]
        }
    )

    assert record_of(meant)["eventName"] == "ObjectRemoved:Delete"
    assert record_of(meant)["s3"]["bucket"]["arn"] == "arn:aws:s3:::my-bucket"
    assert set(object_of(meant)) == {"key", "sequencer"}
    assert object_of(meant)["key"] == "a+b"


@pytest.mark.parametrize(
    ("variant", "parameters", "message"),
    [
        ("object_created", {"key": ""}, "has 1 to 1024 bytes"),
        ("object_created", {"key": "ü" * 513}, "has 1026"),
        ("object_created", {"key": "\ud800"}, "cannot be encoded"),
        ("object_created", {"bucket": "My Bucket"}, "s3.bucket.name: expected 3 to 63"),
        ("object_created", {"operation": "s3:Put"}, "operation takes 'Put', 'Post', 'Copy'"),
        ("object_created", {"size": -1}, "s3.object.size"),
        ("object_created", {"etag": "abc"}, "s3.object.eTag"),
        ("object_created", {"event_version": "3.0"}, "eventVersion"),
        ("object_created", {"principal": "me"}, "principalId"),
        ("object_created", {"source_ip": "10.0.0.0/8"}, "sourceIPAddress"),
        ("object_removed", {"size": 1}, "has no parameter 'size'"),
        ("object_tagging", {"sequencer": "0" * 18}, "has no parameter 'sequencer'"),
        ("object_restore", {"storage_class": "glacier deep"}, "lifecycleRestoreStorageClass"),
        ("replication", {"destination": "a b"}, "destinationBucket"),
    ],
)
def test_what_s3_refuses_is_refused(s3, variant, parameters, message):
    with pytest.raises(InvalidParameterError) as caught:
        getattr(s3, variant)(**parameters)

    assert message in str(caught.value)


def test_events_are_plain_json(s3):
    for event in every_notification(s3):
        assert json.loads(json.dumps(event)) == event
