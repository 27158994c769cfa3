"""How many arrivals a second are simulated on one core: ours beside SimPy, and both beside Erlang's formula.

Poisson arrivals, exponential service, refused where all places are taken. Ours decides as the local platform does, with
sandboxes, rates and the truth of all of it; the model in SimPy counts places alone. SimPy (PyPI, pinned) is installed
into a folder beside the others; `--quick` leaves it out. Seconds are those of the processor, so that other programs do
not count.
"""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from measure import arguments, median_ratio, take_turns

from pytest_serverless.admission import LAMBDA
from pytest_serverless.admission.simulation import poisson, simulate

PEER = "simpy==4.1.2"
FOLDER = Path(sys.prefix, "peers", PEER.replace("==", "-"))
TARGET = 300_000
MEAN_S = 0.1

# What is simulated: a title, arrivals a second, places.
CASES = [("25 places", 200.0, 25), ("an account, 1,000", 11_000.0, 1000)]

Run = Callable[[float, int, int], float]


def ours(per_s: float, places: int, count: int) -> float:
    """Simulate; return the share that was refused."""
    limits = LAMBDA.replaced({"account_concurrency": places, "requests_per_s_each": 20})
    run = simulate(
        poisson(per_s, count=count, seed=1), lambda draws: -MEAN_S * math.log(1.0 - draws.random()), limits=limits
    )
    return run.as_json()["throttled"] / count


def simpys(per_s: float, places: int, count: int) -> float:
    """Simulate; return the share that was refused."""
    import simpy

    environment, draws = simpy.Environment(), Random(1)
    room = simpy.Resource(environment, places)
    refused = 0

    def serve() -> Any:
        with room.request() as request:
            yield request
            yield environment.timeout(draws.expovariate(1 / MEAN_S))

    def arrive() -> Any:
        nonlocal refused
        for _ in range(count):
            yield environment.timeout(draws.expovariate(per_s))
            if room.count < places:
                environment.process(serve())
            else:
                refused += 1

    environment.process(arrive())
    environment.run()
    return refused / count


def erlang_b(offered: float, places: int) -> float:
    """Return the share that is refused in the long run."""
    share = 1.0
    for place in range(1, places + 1):
        share = offered * share / (place + offered * share)
    return share


def install_peer() -> None:
    if not (FOLDER / "simpy").exists():
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", FOLDER, PEER], check=True)
    sys.path.append(str(FOLDER))


def main() -> None:
    quick = arguments(__doc__).quick
    rounds, count = (1, 50_000) if quick else (3, 400_000)
    runs: dict[str, tuple[Run, int]] = {"ours": (ours, count)}
    if not quick:
        install_peer()
        runs["simpy"] = simpys, count
    for title, per_s, places in CASES:
        shares: dict[str, float] = {}

        def rate(name: str, run: Run, count: int) -> float:
            start = time.process_time()
            shares[name] = run(per_s, places, count)  # noqa: B023  # called within the turn of the loop
            return count / (time.process_time() - start)

        subjects = {name: (lambda name=name, of=of: rate(name, *of)) for name, of in runs.items()}
        rates = take_turns(subjects, rounds)
        medians = {name: statistics.median(measured) for name, measured in rates.items()}
        parts = [f"{name} {medians[name]:9,.0f} arrivals/s, {shares[name]:.4f} refused" for name in runs]
        print(
            f"{title:>17}: {'   '.join(parts)}   (at least {TARGET:,}; Erlang {erlang_b(per_s * MEAN_S, places):.4f})"
        )
        if "simpy" in rates:
            print(f"{'':>17}  {median_ratio(rates['ours'], rates['simpy']):.1f} x as many")


if __name__ == "__main__":
    main()
