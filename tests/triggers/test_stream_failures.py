"""What becomes of a batch of a stream that failed: retries, halves, partial success, and what is given up.

Sources (2026-11): https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html,
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html, and recordings of the service
in the tests of an open-source emulator of AWS (LocalStack, test_lambda_integration_kinesis.snapshot.json, 2024-10).
"""

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.triggers.streams import Answer, StreamRules, back_off
from tests.triggers.shards import (
    ARN,
    SHARD,
    START,
    ThrottledError,
    drive,
    failing,
    numbers,
    numbers_in,
    reader,
    record,
    records,
    reporting,
)


def stream(count, **given):
    made = reader(**given)
    made.push(SHARD, records(count), START)
    return made


# Retries


def test_a_failed_batch_is_sent_again_before_anything_behind_it():
    answers = iter([ValueError(), ValueError(), None, None])

    def function(event):
        if (answer := next(answers)) is not None:
            raise answer

    story = drive(stream(4, batch_size=2), function)

    assert story.sent == [[1, 2], [1, 2], [1, 2], [3, 4]]
    assert story.done == [1, 2, 3, 4]


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_retries_come_on_top_of_the_first_attempt(retries):
    story = drive(stream(3, batch_size=2, max_retries=retries), failing(1))

    assert story.sent == [[1, 2]] * (retries + 1) + [[3]]
    assert [numbers(discard.records) for discard in story.discards] == [[1, 2]]
    assert story.done == [3]


def test_the_discard_of_a_recorded_run():
    """BatchSize 1, MaximumRetryAttempts 1, the handler raises: the destination is told of two invocations."""
    [discard] = drive(stream(1, batch_size=1, max_retries=1), failing(1)).discards

    assert (discard.condition, discard.invoke_count) == ("RetryAttemptsExhausted", 2)
    assert (discard.start_sequence_number, discard.end_sequence_number, discard.batch_size) == ("1", "1", 1)
    assert discard.shard_id == SHARD
    assert discard.answer.error == "Unhandled"


def test_a_discard_tells_of_the_whole_batch():
    made = reader(max_retries=0)
    made.push(SHARD, [record(7, at=START - 2), record(8, at=START - 1), record(9)], START)

    [discard] = drive(made, failing(8)).discards

    assert (discard.start_sequence_number, discard.end_sequence_number, discard.batch_size) == ("7", "9", 3)
    assert (discard.first_arrival, discard.last_arrival, discard.at) == (START - 2, START, START)


def test_without_a_limit_a_batch_holds_its_shard_up_until_the_stream_drops_it():
    story = drive(stream(2, batch_size=1), failing(1))

    assert story.now - START > 86_400
    assert not story.discards
    assert [numbers(expired.records) for expired in story.expired] == [[1], [2]]
    assert story.expired[0].iterator_age_s > 86_400


def test_a_stream_can_keep_its_records_for_longer():
    week = StreamRules(retention_s=7 * 86_400)

    story = drive(stream(1, rules=week), failing(1))

    assert story.now - START > 7 * 86_400


def test_retries_wait_longer_each_time_up_to_a_minute():
    story = drive(stream(1, max_retries=8), failing(1))

    assert story.waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_the_schedule_of_retries_can_be_chosen():
    story = drive(stream(1, max_retries=3, rules=StreamRules(retry_delay=lambda failures: 5.0)), failing(1))

    assert story.waits == [5, 5, 5]


def test_many_failures_do_not_make_the_delay_overflow():
    assert back_off(10_000) == 60


def test_a_throttled_invocation_is_no_attempt():
    """https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html: the quota is for batches that were reached."""
    answers = iter([ThrottledError(), ThrottledError(), ValueError(), ThrottledError(), ValueError()])

    def function(event):
        raise next(answers)

    story = drive(stream(1, max_retries=1), function)

    assert len(story.batches) == 5
    assert story.discards[0].invoke_count == 2


