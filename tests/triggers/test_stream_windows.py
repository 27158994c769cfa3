"""Tumbling windows over a stream: what the event tells, how state is handed on, and how a window ends.

Sources (2026-11): https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html and, for what the two
flags mean, the event types of AWS's own libraries (aws-lambda-go, events/time_window.go).
"""

import pytest

from pytest_serverless.events.aws import AwsEvents
from pytest_serverless.events.aws.kinesis import RECORDS
from pytest_serverless.events.checker import judge
from pytest_serverless.triggers.streams import Answer, StreamRules
from tests.triggers.shards import ARN, SHARD, START, drive, numbers, numbers_in, reader, record, records

CHILD = "shardId-000000000001"
MEGABYTE = 1024 * 1024


def count(event):
    """The handler of the guide: it counts records by their partition key."""
    state = event["state"]
    for entry in event["Records"]:
        key = entry["kinesis"]["partitionKey"]
        state[key] = state.get(key, 0) + 1
    return {"state": state}


def windowed(found, *, seconds=60, now=START, **given):
    made = reader(tumbling_window_s=seconds, **given)
    made.push(SHARD, found, now)
    return made


def finals(story):
    return [event for event in story.events if event["isFinalInvokeForWindow"]]


# The event


def test_the_event_is_the_documented_one():
    """The page's example: a record that arrived at 1607497475 in a window of 120 seconds."""
    made = windowed([record(1, at=1607497475.0)], seconds=120, now=1607497475.0)

    event = made.next(1607497475.0).event(ARN)

    assert list(event) == [
        "Records",
        "window",
        "state",
        "shardId",
        "eventSourceARN",
        "isFinalInvokeForWindow",
        "isWindowTerminatedEarly",
    ]
    assert event["window"] == {"start": "2020-12-09T07:04:00Z", "end": "2020-12-09T07:06:00Z"}
    assert (event["shardId"], event["eventSourceARN"], event["state"]) == (SHARD, ARN, {})
    assert (event["isFinalInvokeForWindow"], event["isWindowTerminatedEarly"]) == (False, False)


def test_the_events_of_a_window_pass_the_checker():
    entry = AwsEvents().kinesis.record("hello")["Records"][0]
    made = windowed(records(1))
    batch = made.next(START)
    made.answer(batch, Answer(value={"state": {"n": 1}}), START)
    last = made.next(START + 60)

    assert not judge({**batch.event(entry["eventSourceARN"]), "Records": [entry]}, RECORDS)
    assert not judge(last.event(entry["eventSourceARN"]), RECORDS)


# State


def test_state_is_handed_from_invocation_to_invocation():
    story = drive(windowed([record(n, key="ab"[n % 2]) for n in range(5)], batch_size=2), count)

    assert [event["state"] for event in story.events] == [{}, {"a": 1, "b": 1}, {"a": 2, "b": 2}, {"a": 3, "b": 2}]


def test_a_window_ends_with_an_invocation_without_records():
    story = drive(windowed(records(3)), count)

    assert story.batches == [(0, [1, 2, 3]), (60, [])]
    assert [event["isFinalInvokeForWindow"] for event in story.events] == [False, True]
    assert story.events[-1]["state"] == {"key": 3}


def test_each_window_begins_with_no_state():
    found = [record(1), record(2, at=START + 59.9), record(3, at=START + 60)]

    story = drive(windowed(found, now=START + 60), count, START + 60)

    first, second = "2026-11-18T11:07:00Z", "2026-11-18T11:08:00Z"
    assert [(numbers_in(event), event["state"], event["window"]["start"]) for event in story.events] == [
        ([1, 2], {}, first),
        ([], {"key": 2}, first),
        ([3], {}, second),
        ([], {"key": 1}, second),
    ]


def test_a_window_without_records_is_not_invoked_for():
    found = [record(1), record(2, at=START + 300)]

    assert drive(windowed(found, now=START + 300), count, START + 300).sent == [[1], [], [2], []]


