"""Searches over many seeds: how often what they find contains the truth."""

import math
import statistics

import pytest

from pytest_serverless.admission import FunctionLimits, Personality
from pytest_serverless.admission.durations import Durations
from pytest_serverless.load.estimates.erlang import offered_load
from pytest_serverless.load.finding import Idle, Onset, VirtualSender
from tests.load.acceptance.platforms import FREE, SERVICE


def idle_brackets(kept, runs):
    for seed in range(runs):
        habits = Personality(idle=Durations.parse(kept), seed=str(seed))
        sender = VirtualSender(lambda _: 0.5, limits=FREE, personality=habits)
        yield Idle().run(sender, "Shop").values["idle_kept"]


@pytest.mark.parametrize(
    ("kept", "median_s", "wide"),
    [
        ("420s", 420, 1.1),
        ("uniform:low=300s,high=420s", 360, 1.3),
        ("exponential:mean=548s", 548 * math.log(2), 3.5),
        ("lognormal:median=400s,sigma=0.3", 400, 1.6),
    ],
)
def test_brackets_of_the_idle_time_contain_the_median(kept, median_s, wide):
    brackets = list(idle_brackets(kept, runs=40))

    covered = statistics.fmean(each.contains(median_s) for each in brackets)
    width = statistics.median(each.upper / each.lower for each in brackets if each.lower)
    print(f"{kept}: covered {covered:.1%}, upper / lower {width:.2f}")
    assert covered >= 0.93
    assert width <= wide


def test_brackets_of_the_onset_contain_what_erlang_says():
    truth = offered_load(10, 0.01) / SERVICE.mean_s
    found = []
    for seed in range(20):
        sender = VirtualSender(SERVICE.draw, limits=FREE, function=FunctionLimits(reserved=10), seed=seed)
        found.append(Onset(first=5, most=500, closeness=1.3).run(sender, "Shop").values["throttling_from"])

    covered = statistics.fmean(each.contains(truth) for each in found)
    print(f"onset: truth {truth:.1f}/s, covered {covered:.1%}")
    assert covered >= 0.93
    assert statistics.median(each.upper / each.lower for each in found) < 2.1
