"""Where Lambda sends what became of an invocation.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html (2026-11); the refusals are
the service's words, as https://github.com/localstack/localstack and https://github.com/radkawar/stackd record them.
"""

import pytest

from pytest_serverless.errors import InvalidMappingError
from pytest_serverless.triggers.destinations import check_dead_letter, kind_of_destination, object_key


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        ("arn:aws:sqs:us-east-1:123456789012:destination", "sqs"),
        ("arn:aws:sns:us-east-1:123456789012:my-topic", "sns"),
        ("arn:aws:lambda:us-east-1:123456789012:function:other", "lambda"),
        ("arn:aws:lambda:us-east-1:123456789012:function:other:live", "lambda"),
        ("arn:aws:events:us-east-1:123456789012:event-bus/default", "events"),
        ("arn:aws:s3:::failures", "s3"),
        ("arn:aws-cn:sqs:cn-north-1:123456789012:destination", "sqs"),
    ],
)
def test_a_destination_is_known_by_the_service_in_its_arn(arn, kind):
    assert kind_of_destination(arn) == kind


@pytest.mark.parametrize(
    "arn",
    [
        "destination",
        "arn:aws:sqs:us-east-1",
        "arn:aws:sqs:us-east-1:123456789012:",
        "arn:aws:kinesis:us-east-1:123456789012:stream/a",
        "arn:aws:lambda:us-east-1:123456789012:layer:a:1",
        "arn:aws:events:us-east-1:123456789012:rule/a",
        "urn:aws:sqs:us-east-1:123456789012:destination",
        "arn:aws:sqs:us-east-1:123456789012:destination.fifo",
    ],
)
def test_what_cannot_be_a_destination_is_named(arn):
    with pytest.raises(InvalidMappingError) as refusal:
        kind_of_destination(arn)

    assert str(refusal.value).startswith(f"The destination ARN {arn} is invalid.")


def test_a_fifo_topic_is_refused_in_words_of_its_own():
    with pytest.raises(InvalidMappingError, match=r"^FIFO-type Amazon SNS topics aren't supported as a destination\."):
        kind_of_destination("arn:aws:sns:us-east-1:123456789012:topic.fifo")


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        (
            "arn:aws:lambda:us-east-1:123456789012:function:a",
            "Only Amazon SQS queues and Amazon SNS topics are supported",
        ),
        ("queue", "Only Amazon SQS queues and Amazon SNS topics are supported"),
        ("arn:aws:sqs:us-east-1:123456789012:a.fifo", "FIFO SQS queue is not supported for dead letter configuration"),
        ("arn:aws:sns:us-east-1:123456789012:a.fifo", "FIFO SNS topic is not supported for dead letter configuration"),
    ],
)
def test_what_cannot_take_dead_letters_is_named(arn, said):
    with pytest.raises(InvalidMappingError) as refusal:
        check_dead_letter(arn)

    assert str(refusal.value).startswith(f"Invalid dead letter queue ARN: {said}")


@pytest.mark.parametrize("arn", ["arn:aws:sqs:us-east-1:123456789012:a", "arn:aws:sns:us-east-1:123456789012:a"])
def test_standard_queues_and_topics_take_dead_letters(arn):
    check_dead_letter(arn)


def test_the_key_of_a_failure_in_a_bucket():
    """aws/lambda/async/<function-name>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<Random UUID>."""
    key = object_key("orders", 1573755365.568, "6f3a4f2e-0f6b-4a1e-9d8e-1f5f8f1b2c3d")  # 2019-11-14T18:16:05Z

    assert key == ("aws/lambda/async/orders/2019/11/14/2019-11-14T18.16.05-6f3a4f2e-0f6b-4a1e-9d8e-1f5f8f1b2c3d")
