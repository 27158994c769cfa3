"""The settings of a mapping that reads a stream, and the service's refusals.

Sources (2026-11): botocore's model of Lambda, which is the service's own, for the ranges; recordings of the service in
the tests of an open-source emulator of AWS for its words (LocalStack, test_api.snapshot.json, 2025-02, and its
validation of CreateEventSourceMapping); https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html for examples.
"""

from datetime import datetime, timezone

import pytest

from pytest_serverless.errors import InvalidMappingError
from pytest_serverless.triggers.stream_mapping import RANGES
from pytest_serverless.triggers.streams import StreamMapping

HORIZON = {"StartingPosition": "TRIM_HORIZON"}
DYNAMODB_ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-11-01T00:00:00.000"


def of(source="kinesis", now=None, **settings):
    return StreamMapping.of({**HORIZON, **settings}, source=source, now=now)


def refusal(source="kinesis", now=None, **settings):
    with pytest.raises(InvalidMappingError) as caught:
        of(source, now, **settings)
    return str(caught.value)


def test_defaults_are_those_that_the_service_reports():
    """As a recorded CreateEventSourceMapping answered: BatchSize 100, window 0, no limits, factor 1."""
    made = of()

    assert (made.batch_size, made.batching_window_s, made.parallelization_factor) == (100, 0, 1)
    assert (made.max_retries, made.max_record_age_s, made.tumbling_window_s) == (-1, -1, 0)
    assert (made.bisect, made.report_failures, made.on_failure, made.enabled) == (False, False, None, True)


def test_all_settings_are_read():
    made = of(
        BatchSize=500,
        MaximumBatchingWindowInSeconds=5,
        ParallelizationFactor=10,
        MaximumRetryAttempts=2,
        MaximumRecordAgeInSeconds=3600,
        BisectBatchOnFunctionError=True,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:sqs:us-east-2:123456789012:dlq"}},
        FilterCriteria={"Filters": [{"Pattern": '{"data": {"a": [1]}}'}]},
        Enabled=False,
    )

    assert made == StreamMapping(
        source="kinesis",
        starting_position="TRIM_HORIZON",
        batch_size=500,
        batching_window_s=5,
        parallelization_factor=10,
        max_retries=2,
        max_record_age_s=3600,
        bisect=True,
        report_failures=True,
        on_failure="arn:aws:sqs:us-east-2:123456789012:dlq",
        filters=('{"data": {"a": [1]}}',),
        enabled=False,
    )


def test_numbers_and_flags_may_be_text_as_in_templates():
    made = of(BatchSize="7", MaximumRetryAttempts="-1", BisectBatchOnFunctionError="true", Enabled="False")

    assert (made.batch_size, made.max_retries, made.bisect, made.enabled) == (7, -1, True, False)


def test_settings_that_resolved_to_nothing_are_as_if_not_given():
    assert of(BatchSize=None, DestinationConfig=None, FunctionResponseTypes=None) == of()


def test_the_documented_command_is_accepted():
    """BatchSize 500 without a window: the guide's first example, whatever the API's page asks for."""
    made = of(BatchSize=500, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=1541139109)

    assert (made.starting_position, made.starting_timestamp) == ("AT_TIMESTAMP", 1541139109)


@pytest.mark.parametrize(
    "timestamp", [1541139109, "1541139109", 1541139109.0, datetime(2018, 11, 2, 6, 11, 49, tzinfo=timezone.utc)]
)
def test_timestamps_are_read_as_templates_and_sdks_have_them(timestamp):
    made = of(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=timestamp)

    assert made.starting_timestamp == 1541139109


# Ranges


def test_ranges_are_those_of_the_services_model():
    loaders = pytest.importorskip("botocore.loaders")
    shapes = loaders.Loader().load_service_model("lambda", "service-2")["shapes"]
    members = shapes["CreateEventSourceMappingRequest"]["members"]

    model = {name: shapes[members[name]["shape"]] for name in RANGES}

    assert {name: (shape["min"], shape["max"]) for name, shape in model.items()} == RANGES


def test_positions_are_those_of_the_services_model():
    loaders = pytest.importorskip("botocore.loaders")
    shapes = loaders.Loader().load_service_model("lambda", "service-2")["shapes"]

    for position in shapes["EventSourcePosition"]["enum"]:
        timestamp = {"StartingPositionTimestamp": 1} if position == "AT_TIMESTAMP" else {}
        assert of(StartingPosition=position, **timestamp).starting_position == position
    for response in shapes["FunctionResponseType"]["enum"]:
        assert of(FunctionResponseTypes=[response]).report_failures


