"""Instances by id, all of them or an honest sample."""

import json
import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.load.aggregates import Instances

SEEN = st.tuples(
    st.integers(0, 25).map("i{}".format), st.integers(0, 99), st.integers(0, 99), st.none() | st.integers(1, 9)
)


def counted(rows, limit):
    made = Instances(limit)
    for row in rows:
        made.seen(*row)
    return made


def test_an_instance_has_its_first_and_last_its_count_and_its_init():
    known = counted([("a", 50, 60, None), ("a", 20, 30, 7), ("b", 5, 6, None), ("a", 55, 58, None)], 10).known

    assert (known["a"].first_us, known["a"].last_us, known["a"].count, known["a"].init_us) == (20, 60, 3, 7)
    assert (known["b"].count, known["b"].init_us) == (1, None)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(
    rows=st.lists(SEEN, max_size=80),
    limit=st.sampled_from([2, 5, 40]),
    parts=st.integers(1, 4),
    seed=st.integers(0, 99),
)
def test_however_they_were_seen_and_merged_the_same_are_kept_and_each_wholly(rows, limit, parts, seed):
    whole = counted(rows, limit)
    draws, shuffled = Random(seed), list(rows)
    draws.shuffle(shuffled)
    merged = Instances(limit)
    for part in range(parts):
        merged.merge(counted(shuffled[part::parts], limit))

    assert merged == whole
    ids = {id_ for id_, *_ in rows}
    assert whole.complete == (len(ids) <= limit)
    assert len(whole.known) == min(len(ids), limit)
    for id_, facts in whole.known.items():
        own = [row for row in rows if row[0] == id_]
        assert facts.count == len(own)
        assert facts.first_us == min(row[1] for row in own)
    assert Instances.from_json(json.loads(json.dumps(whole.as_json()))) == whole


def test_beyond_the_limit_their_number_is_estimated():
    limit, distinct = 1000, 30_000
    made = counted(((f"2026/11/23/[$LATEST]{n:032x}", n, n) for n in range(distinct)), limit)

    assert len(made.known) == limit
    assert not made.complete
    assert made.distinct == pytest.approx(distinct, rel=4 / math.sqrt(limit))


def test_up_to_the_limit_their_number_is_exact():
    made = counted(((f"i{n}", n, n) for n in range(1000)), 1000)

    assert made.complete
    assert made.distinct == 1000


def test_those_that_lived_in_a_stretch_are_counted():
    made = counted([("before", 0, 9, None), ("across", 0, 5, None), ("across", 20, 25, None), ("in", 12, 13, None)], 10)

    assert made.seen_between(10, 15) == 2
    assert made.seen_between(9, 9) == 2


def test_samples_of_different_sizes_do_not_merge():
    with pytest.raises(ValueError, match="limit of 5"):
        Instances(4).merge(Instances(5))
