"""What the pure core of the load layer costs a generator: an arrival that is drawn, an observation that is counted.

The peer of the histogram is HdrHistogram's own port (PyPI, pinned), which is installed into a folder beside the others;
`--quick` leaves it out. Seconds are those of the processor, so that other programs do not count.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from measure import arguments, median_ratio, take_turns

from pytest_serverless.load.aggregates import Aggregate, Histogram
from pytest_serverless.load.arrivals import Phase, Plan, Share
from pytest_serverless.load.observations import Evidence, Observation

PEER = "hdrhistogram==0.10.3"
FOLDER = Path(sys.prefix, "peers", PEER.replace("==", "-"))
START = 1_790_000_000.0
MIX = {"browse": 80, "buy": 20}
# Upper bounds in microseconds: together a tenth of what a request costs the leanest driver, 66.
TARGETS = {"poisson": 3.0, "observation, evidence": 3.0, "observation, none": 3.0, "throttle": 3.0}


def us_each(work: Callable[[], object], count: int) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return (time.process_time() - start) / count * 1e6


def drawn(phase: Phase, mix: Mapping[str, float] | None, share: Share) -> float:
    plan = Plan([phase], mix=mix)
    count = plan.planned(share).arrivals
    return us_each(lambda: deque(plan.arrivals(1, "shop", share), maxlen=0), round(count))


def observations(count: int, *, evidence: bool = False, throttled: bool = False) -> list[Observation]:
    """Make a run of 1,000 arrivals a second over 50 instances, with lognormal times."""
    draws, made = Random(1), []
    for number in range(count):
        intended = START + number * 0.001
        started = intended + draws.uniform(0, 0.001)
        made.append(
            Observation(
                "shop",
                "",
                "hold",
                intended,
                started,
                started + draws.lognormvariate(-3, 0.5),
                "throttled" if throttled else "ok",
                "concurrency" if throttled else "",
                429 if throttled else 200,
                Evidence(source="probe", instance=f"i{number % 50}", invocation=1 + number // 50) if evidence else None,
            )
        )
    return made


def is_cold(observation: Observation) -> bool:
    evidence = observation.evidence
    return evidence is not None and evidence.invocation == 1


def added(given: list[Observation]) -> float:
    aggregate = Aggregate(is_cold=is_cold)
    return us_each(lambda: deque(map(aggregate.add, given), maxlen=0), len(given))


def dispatched(count: int) -> float:
    aggregate = Aggregate()

    def send() -> None:
        for number in range(count):
            at = START + number * 0.001
            aggregate.plan("hold", "shop", at)
            aggregate.send("hold", "shop", at, at + 0.0005)
            aggregate.gauge.enter(at)
            aggregate.gauge.leave(at)
            aggregate.finish("hold", "shop")

    return us_each(send, count)


def recorded(record: Callable[[int], Any], times_us: Iterable[int]) -> float:
    given = list(times_us)
    return us_each(lambda: deque(map(record, given), maxlen=0), len(given))


def install_peer() -> None:
    if not (FOLDER / "hdrh").exists():
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", FOLDER, PEER], check=True)
    sys.path.append(str(FOLDER))


def histograms(quick: bool, count: int) -> dict[str, Callable[[], float]]:
    draws = Random(2)
    times = [round(draws.lognormvariate(11, 0.5)) for _ in range(count)]
    subjects: dict[str, Callable[[], float]] = {"histogram": lambda: recorded(Histogram().add_us, times)}
    if not quick:
        install_peer()
        from hdrh.histogram import HdrHistogram

        subjects["histogram, hdrh"] = lambda: recorded(HdrHistogram(1, 3_600_000_000, 3).record_value, times)
    return subjects


def shipped(count: int) -> tuple[float, float, int]:
    """Return the milliseconds to write and to read and merge what three seconds bring, and its size as JSON."""
    worker, master = Aggregate(is_cold=is_cold), Aggregate()
    for each in observations(count, evidence=True):
        worker.add(each)
    start = time.process_time()
    text = json.dumps(worker.take(last=True).as_json())
    written = time.process_time()
    master.merge(Aggregate.from_json(json.loads(text)))
    return (written - start) * 1e3, (time.process_time() - written) * 1e3, len(text)


def main() -> None:
    quick = arguments(__doc__).quick
    rounds, count = (1, 20_000) if quick else (7, 100_000)
    hold, ramp = Phase.hold(1000, count / 1000), Phase.ramp(0, 2000, count / 1000)
    uniform = Phase.hold(1000, count / 1000, pattern="uniform")
    evident, plain = observations(count, evidence=True), observations(count)
    throttles = observations(count, throttled=True)
    subjects: dict[str, Callable[[], float]] = {
        "poisson": lambda: drawn(hold, None, Share()),
        "poisson, a mix": lambda: drawn(hold, MIX, Share()),
        "poisson, ramp": lambda: drawn(ramp, None, Share()),
        "poisson, 1 of 4": lambda: drawn(hold, None, Share(worker=1, workers=4)),
        "uniform": lambda: drawn(uniform, None, Share()),
        "uniform, 1 of 4": lambda: drawn(uniform, None, Share(worker=1, workers=4)),
        "observation, evidence": lambda: added(evident),
        "observation, none": lambda: added(plain),
        "throttle": lambda: added(throttles),
        "dispatch and gauge": lambda: dispatched(count),
        **histograms(quick, count),
    }
    results = take_turns(subjects, rounds)
    for name, measured in results.items():
        target = f"   (at most {TARGETS[name]:.0f})" if name in TARGETS else ""
        print(f"{name:>22}: {statistics.median(measured):5.2f} µs{target}")
    if "histogram, hdrh" in results:
        print(f"{'':>22}  {median_ratio(results['histogram'], results['histogram, hdrh']):.2f} x hdrh's")
    written, merged, size = shipped(6000)
    print(
        f"{'3 s at 2,000/s':>22}: {written:.1f} ms to take and write, {merged:.1f} ms to read and merge, {size:,} bytes"
    )


if __name__ == "__main__":
    main()
