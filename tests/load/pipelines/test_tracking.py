"""Arrivals and their effects: judged by what a simulated pipeline knows of itself."""

import itertools
import json
import math
import random

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.pipelines import Sighting, Tracker
from pytest_serverless.load.pipelines.tracking import KEPT_S, METRICS

START_S = 1_800_000_000.0
END_S = START_S + 1000


def tracked(*arrivals, phase="hold", deadline_s=10.0):
    """Arrivals as (intended, seen, …) in seconds from the start, each with an id of its own."""
    tracker = Tracker()
    for number, (intended, *seen) in enumerate(arrivals):
        tracker.sent(f"id-{number}", START_S + intended, phase, "Uploads", deadline_s=deadline_s)
        for at in seen:
            tracker.seen(f"id-{number}", START_S + at)
    return tracker


def test_time_is_from_the_intended_start_to_the_first_sighting():
    estimates = tracked(*((n, n + 0.25, n + 3) for n in range(100))).estimates(END_S)

    assert estimates["end_to_end.p50"].contains(250)
    assert estimates["end_to_end.mean"].value == pytest.approx(250, abs=0.01)
    assert estimates["end_to_end.p50"].n == 100
    assert estimates["lost"].value == 0
    assert estimates["duplicated"].value == 1


def test_what_was_not_seen_until_its_deadline_is_lost_even_if_it_comes_later():
    tracker = tracked((0, 1), (1,), (2, 12.5), (3, 12.9))
    counts = tracker.counts(END_S)

    assert (counts.decided, counts.seen, counts.lost, counts.late) == (4, 2, 2, 1)
    lost = tracker.estimates(END_S)["lost"]
    assert (lost.value, lost.n) == (0.5, 4)
    assert "1 of them came after the deadline" in lost.note


def test_a_second_sighting_after_the_deadline_is_no_duplicate():
    assert tracked((0, 1, 9), (0, 1, 11)).counts(END_S).duplicated == 1


def test_arrivals_that_still_have_time_are_neither_lost_nor_counted_and_quick_ones_of_their_age_are_left_out():
    tracker = tracked(*((n, n + 0.1) for n in range(20)), (18.5,))
    counts = tracker.counts(START_S + 20)

    assert (counts.decided, counts.lost, counts.undecided) == (11, 0, 10)
    estimates = tracker.estimates(START_S + 20)
    assert estimates["lost"].n == 11
    assert "without 10 arrivals that still had time" in estimates["end_to_end.p50"].note
    assert tracker.counts(START_S + 28.6).lost == 1


def test_where_nothing_is_outstanding_nothing_is_left_out():
    counts = tracked(*((n, n + 0.1) for n in range(20))).counts(START_S + 20)

    assert (counts.decided, counts.undecided) == (20, 0)


def test_nothing_watched_for_long_enough_is_no_estimate():
    estimates = tracked((0,), (1, 2)).estimates(START_S + 5)

    assert all(isinstance(estimates[name], Unknown) for name in METRICS)
    assert "until the deadline" in estimates["lost"].note


def test_the_estimates_are_those_that_results_take():
    assert set(tracked((0, 1)).estimates(END_S)) == set(METRICS)
    further = tracked((0, 1)).estimates(END_S, also=["end_to_end.p99.9", "throttles", "latency.p50"])
    assert set(further) == {*METRICS, "end_to_end.p99.9"}


def test_lost_arrivals_are_not_fast_ones():
    """A tenth is lost: p50 is the 555th of a thousand that were seen, and p95 lies beyond the deadline."""
    arrivals = [(n, n + 0.001 * n) for n in range(900)] + [(n,) for n in range(100)]
    estimates = tracked(*arrivals, deadline_s=10.0).estimates(START_S + 2000)

    assert estimates["end_to_end.p50"].value == pytest.approx(499, rel=0.01)
    assert isinstance(estimates["end_to_end.p95"], Unknown)
    assert "100 of 1,000 were not seen until then" in estimates["end_to_end.p95"].note
    assert estimates["end_to_end.p95"].upper == math.inf
    assert "without 100 that were lost" in estimates["end_to_end.mean"].note


