"""Durations as text: what is drawn from them, and what is refused."""

import math
import statistics
from random import Random

import pytest

from pytest_serverless.admission.durations import Durations
from pytest_serverless.errors import InvalidParameterError, UnknownNameError


def drawn(text, count=20_000):
    durations, draws = Durations.parse(text), Random(7)
    return durations, [durations.draw(draws) for _ in range(count)]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20ms", 0.02), (" 1.5 s ", 1.5), ("250us", 0.00025), (".5m", 30), ("constant:value=3s", 3), ("0ms", 0)],
)
def test_a_time_alone_is_constant(text, seconds):
    durations, values = drawn(text, 3)

    assert values == pytest.approx([seconds] * 3)
    assert repr(durations) == f"Durations({text!r})"
    assert durations.mean_s == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "mean"),
    [
        ("uniform:low=10ms,high=30ms", 0.02),
        ("exponential:mean=20ms", 0.02),
        ("lognormal: median=20ms, sigma=0.4", 0.02 * math.exp(0.08)),
    ],
)
def test_the_mean_is_that_of_what_is_drawn(text, mean):
    durations, values = drawn(text)

    assert durations.mean_s == pytest.approx(mean)
    assert statistics.fmean(values) == pytest.approx(mean, abs=4 * statistics.stdev(values) / math.sqrt(len(values)))


def test_the_distributions_have_their_shape():
    _, uniform = drawn("uniform:low=10ms,high=30ms")
    _, exponential = drawn("exponential:mean=20ms")
    _, lognormal = drawn("lognormal:median=20ms,sigma=0.4")

    assert 0.01 <= min(uniform) < 0.0101 < 0.0299 < max(uniform) <= 0.03
    assert statistics.stdev(exponential) == pytest.approx(0.02, rel=0.05)
    assert statistics.median(lognormal) == pytest.approx(0.02, rel=0.02)
    assert statistics.stdev(map(math.log, lognormal)) == pytest.approx(0.4, rel=0.03)


def test_a_distribution_that_there_is_not():
    with pytest.raises(UnknownNameError, match="Did you mean 'lognormal'"):
        Durations.parse("lognorm:median=20ms,sigma=0.4")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "'' is no time"),
        ("fast", "'fast' is no time"),
        ("-5ms", "'-5ms' is no time"),
        ("20min", "'20min' is no time"),
        ("20", "20 has no unit. Write 20ms or 20s"),
        ("uniform:low=10ms", "uniform needs high"),
        ("uniform:low=30ms,high=10ms", "high is less than low"),
        ("exponential:rate=20ms", "exponential has no parameter 'rate'. It takes mean."),
        ("lognormal:median=20ms,sigmas=1", "Did you mean 'sigma'?"),
        ("lognormal:median=20ms,sigma=4ms", "sigma is a number, 0 or more, without a unit, not '4ms'"),
        ("lognormal:median=20ms,sigma=-1", "sigma is a number"),
        ("lognormal:median=20ms,sigma=nan", "sigma is a number"),
        ("exponential:20ms", "cannot be read as durations at '20ms'. Write 20ms, uniform"),
        ("exponential:mean=1s,mean=2s", "cannot be read as durations at 'mean=2s'"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_can(text, words):
    with pytest.raises(InvalidParameterError) as caught:
        Durations.parse(text)
    assert words in str(caught.value)
