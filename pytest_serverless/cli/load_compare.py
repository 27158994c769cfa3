"""`pytest-serverless load compare`: what differs by more than chance, from one run to another or within one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_serverless.errors import InvalidParameterError, ServerlessError, UnknownNameError

if TYPE_CHECKING:
    from pytest_serverless.load.results import Differences

__all__ = ["add_parser", "run"]

_TELL = "METRIC=SIZE"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `compare` command."""
    parser = subparsers.add_parser(
        "compare",
        help="what changed from one run to another, or differs between variants, by more than chance",
        description="Print what differs between two runs of the same scenario at the same target, or, of one run, "
        "between the variants of its A/B scenarios. Exits with 1 where a difference exceeds its interval, and with 2 "
        "where there is nothing that can be compared.",
    )
    parser.add_argument("a", type=Path, metavar="A.json", help="the result of the run before, or of the only one")
    parser.add_argument("b", type=Path, metavar="B.json", nargs="?", help="the result of the run after")
    parser.add_argument(
        "--differs",
        metavar="FACT,…",
        default="",
        help="what differs between the runs on purpose, such as memory or provisioned: no reason not to compare them",
    )
    parser.add_argument(
        "--tell",
        metavar=_TELL,
        action="append",
        default=[],
        help="a difference that shall be told, as latency.cold.p50=50ms or throttles=1%%: how many more samples that "
        "needs; may be given several times",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the comparison; return 1 where something differs."""
    from pytest_serverless.load.results import compare, read
    from pytest_serverless.report import comparison_of, differences_report, text

    sizes = dict(_size(each) for each in args.tell)
    differs = [each.strip() for each in args.differs.split(",") if each.strip()]
    if args.b is not None:
        comparison = compare(read(args.a), read(args.b), differs=differs)
        _check(sizes, [each.metric for each in comparison.changes])
        print(text(comparison_of(comparison, sizes)), end="")
        return 1 if comparison.changed else 0
    if differs:
        raise InvalidParameterError("--differs is of two runs: name the other one too.")
    found = _variants(args.a)
    _check(sizes, [each.metric for pair in found for each in pair.changes])
    print(text(differences_report(found, sizes)), end="")
    return 1 if any(pair.changed for pair in found) else 0


def _variants(path: Path) -> tuple[Differences, ...]:
    from pytest_serverless.load.results import read

    result = read(path)
    if not result.differences:
        raise InvalidParameterError(
            f"{path} has no variants that could be compared: no scenario of it has `variants`. Name the result of "
            "another run to compare it with."
        )
    if not result.validity.is_valid:
        raise InvalidParameterError(f"{path} is INVALID: {'; '.join(result.validity.reasons)}.")
    return result.differences


def _size(text: str) -> tuple[str, float]:
    """Read a difference that shall be told, in the unit of its metric."""
    from pytest_serverless.load.estimates.thresholds import Threshold
    from pytest_serverless.load.results.differences import COST

    metric, _, size = text.partition("=")
    try:
        value = float(size) if metric == COST else Threshold.parse(f"{metric} < {size}").limit
    except UnknownNameError:
        raise
    except (ServerlessError, ValueError):
        value = 0.0
    if not value > 0:
        raise InvalidParameterError(f"--tell {text}: write {_TELL}, such as latency.cold.p50=50ms or throttles=1%.")
    return metric, value


def _check(sizes: Mapping[str, float], metrics: list[str]) -> None:
    for each in sizes:
        if each not in metrics:
            raise UnknownNameError("metric that is compared here", each, dict.fromkeys(metrics))