def test_a_batch_tells_which_attempt_it_is():
    made = stream(1)
    first = made.next(START)
    made.answer(first, Answer(error="Unhandled"), START)

    assert (first.attempt, made.next(START + 1).attempt) == (1, 2)


def test_an_answer_is_taken_once():
    made = stream(1)
    batch = made.next(START)
    made.answer(batch, Answer(), START)

    with pytest.raises(InvalidParameterError, match="answer once"):
        made.answer(batch, Answer(), START)


# Age


def test_records_that_are_too_old_are_never_sent():
    made = reader(max_record_age_s=60)
    made.push(SHARD, [record(1, at=START - 62), record(2, at=START - 61), record(3, at=START - 60)], START)

    story = drive(made)

    assert story.sent == [[3]]
    [discard] = story.discards
    assert (discard.condition, discard.invoke_count, discard.answer) == ("RecordAgeExceeded", 0, None)
    assert (discard.start_sequence_number, discard.end_sequence_number, discard.batch_size) == ("1", "2", 2)


def test_the_records_behind_one_that_is_too_old_are_sent_as_recorded():
    """One record of 80 seconds and five new ones, MaximumRecordAgeInSeconds 60, BatchSize 10: five arrive."""
    made = reader(max_record_age_s=60, batch_size=10, max_retries=0, batching_window_s=1)
    made.push(SHARD, [record(1, at=START - 80), *(record(number) for number in range(2, 7))], START)

    story = drive(made)

    assert story.done == [2, 3, 4, 5, 6]
    assert [numbers(discard.records) for discard in story.discards] == [[1]]


def test_records_grow_too_old_while_they_are_retried():
    story = drive(stream(2, max_record_age_s=60), failing(2))

    assert [time for time, _ in story.batches] == [0, 1, 3, 7, 15, 31]
    assert [discard.condition for discard in story.discards] == ["RecordAgeExceeded"]
    assert story.discards[0].invoke_count == 6
    assert story.discards[0].answer is None  # recorded: without responseContext, though there were responses


def test_only_the_records_that_are_too_old_are_given_up():
    made = reader(max_record_age_s=60)
    made.push(SHARD, [record(1, at=START - 50), record(2)], START)

    story = drive(made, failing(1))

    assert [numbers(discard.records) for discard in story.discards] == [[1]]
    assert story.done == [2]


# Halves


def test_bisecting_isolates_a_poison_record():
    """The split is in two, and does not count towards the retries: the guide, "Error handling"."""
    story = drive(stream(8, bisect=True, max_retries=0), failing(6))

    assert story.sent == [[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4], [5, 6, 7, 8], [5, 6], [5], [6], [7, 8]]
    assert [numbers(discard.records) for discard in story.discards] == [[6]]
    assert story.done == [1, 2, 3, 4, 5, 7, 8]


def test_a_record_alone_has_all_its_retries_after_bisecting():
    story = drive(stream(4, bisect=True, max_retries=2), failing(4))

    assert story.sent == [[1, 2, 3, 4], [1, 2], [3, 4], [3], [4], [4], [4]]
    assert story.discards[0].invoke_count == 3


def test_later_batches_have_their_full_size_again():
    story = drive(stream(8, batch_size=4, bisect=True, max_retries=0), failing(1))

    assert story.sent[-1] == [5, 6, 7, 8]


def test_an_odd_batch_is_split_too():
    story = drive(stream(3, bisect=True, max_retries=0), failing(2))

    assert story.sent == [[1, 2, 3], [1], [2, 3], [2], [3]]


# Reported failures


def test_the_lowest_reported_record_is_where_the_retry_begins():
    made = stream(5, report_failures=True)
    batch = made.next(START)

    failures = [{"itemIdentifier": "4"}, {"itemIdentifier": "3"}]
    progress = made.answer(batch, Answer(value={"batchItemFailures": failures}), START)

    assert numbers(progress.records) == [1, 2]
    assert made.position(SHARD) == "3"
    assert numbers(made.next(START + 60).records) == [3, 4, 5]


