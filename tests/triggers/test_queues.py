"""Event source mappings of queues: the settings, the refusals, and what becomes of a batch.

Where a test names no other source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html,
services-sqs-scaling.html and services-sqs-errorhandling.html beside it (2026-11).
"""

import json

import botocore.session
import pytest
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    process_partial_response,
)

from pytest_serverless.errors import InvalidMappingError
from pytest_serverless.triggers import queues
from pytest_serverless.triggers.queues import QueueMapping, settle_batch

PARTIAL = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
FIFO = {"QueueName": "orders.fifo", "FifoQueue": "true"}


def mapping(settings=None, *, queue=None, timeout=3):
    return QueueMapping.of(settings or {}, queue=queue or {}, function_timeout_s=timeout)


def refused(settings=None, **given):
    with pytest.raises(InvalidMappingError) as refusal:
        mapping(settings, **given)
    return str(refusal.value)


@pytest.fixture(scope="module")
def shapes():
    return botocore.session.Session().get_service_model("lambda")


# The settings


def test_a_mapping_has_the_defaults_of_the_service():
    assert mapping() == QueueMapping(batch_size=10, window_s=0, enabled=True, partial=False, filters=None)


def test_numbers_and_truths_may_be_texts_as_in_templates():
    settings = {
        "BatchSize": "250",
        "MaximumBatchingWindowInSeconds": "20",
        "Enabled": "false",
        "ScalingConfig": {"MaximumConcurrency": "7"},
        **PARTIAL,
    }

    read = mapping(settings)

    assert (read.batch_size, read.window_s, read.enabled, read.max_concurrency) == (250, 20, False, 7)
    assert read.partial


def test_filters_are_kept_as_they_are():
    criteria = {"Filters": [{"Pattern": '{"body": {"a": [1]}}'}]}

    assert mapping({"FilterCriteria": criteria}).filters is criteria


@pytest.mark.parametrize(
    ("settings", "queue", "fifo"),
    [
        ({}, {"FifoQueue": True}, True),
        ({}, {"FifoQueue": "false"}, False),
        ({}, {"QueueName": "orders.fifo"}, True),
        ({"EventSourceArn": "arn:aws:sqs:eu-west-1:123456789012:orders.fifo"}, {}, True),
        ({"EventSourceArn": "arn:aws:sqs:eu-west-1:123456789012:orders"}, {}, False),
    ],
)
def test_a_fifo_queue_is_known_by_its_setting_or_its_name(settings, queue, fifo):
    assert mapping(settings, queue=queue).fifo is fifo


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        ({}, 1_250),
        ({"ScalingConfig": {"MaximumConcurrency": 5}}, 5),
        ({"ProvisionedPollerConfig": {"MinimumPollers": 2, "MaximumPollers": 3}}, 30),  # a poller has ten in flight
        ({"ProvisionedPollerConfig": {"MinimumPollers": "4"}}, 2_000),
    ],
)
def test_how_many_batches_may_be_in_flight(settings, most):
    assert mapping(settings).most_in_flight == most


# The refusals


def test_the_ranges_are_those_of_the_api(shapes):
    def bounds(shape):
        found = shapes.shape_for(shape).metadata
        return found["min"], found["max"]

    assert bounds("BatchSize") == queues.BATCH_SIZE
    assert bounds("MaximumBatchingWindowInSeconds") == queues.WINDOW_S
    assert bounds("MaximumConcurrency") == queues.CONCURRENCY
    assert bounds("MaximumNumberOfPollers")[1] <= queues.MOST_POLLERS  # it was 2,000 once
    assert bounds("MinimumNumberOfPollers")[1] == queues.MINIMUM_POLLERS[1]


def test_every_setting_of_the_api_is_read_refused_or_known_to_be_without_effect_here(shapes):
    read = {
        "BatchSize",
        "MaximumBatchingWindowInSeconds",
        "Enabled",
        "FunctionResponseTypes",
        "ScalingConfig",
        "ProvisionedPollerConfig",
        "FilterCriteria",
        "EventSourceArn",
    }
    without_effect = {"FunctionName", "KMSKeyArn", "MetricsConfig", "Tags"}

    assert set(shapes.shape_for("CreateEventSourceMappingRequest").members) <= (
        read | without_effect | set(queues.FOREIGN)
    )


@pytest.mark.parametrize("given", [10_001, "10001", 0, -1])
def test_a_batch_has_between_1_and_10_000_messages(given):
    said = refused({"BatchSize": given, "MaximumBatchingWindowInSeconds": 1})

    assert said.startswith(f"1 validation error detected: Value '{int(given)}' at 'batchSize' failed to satisfy")


def test_a_number_out_of_range_is_named_with_its_bound():
    assert refused({"MaximumBatchingWindowInSeconds": 301}) == (
        "1 validation error detected: Value '301' at 'maximumBatchingWindowInSeconds' failed to satisfy constraint: "
        "Member must have value less than or equal to 300"
    )
    assert "'scalingConfig.maximumConcurrency' failed to satisfy constraint: Member must have value greater than " in (
        refused({"ScalingConfig": {"MaximumConcurrency": 1}})
    )


@pytest.mark.parametrize("given", ["ten", True, 2.5, [10]])
def test_what_is_no_whole_number_is_refused(given):
    assert "#/BatchSize: expected type: Integer" in refused({"BatchSize": given})


def test_what_is_no_truth_is_refused():
    assert "#/Enabled: expected type: Boolean, got 'perhaps'" in refused({"Enabled": "perhaps"})


def test_a_batch_over_ten_needs_a_window():
    """Quoted in https://forum.serverless.com/t/maximumbatchingwindow-not-passed-to-aws/13837."""
    words = "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"

    assert refused({"BatchSize": 11}).startswith(words)
    assert mapping({"BatchSize": 11, "MaximumBatchingWindowInSeconds": 1}).batch_size == 11
    assert mapping({"BatchSize": 10}).batch_size == 10


def test_a_fifo_queue_has_no_window_and_no_batch_over_ten():
    """Quoted in https://github.com/aws/aws-lambda-dotnet/pull/1758, of a batch of 100 with a window of 5."""
    both = refused({"BatchSize": 100, "MaximumBatchingWindowInSeconds": 5}, queue=FIFO)
    large = refused({"BatchSize": 100}, queue=FIFO)

    assert both == "Batching window is not supported for FIFO queues"
    assert large.endswith("A FIFO queue's batches have 10 messages at most.")
    assert mapping({"MaximumBatchingWindowInSeconds": 0}, queue=FIFO).window_s == 0


@pytest.mark.parametrize(("queue", "timeout"), [({"VisibilityTimeout": "30"}, 60), ({}, 60), ({}, 60.0)])
def test_messages_must_stay_hidden_as_long_as_the_function_may_run(queue, timeout):
    """Quoted in https://github.com/hashicorp/terraform-provider-aws/issues/18099; a queue's default is 30 seconds."""
    said = refused(queue=queue, timeout=timeout)

    assert said == "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"


def test_a_function_may_run_as_long_as_messages_stay_hidden():
    assert mapping(queue={"VisibilityTimeout": 60}, timeout=60).enabled


@pytest.mark.parametrize("name", sorted(queues.FOREIGN))
def test_settings_of_other_sources_are_refused(name):
    assert refused({name: False}).startswith(f"{name} is not valid for SQS event sources.")


def test_a_setting_that_is_not_given_is_not_refused():
    assert mapping({"StartingPosition": None}).enabled


def test_provisioned_mode_excludes_a_maximum_concurrency():
    said = refused({"ProvisionedPollerConfig": {"MaximumPollers": 5}, "ScalingConfig": {"MaximumConcurrency": 5}})

    assert said.startswith("Provisioned mode for SQS ESM does not support maximum concurrency feature.")


