"""Asynchronous invocation: how often an event is tried, when, and what is told of its end.

Where a test names no other source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
and invocation-async-retain-records.html beside it (2026-11).
"""

import itertools

import botocore.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import InvalidMappingError
from pytest_serverless.outcome import Outcome
from pytest_serverless.triggers import asynchronous
from pytest_serverless.triggers.asynchronous import (
    AsyncConfig,
    AsyncEvent,
    Failed,
    InvocationRecord,
    Result,
    Retry,
    Succeeded,
    after_attempt,
    before_attempt,
    dead_letter_attributes,
)

START = 1_795_000_000.0
HOURS = 3600
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:failures"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:done"
BUCKET = "arn:aws:s3:::failures"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:orders"

EVENT = AsyncEvent(request_id="e4b46cbf-b738-4880-8880-a18cdf61200e", payload={"id": 1}, accepted_at=START)
ERROR = Result(payload={"errorMessage": "no", "errorType": "ValueError"}, function_error="Unhandled")
THROTTLED = Result(status_code=429)
OUTAGE = Result(status_code=500)


def run(config, *results, took=0.0):
    """Try an event with these results one after the other, each `took` seconds; return when, and how it ended."""
    event, now, times = EVENT, START, []
    for result in results:
        times.append(now - START)
        now += took
        verdict = after_attempt(config, event, result, now)
        if not isinstance(verdict, Retry):
            return times, verdict
        assert verdict.event.request_id == EVENT.request_id
        now, event = verdict.at, verdict.event
        refusal = before_attempt(config, event, now)
        assert refusal is None
    return times, verdict


# The settings


def test_a_function_without_settings_has_the_defaults():
    assert AsyncConfig.of({}) == AsyncConfig(retries=2, most_age_s=6 * HOURS)


def test_the_settings_are_read_as_templates_give_them():
    config = AsyncConfig.of(
        {
            "MaximumRetryAttempts": "0",
            "MaximumEventAgeInSeconds": "60",
            "DestinationConfig": {
                "OnSuccess": {"Type": "SNS", "Destination": TOPIC},
                "OnFailure": {"Destination": BUCKET},
            },
        },
        dead_letter_arn=QUEUE,
        reserved_concurrency=5,
    )

    assert config == AsyncConfig(
        retries=0, most_age_s=60, on_success=TOPIC, on_failure=BUCKET, dead_letter=QUEUE, reserved_concurrency=5
    )


def test_an_empty_destination_is_none():
    """An empty text is allowed by the pattern of botocore's DestinationArn: it takes a destination away."""
    assert AsyncConfig.of({"DestinationConfig": {"OnFailure": {"Destination": ""}, "OnSuccess": None}}) == AsyncConfig()


def test_the_ranges_are_those_of_the_api():
    shapes = botocore.session.Session().get_service_model("lambda")

    def bounds(shape):
        return tuple(shapes.shape_for(shape).metadata[end] for end in ("min", "max"))

    assert bounds("MaximumRetryAttempts") == asynchronous.RETRIES
    assert bounds("MaximumEventAgeInSeconds") == asynchronous.EVENT_AGE_S


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"MaximumRetryAttempts": 3}, "Value '3' at 'maximumRetryAttempts' failed to satisfy constraint"),
        ({"MaximumRetryAttempts": "-1"}, "Value '-1' at 'maximumRetryAttempts'"),
        ({"MaximumEventAgeInSeconds": 59}, "Member must have value greater than or equal to 60"),
        ({"MaximumEventAgeInSeconds": 21_601}, "Member must have value less than or equal to 21600"),
        (
            {"DestinationConfig": {"OnSuccess": {"Destination": BUCKET}}},
            f"The provided destination config DestinationConfig(onSuccess=OnSuccess(destination={BUCKET}), "
            "onFailure=null) is invalid.",
        ),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": f"{FUNCTION}:live"}}},
            "You can't specify the function as a destination for itself.",
        ),
        ({"DestinationConfig": {"OnFailure": {"Destination": f"{QUEUE}.fifo"}}}, f"{QUEUE}.fifo is invalid."),
    ],
)
def test_settings_that_are_refused(given, said):
    with pytest.raises(InvalidMappingError) as refusal:
        AsyncConfig.of(given, function_arn=f"{FUNCTION}:$LATEST")

    assert said in str(refusal.value)


def test_another_function_can_be_a_destination():
    given = {"DestinationConfig": {"OnSuccess": {"Destination": f"{FUNCTION}-2"}}}

    assert AsyncConfig.of(given, function_arn=FUNCTION).on_success == f"{FUNCTION}-2"


