"""The options of every command that reads templates: the values which pytest's settings give them in a test run."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from pytest_serverless.errors import InvalidParameterError

__all__ = ["add_options", "choices"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what a template's open values are."""
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a value of a template's parameter, as in serverless_parameters",
    )
    parser.add_argument(
        "--import",
        dest="imports",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what comes from elsewhere, as in serverless_imports",
    )
    parser.add_argument("--environment", help="environment of samconfig.toml, or stage of serverless.yml")


def choices(args: argparse.Namespace) -> dict[str, Any]:
    """Return what the options say, as `templates.load` takes it."""
    return {
        "parameters": _pairs("--parameter", args.parameter),
        "imports": _pairs("--import", args.imports),
        "environment": args.environment,
    }


def _pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise InvalidParameterError(f"{option} takes NAME=VALUE, got {text!r}.")
        found[name] = value
    return found
