"""`pytest-serverless load report`: what a run came to, for people, pull requests and pipelines."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pytest_serverless.errors import InvalidParameterError

__all__ = ["add_parser", "run"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `report` command."""
    parser = subparsers.add_parser(
        "report",
        help="what a run came to: verdict, latency, cold starts, throttles, cost",
        description="Print the result of a run. Exits with 0 for every result that can be read, whatever its verdict: "
        "that is the exit code of the run itself, and stands in the file.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the result of a run, JSON")
    parser.add_argument(
        "--format", choices=("text", "markdown", "junit", "html"), default="text", help="default: %(default)s"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it there instead of printing it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the report, or write it to a file."""
    document = _document(args.file, args.format)
    if args.output is None:
        print(document, end="")
        return 0
    try:
        args.output.write_text(document, encoding="utf-8")
    except OSError as error:
        raise InvalidParameterError(f"--output {args.output} cannot be written: {error.strerror}.") from error
    return 0


def _document(file: Path, form: Any) -> str:
    from pytest_serverless.load.observing import is_observed, read_observed
    from pytest_serverless.load.results import read
    from pytest_serverless.load.results.files import read_json
    from pytest_serverless.report import render
    from pytest_serverless.report.observing import render_observation

    if is_observed(read_json(file)):
        return render_observation(read_observed(file), form)
    return render(read(file), form)
