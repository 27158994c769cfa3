"""The command `pytest-serverless`: parsing and exit codes; what a command does is in its own module.

Each module adds its command by `add_parser(subparsers)` and sets `run`, a function from the arguments to the exit code:
0 for well, 1 for something found, 2 for a request that could not be carried out.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from pytest_serverless import __version__
from pytest_serverless.cli import doctor, event, init, load, local
from pytest_serverless.errors import ServerlessError

__all__ = ["main"]

COMMANDS = (event, doctor, init, local, load)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name, those of the process unless given; return its exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # events hold any character, the terminal's encoding may not
    args = _parser().parse_args(argv)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
    except ServerlessError as error:
        print(f"pytest-serverless: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read the output has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pytest-serverless", description="Tools for testing serverless applications.")
    parser.add_argument("--version", action="version", version=f"pytest-serverless-toolkit {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser
