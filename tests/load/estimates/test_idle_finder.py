"""How long idle instances are kept: brackets that contain the median, for fixed and for scattered timeouts."""

import math
from random import Random

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.finders.idle import IdleFinder
from pytest_serverless.load.observations import Evidence, Observation

HOLD_S = 0.5


class Scattered:
    """Instances that each draw anew, after each use, how long they are kept idle."""

    def __init__(self, draw, seed=0):
        self.draws = Random(seed)
        self.draw = draw
        self.kept_until = {}
        self.ever = 0

    def burst(self, size, at):
        alive = [name for name, until in self.kept_until.items() if at < until][:size]
        names = [*alive, *(str(self.ever + i) for i in range(size - len(alive)))]
        self.ever += size
        for name in names:
            self.kept_until[name] = at + HOLD_S + self.draw(self.draws)
        return [seen(at + 0.0001 * i, name) for i, name in enumerate(names)]


def seen(at, name):
    evidence = Evidence(source="probe", instance=name)
    return Observation("idle", "call", "hold", at, at, at + HOLD_S, "ok", evidence=evidence)


def find(finder, platform):
    now = 0.0
    while (gap_s := finder.next()) is not None:
        before = platform.burst(finder.instances, now)
        now = before[-1].ended_s + gap_s
        finder.feed(before, platform.burst(finder.instances, now))
        now += 1.0
    return finder.result


@pytest.mark.parametrize("idle_s", [90, 300, 420, 1000, 2700])
def test_a_fixed_timeout_is_bracketed_as_closely_as_asked(idle_s):
    found = find(IdleFinder(), Scattered(lambda draws: idle_s))

    assert found.lower_s <= idle_s <= found.upper_s <= 1.1 * found.lower_s
    assert found.reasons == ()


def test_the_timeout_of_the_simulated_platform(make_target):
    target = make_target(idle_s=420, account_concurrency=500)
    finder = IdleFinder(instances=20)
    while (gap_s := finder.next()) is not None:
        before = target.burst(20, after_s=1.0)
        finder.feed(before, target.burst(20, after_s=gap_s))

    assert finder.result.lower_s <= 420 <= finder.result.upper_s <= 1.1 * finder.result.lower_s


# How a timeout is drawn, and when a share of the instances is still kept.
SCATTERED = {
    "uniform": (lambda draws: draws.uniform(300, 420), lambda kept: 420 - 120 * kept),
    "weibull": (lambda draws: draws.weibullvariate(600, 1.5), lambda kept: 600 * (-math.log(kept)) ** (1 / 1.5)),
    "halving": (lambda draws: draws.expovariate(math.log(2) / 380), lambda kept: -380 * math.log2(kept)),
}


@pytest.mark.parametrize("kind", SCATTERED)
def test_scattered_timeouts_have_their_median_in_the_bracket(kind):
    draw, at = SCATTERED[kind]
    runs = [find(IdleFinder(), Scattered(draw, seed)) for seed in range(100)]

    covered = sum(run.lower_s <= at(0.5) <= run.upper_s for run in runs)
    widths = sorted(run.upper_s / run.lower_s for run in runs if run.lower_s)
    assert covered >= 93
    assert len(widths) >= 98
    # Of 30 instances 21 or more must be there to decide, or 9 or fewer.
    assert widths[len(widths) // 2] < 1.1 * at(0.3) / at(0.7)


def test_scattered_timeouts_say_why_the_bracket_is_wide():
    found = find(IdleFinder(), Scattered(SCATTERED["weibull"][0], seed=1))

    assert found.reasons
    assert found.upper_s > 1.1 * found.lower_s


def test_what_is_never_ended_has_no_upper_bound():
    found = find(IdleFinder(most_s=3600), Scattered(lambda draws: math.inf))

    assert found.upper_s == math.inf
    assert found.lower_s == pytest.approx(3600, rel=0.01)
    assert "3600 s" in found.reasons[0]


def test_bursts_that_did_not_run_together_are_refused():
    finder = IdleFinder(instances=6, attempts=2)
    apart = [seen(float(i), str(i)) for i in range(6)]
    for _ in range(2):
        finder.feed(apart, apart)

    assert "only 1 of 6 ran at one time" in finder.result.reasons


def test_instances_must_be_known():
    finder = IdleFinder(instances=6, attempts=1)
    nameless = [seen(0.0, None) for _ in range(6)]
    finder.feed(nameless, nameless)

    assert "evidence must name" in finder.result.reasons[0]


def test_five_instances_would_never_decide():
    with pytest.raises(InvalidParameterError, match="6 instances or more"):
        IdleFinder(instances=5)
