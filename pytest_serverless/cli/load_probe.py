"""`pytest-serverless load probe`: the file that lets a function's answers tell which instance gave them."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_serverless.errors import InvalidParameterError

__all__ = ["add_parser", "run"]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `probe` command."""
    parser = subparsers.add_parser(
        "probe",
        help="put the file beside a handler that lets its answers tell of cold starts",
        description="Write the probe into a folder: one file that needs nothing else. It says in its first lines how a "
        "handler is wrapped with it. A probe that is there already is replaced.",
    )
    parser.add_argument("language", choices=("nodejs", "python"), help="of the function")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the handler is")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the file, and print where it is."""
    from pytest_serverless.load.probes import probe_file

    source = probe_file(args.language)
    target = args.folder / source.name
    try:
        target.write_bytes(source.read_bytes())
    except OSError as error:
        raise InvalidParameterError(f"{target} cannot be written: {error.strerror}.") from error
    print(target)
    return 0