@pytest.mark.parametrize(
    "pollers",
    [
        {"MinimumPollers": 1},
        {"MinimumPollers": 201, "MaximumPollers": 300},
        {"MaximumPollers": 10_001},
        {"MinimumPollers": 20, "MaximumPollers": 19},
    ],
)
def test_pollers_have_their_ranges(pollers):
    said = refused({"ProvisionedPollerConfig": pollers})

    assert said.startswith(
        "MinimumPollers should be between [2, 200] and MaximumPollers should be between [MinimumPollers, 10000]"
    )


def test_poller_groups_are_for_kafka():
    assert "PollerGroupName is not valid for SQS" in refused({"ProvisionedPollerConfig": {"PollerGroupName": "a"}})


@pytest.mark.parametrize("types", [["ReportFailures"], ["ReportBatchItemFailures", "ReportBatchItemFailures"]])
def test_there_is_one_response_type(types):
    assert "Member must satisfy enum value set: [ReportBatchItemFailures]" in refused({"FunctionResponseTypes": types})


# What becomes of a batch


def named(*ids):
    return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in ids]}


@pytest.mark.parametrize("value", [None, "", [], {}, named(), {"batchItemFailures": None}], ids=json.dumps)
def test_answers_that_say_that_all_went_well(value):
    assert settle_batch(mapping(PARTIAL), ["a", "b"], ok=True, value=value) == (("a", "b"), ())


@pytest.mark.parametrize(
    "value",
    [
        named(""),
        named(None),
        named("c"),
        named("a", "c"),
        {"foo": "bar"},
        {"batchItemFailures": [{"foo": "a"}]},
        {"batchItemFailures": ["a"]},
        {"batchItemFailures": "a"},
        "a",
        7,
    ],
    ids=json.dumps,
)
def test_answers_that_fail_the_whole_batch(value):
    assert settle_batch(mapping(PARTIAL), ["a", "b"], ok=True, value=value) == ((), ("a", "b"))


def test_what_is_named_has_failed_and_the_rest_is_deleted_in_the_order_of_the_batch():
    settled = settle_batch(mapping(PARTIAL), ["a", "b", "c", "d"], ok=True, value=named("d", "b"))

    assert settled == (("a", "c"), ("b", "d"))


def test_an_answer_is_not_read_without_partial_responses():
    assert settle_batch(mapping(), ["a", "b"], ok=True, value=named("a")) == (("a", "b"), ())


@pytest.mark.parametrize("settings", [{}, PARTIAL])
def test_a_function_that_failed_or_was_throttled_leaves_every_message(settings):
    assert settle_batch(mapping(settings), ["a", "b"], ok=False, value=named("a")) == ((), ("a", "b"))


def records(*groups):
    return [
        {
            "messageId": f"{group}{number}",
            "receiptHandle": "handle",
            "body": f"{group}{number}",
            "attributes": {"MessageGroupId": group},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:orders.fifo",
            "awsRegion": "eu-west-1",
        }
        for number, group in enumerate(groups)
    ]


def answered(processor, batch, *poison):
    def process(record):
        if record.body in poison:
            raise ValueError(record.body)

    return process_partial_response({"Records": batch}, process, processor, context=None)


@pytest.mark.parametrize(
    ("processor", "deleted"),
    [
        (SqsFifoPartialProcessor(), ("a0",)),
        (SqsFifoPartialProcessor(skip_group_on_error=True), ("a0", "b1", "b3")),
        (BatchProcessor(event_type=EventType.SQS), ("a0", "b1", "b3", "a4")),  # it does not know groups: a4 overtakes
    ],
    ids=["stops", "stops the group", "goes on"],
)
def test_in_a_fifo_queue_the_function_alone_keeps_the_order(processor, deleted):
    batch = records("a", "b", "a", "b", "a")
    ids = [record["messageId"] for record in batch]
    poison = ("b1", "a2") if deleted == ("a0",) else ("a2",)

    settled = settle_batch(mapping(PARTIAL, queue=FIFO), ids, ok=True, value=answered(processor, batch, *poison))

    assert settled == (deleted, tuple(id_ for id_ in ids if id_ not in deleted))
