"""What doctor finds out about stacks: which templates there are, what is wrong with them, and what works of them.

Each handler is imported in a process of its own (`import_handler`): with its function's variables, with made-up
credentials, and with no way out to the network. Nothing of it comes into the process that asks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pytest_serverless.app.model import App, Function
from pytest_serverless.cli.doctor_finding import Finding
from pytest_serverless.clock import SYSTEM
from pytest_serverless.errors import InvalidParameterError, ServerlessError, TemplateError

__all__ = ["StackReport", "examine_stacks", "templates_in"]

IMPORT_LIMIT_S = 30.0
"""How long a handler may take to be imported; Lambda gives it ten seconds."""

_DEPTH = 8
_SKIPPED = {"__pycache__", "build", "cdk.out", "dist", "node_modules", "site-packages"}
_SCRIPT = Path(__file__).with_name("import_handler.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class StackReport:
    """What there is to say of one template: of itself, its functions, its other resources; `name` is the stack's."""

    template: str
    name: str = ""
    faults: tuple[Finding, ...] = ()
    functions: tuple[Finding, ...] = ()
    unsupported: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of it, in the order it is printed."""
        return (*self.faults, *self.functions, *self.unsupported, *self.notes)


def examine_stacks(
    folder: Path, *, importing: bool = True, limit_s: float = IMPORT_LIMIT_S, **choices: Any
) -> list[StackReport]:
    """Return a report on each stack below a folder; `choices` are those of `templates.load`."""
    if not folder.is_dir():
        raise InvalidParameterError(f"{folder} is no folder.")
    found = list(templates_in(folder))
    beside = {path: [other for other in found if other != path and other.parent == path.parent] for path in found}
    limit = limit_s if importing else None
    return [_report(path, folder, beside[path], limit, choices) for path in found]


def templates_in(folder: Path) -> Iterator[Path]:
    """Yield the templates below a folder, the nearest first.

    What tools have made or installed is left out, as are hidden folders and those more than eight levels down.
    """
    from pytest_serverless.templates.find import NAMES

    for where, folders, files in os.walk(folder):
        here = Path(where)
        deep = len(here.relative_to(folder).parts)
        folders[:] = sorted(name for name in folders if deep < _DEPTH and _is_source(here / name))
        yield from (here / name for name in NAMES if name in files)


def _is_source(folder: Path) -> bool:
    hidden = folder.name.startswith(".")
    return not hidden and folder.name not in _SKIPPED and not (folder / "pyvenv.cfg").exists()


def _report(
    template: Path, folder: Path, beside: list[Path], limit_s: float | None, choices: Mapping[str, Any]
) -> StackReport:
    from pytest_serverless.deployment.wiring_faults import faults_of
    from pytest_serverless.templates import load

    notes = [_between(template, beside)] if beside else []
    try:
        app = load(template, **choices)
    except TemplateError as error:
        faults = tuple(_fault(fault) for fault in error.faults)
        return StackReport(template=str(template), faults=faults, notes=tuple(notes))
    except (ServerlessError, OSError, UnicodeDecodeError) as error:
        fault = Finding(level="problem", subject="template", text=f"cannot be read: {error}")
        return StackReport(template=str(template), faults=(fault,), notes=tuple(notes))
    notes += [_note(note.text, note.origin) for note in app.notes]
    return StackReport(
        template=str(template),
        name=app.name,
        faults=tuple(_fault(fault) for fault in faults_of(app)),
        functions=tuple(_functions(app, limit_s)),
        unsupported=tuple(_unsupported(app)),
        notes=tuple(notes),
    )


def _between(template: Path, beside: list[Path]) -> Finding:
    names = " and ".join(path.name for path in beside)
    text = f"{names} stand{'s' if len(beside) == 1 else ''} beside it: tests here cannot tell which one they are about"
    return Finding(level="note", subject="template", text=text, remedy="set serverless_templates, if it is not yet")


def _fault(fault: Any) -> Finding:
    where = f"{_from_here(str(fault.origin))}: " if fault.origin else ""
    return Finding(level="problem", subject=fault.id or "template", text=f"{where}{fault.what}", remedy=fault.do)


def _note(text: str, origin: Any) -> Finding:
    where = f"{_from_here(str(origin))}: " if origin else ""
    return Finding(level="note", subject="template", text=f"{where}{text}")


def _unsupported(app: App) -> Iterator[Finding]:
    from pytest_serverless.backends.moto.provision import missing

    for each in missing(app):
        text = f"{', '.join(each.ids)}: not made in the mocked backends; {each.effect}"
        yield Finding(level="note", subject=each.type, text=text)


def _functions(app: App, limit_s: float | None) -> Iterator[Finding]:
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        yield from pool.map(partial(_function, limit_s=limit_s), app.functions.values())


def _function(function: Function, limit_s: float | None) -> Finding:
    runtime = getattr(function.settings, "runtime", "") or "a container image"
    if not runtime.startswith("python"):
        where = ", it on the local platform" if runtime.startswith("nodejs") else ""
        text = f"runs on {runtime}: only Python is run in process{where}"
        return Finding(level="note", subject=function.id, text=text)
    if function.code is None:
        text = f"{function.handler} is not looked for: the template names no folder with its code"
        return Finding(level="note", subject=function.id, text=text)
    if limit_s is None:
        return Finding(level="note", subject=function.id, text=f"{function.handler} was not imported (--no-import)")
    found = _imported(function, function.code, limit_s)
    said = {name: _from_here(text) for name, text in found.items() if name != "level"}
    return Finding(level=found["level"], subject=function.id, **said)


def _imported(function: Function, code: Path, limit_s: float) -> Mapping[str, Any]:
    """Import a handler in a process of its own; return the finding."""
    from pytest_serverless.invocation.sandbox import layer_folders

    wanted = {
        "handler": function.handler,
        "path": [str(folder) for folder in (code, *layer_folders(function.layers))],
        "folder": str(code),
        "variables": _variables(function),
    }
    try:
        done = subprocess.run(  # noqa: S603 - our own script, by our own interpreter
            [sys.executable, str(_SCRIPT)],
            input=json.dumps(wanted),
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        text = f"{function.handler} is not imported after {limit_s:g} s; Lambda waits for ten"
        return {"level": "problem", "text": text}
    try:
        answer: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return {
            "level": "problem",
            "text": f"importing {function.handler} ended the process ({done.returncode}): {last}",
        }
    return answer


def _variables(function: Function) -> dict[str, str]:
    """Return the environment that a function is imported with: ours, the platform's, its own."""
    from pytest_serverless.invocation.aws import LambdaRuntime

    runtime = LambdaRuntime()
    call = runtime.call(function, clock=SYSTEM, request_id=None, context=None, options={})
    variables = {**os.environ, **runtime.environment(call), **function.environment}
    return {name: value for name, value in variables.items() if value is not None}


def _from_here(text: str) -> str:
    """Return a text with the paths in it as they are seen from the working directory."""
    return text.replace(f"{Path.cwd()}{os.sep}", "")