def test_records_that_arrived_before_the_end_are_still_of_the_window():
    made = windowed([record(1)])
    drive(made, count, until=START + 59)
    made.push(SHARD, [record(2, at=START + 59)], START + 61)

    assert [event["state"] for event in drive(made, count, START + 61).events] == [{"key": 1}, {"key": 2}]


def test_a_batching_window_ends_with_the_tumbling_one():
    story = drive(windowed(records(2), batching_window_s=300), count)

    assert story.batches == [(60, [1, 2]), (60, [])]


def test_shards_have_a_state_each():
    made = reader(SHARD, CHILD, tumbling_window_s=60)
    made.push(SHARD, records(2), START)
    made.push(CHILD, [record(9)], START)

    assert sorted(event["state"]["key"] for event in finals(drive(made, count))) == [1, 2]


@pytest.mark.parametrize("value", [None, {}, {"batchItemFailures": []}, "state", {"state": None}])
def test_an_answer_without_state_is_a_failure(value):
    story = drive(windowed(records(1), max_retries=1), lambda event: value)

    assert story.sent == [[1], [1]]
    assert [numbers(discard.records) for discard in story.discards] == [[1]]


def test_a_retry_has_the_state_of_before():
    answers = iter([{"state": {"n": 1}}, None, {"state": {"n": 2}}, {"state": {}}])

    story = drive(windowed(records(2), batch_size=1), lambda event: next(answers))

    assert [event["state"] for event in story.events] == [{}, {"n": 1}, {"n": 1}, {"n": 2}]


def test_partial_success_keeps_the_state_that_came_with_it():
    answers = iter(
        [
            {"state": {"n": 2}, "batchItemFailures": [{"itemIdentifier": "3"}]},
            {"state": {"n": 4}},
            {"state": {}},
        ]
    )

    story = drive(windowed(records(4), report_failures=True), lambda event: next(answers))

    assert [(numbers_in(event), event["state"]) for event in story.events] == [
        ([1, 2, 3, 4], {}),
        ([3, 4], {"n": 2}),
        ([], {"n": 4}),
    ]


def test_what_is_given_up_does_not_count():
    def function(event):
        if 2 in numbers_in(event):
            raise ValueError("poison")
        return count(event)

    story = drive(windowed(records(3), batch_size=1, max_retries=0), function)

    assert finals(story)[0]["state"] == {"key": 2}
    assert [numbers(discard.records) for discard in story.discards] == [[2]]
    assert story.discards[0].window.state == {"key": 1}


# The end


def test_a_shards_end_ends_its_window_and_the_child_begins_with_no_state():
    """Resharding is not supported: the window is closed, and the children start their own."""
    made = windowed(records(2))
    made.add_shard(CHILD, parents=[SHARD])
    made.push(CHILD, [record(9)], START)
    made.close_shard(SHARD)

    story = drive(made, count, until=START + 1)

    assert [(numbers_in(event), event["state"], event["shardId"]) for event in story.events] == [
        ([1, 2], {}, SHARD),
        ([], {"key": 2}, SHARD),
        ([9], {}, CHILD),
    ]
    assert story.now == START


def test_a_failed_last_invocation_holds_the_shard_up():
    made = windowed([record(1), record(2, at=START + 60)], now=START + 60)
    failures = iter([True, True, False])

    def function(event):
        if event["isFinalInvokeForWindow"] and next(failures, False):
            raise ValueError("not now")
        return count(event)

    assert drive(made, function, START + 60).sent == [[1], [], [], [], [2], []]


def never_final(event):
    if event["isFinalInvokeForWindow"]:
        raise ValueError("never")
    return count(event)


