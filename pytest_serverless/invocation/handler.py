"""From what a test names to something that can be called; every way that can fail is told apart."""

from __future__ import annotations

import builtins
import importlib
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from pytest_serverless.errors import (
    HandlerImportError,
    HandlerNotFoundError,
    InvalidParameterError,
    near_misses,
    or_list,
)

__all__ = ["BadHandlerError", "Target", "load", "target_of"]


class BadHandlerError(HandlerNotFoundError):
    """No handler stands where it was looked for; `reason` says which step failed, for the words of the platform."""

    def __init__(self, message: str, *, reason: Literal["malformed", "builtin", "module", "attribute"]) -> None:
        self.reason = reason
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Target:
    """A handler by name, and the object where the test had it already.

    `name` is as a deployment writes it; `module` the module's dotted name, `attribute` what stands in it (dotted for a
    callable inside a class).
    """

    name: str
    module: str
    attribute: str
    function: Any = None


def target_of(
    handler: str | Callable[..., Any], own_function: Callable[[Any], Any] = lambda handler: handler
) -> Target:
    """Return what a test means by `handler`: a callable, or text such as `package.module.function`.

    `own_function` gives the user's function of a handler that a provider's decorators have wrapped.
    """
    if isinstance(handler, str):
        module, _, attribute = handler.rpartition(".")
        return Target(handler, module.replace("/", "."), attribute)
    if not callable(handler):
        raise InvalidParameterError(
            f"handler must be a callable or text such as 'app.handler', got {handler!r} ({type(handler).__name__})."
        )
    own = own_function(handler)
    module = getattr(own, "__module__", None) or type(own).__module__
    attribute = getattr(own, "__qualname__", type(own).__qualname__)
    return Target(f"{module}.{attribute}", module, attribute, handler)


def load(target: Target) -> Any:
    """Import the target's module, if need be, and return the handler in it.

    An exception of the module's own, other than a failed import or bad syntax, is raised as it is.
    """
    if not target.module or not target.attribute:
        raise BadHandlerError(
            f"{target.name!r} is not a handler: it takes a module and a name in it, such as 'app.handler'.",
            reason="malformed",
        )
    if target.module.split(".", 1)[0] in sys.builtin_module_names:
        raise BadHandlerError(
            f"{target.module!r} is a module built into Python; name your own differently.", reason="builtin"
        )
    return _find(_import(target.module), target)


def _find(module: ModuleType, target: Target) -> Any:
    """Return the target's attribute of an imported module."""
    found: Any = module
    for step in target.attribute.split("."):
        if not hasattr(found, step):
            near = near_misses(
                step, (name for name in vars(module) if not name.startswith("_") and name not in vars(builtins))
            )
            hint = f" Did you mean {or_list(near)}?" if near else ""
            where = getattr(module, "__file__", None) or target.module
            raise BadHandlerError(f"{where} has no {step!r}.{hint}", reason="attribute")
        found = getattr(found, step)
    return found


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise BadHandlerError(_not_found(name, error.name), reason="module") from error
        raise HandlerImportError(
            f"Importing {name!r} failed: it needs {error.name!r}, which is not installed here. "
            "Install what the function requires (its requirements.txt) beside the tests."
        ) from error
    except ImportError as error:
        raise HandlerImportError(f"Importing {name!r} failed: {error}.") from error
    except SyntaxError as error:
        raise HandlerImportError(
            f"Importing {name!r} failed: {error.filename}, line {error.lineno}: {error.msg}."
        ) from error


def _not_found(name: str, missing: str) -> str:
    parent, _, leaf = missing.rpartition(".")
    folders = list(sys.modules[parent].__path__) if parent in sys.modules else [folder or "." for folder in sys.path]
    looked = [folder for folder in folders if Path(folder).is_dir() and not _NOT_YOURS(folder)]
    near = near_misses(leaf, _importable(looked))
    hint = f" Did you mean {or_list(near)}?" if near else ""
    return (
        f"There is no module {name!r}: {missing!r} is not in {', '.join(looked) or 'any folder of sys.path'}.{hint} "
        "Pass code= with the folder that is deployed, or add it to pythonpath in pytest's configuration."
    )


_NOT_YOURS = re.compile(r"site-packages|[/\\]lib[/\\]python\d|[/\\]bin$").search
"""Folders of the path that hold Python's and other people's modules."""


def _importable(folders: list[str]) -> list[str]:
    found = [entry for folder in folders for entry in Path(folder).iterdir()]
    return sorted({entry.stem for entry in found if entry.suffix == ".py" or (entry / "__init__.py").is_file()})
