import pytest
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel

from pytest_serverless import events
from pytest_serverless.clock import FixedClock
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.mint import Mint


@pytest.fixture
def scheduler():
    return AwsEvents(Mint(seed=1, clock=FixedClock(1_795_000_000.25))).scheduler


def recorded():
    """A recording of the service: aws-powertools/powertools-lambda-python, tests/events/eventBridgeSchedulerEvent.json.

    Its account was blanked out in one place of two; here it is the same in both.
    """
    return {
        "version": "0",
        "id": "d167b752-343a-4b28-afd6-d4de056319e8",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "123456789012",
        "time": "2025-02-20T16:03:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:scheduler:us-east-1:123456789012:schedule/default/aaaaa"],
        "detail": "{}",
    }


def test_a_recorded_event_is_accepted():
    assert events.check(recorded()) == []


def test_the_built_event_has_the_recorded_form(scheduler):
    event = scheduler.default_input("aaaaa")

    assert list(event) == list(recorded())
    assert event["resources"] == recorded()["resources"]
    assert event["time"] == "2026-11-18T11:06:40Z"
    assert events.check(event) == []


def test_powertools_reads_it(scheduler):
    event = scheduler.default_input()

    EventBridgeModel.model_validate(event)
    assert EventBridgeEvent(event).detail == "{}"
    assert EventBridgeEvent(event).source == "aws.scheduler"


@pytest.mark.parametrize("detail", [{}, None, ""])
def test_the_detail_is_text(detail):
    (violation,) = events.check(recorded() | {"detail": detail})

    assert (violation.path, violation.fix) == ("detail", "{}")


def test_the_schedule_is_of_the_events_account_and_region():
    (violation,) = events.check(recorded() | {"account": "210987654321"})

    assert (violation.path, violation.rule) == ("resources", "resource-here")


def test_a_schedule_may_be_elsewhere(scheduler):
    event = scheduler.default_input("arn:aws:scheduler:eu-west-1:210987654321:schedule/jobs/weekly")

    assert (event["account"], event["region"]) == ("210987654321", "eu-west-1")
    assert events.check(event) == []
    assert scheduler.default_input("weekly", group="jobs")["resources"][0].endswith(":schedule/jobs/weekly")


def test_an_incomplete_event_is_of_the_scheduler():
    event = events.like({"source": "aws.scheduler", "resources": recorded()["resources"]})

    assert event["detail"] == "{}"
    assert event["account"] == "123456789012"
    assert events.check(event) == []


def test_a_name_that_no_schedule_has_is_refused(scheduler):
    with pytest.raises(InvalidParameterError, match="expected an ARN such as arn:aws:scheduler"):
        scheduler.default_input("my schedule")