def test_a_dead_letter_queue_that_is_refused():
    with pytest.raises(InvalidMappingError, match="Invalid dead letter queue ARN: FIFO SQS queue is not supported"):
        AsyncConfig.of({}, dead_letter_arn=f"{QUEUE}.fifo")


# Success and failure


def test_a_success_is_told_to_its_destination_alone():
    config = AsyncConfig(on_success=TOPIC, on_failure=QUEUE, dead_letter=QUEUE)

    _, end = run(config, Result(payload={"ok": True}))

    record = InvocationRecord(
        request_id=EVENT.request_id,
        condition="Success",
        invoke_count=1,
        payload={"id": 1},
        result=Result(payload={"ok": True}),
        time=START,
    )
    assert end == Succeeded(record, TOPIC)


def test_a_function_that_fails_is_tried_again_after_one_and_after_two_minutes():
    times, end = run(AsyncConfig(on_failure=QUEUE, dead_letter=TOPIC), ERROR, ERROR, ERROR, took=1.0)

    assert times == [0, 61, 182]
    assert (end.condition, end.record.invoke_count, end.record.result) == ("RetriesExhausted", 3, ERROR)
    assert (end.destination, end.dead_letter) == (QUEUE, TOPIC)
    assert end.record.time == START + 183


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_there_are_as_many_retries_as_the_settings_say(retries):
    times, end = run(AsyncConfig(retries=retries), *[ERROR] * 5)

    assert len(times) == end.record.invoke_count == retries + 1


def test_a_retry_that_succeeds_is_a_success():
    times, end = run(AsyncConfig(on_success=TOPIC), ERROR, Result(payload=1))

    assert times == [0, 60]
    assert (end.record.condition, end.record.result.payload) == ("Success", 1)


def test_an_outcome_is_a_result():
    outcome = Outcome(
        function="orders",
        provider="aws",
        request_id="id",
        status="timeout",
        payload=b"",
        value={"errorMessage": "Task timed out after 3.00 seconds"},
        duration_ms=3000.0,
        billed_ms=3000,
        memory_mb=128,
        memory_used_mb=64,
    )

    assert Result.of(outcome) == Result(payload=outcome.value, function_error="Unhandled")


# What could not be run


def test_a_throttled_event_backs_off_from_one_second_to_five_minutes_for_six_hours():
    times, end = run(AsyncConfig(on_failure=QUEUE), *[THROTTLED] * 200)

    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert waits[:11] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert set(waits[9:]) == {300}
    assert 6 * HOURS - 300 <= times[-1] < 6 * HOURS
    assert (end.condition, end.record.invoke_count, end.record.result) == ("EventAgeExceeded", 0, THROTTLED)


def test_throttles_and_outages_do_not_count_as_retries():
    times, end = run(AsyncConfig(), THROTTLED, ERROR, OUTAGE, THROTTLED, ERROR, THROTTLED, ERROR)

    assert times == [0, 1, 61, 63, 67, 187, 195]
    assert (end.condition, end.record.invoke_count) == ("RetriesExhausted", 3)


# Age


@pytest.mark.parametrize(("age", "tries"), [(60, 1), (61, 2), (180, 2), (181, 3)])
def test_there_is_no_retry_that_would_find_the_event_too_old(age, tries):
    times, end = run(AsyncConfig(most_age_s=age), ERROR, ERROR, ERROR)

    assert len(times) == tries
    assert end.condition == ("EventAgeExceeded" if tries < 3 else "RetriesExhausted")
    assert (end.record.invoke_count, end.record.result) == (tries, ERROR)


def test_an_event_that_grew_too_old_before_its_turn_is_not_tried():
    config = AsyncConfig(most_age_s=60, on_failure=QUEUE, dead_letter=TOPIC)

    assert before_attempt(config, EVENT, START + 59) is None
    end = before_attempt(config, EVENT, START + 60)
    assert (end.condition, end.record.result, end.destination, end.dead_letter) == (
        "EventAgeExceeded",
        None,
        QUEUE,
        TOPIC,
    )


def test_a_success_is_one_however_long_it_took():
    _, end = run(AsyncConfig(most_age_s=60), Result(payload=1), took=600.0)

    assert isinstance(end, Succeeded)


# Zero reserved concurrency


def test_without_concurrency_an_event_goes_where_failures_go_at_once():
    config = AsyncConfig(reserved_concurrency=0, on_failure=QUEUE, dead_letter=TOPIC)

    before = before_attempt(config, EVENT, START)
    after = after_attempt(config, EVENT, THROTTLED, START)

    assert before == after
    assert (before.condition, before.record.invoke_count, before.record.result) == ("ZeroReservedConcurrency", 0, None)
    assert (before.destination, before.dead_letter) == (QUEUE, TOPIC)