def test_progress_begins_the_retries_anew_as_recorded():
    """Six records in batches of 3, the sixth fails, MaximumRetryAttempts 3: it was sent five times, counted four."""
    story = drive(stream(6, batch_size=3, report_failures=True, max_retries=3), reporting(6))

    assert story.sent == [[1, 2, 3], [4, 5, 6], [6], [6], [6], [6]]
    [discard] = story.discards
    assert (discard.invoke_count, discard.batch_size, discard.start_sequence_number) == (4, 1, "6")
    assert discard.answer.error is None


def test_what_progress_leaves_is_tried_like_a_new_batch():
    reports = iter([ValueError, ValueError, "2"])

    def function(event):
        if (report := next(reports, ValueError)) is ValueError:
            raise report
        return {"batchItemFailures": [{"itemIdentifier": report}]}

    story = drive(stream(2, report_failures=True, max_retries=2), function)

    assert story.sent == [[1, 2], [1, 2], [1, 2], [2], [2], [2]]


def test_with_bisecting_a_batch_is_split_at_the_reported_record():
    story = drive(stream(8, bisect=True, report_failures=True, max_retries=0), reporting(5))

    assert story.sent == [[1, 2, 3, 4, 5, 6, 7, 8], [5, 6, 7, 8], [5, 6], [5], [6], [7, 8]]
    assert story.done == [1, 2, 3, 4, 6, 7, 8]


def test_with_bisecting_an_error_splits_whatever_may_be_reported():
    story = drive(stream(4, bisect=True, report_failures=True, max_retries=0), failing(3))

    assert story.sent == [[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]]


def test_failures_are_not_read_where_the_mapping_does_not_ask_for_them():
    story = drive(stream(2, max_retries=0), reporting(1))

    assert story.done == [1, 2]


@pytest.mark.parametrize("value", ["", [], None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_answers_that_are_a_success_as_recorded(value):
    story = drive(stream(2, report_failures=True, max_retries=2), lambda event: value)

    assert story.sent == [[1, 2]]
    assert story.done == [1, 2]


@pytest.mark.parametrize(
    "failure",
    [
        {"itemIdentifier": 123},
        {"itemIdentifier": ""},
        {"itemIdentifier": None},
        {"foo": 123},
        {"foo": None},
    ],
)
def test_reports_that_fail_the_batch_as_recorded(failure):
    """MaximumRetryAttempts 2: three invocations, then the destination is told, of an answer without an error."""
    story = drive(stream(1, report_failures=True, max_retries=2), lambda event: {"batchItemFailures": [failure]})

    assert story.sent == [[1]] * 3
    assert (story.discards[0].invoke_count, story.discards[0].answer.error) == (3, None)


@pytest.mark.parametrize(
    "value",
    [
        {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "99"}]},
        {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": {"id": 2}}]},
        {"batchItemFailures": ["2"]},
        {"batchItemFailures": "2"},
        "done",
        [{"itemIdentifier": "2"}],
    ],
)
def test_answers_that_cannot_be_read_fail_the_whole_batch(value):
    story = drive(stream(2, report_failures=True, max_retries=0), lambda event: value)

    assert not story.done
    assert [numbers(discard.records) for discard in story.discards] == [[1, 2]]


def test_powertools_batch_processor_makes_progress():
    batch = pytest.importorskip("aws_lambda_powertools.utilities.batch")

    def handle(event):
        processor = batch.BatchProcessor(event_type=batch.EventType.KinesisDataStreams)

        def one(record):
            if record.kinesis.sequence_number == "3":
                raise ValueError(record)

        return batch.process_partial_response(event=event, record_handler=one, processor=processor, context=None)

    story = drive(stream(5, report_failures=True, max_retries=1, bisect=True), handle)

    # Powertools raises where a whole batch failed: the record alone
    assert sorted(story.done) == [1, 2, 4, 5]
    assert [numbers(discard.records) for discard in story.discards] == [[3]]


def test_the_event_is_the_records_alone():
    made = stream(1)

    event = made.next(START).event(ARN)

    assert list(event) == ["Records"]
    assert numbers_in(event) == [1]
