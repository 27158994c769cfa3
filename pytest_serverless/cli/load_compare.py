"""`pytest-serverless load compare`: what changed from one run to another by more than chance."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_parser", "run"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `compare` command."""
    parser = subparsers.add_parser(
        "compare",
        help="what changed from one run to another by more than chance",
        description="Print what differs between two runs of the same scenario at the same target. Exits with 1 where "
        "a change exceeds its interval, and with 2 where the runs cannot be compared.",
    )
    parser.add_argument("a", type=Path, metavar="A.json", help="the result of the run before")
    parser.add_argument("b", type=Path, metavar="B.json", help="the result of the run after")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the comparison; return 1 where something changed."""
    from pytest_serverless.load.results import compare, read
    from pytest_serverless.report import comparison_of, text

    comparison = compare(read(args.a), read(args.b))
    print(text(comparison_of(comparison)), end="")
    return 1 if comparison.changed else 0