def test_what_was_refused_is_not_lost_but_counts_if_its_effect_comes():
    tracker = tracked((0,), (1, 1.5), (2, 3))
    tracker.withdraw("id-0")
    tracker.withdraw("id-1")
    counts = tracker.counts(END_S)

    assert (counts.decided, counts.seen, counts.lost, counts.withdrawn) == (2, 2, 0, 1)


def test_only_the_judged_phases_count():
    tracker = tracked((0,), phase="warm-up")
    tracker.sent("other", START_S, "hold", "Uploads")
    tracker.seen("other", START_S + 1)

    assert tracker.counts(END_S, phases=["hold"]).lost == 0
    assert tracker.counts(END_S).lost == 1


def test_an_effect_that_is_seldom_looked_for_widens_the_interval_down_to_when_it_may_have_been_there():
    tracker = Tracker()
    for n in range(200):
        tracker.sent(f"id-{n}", START_S + n, "hold", "Uploads")
        tracker.seen(f"id-{n}", START_S + n + 1.0, since_s=START_S + n + 0.5)
    estimates = tracker.estimates(END_S)

    for name in ("end_to_end.p50", "end_to_end.mean"):
        assert estimates[name].value == pytest.approx(1000, rel=0.001)
        assert estimates[name].lower == pytest.approx(500, rel=0.001)
        assert "may have been there for 500 ms" in estimates[name].note


def test_an_effect_was_not_there_before_it_was_asked_for():
    tracker = tracked((5,))
    tracker.seen("id-0", START_S + 6, since_s=START_S)
    tracker.fold(END_S)

    assert tracker.counts(END_S).seen == 1
    assert tracker.estimates(END_S, also=[])["end_to_end.mean"].lower < 1000


def test_ids_that_nobody_sent_are_strays():
    tracker = tracked((0, 1))
    tracker.seen("of another run", START_S + 1)

    assert tracker.counts(END_S).strays == 1
    tracker.fold(END_S)
    assert (tracker.counts(END_S).strays, tracker.counts(END_S).seen) == (1, 1)


def events_of(seed):
    """Everything that happens to some hundred arrivals: sent, seen never, once or twice, refused."""
    draws = random.Random(seed)
    events = []
    for n in range(300):
        name, at = f"id-{n}", START_S + n * 0.1
        events.append(("sent", name, at))
        events += [("seen", name, at + draws.expovariate(0.2)) for _ in range(draws.choice([0, 1, 1, 1, 2, 3]))]
        if draws.random() < 0.05:
            events.append(("withdraw", name, at))
    return sorted(events, key=lambda event: event[2])


def happen(tracker, event):
    what, name, at = event
    if what == "sent":
        tracker.sent(name, at, "hold", "Uploads", deadline_s=10.0)
    elif what == "seen":
        tracker.seen(name, at)
    else:
        tracker.withdraw(name)


@pytest.mark.parametrize("seed", range(5))
def test_whoever_sends_and_whoever_sees_the_sum_is_the_same(seed):
    """One process, or three that tell a fourth as JSON every so often, in an order that is not theirs."""
    draws = random.Random(seed)
    alone, whole, workers = Tracker(), Tracker(), [Tracker() for _ in range(3)]
    for number, event in enumerate(events_of(seed)):
        happen(alone, event)
        happen(draws.choice(workers), event)
        if number % 70 == 69:
            for worker in draws.sample(workers, 3):
                whole.merge(Tracker.from_json(json.loads(json.dumps(worker.take().as_json()))))
            whole.fold(event[2])
    for worker in workers:
        whole.merge(worker.take())

    assert whole.counts(END_S) == alone.counts(END_S)
    assert whole.estimates(END_S) == alone.estimates(END_S)
    alone.fold(END_S + KEPT_S)
    whole.fold(END_S + KEPT_S)
    assert whole == alone


