"""What is inferred from around an answer, and what metrics settle."""

import itertools

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.classes import Context, Settled, Verdict, inferred, settled

CONCURRENCY = Verdict("throttled", "reserved_concurrency")


def test_below_the_limit_it_must_be_the_rate_of_scaling():
    found = inferred(CONCURRENCY, Context(in_flight=1200, limit=2000, new_instances_10_s=990))

    assert (found.kind, found.reason, found.is_inferred) == ("throttled", "scaling", True)


@pytest.mark.parametrize(
    ("verdict", "context"),
    [
        (CONCURRENCY, Context(in_flight=2001, limit=2000, new_instances_10_s=1000)),
        (CONCURRENCY, Context(in_flight=1200, limit=2000, new_instances_10_s=10)),
        (Verdict("throttled", "account_rate"), Context(in_flight=1, limit=2000, new_instances_10_s=1000)),
        (Verdict("ambiguous", "http_503"), Context(in_flight=1, limit=2000)),
    ],
)
def test_nothing_is_inferred_where_it_may_be_otherwise(verdict, context):
    assert inferred(verdict, context) is verdict


def test_without_ambiguous_answers_all_is_settled():
    assert settled(0, throttles=5, errors=5).is_settled


@pytest.mark.parametrize(
    ("given", "low", "high"),
    [
        ({"throttles": 0, "errors": 10}, 0, 0),
        ({"throttles": 10, "errors": 0}, 10, 10),
        ({"throttles": 4, "errors": 6}, 4, 4),
        ({"throttles": 104, "errors": 6, "known_throttles": 100}, 4, 4),
        ({"throttles": 4, "errors": 26, "known_errors": 20}, 4, 4),
        ({"throttles": 7, "errors": 6}, 4, 7),
        ({"throttles": 50, "errors": 50}, 0, 10),
    ],
)
def test_metrics_settle_ambiguous_answers_or_bound_them(given, low, high):
    found = settled(10, **given)

    assert (found.throttled_low, found.throttled_high, found.unexplained) == (low, high, 0)
    assert found.is_settled is (low == high)


def test_what_no_metric_accounts_for_is_not_settled():
    found = settled(10, throttles=0, errors=0)

    assert found == Settled(ambiguous=10, throttled_low=0, throttled_high=0, unexplained=10)
    assert not found.is_settled


def test_the_bounds_hold_whatever_else_was_invoked():
    # Ours were `t` throttles and `e` errors; somebody else adds to either sum.
    for t, e, other_t, other_e in itertools.product(range(4), repeat=4):
        found = settled(t + e, throttles=t + other_t, errors=e + other_e)

        assert found.throttled_low <= t <= found.throttled_high


def test_negative_counts_are_refused():
    with pytest.raises(InvalidParameterError, match="0 or more"):
        settled(1, throttles=-1, errors=0)
