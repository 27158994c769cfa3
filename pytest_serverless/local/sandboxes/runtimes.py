"""How the process of a sandbox is started, by the family of the function's runtime."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pytest_serverless.app.model import Function
from pytest_serverless.errors import MissingExtraError, PlatformError
from pytest_serverless.invocation.sandbox import layer_folders

__all__ = ["Command", "RuntimeClient", "command_of", "default_client", "is_run"]

RuntimeClient = Literal["awslambdaric", "own"]
_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, and the variables it needs beside the platform's; the program's path is absolute.

    `note` is what whoever runs the platform should know; `folders` are read beside the function's code and layers.
    """

    argv: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None
    folders: tuple[Path, ...] = ()


def default_client() -> RuntimeClient:
    """Return AWS's own client where it is made for, which is Linux; ours elsewhere."""
    return "awslambdaric" if sys.platform.startswith("linux") else "own"


def is_run(function: Function) -> bool:
    """Tell whether the function's runtime is one of those that run here."""
    return str(function.settings.runtime).startswith(("python", "nodejs"))


def command_of(function: Function, *, python: str, client: RuntimeClient, node: str | None) -> Command:
    """Return how a function's process is started; raises PlatformError for a runtime that there is none for."""
    runtime = function.settings.runtime
    if runtime.startswith("python"):
        return _python(function, python, client)
    if runtime.startswith("nodejs"):
        from pytest_serverless.local.sandboxes import nodejs

        argv, variables = nodejs.command(function, node=node)
        folders = tuple(nodejs.folders_of(function, argv[0]))
        return Command(tuple(argv), variables, nodejs.mismatch(function, node=node), folders)
    raise PlatformError(
        f"{function.name} has the runtime {runtime!r}: the local platform runs functions in Python and in Node.js. "
        "Deploy it for another, or leave it out of the template that is run locally."
    )


def _python(function: Function, python: str, client: RuntimeClient) -> Command:
    if client == "own":
        argv: tuple[str, ...] = (python, str(_BOOTSTRAP), function.handler)
    elif python == sys.executable and importlib.util.find_spec("awslambdaric") is None:
        raise MissingExtraError(module="awslambdaric", extra="aws", needed_for="A sandbox of the local platform")
    else:
        argv = (python, "-m", "awslambdaric", function.handler)
    own = function.environment.get("PYTHONPATH", "")
    path = os.pathsep.join(entry for entry in (own, *layer_folders(function.layers)) if entry)
    return Command(argv, {"PYTHONPATH": path} if path else {}, _mismatch(function, python))


def _mismatch(function: Function, python: str) -> str | None:
    """Return what to tell where our own Python, of another version than the runtime's, runs the function."""
    wanted, here = function.settings.runtime.removeprefix("python"), f"{sys.version_info[0]}.{sys.version_info[1]}"
    if python != sys.executable or wanted in {"", here}:
        return None
    return (
        f"Functions of python{wanted} are run by Python {here} here: what the language and its modules can do may "
        f"differ. To be sure, install the toolkit in an environment of Python {wanted}."
    )