def test_merging_is_commutative_and_what_was_taken_is_not_taken_again():
    events = events_of(7)
    parts = [Tracker() for _ in range(3)]
    for number, event in enumerate(events):
        happen(parts[number % 3], event)
    sums = []
    for order in itertools.permutations(parts):
        whole = Tracker()
        for part in order:
            whole.merge(Tracker.from_json(part.as_json()))
        sums.append(whole)
    assert all(each == sums[0] for each in sums)

    parts[0].take()
    assert parts[0].take() == Tracker()


def test_what_is_decided_is_forgotten_and_counted_the_same():
    """Half an hour at 20/s, of which only what is not decided yet is kept."""
    draws, folded, kept, most = random.Random(1), Tracker(), Tracker(), 0
    for n in range(36_000):
        at = START_S + n / 20
        took = draws.expovariate(1 / 3)
        for tracker in (folded, kept):
            tracker.sent(f"id-{n}", at, "hold", "Uploads", deadline_s=10.0)
            tracker.seen(f"id-{n}", at + took)
        if n % 20 == 0:
            folded.fold(at)
            most = max(most, len(folded._traces))

    assert most < 20 * (10 + KEPT_S) + 40
    assert folded.estimates(END_S + 3600) == kept.estimates(END_S + 3600)
    assert folded.counts(END_S + 3600).lost > 1000


def test_what_is_seen_until_when_is_known_by_the_reader_that_lags_most():
    whole, one, other = Tracker(), Tracker(), Tracker()
    assert whole.watched_s is None
    one.watched("Uploads 0", 10.0)
    other.watched("Uploads 1", 7.0)
    for each in (one, other, one):
        whole.merge(each.take())
    one.watched("Uploads 0", 12.0)
    whole.merge(Tracker.from_json(one.take().as_json()))

    assert whole.watched_s == 7.0
    other.watched("Uploads 1", 15.0)
    whole.merge(other)
    assert whole.watched_s == 12.0


def test_sightings_are_taken_in_together():
    tracker = tracked((0,), (1,))
    tracker.take_in([Sighting("id-0", START_S + 1), Sighting("id-1", START_S + 2, START_S + 1.5)])

    assert tracker.counts(END_S).seen == 2


def test_what_is_outstanding_is_worth_waiting_for():
    tracker = tracked((0,), (1, 1.5), (2,), (3,))
    tracker.withdraw("id-3")

    assert tracker.outstanding(START_S + 5) == 2
    assert tracker.outstanding(START_S + 11) == 1
    assert tracker.outstanding(START_S + 12) == 0


def test_another_version_is_refused():
    with pytest.raises(InvalidParameterError, match="version 9"):
        Tracker.from_json({**Tracker().as_json(), "version": 9})


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.02, 0.02)])
def test_intervals_cover_what_was_lost_and_how_long_it_took(share, expected):
    """Two hundred runs of a pipeline whose truth is known."""
    covered = {"lost": 0, "end_to_end.p50": 0}
    for seed in range(200):
        draws, tracker = random.Random(f"pipeline {seed}"), Tracker()
        for n in range(150):
            tracker.sent(f"id-{n}", START_S + n, "hold", "Uploads", deadline_s=60.0)
            if draws.random() >= share:
                tracker.seen(f"id-{n}", START_S + n + draws.lognormvariate(0, 0.5))
        estimates = tracker.estimates(END_S)
        truth = {"lost": expected, "end_to_end.p50": 1000 * math.exp(0.5 * quantile_of_seen(0.5 / (1 - share)))}
        for name, value in truth.items():
            assert isinstance(estimates[name], Interval)
            covered[name] += estimates[name].contains(value)

    assert all(186 <= count <= 200 for count in covered.values()), covered


def quantile_of_seen(share):
    from statistics import NormalDist

    return NormalDist().inv_cdf(share)
