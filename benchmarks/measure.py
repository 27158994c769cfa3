"""What the benchmarks share: rounds that take turns, so that a slow moment of the machine falls on all alike."""

from __future__ import annotations

import argparse
import gc
import importlib.util
import statistics
import time
from collections.abc import Callable, Mapping

__all__ = ["arguments", "locust_is_missing", "median_ratio", "seconds_per_call", "take_turns"]


def arguments(description: str | None) -> argparse.Namespace:
    """Read the command line that every benchmark has."""
    parser = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="a few rounds, to see that it works; the figures mean little"
    )
    return parser.parse_args()


def locust_is_missing() -> bool:
    """Tell whether Locust is not installed, and say so: that is no failure, for it needs a newer Python than we do."""
    is_missing = importlib.util.find_spec("locust") is None
    if is_missing:
        print("Skipped: this benchmark needs Locust (the extra `load`), which this Python has not.")
    return is_missing


def take_turns(subjects: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Measure each subject once a round, in turn; return the measurements of each, a round a value."""
    results: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, measure in subjects.items():
            results[name].append(measure())
    return results


def seconds_per_call(call: Callable[[], object], calls: int) -> Callable[[], float]:
    """Return what measures a call: the mean of that many, without the garbage of others."""

    def measure() -> float:
        gc.collect()
        start = time.perf_counter()
        for _ in range(calls):
            call()
        return (time.perf_counter() - start) / calls

    return measure


def median_ratio(ours: list[float], peers: list[float]) -> float:
    """Return the median of the rounds' ratios: each round is compared with itself."""
    return statistics.median(one / other for one, other in zip(ours, peers, strict=True))
