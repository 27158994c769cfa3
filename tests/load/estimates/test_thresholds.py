"""Thresholds: what may be written, and what an interval decides."""

import json
import math

import pytest

from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.proportions import proportion
from pytest_serverless.load.estimates.thresholds import METRICS, Threshold, quantile_share, thresholds


def interval(lower, upper, value=None, n=100):
    middle = (lower + upper) / 2 if value is None else value
    return Interval(value=middle, lower=lower, upper=upper, n=n, method="given")


@pytest.mark.parametrize(
    ("text", "metric", "limit", "unit"),
    [
        ("throttles < 1%", "throttles", 0.01, "share"),
        ("throttles<0.01", "throttles", 0.01, "share"),
        ("cold_starts.user_visible < 7 %", "cold_starts.user_visible", 0.07, "share"),
        ("latency.p99 < 300ms", "latency.p99", 300.0, "ms"),
        ("latency.cold.p99.9 <= 1.5s", "latency.cold.p99.9", 1500.0, "ms"),
        ("service.mean < 250us", "service.mean", 0.25, "ms"),
        ("throughput >= 45/s", "throughput", 45.0, "per second"),
        ("  concurrency  <  50 ", "concurrency", 50.0, "count"),
    ],
)
def test_what_may_be_written(text, metric, limit, unit):
    read = Threshold.parse(text)

    assert (read.metric, read.limit, read.unit) == (metric, limit, unit)
    assert read.is_upper == ("<" in text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("latency.p99 < 300", "300us or 300ms or 300s"),
        ("throttles < 3ms", "3% or 3"),
        ("throttles < 300%", "between 0 and 1"),
        ("throughput > 45ms", "45/s"),
        ("latency.p99 = 300ms", "cannot be read"),
        ("throttles < -1%", "cannot be read"),
        ("< 1%", "cannot be read"),
    ],
)
def test_what_cannot_be_read_says_how_to_write_it(text, said):
    with pytest.raises(InvalidParameterError, match=said):
        Threshold.parse(text)


@pytest.mark.parametrize("text", ["throtles < 1%", "latency < 1ms", "latency.p100 < 1ms", "latency.p < 1ms"])
def test_metrics_there_are_none_of(text):
    with pytest.raises(UnknownNameError, match=r"throttles|latency\.(cold\.)?p\d\d"):
        Threshold.parse(text)


def test_every_metric_can_be_limited():
    suffixes = {"share": " < 5%", "ms": ".p95 < 5ms", "per second": " > 5/s", "count": " < 5"}

    assert len(thresholds(*(name + suffixes[unit] for name, unit in METRICS.items()))) == len(METRICS)


def test_limits_by_name():
    assert thresholds(limits={"latency.p99": "< 300ms"}) == thresholds("latency.p99 < 300ms")


@pytest.mark.parametrize(("name", "share"), [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("p5", 0.05)])
def test_the_share_of_a_quantile(name, share):
    assert quantile_share(name) == share
    assert Threshold.parse(f"latency.{name} < 1s").quantile == share


def test_what_is_no_quantile():
    assert Threshold.parse("latency.mean < 1s").quantile is None
    assert Threshold.parse("throttles < 1%").quantile is None


@pytest.mark.parametrize(
    ("text", "lower", "upper", "outcome"),
    [
        ("concurrency < 10", 5, 9, "pass"),
        ("concurrency < 10", 5, 10, "inconclusive"),
        ("concurrency <= 10", 5, 10, "pass"),
        ("concurrency < 10", 10, 12, "fail"),
        ("concurrency <= 10", 10, 12, "inconclusive"),
        ("concurrency < 10", 11, 12, "fail"),
        ("concurrency > 10", 11, 12, "pass"),
        ("concurrency > 10", 10, 12, "inconclusive"),
        ("concurrency >= 10", 10, 12, "pass"),
        ("concurrency > 10", 5, 10, "fail"),
        ("concurrency >= 10", 5, 10, "inconclusive"),
        ("concurrency > 10", 5, 9, "fail"),
        ("concurrency < 10", 10, 10, "fail"),
        ("concurrency <= 10", 10, 10, "pass"),
        ("concurrency > 10", 10, 10, "fail"),
        ("concurrency >= 10", 10, 10, "pass"),
    ],
)
def test_the_whole_interval_decides(text, lower, upper, outcome):
    assert Threshold.parse(text).judge(interval(lower, upper)).outcome == outcome


def test_an_open_verdict_says_how_many_more_decide():
    verdict = Threshold.parse("throttles < 1%").judge(proportion(0, 100))

    assert (verdict.outcome, verdict.more) == ("inconclusive", 199)
    assert "about 199 more samples decide" in str(verdict)
    assert Threshold.parse("throttles < 1%").judge(proportion(0, 299)).outcome == "pass"


def test_a_decided_verdict_needs_no_more():
    assert Threshold.parse("throttles < 1%").judge(proportion(30, 300)).more == 0


def test_a_value_at_the_limit_is_never_decided():
    verdict = Threshold.parse("throttles < 1%").judge(proportion(10, 1000))

    assert (verdict.outcome, verdict.more) == ("inconclusive", None)
    assert "will not decide" in str(verdict)


def test_too_few_samples_have_not_passed():
    verdict = Threshold.parse("latency.p99 < 300ms").judge(Unknown(n=40, needed=299))

    assert (verdict.outcome, verdict.more) == ("inconclusive", 259)
    assert str(verdict) == (
        "inconclusive: latency.p99 < 300ms, is n too small: 40 of 299; about 259 more samples decide"
    )


def test_a_verdict_in_words_and_as_json():
    verdict = Threshold.parse("latency.p99 < 300ms").judge(interval(200.0, 260.0, n=1000))

    assert str(verdict) == "pass: latency.p99 < 300ms, is 230 ms (200 to 260, n = 1,000)"
    assert json.loads(json.dumps(verdict.as_json(), allow_nan=False))["estimate"]["upper"] == 260.0


def test_what_is_unknown_fails_every_assertion():
    unknown = Unknown(n=3, needed=6)

    assert not unknown.upper < 300
    assert not unknown.lower > 0
    assert not unknown.value < 300
    assert unknown.contains(math.pi)
