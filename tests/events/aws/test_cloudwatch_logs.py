import base64
import gzip
import json

import pytest
from aws_lambda_powertools.utilities.data_classes import CloudWatchLogsEvent
from aws_lambda_powertools.utilities.parser.models import CloudWatchLogsModel
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.errors import InconsistentEventError, InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.mint import Mint

# What the service sent to a delivery stream when a subscription was made to it (2023); the bytes are its own.
RECORDED_CONTROL_MESSAGE = (
    "H4sIAAAAAAAAADWO0QqCMBiFX2XsOkKJZHkXot5YQgpdhMTSPzfSTbaZhPjuzbTLj3M45xtxC1rTGvJPB9jHQXrOL2lyP4VZdoxDvMFyEKDmpJF9NVBT"
    "skTW2gaNrGMl+85mC2VGAW0X1P1Dl4p3hksR8caA0ti/Fb9e+AZhZhwxr5a64VbD0NaOuR5xPLJzycEh+81fbxa4JmjVQ6uejwIG5YuLGjGgjWFIPlFl"
    "l7ig8zOKuAImNWzxVExfL8ipzewAAAA="
)


@pytest.fixture
def logs():
    return AwsEvents(Mint(seed=1)).cloudwatch_logs


def carried(event):
    return json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))


def packed(data):
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()}}


def test_powertools_reads_every_property(logs):
    event = logs.data_message(["one", "two"], log_group="/app", log_stream="web-1", subscription_filter="errors")

    decoded = CloudWatchLogsModel.model_validate(event).awslogs.decoded_data
    assert [log_event.message for log_event in decoded.logEvents] == ["one", "two"]
    data = CloudWatchLogsEvent(event).parse_logs_data()
    assert (data.message_type, data.owner) == ("DATA_MESSAGE", "123456789012")
    assert (data.log_group, data.log_stream, data.subscription_filters) == ("/app", "web-1", ["errors"])
    assert data.policy_level is None
    first, second = data.log_events
    assert (first.message, first.extracted_fields) == ("one", {})
    assert first.get_id != second.get_id
    assert len(first.get_id) == 56
    assert isinstance(first.timestamp, int)


@settings(deadline=None, max_examples=50, derandomize=True)
@given(st.lists(st.text(), min_size=1, max_size=3))
def test_any_text_is_carried(messages):
    event = AwsEvents().cloudwatch_logs.data_message(messages)

    assert [log_event["message"] for log_event in carried(event)["logEvents"]] == messages
    assert events.check(event) == []


def test_a_control_message_is_as_the_service_sends_it(logs):
    recorded = {"awslogs": {"data": RECORDED_CONTROL_MESSAGE}}
    built = carried(logs.control_message(destination="Firehose"))

    assert events.check(recorded) == []
    assert built | {"logEvents": 0} == carried(recorded) | {"logEvents": 0}
    assert built["logEvents"][0].keys() == carried(recorded)["logEvents"][0].keys()
    assert built["logEvents"][0]["message"] == carried(recorded)["logEvents"][0]["message"]


def test_an_accurate_message_keeps_its_very_bytes(logs):
    recorded = {"awslogs": {"data": RECORDED_CONTROL_MESSAGE}}

    assert events.like(recorded) == recorded


def test_the_packing_tells_no_time_as_the_services_does_not(logs):
    no_time = RECORDED_CONTROL_MESSAGE[:8]

    assert logs.data_message()["awslogs"]["data"].startswith(no_time)


def test_the_same_message_packs_to_the_same_bytes():
    one, other = (AwsEvents(Mint(seed=5)).cloudwatch_logs for _ in range(2))
    fixed = {"awslogs.data.logEvents[0].timestamp": 1_795_000_000_000, "awslogs.data.logEvents[0].id": "3" * 56}

    assert one.data_message("x", log_stream="s", overrides=fixed) == other.data_message(
        "x", log_stream="s", overrides=fixed
    )


def test_faults_inside_the_packed_message_are_found():
    # The ids of the documented example: https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html
    event = packed(
        {
            "messageType": "DATA_MESSAGE",
            "owner": "123456789012",
            "logGroup": "testLogGroup",
            "logStream": "testLogStream",
            "subscriptionFilters": ["testFilter"],
            "logEvents": [{"id": "eventId1", "timestamp": 1440442987000, "message": "[ERROR] First test message"}],
        }
    )

    (violation,) = events.check(event)

    assert (violation.path, violation.rule) == ("awslogs.data > logEvents[0].id", "log-event-id")
    repaired = events.like(event)
    assert events.check(repaired) == []
    assert carried(repaired)["logEvents"][0]["message"] == "[ERROR] First test message"


@pytest.mark.parametrize(
    "data", ["{}", "H4sIAAAA", "aGVsbG8=", 7, base64.b64encode(gzip.compress(b"not json", mtime=0)).decode()]
)
def test_data_that_is_not_packed_is_found_and_made_anew(data):
    event = {"awslogs": {"data": data}}

    assert [v.rule for v in events.check(event)] == ["packed-logs"]
    assert events.check(events.like(event)) == []


def test_overrides_reach_into_the_message(logs):
    event = logs.data_message(overrides={"awslogs.data.policyLevel": "ACCOUNT_LEVEL_POLICY"})

    assert carried(event)["policyLevel"] == "ACCOUNT_LEVEL_POLICY"
    with pytest.raises(InconsistentEventError, match="56 digits"):
        logs.data_message(overrides={"awslogs.data.logEvents[0].id": "eventId1"})
    wrong = logs.data_message(overrides={"awslogs.data.owner": "me"}, allow_inconsistent=True)
    assert carried(wrong)["owner"] == "me"


@pytest.mark.parametrize("message", [[], ["a", 1]])
def test_a_message_has_text(logs, message):
    with pytest.raises(InvalidParameterError, match="with one at least"):
        logs.data_message(message)
    with pytest.raises(InvalidParameterError, match="a log group's name"):
        logs.data_message(log_group="with space")