@pytest.mark.parametrize(("name", "edges"), RANGES.items(), ids=list(RANGES))
def test_the_edges_of_a_range_are_taken_and_what_is_beyond_is_refused(name, edges):
    least, most = edges
    member = name[0].lower() + name[1:]

    of(**{name: least})
    of(**{name: most})

    must = "failed to satisfy constraint: Member must have value"
    assert refusal(**{name: least - 1}) == (
        f"1 validation error detected: Value '{least - 1}' at '{member}' {must} greater than or equal to {least}"
    )
    assert refusal(**{name: most + 1}) == (
        f"1 validation error detected: Value '{most + 1}' at '{member}' {must} less than or equal to {most}"
    )


def test_all_values_out_of_range_are_told_together():
    said = refusal(BatchSize=0, ParallelizationFactor=11)

    assert said.startswith("2 validation errors detected: Value '0' at 'batchSize'")
    assert "; Value '11' at 'parallelizationFactor'" in said


@pytest.mark.parametrize("age", [0, 1, 59])
def test_a_record_age_under_a_minute_is_refused(age):
    assert f"must be -1, or between 60 and 604800; got {age}" in refusal(MaximumRecordAgeInSeconds=age)


def test_an_age_of_a_minute_is_taken():
    assert of(MaximumRecordAgeInSeconds=60).max_record_age_s == 60


@pytest.mark.parametrize("value", ["many", "", "1.5", 1.5, True, [], "²"])
def test_what_is_no_number_is_refused(value):
    assert refusal(BatchSize=value) == f"BatchSize must be a whole number, got {value!r}."


def test_what_is_no_flag_is_refused():
    assert "must be true or false, got 'perhaps'" in refusal(BisectBatchOnFunctionError="perhaps")


# Starting positions


@pytest.mark.parametrize("source", ["kinesis", "dynamodb"])
def test_a_starting_position_is_required(source):
    with pytest.raises(InvalidMappingError) as caught:
        StreamMapping.of({}, source=source)

    assert str(caught.value) == (
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
        "Member must not be null."
    )


def test_an_unknown_position_is_refused_as_recorded():
    assert refusal(StartingPosition="0") == (
        "1 validation error detected: Value '0' at 'startingPosition' failed to satisfy constraint: "
        "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]"
    )


@pytest.mark.parametrize("source", ["kinesis", "dynamodb"])
def test_a_timestamp_without_its_position_is_refused_as_recorded(source):
    said = refusal(source, StartingPosition="LATEST", StartingPositionTimestamp=1)

    assert said == "Timestamp only valid with StartingPosition AT_TIMESTAMP"


def test_dynamodb_has_no_timestamps_as_recorded():
    said = refusal(
        "dynamodb", StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=1, EventSourceArn=DYNAMODB_ARN
    )

    assert said == f"Unsupported starting position for arn type: {DYNAMODB_ARN}"


def test_the_position_needs_its_timestamp():
    """https://github.com/awsdocs/aws-cloudformation-user-guide/pull/334 has the service's words."""
    assert refusal(StartingPosition="AT_TIMESTAMP").startswith("Need to specify a timestamp")


def test_a_timestamp_must_be_one():
    assert "'soon'" in refusal(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp="soon")


def test_a_start_in_the_future_is_refused():
    settings = {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1541139109}

    assert "cannot be in the future" in refusal(now=1541139108, **settings)
    assert of(now=1541139109, **settings).starting_timestamp == 1541139109


# The rest


def test_unknown_response_types_are_refused():
    assert "Member must satisfy enum value set: [ReportBatchItemFailures]" in refusal(FunctionResponseTypes=["All"])


def test_one_response_type_is_all_there_may_be():
    said = refusal(FunctionResponseTypes=["ReportBatchItemFailures", "ReportBatchItemFailures"])

    assert said.endswith("Member must have length less than or equal to 1")


@pytest.mark.parametrize(
    "settings",
    [
        {"ScalingConfig": {"MaximumConcurrency": 2}},
        {"Topics": ["orders"]},
        {"Queues": ["orders"]},
        {"ProvisionedPollerConfig": {"MinimumPollers": 1}},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_settings_of_other_sources_are_refused(settings):
    name = next(iter(settings))

    assert refusal(**settings) == f"Unsupported {name} parameter for given event source mapping type."


def test_there_is_no_destination_for_success():
    said = refusal(DestinationConfig={"OnSuccess": {"Destination": "arn:aws:sqs:us-east-2:123456789012:ok"}})

    assert said == "Unsupported DestinationConfig parameter for given event source mapping type."


def test_a_tumbling_window_has_one_lane():
    """https://github.com/terraform-aws-modules/terraform-aws-lambda/issues/619: the factor must be 1."""
    assert "ParallelizationFactor greater than 1" in refusal(TumblingWindowInSeconds=60, ParallelizationFactor=2)
    assert of(TumblingWindowInSeconds=60, ParallelizationFactor=1).tumbling_window_s == 60
