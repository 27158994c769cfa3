"""How often 95 % intervals contain the truth, and how wide they are: shares of throttles and cold starts, simulated.

The truth of throttles is Erlang's loss formula, that of cold starts the share in one very long run. Beside what is
reported (Wilson's interval, of fewer cases where batch means say that events cluster) stand batch means, Wilson's
interval of all cases, and Wald's, that others report. Then quantiles of lognormal times, and the ratio of two medians.
`--quick` makes fewer runs.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from measure import arguments

from pytest_serverless.admission import LAMBDA, FunctionLimits, Granted
from pytest_serverless.admission.durations import Durations
from pytest_serverless.admission.simulation import poisson, simulate
from pytest_serverless.load.estimates.comparisons import ratio_of_medians
from pytest_serverless.load.estimates.erlang import blocking
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.proportions import batch_means, proportion, wilson
from pytest_serverless.load.estimates.quantiles import quantile_of_sample

LEAST = 0.93
LIMITS = LAMBDA.replaced({"requests_per_s_each": "inf", "scaling_burst": 100_000, "scaling_per_10_s": "inf"})
SERVICE = Durations.parse("exponential:mean=100ms")
CELL = 50
"""Arrivals that are one stretch of time."""


@dataclass(frozen=True)
class Case:
    """A function under Poisson arrivals; the first `settle` arrivals are left out, as the warm-up of a run is."""

    title: str
    per_s: float
    reserved: int | None
    idle_s: float
    arrivals: int
    what: str
    settle: int = 500

    def outcomes(self, arrivals: int, seed: int) -> list[bool]:
        """Return of each arrival whether it was throttled (or a cold start)."""
        seen: list[bool] = []

        def observe(arrived: float, decision: object, done: float) -> None:
            is_cold = isinstance(decision, Granted) and decision.is_new
            seen.append(is_cold if self.what == "cold" else not isinstance(decision, Granted))

        simulate(
            poisson(self.per_s, count=self.settle + arrivals, seed=2 * seed),
            SERVICE.draw,
            limits=LIMITS.replaced({"idle_s": self.idle_s}),
            function=FunctionLimits(reserved=self.reserved),
            seed=2 * seed + 1,
            observe=observe,
        )
        return seen[self.settle :]

    def truth(self, arrivals: int) -> float:
        """Return the share in the long run."""
        if self.what == "throttled" and self.reserved is not None:
            return blocking(self.per_s * SERVICE.mean_s, self.reserved)
        return statistics.fmean(self.outcomes(arrivals, seed=1_000_003))


CASES = [
    Case("throttles, 10 places, a = 8", 80.0, 10, 600.0, 4000, "throttled"),
    Case("throttles, 25 places, a = 20", 200.0, 25, 600.0, 4000, "throttled"),
    Case("throttles, 10 places, a = 3", 30.0, 10, 600.0, 40_000, "throttled"),
    Case("cold starts, 50/s, idle 2 s", 50.0, None, 2.0, 10_000, "cold"),
    Case("cold starts, 50/s, idle 0.5 s", 50.0, None, 0.5, 4000, "cold"),
    Case("cold starts, 5/s, idle 5 s", 5.0, None, 5.0, 4000, "cold"),
]


def cells_of(outcomes: list[bool]) -> list[tuple[float, int]]:
    return [(sum(part), len(part)) for part in (outcomes[i : i + CELL] for i in range(0, len(outcomes), CELL))]


def wald(events: int, n: int) -> Interval:
    share = events / n
    half = 1.96 * math.sqrt(share * (1 - share) / n)
    return Interval(value=share, lower=share - half, upper=share + half, n=n, method="Wald")


def covered(intervals: list[Interval], truth: float) -> tuple[float, float]:
    """Return how often they contain the truth, and their mean width as a part of it."""
    return statistics.fmean(each.contains(truth) for each in intervals), statistics.fmean(
        each.width for each in intervals
    ) / truth


def shares(case: Case, runs: int, long_run: int) -> float:
    """Print a case; return how often what is reported contains the truth."""
    truth = case.truth(long_run)
    intervals: dict[str, list[Interval]] = {"reported": [], "batch means": [], "Wilson": [], "Wald": []}
    for seed in range(runs):
        outcomes = case.outcomes(case.arrivals, seed)
        events, n = sum(outcomes), len(outcomes)
        intervals["reported"].append(known(proportion(events, n, cells_of(outcomes))))
        intervals["batch means"].append(batch_means(cells_of(outcomes)) or wald(events, n))
        intervals["Wilson"].append(wilson(events, n))
        intervals["Wald"].append(wald(events, n))
    results = {name: covered(each, truth) for name, each in intervals.items()}
    told = "   ".join(f"{name} {share:.1%}, width {width:.2f}" for name, (share, width) in results.items())
    print(f"{case.title:>30}: truth {truth:7.4%}   {told}")
    return results["reported"][0]


def known(estimate: Interval | Unknown) -> Interval:
    assert isinstance(estimate, Interval), estimate
    return estimate


def lognormal(draws: Random, n: int, median: float = 100.0, sigma: float = 0.25) -> list[float]:
    return [median * math.exp(sigma * draws.gauss(0.0, 1.0)) for _ in range(n)]


def quantiles(share: float, n: int) -> Iterator[tuple[Interval, float]]:
    truth = 100.0 * math.exp(0.25 * statistics.NormalDist().inv_cdf(share))
    draws = Random(n)
    while True:
        yield known(quantile_of_sample(lognormal(draws, n), share)), truth


def medians(n: int) -> Iterator[tuple[Interval, float]]:
    draws = Random(n)
    while True:
        a, b = ([(value, 1) for value in lognormal(draws, n, median)] for median in (80.0, 100.0))
        yield known(ratio_of_medians(a, b)), 0.8


def sampled(title: str, pairs: Iterator[tuple[Interval, float]], runs: int) -> float:
    """Print a case; return how often its intervals contain the truth."""
    taken = [next(pairs) for _ in range(runs)]
    share = statistics.fmean(interval.contains(truth) for interval, truth in taken)
    width = statistics.fmean(interval.width / truth for interval, truth in taken)
    print(f"{title:>30}: {share:.1%} contain the truth, width {width:.3f} of it")
    return share


def main() -> None:
    quick = arguments(__doc__).quick
    runs = 40 if quick else 200
    print(f"{runs} runs each; 95 % intervals, at least {LEAST:.0%} shall contain the truth; widths as parts of it")
    reached = [shares(case, runs, 200_000 if quick else 2_000_000) for case in CASES]
    subjects: list[tuple[str, Callable[[], Iterator[tuple[Interval, float]]]]] = [
        ("p50 of 30", lambda: quantiles(0.5, 30)),
        ("p95 of 200", lambda: quantiles(0.95, 200)),
        ("p99 of 1,000", lambda: quantiles(0.99, 1000)),
        ("ratio of medians, 20 each", lambda: medians(20)),
        ("ratio of medians, 50 each", lambda: medians(50)),
    ]
    reached += [sampled(title, pairs(), 5 * runs) for title, pairs in subjects]
    if not quick and min(reached) < LEAST:
        sys.exit(f"Only {min(reached):.1%} contain the truth.")


if __name__ == "__main__":
    main()
