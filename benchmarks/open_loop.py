"""Whole runs of Locust: how late our arrivals are sent, what they cost, and what a closed loop does not see.

Each run is a process of its own, `locust -f loads.py --headless`, on another core than its server. The cost is the
processor's time from Locust's `test_start` to its `test_stop`, all that is done for a run included, and that of
FastHttpUser at the same rate, `constant_throughput(20)` x 100, beside it.

The last table is of coordinated omission: the server takes 20 ms, and stalls for a second every five. Its truth follows
from these alone. The users of Locust's own wait for their answers, and so do not ask while the server stalls.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from measure import arguments, locust_is_missing, median_ratio
from tiny_server import SERVICE_S, Stalls, pin, serving

RATES = (500, 1000, 2000)
ROUNDS = 3
SECONDS = 10
LOADS = Path(__file__).with_name("loads.py")
SLOW_MS = 100.0
STALLS = Stalls(every_s=5.0, for_s=1.0)
CYCLES = 5
CLOSED = {
    "constant_throughput(10) x 20": ("Paced", 20),
    "poisson(10) x 20": ("Poisson", 20),
    "constant(0) x 4": ("Constant", 4),
}


class Run(NamedTuple):
    """What a run came to: its own result, None of Locust's users; and what was measured of it from outside."""

    result: Any
    cpu_us: float
    times_ms: list[float]


def run(url: str, subject: str, options: Sequence[str], variables: Mapping[str, str] | None = None) -> Run:
    """Run Locust headless, and read what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        measured, result = Path(folder, "measured.json"), Path(folder, "result.json")
        command = [sys.executable, "-m", "locust", "-f", str(LOADS), "--host", url, "--headless", "--only-summary"]
        own = ["--serverless-result", str(result), "--serverless-max-lag", "60000"]
        environment = {**os.environ, **(variables or {}), "MEASURED": str(measured)}
        process = subprocess.Popen(
            [*command, *options, *own, subject],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        pin(process, 0)
        said, _ = process.communicate(timeout=300)
        if process.returncode or not measured.exists():
            raise RuntimeError(f"locust ended with {process.returncode}:\n{said}")
        seen = json.loads(measured.read_text(encoding="utf-8"))
        told = json.loads(result.read_text(encoding="utf-8")) if result.exists() else None
    times_ms = sorted(seen["times_ms"])
    return Run(told, seen["cpu_s"] / max(len(times_ms), 1) * 1e6, times_ms)


def ours(url: str, per_s: int, seconds: float) -> Run:
    done = run(url, "Open", ["--serverless-arrival-rate", str(per_s), "--serverless-hold", f"{seconds:g}s"])
    assert done.result["validity"]["generation"]["done"] == len(done.times_ms), "requests were lost"
    return done


def closed(url: str, subject: str, users: int, seconds: float, per_user: float = 10) -> Run:
    options = ["-u", str(users), "-r", str(users), "-t", f"{seconds:g}"]
    return run(url, subject, options, {"PER_USER": f"{per_user:g}"})


def costs(seconds: float, rounds: int) -> None:
    """Print how late arrivals were sent, and what they cost."""
    runs: dict[int, list[Run]] = {per_s: [] for per_s in RATES}
    peers: list[Run] = []
    with serving() as url:
        for _ in range(rounds):
            for per_s, those in runs.items():
                those.append(ours(url, per_s, seconds))
            peers.append(closed(url, "Paced", 100, seconds, per_user=RATES[-1] / 100))
    print(f"medians of {rounds} rounds of {seconds:g} s, load average {os.getloadavg()[0]:.1f}")
    print(f"{'arrivals/s':>34} {'sent/s':>8} {'lag p50':>10} {'lag p99':>10} {'processor each':>16}")
    for per_s, those in runs.items():
        lags = [each.result["validity"]["generation"] for each in those]
        p50_ms, p99_ms = (statistics.median(lag[f"lag_{name}_ms"] for lag in lags) for name in ("p50", "p99"))
        cpu_us, sent = costs_of(those), statistics.median(len(each.times_ms) for each in those) / seconds
        print(f"{f'open loop, {per_s:,}':>34} {sent:8,.0f} {p50_ms:7.2f} ms {p99_ms:7.2f} ms {cpu_us:13.0f} µs")
    sent = statistics.median(len(each.times_ms) for each in peers) / seconds
    print(f"{'FastHttpUser x 100':>34} {sent:8,.0f} {'':>21} {costs_of(peers):13.0f} µs")
    ratio = median_ratio([each.cpu_us for each in runs[RATES[-1]]], [each.cpu_us for each in peers])
    print(f"{'':>34} {ratio:.2f} times the processor of FastHttpUser\n")


def costs_of(runs: Sequence[Run]) -> float:
    return statistics.median(each.cpu_us for each in runs)


def omission(stalls: Stalls, rounds: int) -> None:
    """Print what was seen of stalls, each round against a server that begins anew."""
    seconds = stalls.every_s * CYCLES
    seen: dict[str, list[list[float]]] = {"open loop": [], **{name: [] for name in CLOSED}}
    for _ in range(rounds):
        with serving(stalls=stalls) as url:
            seen["open loop"].append(ours(url, 200, seconds).times_ms)
        for name, (subject, users) in CLOSED.items():
            with serving(stalls=stalls) as url:
                seen[name].append(closed(url, subject, users, seconds).times_ms)
    share, mean_ms = truth(stalls)
    print(f"200/s for {seconds:g} s, {SERVICE_S * 1e3:g} ms, stalls of {stalls.for_s:g} s every {stalls.every_s:g} s")
    print(f"{'':>34} {'sent':>8} {'> 100 ms':>9} {'mean':>8} {'p90':>8} {'p99':>8}")
    print(f"{'truth':>34} {200 * seconds:8,.0f} {share:9.1%} {mean_ms:5.0f} ms")
    for name, those in seen.items():
        figures = [figures_of(times_ms) for times_ms in those]
        sent, slow, mean, p90, p99 = (statistics.median(each) for each in zip(*figures, strict=True))
        print(f"{name:>34} {sent:8,.0f} {slow:9.1%} {mean:5.0f} ms {p90:5.0f} ms {p99:5.0f} ms")
    open_share = statistics.median(figures_of(each)[1] for each in seen["open loop"])
    print(f"{'':>34} the open loop's share is {abs(open_share - share) * 100:.1f} points from the truth")


def truth(stalls: Stalls) -> tuple[float, float]:
    """Return the share of arrivals that wait for more than 100 ms, and the mean wait in ms; there are no queues."""
    stalled = (CYCLES - 1) / CYCLES * stalls.for_s / stalls.every_s
    slow = max(stalls.for_s - (SLOW_MS / 1e3 - SERVICE_S), 0.0) / stalls.for_s
    return stalled * slow, (SERVICE_S + stalled * stalls.for_s / 2) * 1e3


def figures_of(times_ms: Sequence[float]) -> tuple[float, ...]:
    """Return how many there are, the share of slow ones, the mean, p90 and p99 of sorted times."""
    count = len(times_ms)
    slow = sum(each > SLOW_MS for each in times_ms) / count
    return count, slow, statistics.fmean(times_ms), times_ms[int(0.9 * count)], times_ms[int(0.99 * count)]


def main() -> None:
    quick = arguments(__doc__).quick
    if locust_is_missing():
        return
    costs(2 if quick else SECONDS, 1 if quick else ROUNDS)
    omission(Stalls(every_s=1.0, for_s=0.2) if quick else STALLS, 1)


if __name__ == "__main__":
    main()
