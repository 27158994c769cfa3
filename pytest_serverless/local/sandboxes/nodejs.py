"""How a Node.js function is started: under our own small client of the Runtime API, in `node/`.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html,
https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html (the flags that Lambda sets) and
https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html (2026-11); for memory and NODE_PATH the `bootstrap`
of the service's own images for Node.js 18 and 24.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pytest_serverless.app.model import Function
from pytest_serverless.errors import PlatformError

__all__ = ["command", "folders_of", "mismatch", "node_version"]

_BOOTSTRAP = Path(__file__).parent / "node" / "bootstrap.mjs"
_OLDEST = (18,)


def command(function: Function, *, node: str | None = None) -> tuple[list[str], dict[str, str]]:
    """Return how a sandbox of the function is started, and what its environment has beside what every function's has.

    `node` is the program; the one on PATH unless given. Raises PlatformError where there is none, or it is too old.
    """
    program = _program(function, node)
    arguments = [program, *_flags(function, _usable(program, function)), str(_BOOTSTRAP)]
    variables = {"AWS_EXECUTION_ENV": f"AWS_Lambda_{function.settings.runtime}"}
    if not function.environment.get("NODE_PATH"):
        variables["NODE_PATH"] = os.pathsep.join(map(str, _module_folders(function)))
    return arguments, variables


def mismatch(function: Function, *, node: str | None = None) -> str | None:
    """Return what to tell where the major version of the program is another than the runtime's."""
    runtime = function.settings.runtime
    program = _program(function, node)
    version = _usable(program, function)
    if version[0] == _major(runtime):
        return None
    return (
        f"Functions of {runtime} are run by Node.js {version[0]} here ({program}): what the language and its modules "
        f"can do may differ. To be sure, install Node.js {_major(runtime)}, or say where it is: `--node` of the "
        "command, `node=` in tests."
    )


def folders_of(function: Function, program: str) -> Iterator[Path]:
    """Yield what a sandbox of the function reads: where `program` is installed, and modules, above the code too."""
    yield from {Path(program).absolute().parents[1], Path(program).resolve().parents[1]}
    above = function.code.absolute().parents if function.code else ()
    for folder in (*_module_folders(function), *(parent / "node_modules" for parent in above)):
        if folder.is_dir():
            yield folder


@cache
def node_version(program: str) -> tuple[int, ...]:
    """Return the version of a Node.js program, as (20, 11, 1); nothing where it does not say."""
    try:
        asked = subprocess.run(  # noqa: S603  # the program that is to run the functions
            [program, "--version"], env={}, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(map(int, re.findall(r"\d+", asked.stdout)))[:3] if asked.returncode == 0 else ()


def _program(function: Function, node: str | None) -> str:
    found = shutil.which(node or "node")
    if found is None:
        where = f"there is no program {node!r}" if node else "there is no `node` on PATH"
        raise PlatformError(
            f"{function.id or function.name} runs on {function.settings.runtime}, and {where}. "
            "Install it, or say where it is: `--node` of the command, `node=` in tests."
        )
    return found


def _usable(program: str, function: Function) -> tuple[int, ...]:
    version = node_version(program)
    if version < _OLDEST:
        what = f"is Node.js {'.'.join(map(str, version))}" if version else "does not tell its version"
        raise PlatformError(
            f"{function.id or function.name} runs on {function.settings.runtime}, and {program} {what}. "
            f"Install Node.js {_OLDEST[0]} or newer, or say where it is: `--node` of the command, `node=` in tests."
        )
    return version


def _major(runtime: str) -> int:
    return int(re.sub(r"\D", "", runtime) or 0)


def _flags(function: Function, version: tuple[int, ...]) -> Iterator[str]:
    """Yield the flags that Lambda's runtime gives to Node.js, where this one knows them and the function did not."""
    chosen = function.environment.get("NODE_OPTIONS", "").replace("_", "-")
    yield "--expose-gc"
    yield "--max-http-header-size=81920"
    if "--max-semi-space-size" not in chosen and "--max-old-space-size" not in chosen:
        new_space = function.memory_mb // 10
        yield f"--max-semi-space-size={new_space // 2}"
        yield f"--max-old-space-size={function.memory_mb - new_space}"
    for feature, since in _features(function.settings.runtime):
        if version >= since and f"--experimental-{feature}" not in chosen.split():
            yield f"--no-experimental-{feature}"


def _features(runtime: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield what Lambda switches off, and since which version Node.js has it."""
    if runtime in {"nodejs20.x", "nodejs22.x"}:
        yield "require-module", (20, 17)
    if runtime == "nodejs22.x":
        yield "detect-module", (20, 10)


def _module_folders(function: Function) -> Iterator[Path]:
    """Yield where modules are looked for: layers, the last one first, as it overlays the others; the SDK; the code.

    For the SDK that Lambda's runtime brings stand the modules that are installed beside the template, or above it.
    """
    for inside in (f"nodejs/node{_major(function.settings.runtime)}/node_modules", "nodejs/node_modules"):
        yield from (folder for layer in reversed(function.layers) if (folder := layer / inside).is_dir())
    if function.origin is not None:
        installed = (folder / "node_modules" for folder in function.origin.file.absolute().parents)
        yield from [folder for folder in installed if folder.is_dir()][:1]
    if function.code is not None:
        yield from (function.code / "node_modules", function.code)
