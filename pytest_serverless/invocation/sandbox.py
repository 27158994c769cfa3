"""Execution environments in this process: a module imported once and kept warm, or imported anew on purpose.

A *shared* sandbox uses the modules that the test process has: monkeypatching, coverage and class identity are the
test's own. A *private* one has imported its code path anew; its modules stand in `sys.modules` during its calls only.
What cannot be isolated this way: threads and `atexit` functions that the code registers at import, C extensions, and
whatever lies outside its own folder.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from pytest_serverless.app.model import Function
from pytest_serverless.errors import InvalidParameterError, InvocationError
from pytest_serverless.invocation.environment import ProcessState
from pytest_serverless.invocation.handler import Target

__all__ = ["Sandbox", "code_root", "demand_importable", "demand_python", "layer_folders"]


@dataclass(slots=True)
class Sandbox:
    """One execution environment.

    `root` is the folder whose modules are its own where it is private. `id` names it; what it left in the process is in
    `state`.
    """

    id: str
    root: Path | None = None
    private: bool = False
    state: ProcessState = field(default_factory=ProcessState)
    modules: dict[str, ModuleType] = field(default_factory=dict)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Put the sandbox's modules in place while the block runs."""
        if not self.private or self.root is None:
            yield
            return
        aside = _modules_below(self.root)
        _replace(aside, self.modules)
        try:
            yield
        finally:
            self.modules = _modules_below(self.root)
            _replace(self.modules, aside)


def _replace(present: Mapping[str, ModuleType], wanted: Mapping[str, ModuleType]) -> None:
    for name in present:
        del sys.modules[name]
    sys.modules.update(wanted)
    for name, module in wanted.items():
        parent, _, leaf = name.rpartition(".")
        if parent in sys.modules:
            setattr(sys.modules[parent], leaf, module)


def code_root(target: Target, code: Path | None) -> Path | None:
    """Return the folder that a target is imported from: `code`, or where its top-level module or package stands."""
    if code is not None:
        return code
    top = target.module.split(".", 1)[0]
    spec = (
        importlib.util.find_spec(top)
        if top and top not in sys.modules
        else getattr(sys.modules.get(top), "__spec__", None)
    )
    if spec is None or not spec.origin or not spec.has_location:
        return None
    folder = Path(spec.origin).parent
    return folder.parent if spec.submodule_search_locations is not None else folder


def layer_folders(layers: Iterable[Path]) -> list[str]:
    """Return where Python looks in layers, which the platform unpacks into `/opt`, the last over the others.

    One that has no `python` folder is looked into itself: SAM puts the modules of such a layer into one as it builds.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html (2026-11).
    """
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    found = []
    for layer in reversed(tuple(layers)):
        modules = layer / "python" if (layer / "python").is_dir() else layer
        found += [modules, modules / "lib" / version / "site-packages"]
    return [str(folder) for folder in found if folder.is_dir()]


def demand_importable(target: Target) -> None:
    """Raise where a callable cannot be imported anew, as one that a test file defines."""
    if target.function is None:
        return
    if "<locals>" in target.attribute or "<lambda>" in target.attribute or _belongs_to_tests(target.module):
        raise InvalidParameterError(
            f"cold=True imports the handler anew, and {target.name} cannot be: it is defined in a test. "
            "Put it into a module of its own, and pass it or its name."
        )


def demand_python(function: Function) -> None:
    """Raise where a function is written in another language: it cannot be run in this process."""
    runtime = getattr(function.settings, "runtime", "")
    if not runtime or runtime.startswith("python"):
        return
    way = (
        "Run it on the local platform: `pytest-serverless local`, or the fixture `serverless_platform`."
        if runtime.startswith("nodejs")
        else "Test it where it is deployed; what is in Python or Node.js runs on the local platform."
    )
    raise InvocationError(f"{function.id or function.name} runs on {runtime}, and only Python is run in process. {way}")


def _modules_below(root: Path) -> dict[str, ModuleType]:
    prefixes = tuple({f"{folder}{os.sep}" for folder in (root.absolute(), root.resolve())})
    found = {}
    for name in [name for name in sys.modules if name not in _others]:
        module = sys.modules[name]
        file = getattr(module, "__file__", None)
        if _belongs_to_tests(name) or (file and file.startswith(_INSTALLED)) or name in sys.builtin_module_names:
            _others.add(name)
        elif file and file.startswith(prefixes):
            found[name] = module
    return found


_others: set[str] = set()
"""Names of modules that are no function's own: there are many, and they need to be looked at only once."""


def _belongs_to_tests(name: str) -> bool:
    parts = name.split(".")
    return parts[-1].startswith("test_") or not _NEVER_ANEW.isdisjoint(parts)


_NEVER_ANEW = {"__main__", "conftest", "pytest_serverless", "test", "tests"}
_INSTALLED = tuple({f"{sysconfig.get_path(name)}{os.sep}" for name in ("purelib", "platlib", "stdlib", "platstdlib")})
"""Folders of what is installed: never imported anew, for the sake of C extensions and class identity."""
