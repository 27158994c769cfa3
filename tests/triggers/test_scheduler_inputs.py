"""Context attributes of EventBridge Scheduler.

The attributes and their examples: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
(2026-11).
"""

import json

from pytest_serverless.triggers.scheduler_inputs import scheduler_input

ARN = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/nightly"


def filled(text):
    return scheduler_input(
        text, schedule_arn=ARN, scheduled_time="2022-03-22T18:59:43Z", execution_id="d32c5kddcf5bb8c3", attempt=1
    )


def test_each_attribute_is_replaced_wherever_it_stands():
    text = json.dumps(
        {
            "MessageBody": "run of <aws.scheduler.scheduled-time>, <aws.scheduler.scheduled-time>",
            "arn": "<aws.scheduler.schedule-arn>",
            "id": "<aws.scheduler.execution-id>",
            "attempt": "<aws.scheduler.attempt-number>",
        }
    )

    assert json.loads(filled(text)) == {
        "MessageBody": "run of 2022-03-22T18:59:43Z, 2022-03-22T18:59:43Z",
        "arn": ARN,
        "id": "d32c5kddcf5bb8c3",
        "attempt": "1",
    }


def test_an_attribute_outside_of_quotes_is_replaced_as_it_is():
    assert filled('{"attempt": <aws.scheduler.attempt-number>}') == '{"attempt": 1}'


def test_other_keywords_and_other_text_stay():
    assert filled("<aws.scheduler.no-such> <aws.events.event> TEST_PAYLOAD") == (
        "<aws.scheduler.no-such> <aws.events.event> TEST_PAYLOAD"
    )


def test_no_input_stays_none():
    assert filled(None) is None