def test_a_reserved_concurrency_above_zero_throttles_like_any_other():
    assert isinstance(after_attempt(AsyncConfig(reserved_concurrency=1), EVENT, THROTTLED, START), Retry)


# Dead letters


def attributes(*results, retries=2):
    _, end = run(AsyncConfig(retries=retries), *results)
    found = dead_letter_attributes(end.record)
    assert all(set(one) == {"DataType", "StringValue"} for one in found.values())
    return {name: (one["DataType"], one["StringValue"]) for name, one in found.items()}


def test_a_dead_letter_says_which_invocation_failed_and_how():
    assert attributes(ERROR, ERROR, ERROR) == {
        "RequestID": ("String", EVENT.request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "no"),
    }


def test_a_throttled_dead_letter_has_the_words_of_the_service():
    found = attributes(*[THROTTLED] * 200)

    assert (found["ErrorCode"], found["ErrorMessage"]) == (("Number", "429"), ("String", "Rate Exceeded."))


def test_a_dead_letter_without_concurrency_has_no_code():
    """The words are the service's, its missing space included, as https://github.com/radkawar/stackd records them."""
    end = before_attempt(AsyncConfig(reserved_concurrency=0), EVENT, START)

    found = dead_letter_attributes(end.record)

    assert set(found) == {"RequestID", "ErrorMessage"}
    assert found["ErrorMessage"]["StringValue"] == (
        "Function not invoked. Function isconfigured with zero reserved concurrent executions"
    )


@pytest.mark.parametrize(
    ("said", "kept"), [("x" * 1025, "x" * 1024), ("é" * 600, "é" * 512), ("x" + "é" * 600, "x" + "é" * 511)]
)
def test_the_message_is_cut_at_a_kilobyte(said, kept):
    error = Result(payload={"errorMessage": said}, function_error="Unhandled")

    assert attributes(error, retries=0)["ErrorMessage"] == ("String", kept)


@pytest.mark.parametrize("payload", [None, "text", {}, {"errorMessage": ""}])
def test_no_attribute_is_empty(payload):
    """SQS refuses an attribute whose value is empty."""
    error = Result(payload=payload, function_error="Unhandled")

    assert "ErrorMessage" not in attributes(error, retries=0)


# A plain model

RETRY_WAITS = [60, 120]
BACKOFF_WAITS = [1, 2, 4, 8, 16, 32, 64, 128, 256] + [300] * 200
RESULTS = {"ok": Result(payload=1), "error": ERROR, "throttle": THROTTLED, "outage": OUTAGE}


def plain(retries, age, script):
    """What the documentation says, told as a story: the times of the attempts, and the end."""
    now, times, retry_waits, backoff_waits = 0.0, [], iter(RETRY_WAITS[:retries]), iter(BACKOFF_WAITS)
    for kind, took in script:
        times.append(now)
        now += took
        if kind == "ok":
            return times, "Success"
        wait = next(retry_waits if kind == "error" else backoff_waits, None)
        if wait is None:
            return times, "RetriesExhausted"
        if now + wait >= age:
            return times, "EventAgeExceeded"
        now += wait
    return times, None


@settings(deadline=None, max_examples=100, derandomize=True)
@given(
    retries=st.integers(0, 2),
    age=st.sampled_from([60, 61, 100, 181, 600, 21_600]),
    script=st.lists(st.tuples(st.sampled_from(sorted(RESULTS)), st.sampled_from([0.0, 0.5, 30.0])), min_size=1),
)
def test_every_event_is_tried_as_the_plain_model_says(retries, age, script):
    config, event, now, times, end = AsyncConfig(retries=retries, most_age_s=age), EVENT, START, [], None
    for kind, took in script:
        times.append(now - START)
        now += took
        verdict = after_attempt(config, event, RESULTS[kind], now)
        if not isinstance(verdict, Retry):
            end = verdict
            break
        now, event = verdict.at, verdict.event
        assert before_attempt(config, event, now) is None
        assert (event.request_id, event.payload, event.accepted_at) == (EVENT.request_id, EVENT.payload, START)

    assert (times, end.record.condition if end else None) == plain(retries, age, script)
    runs = sum(RESULTS[kind].ran for kind, _ in script[: len(times)])
    assert runs <= retries + 1
    if isinstance(end, Failed):
        assert end.record.invoke_count == runs
