"""The load layer held to simulated platforms whose truth is known: rates, limits, onsets, idle times, in virtual time.

Runs are measured as any other: observations with evidence, counted, estimated. The truth of a rate is the share in one
very long run of the same platform, counted where it was decided, or Erlang's loss formula. The platforms are those of
the tests; `--quick` makes fewer runs, and lets their chance pass.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from measure import arguments

from pytest_serverless.admission import FunctionLimits, Personality
from pytest_serverless.admission.durations import Durations
from pytest_serverless.admission.personality import Stalls
from pytest_serverless.load.estimates.erlang import blocking, offered_load
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.finding import Idle, Limit, Onset, Scaling, VirtualSender

sys.path.append(str(Path(__file__).parents[1]))

from tests.load.acceptance.platforms import FREE, METRICS, SERVICE, Target  # found from here on

LEAST = 0.93
INIT = "lognormal:median=150ms,sigma=0.3"
PROACTIVE = Target(50, proactive=0.6, idle="uniform:low=300ms,high=700ms", init=INIT)
IDLE = [
    ("420s", 420.0),
    ("uniform:low=300s,high=420s", 360.0),
    ("exponential:mean=548s", 548 * math.log(2)),
    ("lognormal:median=400s,sigma=0.3", 400.0),
]

Row = tuple[str, str, str, bool]
"""What is looked at, its truth, what was measured, and whether that will do."""


def covered(title: str, truth: float, found: Iterable[Interval | Unknown], unit: str = "%") -> Row:
    """Return how often intervals contain the truth, and how wide they are."""
    intervals = list(found)
    share = statistics.fmean(isinstance(each, Interval) and each.contains(truth) for each in intervals)
    width = statistics.median(each.width for each in intervals) / truth
    told = f"{truth:.3%}" if unit == "%" else f"{truth:.1f} {unit}"
    return title, told, f"{share:6.1%} of {len(intervals)} contain it, width {width:.2f} of it", share >= LEAST


def rates(runs: int, long_run: int) -> Iterator[Row]:
    """Cold starts of a platform that starts 60 % of its sandboxes ahead of need; throttles of ten places."""
    truth = PROACTIVE.truth(long_run)
    found = [PROACTIVE.estimates(4000, seed) for seed in range(runs)]
    for metric in METRICS[:3]:
        yield covered(metric, truth[metric], (run[metric] for run in found))
    ratio = truth[METRICS[1]] / truth[METRICS[0]]
    differ = statistics.fmean(run[METRICS[1]].lower > run[METRICS[0]].value for run in found)
    yield "new instances / user-visible", f"{ratio:.2f}", f"{differ:6.1%} of {runs} tell them apart", differ >= LEAST
    for places, offered in ((10, 8.0), (25, 20.0)):
        target = Target(offered / SERVICE.mean_s, reserved=places)
        shares = [target.estimates(4000, seed)["throttles"] for seed in range(runs)]
        yield covered(f"throttles, {places} places, a = {offered:g}", blocking(offered, places), shares)


def provisioned() -> Iterator[Row]:
    """Provisioned sandboxes: more than are asked for, and fewer."""
    for count, is_enough in ((25, True), (4, False)):
        target = Target(50, provisioned={"live": count}, qualifier="live", idle="1s", init=INIT)
        found, truth = target.estimates(4000, seed=1)[METRICS[0]], target.truth(200_000)[METRICS[0]]
        is_right = found.contains(truth) and (found.value == 0) is is_enough
        yield f"{count} provisioned, 5 busy: user-visible", f"{truth:.3%}", str(found), is_right


def limits() -> Iterator[Row]:
    for limit in (1, 10, 137, 1000):
        sender = VirtualSender(lambda _: 0.3, limits=FREE, function=FunctionLimits(reserved=limit))
        found = Limit().run(sender, "Shop")
        value = found.values["concurrency_limit"].value
        yield "concurrency limit", f"{limit:,}", f"{value:,.0f} in {found.requests:,} requests", value == limit


def onsets(runs: int) -> Iterator[Row]:
    for places in (10, 25):
        truth, found = offered_load(places, 0.01) / SERVICE.mean_s, []
        for seed in range(runs):
            sender = VirtualSender(SERVICE.draw, limits=FREE, function=FunctionLimits(reserved=places), seed=seed)
            search = Onset(first=5, most=1000, closeness=1.3)
            found.append(search.run(sender, "Shop").values["throttling_from"])
        yield covered(f"onset of throttles, {places} places", truth, found, "/s")


def scaling() -> Row:
    limits = FREE.replaced({"scaling_burst": 200, "scaling_per_10_s": 500})
    found = Scaling(per_s=400).run(VirtualSender(lambda _: 60.0, limits=limits), "Shop").values
    burst, rate = found["scaling_burst"], found["scaling_per_10_s"]
    is_right = burst.contains(200) and rate.contains(500)
    return "instances added at once; in 10 s", "200; 500", f"{burst}; {rate}", is_right


def idles(runs: int) -> Iterator[Row]:
    for kept, median_s in IDLE:
        found = []
        for seed in range(runs):
            habits = Personality(idle=Durations.parse(kept), seed=str(seed))
            found.append(Idle().run(VirtualSender(lambda _: 0.5, limits=FREE, personality=habits), "Shop"))
        yield covered(f"idle {kept}", median_s, (each.values["idle_kept"] for each in found), "s")


def stalled() -> Row:
    """A second's stall in every five, 200 arrivals a second for 25 s: all are counted from their intended start."""
    stalls, late = Stalls.parse("every=5s,for=1s,from=5s"), []
    for seed in range(10):
        sender = VirtualSender(lambda _: 0.02, limits=FREE, personality=Personality(stalls=stalls), seed=seed)
        first, *seen = sender.hold(200, 6000)
        late += [one.latency_ms > 100 for one in seen if one.intended_s < first.intended_s + 25]
    share, truth = statistics.fmean(late), 0.16 * 0.92 + 4 * 0.02 / 25
    return "later than 100 ms, stalling", f"{truth:.1%}", f"{share:.1%}", abs(share - truth) < 0.015


def rows(quick: bool) -> Iterator[Row]:
    runs, long_run = (30, 200_000) if quick else (200, 2_000_000)
    yield from rates(runs, long_run)
    yield from provisioned()
    yield from limits()
    yield from onsets(5 if quick else 50)
    yield scaling()
    yield from idles(runs)
    yield stalled()


def main() -> None:
    quick, start, wrong = arguments(__doc__).quick, time.monotonic(), []
    print(f"95 % intervals, at least {LEAST:.0%} shall contain the truth; widths (medians) as parts of it")
    for title, truth, found, is_right in rows(quick):
        print(f"{title:>41}: {truth:>9}   {found}{'' if is_right else '   WRONG'}", flush=True)
        wrong += [] if is_right else [title]
    print(f"in {time.monotonic() - start:.0f} s")
    if wrong and not quick:
        sys.exit(f"Not as it should be: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
