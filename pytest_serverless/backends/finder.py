"""Where botocore's events can be listened to, by clients of any age.

A session copies `botocore.handlers.BUILTIN_HANDLERS` when it is made, and its clients with it. Handler modules make
clients when they are imported: before moto is loaded, and before any test runs. So `install` leaves a finder that waits
until botocore is imported, by whomever, and then adds handlers to that list; they do nothing until a backend sets
`TAPS`. Nothing is imported for it, and an import of botocore costs nothing more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

__all__ = ["TAPS", "Taps", "install", "uninstall"]

OURS = "pytest_serverless."
WAITED_FOR = "botocore.handlers"

Tap = Callable[..., Any]


class Taps:
    """What hears botocore's events now: one listener each, or none."""

    __slots__ = ("after_call", "after_call_error", "before_call", "before_send", "before_sign", "given_parameters")

    def __init__(self) -> None:
        self.clear()

    @contextmanager
    def heard_by(self, listeners: Mapping[str, Tap]) -> Iterator[None]:
        """Let these listeners hear, by the names above; afterwards whoever did before."""
        before = {name: getattr(self, name) for name in self.__slots__}
        for name in self.__slots__:
            setattr(self, name, listeners.get(name))
        try:
            yield
        finally:
            for name, listener in before.items():
                setattr(self, name, listener)

    def clear(self) -> None:
        """Hear nothing."""
        self.before_sign: Tap | None = None
        self.given_parameters: Tap | None = None
        self.before_call: Tap | None = None
        self.before_send: Tap | None = None
        self.after_call: Tap | None = None
        self.after_call_error: Tap | None = None


TAPS = Taps()


def _before_sign(**event: Any) -> Any:
    return TAPS.before_sign and TAPS.before_sign(**event)


def _given_parameters(**event: Any) -> Any:
    return TAPS.given_parameters and TAPS.given_parameters(**event)


def _before_call(**event: Any) -> Any:
    return TAPS.before_call and TAPS.before_call(**event)


def _before_send(**event: Any) -> Any:
    return TAPS.before_send and TAPS.before_send(**event)


def _after_call(**event: Any) -> Any:
    return TAPS.after_call and TAPS.after_call(**event)


def _after_call_error(**event: Any) -> Any:
    return TAPS.after_call_error and TAPS.after_call_error(**event)


HANDLERS = (
    ("before-sign", _before_sign),
    ("provide-client-params", _given_parameters),
    ("before-call", _before_call),
    ("before-send", _before_send),
    ("after-call", _after_call),
    ("after-call-error", _after_call_error),
)


class _Waiting(MetaPathFinder):
    """Lets the others find botocore's handlers, and adds ours when they are loaded; finds modules of ours itself.

    pytest would rewrite their assertions, as it does for all of a plugin: it reads such code in twice the time.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.startswith(OURS):
            return PathFinder.find_spec(fullname, path, target)
        if fullname != WAITED_FOR:
            return None
        found = (finder.find_spec(fullname, path, target) for finder in sys.meta_path if finder is not self)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is not None and spec.loader is not None:
            _tap_when_loaded(spec.loader)
        return spec


def _tap_when_loaded(loader: Any) -> None:
    load = loader.exec_module

    def load_and_tap(module: ModuleType) -> None:
        load(module)
        del loader.exec_module
        _tap(module)

    loader.exec_module = load_and_tap


def _tap(module: Any) -> bool:
    missing = [handler for handler in HANDLERS if handler not in module.BUILTIN_HANDLERS]
    # Before the others: a caller's parameters are seen as given, and a body is read before moto looks at it.
    module.BUILTIN_HANDLERS[:0] = missing
    return bool(missing)


_WAITING = _Waiting()


def install() -> bool:
    """Listen to the clients that are made from now on; say whether nobody did before."""
    loaded: Any = sys.modules.get(WAITED_FOR)
    if loaded is not None:
        return _tap(loaded)
    if _WAITING in sys.meta_path:
        return False
    sys.meta_path.insert(0, _WAITING)
    return True


def uninstall() -> None:
    """Leave botocore and the import system as they were; clients that listen already hear nothing."""
    TAPS.clear()
    if _WAITING in sys.meta_path:
        sys.meta_path.remove(_WAITING)
    loaded: Any = sys.modules.get(WAITED_FOR)
    if loaded is not None:
        loaded.BUILTIN_HANDLERS[:] = [handler for handler in loaded.BUILTIN_HANDLERS if handler not in HANDLERS]
