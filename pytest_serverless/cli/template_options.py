"""The options of every command that reads templates: the values which pytest's settings give them in a test run."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytest_serverless.cli.doctor_stacks import templates_in
from pytest_serverless.errors import InvalidParameterError, TemplateError

__all__ = ["add_options", "choices", "pairs", "template_in"]


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
        "parameters": pairs("--parameter", args.parameter),
        "imports": pairs("--import", args.imports),
        "environment": args.environment,
    }


def pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    """Return what an option that is given several times says, by name."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise InvalidParameterError(f"{option} takes NAME=VALUE, got {text!r}.")
        found[name] = value
    return found


def template_in(folder: Path, how: str) -> Path:
    """Return the one template in a folder; `how` says how to name another."""
    from pytest_serverless.templates import find

    if not folder.is_dir():
        raise InvalidParameterError(f"{folder} is no folder.")
    try:
        found = find(folder, root=folder)
    except TemplateError as error:
        names = " and ".join(fault.what for fault in error.faults)
        raise InvalidParameterError(f"{folder}: {names} Say which: {how}.") from None
    if found is None:
        below = [str(path) for path in templates_in(folder)]
        hint = f"Below it there are {', '.join(below)}: name the folder of one." if below else f"Name it: {how}."
        where = "this folder" if folder == Path() else folder
        raise InvalidParameterError(f"There is no template.yaml or serverless.yml in {where}. {hint}")
    return found
