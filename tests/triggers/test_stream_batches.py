"""How the records of a stream become batches: shard by shard, lane by lane, by number, time and size.

Sources (2026-11): https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html (batching, concurrent batches per
shard), https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html, and
https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html for parents and children.
"""

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.triggers.streams import Answer, StreamRules, Wait, item_key, lane_of
from tests.triggers.shards import SHARD, START, drive, failing, numbers, reader, record, records, reporting

OTHER = "shardId-000000000001"
CHILD = "shardId-000000000002"
MEGABYTE = 1024 * 1024


def pushed(found, now=START, **given):
    made = reader(**given)
    made.push(SHARD, found, now)
    return made


# Number, time and size


def test_a_batch_has_what_is_there():
    assert drive(pushed(records(3))).batches == [(0, [1, 2, 3])]


def test_a_batch_has_at_most_its_size():
    assert drive(pushed(records(5), batch_size=2)).sent == [[1, 2], [3, 4], [5]]


def test_a_hundred_records_are_a_batch_unless_it_was_set():
    assert [len(sent) for sent in drive(pushed(records(250))).sent] == [100, 100, 50]


def test_a_batch_waits_for_its_window():
    made = pushed(records(2), batching_window_s=30)

    assert made.next(START) == Wait(START + 30)
    assert drive(made).batches == [(30, [1, 2])]


def test_the_window_begins_with_the_first_record():
    made = pushed([record(1)], batching_window_s=30)
    made.push(SHARD, [record(2, at=START + 20)], START + 20)

    assert drive(made, now=START + 20).batches == [(30, [1, 2])]


def test_a_full_batch_does_not_wait():
    made = pushed(records(3), batch_size=2, batching_window_s=30)

    assert drive(made).batches == [(0, [1, 2]), (30, [3])]


