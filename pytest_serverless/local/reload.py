"""Which functions' code has changed on disk.

Where the file system tells of no changes (network folders, some containers' volumes), watchfiles looks again and again
instead if `WATCHFILES_FORCE_POLLING` is set in the environment; it is its own setting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from glob import escape
from pathlib import Path

from pytest_serverless.app.model import App
from pytest_serverless.errors import MissingExtraError

__all__ = ["changed_functions", "forget_bytecode", "is_source", "watch"]

_SUFFIXES = frozenset(
    {
        *(".py", ".js", ".mjs", ".cjs", ".node", ".so", ".wasm"),
        *(".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".xml", ".csv", ".sql", ".graphql", ".pem"),
        *(".html", ".htm", ".jinja", ".jinja2", ".j2", ".tmpl", ".css", ".txt", ".md"),
    }
)
_MADE = frozenset({"__pycache__", "node_modules", "cdk.out"})
_DEBOUNCE_MS = 300
_LOOK_MS = 1000


async def watch(app: App, *, changed: Callable[[list[str]], object], template_changed: Callable[[], object]) -> None:
    """Tell `changed` the ids of the functions whose code or layers have changed; go on until cancelled.

    `template_changed` is told, once for each change, that the template has another content: it is not loaded again.
    The template and archives are looked at once a second: what tools replace is not watched any more.
    """
    try:
        from watchfiles import awatch
    except ModuleNotFoundError as error:
        raise MissingExtraError(module="watchfiles", extra="local", needed_for="Reloading functions") from error
    seen = _states(app)
    async for changes in awatch(
        *_outermost(_folders(app)),
        watch_filter=None,  # what is of no matter depends on the folder it is in: `changed_functions` knows
        debounce=_DEBOUNCE_MS,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    ):
        now = _states(app)
        replaced = [file for file, state in now.items() if state != seen[file]]
        seen = now
        files = [*(Path(path) for _, path in changes), *replaced]
        found = changed_functions(app, files)
        if found:
            forget_bytecode(files)
            changed(found)
        if app.template in replaced:
            template_changed()


def forget_bytecode(files: Iterable[Path]) -> None:
    """Remove what Python has kept of changed modules: it takes it for theirs if size and second of the change agree."""
    for file in files:
        if file.suffix == ".py":
            for kept in (file.parent / "__pycache__").glob(f"{escape(file.stem)}.*.pyc"):
                with suppress(OSError):
                    kept.unlink()


def changed_functions(app: App, paths: Iterable[Path]) -> list[str]:
    """Return the ids of the functions that files belong to, by their code or by a layer."""
    files = list(paths)
    found = []
    for id_, function in app.functions.items():
        places = [place.resolve() for place in (function.code, *function.layers) if place is not None]
        if any(file == place or is_source(file, place) for place in places for file in files):
            found.append(id_)
    return found


def is_source(file: Path, folder: Path) -> bool:
    """Tell whether a file is of the code in a folder: not made by a tool, not hidden, of a kind that code reads.

    Folders are: of one that is moved in, its files are not told of.
    """
    if not file.is_relative_to(folder):
        return False
    parts = file.relative_to(folder).parts
    is_made = any(part in _MADE or part.startswith(".") for part in parts)
    return bool(parts) and not is_made and (file.suffix.lower() in _SUFFIXES or file.is_dir())


def _folders(app: App) -> set[Path]:
    return {place for place in _places(app) if place.is_dir()}


def _places(app: App) -> set[Path]:
    named = (place for each in app.functions.values() for place in (each.code, *each.layers))
    return {place.resolve() for place in named if place is not None}


def _states(app: App) -> dict[Path, tuple[int, int] | None]:
    """Return the state of the template, and of each archive."""
    return {file: _state(file) for file in (app.template, *(place for place in _places(app) if place.suffix == ".zip"))}


def _outermost(folders: set[Path]) -> list[Path]:
    """Return the folders that are in no other one: they are watched with all that is in them."""
    return sorted(folder for folder in folders if not any(parent in folders for parent in folder.parents))


def _state(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
