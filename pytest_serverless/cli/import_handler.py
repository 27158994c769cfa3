"""Imports one handler, in a process that doctor starts for it: run as a script, imported by nothing.

It reads what to import from standard input, as JSON: `handler`, `path` (folders that go first on the import path),
`folder` (the working directory) and `variables` (the whole environment). It writes what came of it to standard output,
as JSON: `level`, `text` and `remedy` of a finding. Whatever the handler's module prints goes to standard error, and
nothing that it does leaves the machine.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Answer what standard input asks."""
    wanted = json.load(sys.stdin)
    answers = os.dup(1)
    os.dup2(2, 1)
    # A script's folder is the first on the path. It has no business there; the package itself may be found last.
    sys.path[:] = [*(entry for entry in sys.path if Path(entry).resolve() != HERE), str(HERE.parents[1])]
    found = json.dumps(examine(wanted)).encode()
    os.write(answers, found)
    os._exit(0)  # threads and exit functions of the handler's module are not waited for


def examine(wanted: Mapping[str, Any]) -> dict[str, str]:
    """Import a handler; return the finding."""
    from pytest_serverless.backends.network import NetworkGuard
    from pytest_serverless.invocation.handler import load, target_of

    os.environ.clear()
    os.environ.update(wanted["variables"])
    os.chdir(wanted["folder"])
    sys.path[:0] = wanted["path"]
    guard, found = NetworkGuard(), _finding("ok", f"{wanted['handler']} can be imported")
    with guard.guarding("doctor"):
        try:
            load(target_of(wanted["handler"]))
        except BaseException as error:  # noqa: BLE001 - a module may raise anything, SystemExit too
            found = _told(error, wanted)
    if guard.blocked:
        hosts = ", ".join(dict.fromkeys(error.host for error in guard.blocked))
        text = f"{wanted['handler']} connects to {hosts} when it is imported, which was refused here"
        return _finding("note", text, "mocked services answer it in tests; others need serverless_network or a mock")
    return found


def _told(error: BaseException, wanted: Mapping[str, Any]) -> dict[str, str]:
    """Return the finding on an error that a handler's import ended with."""
    from pytest_serverless.errors import HandlerImportError
    from pytest_serverless.invocation.handler import BadHandlerError

    if isinstance(error, BadHandlerError):
        return _not_there(error, wanted)
    raised = error.__cause__ if isinstance(error, HandlerImportError) and error.__cause__ else error
    if isinstance(raised, SyntaxError):
        return _finding("problem", f"{raised.filename}:{raised.lineno}: {raised.msg}", "correct the syntax")
    if isinstance(raised, ModuleNotFoundError) and raised.name:
        return _finding("problem", f"{_place(raised, wanted)}: {raised.name!r} is not installed", _how(wanted))
    said = " ".join(str(raised).split())
    return _finding("problem", f"{_place(raised, wanted)}: {type(raised).__name__}: {said}".rstrip(": "))


def _not_there(error: Any, wanted: Mapping[str, Any]) -> dict[str, str]:
    from pytest_serverless.errors import near_misses, or_list

    if error.reason != "module":
        return _finding("problem", str(error), "correct the Handler")
    folders = [Path(folder) for folder in wanted["path"]]
    module = wanted["handler"].rpartition(".")[0].replace("/", ".")
    near = near_misses(module, sorted(_modules(folders)))
    hint = f" Did you mean {or_list(near)}?" if near else ""
    looked = ", ".join(map(str, folders))
    return _finding("problem", f"there is no module {module!r} in {looked}.{hint}", "correct the Handler, or CodeUri")


def _modules(folders: list[Path]) -> set[str]:
    """Return the dotted names of modules, three folders deep: what a handler may have been meant to be."""
    files = [(folder, file) for folder in folders for deep in ("", "*/", "*/*/") for file in folder.glob(f"{deep}*.py")]
    names = {".".join(file.relative_to(folder).with_suffix("").parts) for folder, file in files}
    return {name.removesuffix(".__init__") for name in names} - {"__init__"}


def _place(error: BaseException, wanted: Mapping[str, Any]) -> str:
    """Return the line of the function's own code that an error came from."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(tuple(wanted["path"]))] or frames
    return f"{own[-1].filename}:{own[-1].lineno}" if own else str(wanted["handler"])


def _how(wanted: Mapping[str, Any]) -> str:
    for folder in map(Path, wanted["path"]):
        for file in (folder / "requirements.txt", folder.parent / "requirements.txt"):
            if file.is_file():
                return f"pip install -r {file}"
    return "install what the function requires beside the tests"


def _finding(level: str, text: str, remedy: str = "") -> dict[str, str]:
    return {"level": level, "text": text, "remedy": remedy}


if __name__ == "__main__":
    main()