def test_a_batch_closes_before_it_is_larger_than_the_payload_may_be():
    made = pushed(records(13, size=MEGABYTE // 2), batching_window_s=30)

    assert drive(made).batches == [(0, list(range(1, 12))), (30, [12, 13])]


def test_a_record_that_is_over_the_limit_goes_alone():
    found = [record(1), record(2, size=7 * MEGABYTE), record(3)]

    assert drive(pushed(found)).sent == [[1], [2], [3]]


def test_what_comes_while_the_function_runs_is_in_the_next_batch():
    made = pushed([record(1)])
    batch = made.next(START)
    made.push(SHARD, [record(2)], START)

    assert made.next(START) is None
    made.answer(batch, Answer(), START + 1)
    assert numbers(made.next(START + 1).records) == [2]


def test_the_window_of_what_waited_begins_when_the_function_is_free():
    made = pushed([record(1), record(2)], batch_size=2, batching_window_s=30)
    batch = made.next(START)
    made.push(SHARD, [record(3)], START)
    made.answer(batch, Answer(), START + 10)

    assert made.next(START + 10) == Wait(START + 40)


def test_nothing_to_do_is_told():
    assert reader().next(START) is None


def test_the_age_of_what_was_read_is_told():
    made = pushed([record(1, at=START - 9), record(2, at=START - 4)])

    progress = made.answer(made.next(START), Answer(), START + 1)

    assert progress.iterator_age_s == 5


# Starting positions


def found(*times):
    return [record(number, at=START + time) for number, time in enumerate(times, 1)]


def test_trim_horizon_begins_with_all_that_there_is():
    assert drive(pushed(found(-3600, -1, 0))).done == [1, 2, 3]


def test_latest_begins_when_the_mapping_does():
    assert drive(pushed(found(-3600, -1, 0), starting_position="LATEST")).done == [3]


def test_at_timestamp_begins_then():
    made = pushed(found(-3600, -10, -1), starting_position="AT_TIMESTAMP", starting_timestamp=START - 10)

    assert drive(made).done == [2, 3]


# Filters


def test_records_that_the_filter_refuses_do_not_count_in_a_batch():
    made = reader(batch_size=2, keep=lambda each: int(each.sequence_number) % 2 == 0)

    refused = made.push(SHARD, records(8), START)

    assert numbers(refused) == [1, 3, 5, 7]
    assert drive(made).sent == [[2, 4], [6, 8]]


def test_reading_goes_on_behind_records_that_are_refused():
    made = reader(keep=lambda each: False)
    made.push(SHARD, records(3), START)

    assert (made.position(SHARD), made.pending, made.next(START)) == (None, 0, None)


# Shards


def test_shards_do_not_wait_for_one_another():
    made = reader(SHARD, OTHER, max_retries=2)
    made.push(SHARD, [record(1)], START)
    made.push(OTHER, [record(2)], START)

    story = drive(made, failing(1))

    assert story.sent == [[1], [2], [1], [1]]


def test_shards_are_invoked_with_at_the_same_time():
    made = reader(SHARD, OTHER)
    made.push(SHARD, [record(1)], START)
    made.push(OTHER, [record(2)], START)

    assert {made.next(START).shard_id, made.next(START).shard_id} == {SHARD, OTHER}
    assert made.next(START) is None


def test_the_earliest_time_is_the_one_to_wait_for():
    made = reader(SHARD, OTHER, batching_window_s=30)
    made.push(SHARD, [record(1)], START - 10)
    made.push(OTHER, [record(2)], START)

    assert made.next(START) == Wait(START + 20)


def test_shards_take_turns():
    made = reader(SHARD, OTHER, batch_size=1)
    made.push(SHARD, records(3), START)
    made.push(OTHER, [record(7), record(8), record(9)], START)

    assert drive(made).sent == [[1], [7], [2], [8], [3], [9]]


def test_a_child_is_read_after_its_parent_is_drained():
    made = reader(SHARD, max_retries=1)
    made.add_shard(CHILD, parents=[SHARD])
    made.push(CHILD, [record(9)], START)
    made.push(SHARD, [record(1)], START)

    before = drive(made, failing(1))
    made.close_shard(SHARD)

    assert before.sent == [[1], [1]]
    assert drive(made).sent == [[9]]


def test_a_parent_that_is_retried_holds_its_children_up():
    made = reader(SHARD, max_retries=3)
    made.add_shard(CHILD, parents=[SHARD])
    made.push(SHARD, [record(1)], START)
    made.push(CHILD, [record(9)], START)
    made.close_shard(SHARD)

    assert drive(made, failing(1)).sent == [[1], [1], [1], [1], [9]]


def test_a_merged_shard_waits_for_both_parents():
    made = reader(SHARD, OTHER)
    made.add_shard(CHILD, parents=[SHARD, OTHER])
    made.push(CHILD, [record(9)], START)
    made.close_shard(SHARD)

    assert drive(made).sent == []
    made.close_shard(OTHER)
    assert drive(made).sent == [[9]]


def test_a_parent_that_is_not_read_is_not_waited_for():
    made = reader()
    made.add_shard(CHILD, parents=["shardId-000000000042"])
    made.push(CHILD, [record(9)], START)

    assert drive(made).sent == [[9]]


def test_a_closed_shard_does_not_wait_for_more():
    made = pushed(records(2), batching_window_s=300)
    made.close_shard(SHARD)

    assert drive(made).batches == [(0, [1, 2])]
    assert made.drained(SHARD)


def test_an_unknown_shard_is_named():
    with pytest.raises(InvalidParameterError, match=r"'shardId-9'.*add_shard"):
        reader().push("shardId-9", [], START)


# Positions


def test_the_position_is_the_first_record_that_is_not_done():
    made = pushed(records(4), batch_size=2)
    first = made.next(START)

    assert (made.position(SHARD), made.pending) == ("1", 4)
    made.answer(first, Answer(), START)
    assert (made.position(SHARD), made.pending) == ("3", 2)
    drive(made)
    assert (made.position(SHARD), made.pending) == (None, 0)


def test_the_position_moves_past_what_is_given_up():
    made = pushed(records(4), batch_size=2, max_retries=0)
    made.answer(made.next(START), Answer(error="Unhandled"), START)

    assert made.position(SHARD) == "3"


def test_the_lowest_lane_is_the_position():
    made = pushed([record(8, key="a"), record(9, key="b"), record(10, key="c")], parallelization_factor=10)
    batch = next(step for _ in range(3) if numbers((step := made.next(START)).records) == [9])
    made.answer(batch, Answer(), START)

    assert made.position(SHARD) == "8"


# Lanes


def test_a_lane_keeps_the_order_of_its_keys():
    keys = [f"user-{number % 7}" for number in range(70)]
    made = pushed([record(n, key=key) for n, key in enumerate(keys)], parallelization_factor=3, batch_size=4)

    story = drive(made)

    for key in set(keys):
        of_key = [number for number in story.done if keys[number] == key]
        assert of_key == sorted(of_key)
    assert sorted(story.done) == list(range(70))


def test_a_batch_is_of_one_lane():
    made = pushed([record(n, key=f"user-{n}") for n in range(50)], parallelization_factor=4)

    lanes = [{lane_of(f"user-{number}", 4) for number in sent} for sent in drive(made).sent]

    assert sorted(lanes, key=min) == [{0}, {1}, {2}, {3}]


def test_as_many_batches_of_a_shard_are_under_way_as_the_factor_says():
    made = pushed([record(n, key=f"user-{n}") for n in range(500)], parallelization_factor=10)

    under_way = [made.next(START) for _ in range(10)]

    assert sorted(batch.lane for batch in under_way) == list(range(10))
    assert made.next(START) is None


def test_a_lane_that_fails_does_not_hold_up_the_others():
    bad, good = "a", next(key for key in "bcdefghij" if lane_of(key, 2) != lane_of("a", 2))
    made = pushed([record(1, key=bad), record(2, key=good), record(3, key=bad)], parallelization_factor=2)

    story = drive(made, failing(1), until=START + 10)

    assert story.done == [2]


def test_one_key_is_in_one_lane():
    assert {lane_of("key", 10) for _ in range(9)} == {lane_of("key", 10)}
    assert lane_of("key", 1) == 0


def test_items_are_told_apart_by_their_whole_key():
    one = {"id": {"S": "a"}, "at": {"N": "1"}}

    assert item_key(one) == item_key(dict(reversed(one.items())))
    assert item_key(one) != item_key({**one, "at": {"N": "2"}})


def test_partial_success_goes_on_in_its_lane():
    made = pushed(records(3), parallelization_factor=4, report_failures=True, max_retries=0)

    assert drive(made, reporting(2)).sent == [[1, 2, 3], [2, 3]]


def test_the_payloads_limit_can_be_chosen():
    made = pushed(records(4, size=100), rules=StreamRules(payload_limit=250))

    assert drive(made).sent == [[1, 2], [3, 4]]