def test_a_last_invocation_is_given_up_like_a_batch():
    made = windowed([record(1), record(2), record(3, at=START + 60)], now=START + 60, max_retries=1)

    story = drive(made, never_final, START + 60, until=START + 90)

    assert story.sent == [[1, 2], [], [], [3]]
    [discard] = story.discards
    assert (discard.start_sequence_number, discard.end_sequence_number, discard.batch_size) == ("1", "2", 2)
    assert (discard.records, discard.window.final, discard.window.state) == ((), True, {"key": 2})
    assert discard.invoke_count == 2


def test_the_discard_of_a_window_tells_of_the_records_in_its_state():
    def function(event):
        assert event["Records"]
        assert 1 not in numbers_in(event)
        return count(event)

    story = drive(windowed(records(3), batch_size=1, max_retries=0), function)

    last = story.discards[-1]
    assert (last.start_sequence_number, last.end_sequence_number, last.batch_size) == ("2", "3", 2)


def test_a_last_invocation_can_be_kept_until_it_succeeds():
    rules = StreamRules(final_is_limited=False)
    made = windowed([record(1), record(2, at=START + 60)], now=START + 60, max_retries=1, rules=rules)

    story = drive(made, never_final, START + 60, until=START + 3600)

    assert not story.discards
    assert story.sent[:6] == [[1], [], [], [], [], []]


def test_a_last_invocation_grows_too_old():
    story = drive(windowed(records(2), max_record_age_s=120), never_final)

    assert [discard.condition for discard in story.discards] == ["RecordAgeExceeded"]
    assert story.discards[0].batch_size == 2


def test_a_last_invocation_is_dropped_with_its_records():
    story = drive(windowed(records(1)), never_final)

    assert [expired.records for expired in story.expired] == [()]
    assert story.expired[0].iterator_age_s > 86_400


def test_a_window_of_which_all_was_given_up_has_no_last_invocation():
    story = drive(windowed(records(1), max_retries=0), lambda event: None)

    assert story.sent == [[1]]


# The early end


def grow(event):
    if event["isFinalInvokeForWindow"]:
        return {"state": {}}
    return {"state": {"text": event["state"].get("text", "") + "x" * (600 * 1024)}}


def test_a_state_over_a_megabyte_ends_the_window_early_and_it_goes_on_afresh():
    story = drive(windowed(records(3), batch_size=1), grow)

    told = [
        (numbers_in(event), len(event["state"].get("text", "")) // (600 * 1024), event["isWindowTerminatedEarly"])
        for event in story.events
    ]
    assert told == [([1], 0, False), ([2], 1, False), ([], 2, True), ([3], 0, False), ([], 1, False)]
    assert [event["isFinalInvokeForWindow"] for event in story.events] == [False, False, True, False, True]
    assert len({event["window"]["start"] for event in story.events}) == 1


def test_whether_an_early_end_is_final_can_be_chosen():
    made = windowed(records(2), batch_size=1, rules=StreamRules(early_is_final=False))
    early = [event for event in drive(made, grow).events if event["isWindowTerminatedEarly"]]

    assert [event["isFinalInvokeForWindow"] for event in early] == [False]


@pytest.mark.parametrize(("size", "early"), [(MEGABYTE, False), (MEGABYTE + 1, True)])
def test_the_limit_is_a_megabyte_of_json(size, early):
    text = "x" * (size - len('{"t":""}'))

    story = drive(windowed(records(1)), lambda event: {"state": {"t": text} if event["Records"] else {}})

    assert story.events[1]["isWindowTerminatedEarly"] is early


def test_state_takes_room_in_the_payload():
    made = windowed(records(12, size=MEGABYTE // 2), batch_size=6)
    story = drive(made, lambda event: {"state": {"t": "x" * (MEGABYTE - 10)} if event["Records"] else {}})

    assert [len(sent) for sent in story.sent] == [6, 6, 0]
    made = windowed(records(24, size=MEGABYTE // 2), batch_size=11)
    story = drive(made, lambda event: {"state": {"t": "x" * (MEGABYTE - 10)} if event["Records"] else {}})
    assert [len(sent) for sent in story.sent] == [11, 9, 4, 0]
