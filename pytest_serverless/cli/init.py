"""`pytest-serverless init`: a first test for each function, and a start for load tests."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from pytest_serverless.app.model import App
from pytest_serverless.cli.init_files import first_tests, obstacle
from pytest_serverless.cli.init_load import load_file
from pytest_serverless.cli.template_options import add_options, choices, template_in
from pytest_serverless.errors import InvalidParameterError, ServerlessError, TemplateError

__all__ = ["add_parser"]

_LOAD = "loadtests/steady.py"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `init` command."""
    parser = subparsers.add_parser(
        "init",
        help="write a first test for each function, and a start for load tests",
        description="Write a first test for each function of a template into tests/, and a loadtests/ with a steady "
        "scenario of its first HTTP API, or function. Nothing is imported or run. Files that are there are kept.",
    )
    parser.add_argument("folder", nargs="?", default=".", help="the project's folder; default: %(default)s")
    parser.add_argument("--template", metavar="FILE", help="the template; default: the one in the folder")
    parser.add_argument("--force", action="store_true", help="overwrite files that are there already")
    add_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the files; print what was written and what to do next."""
    from pytest_serverless.templates import load

    folder = Path(args.folder)
    template = _template(folder, args.template)
    app = load(template, **choices(args))
    files = _files(app, folder, template)
    for path, text in files.items():
        print(_write(folder / path, text, force=args.force))
    for function in app.functions.values():
        if reason := obstacle(function):
            print(f"skipped {function.id}: {reason}")
    for line in _next(files, folder, template):
        print(line)
    return 0


def _template(folder: Path, named: str | None) -> Path:
    if named is None:
        return template_in(folder, "--template FILE")
    if not folder.is_dir():
        raise InvalidParameterError(f"{folder} is no folder.")
    if not Path(named).is_file():
        raise InvalidParameterError(f"--template {named}: there is no such file.")
    return Path(named)


def _files(app: App, folder: Path, template: Path) -> dict[str, str]:
    """Return the files to be written, by their paths in the folder."""
    tests = first_tests(app, _marker(folder, template))
    if not tests:
        raise InvalidParameterError(
            f"{template} has no function in Python whose code is here: there is nothing to test."
        )
    files = {f"tests/{name}": text for name, text in tests.items()}
    load = load_file(app)
    return {**files, _LOAD: load} if load and not _other_loads(folder) else files


def _other_loads(folder: Path) -> list[Path]:
    """Return the load tests that are there: another scenario would run beside theirs."""
    return [path for path in sorted(folder.glob("loadtests/*.py")) if path != folder / _LOAD]


def _marker(folder: Path, template: Path) -> str:
    """Return the path from the tests to the template; empty where they find it by themselves."""
    from pytest_serverless.templates import find

    tests, wanted = folder.resolve() / "tests", template.resolve()
    try:
        found = find(tests / "test_it.py", root=folder.resolve())
    except TemplateError:  # two of them
        found = None
    return "" if found == wanted else Path(os.path.relpath(wanted, tests)).as_posix()


def _write(path: Path, text: str, *, force: bool) -> str:
    """Write a file, unless it is there; return what was done."""
    if path.exists() and not force:
        return f"kept    {path}: it is there already, --force overwrites it"
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ServerlessError(f"{path} cannot be written: {error.strerror}.") from error
    return f"wrote   {path}"


def _next(files: dict[str, str], folder: Path, template: Path) -> Iterator[str]:
    yield ""
    yield f"Run the tests:  pytest {folder / 'tests'}"
    if _LOAD not in files:
        kept = _other_loads(folder)
        if kept:
            yield f"Measure:        {kept[0]} is there already; no other load test was written"
    else:
        load = folder / "loadtests"
        yield f"Measure:        locust -f {load} --headless --serverless-local {template}"
        yield "                (in an environment of its own: pip install 'pytest-serverless-toolkit[load]')"
