"""A picture of moto's state, taken once and put back before each test, in a tenth of a millisecond.

moto's backends are plain objects, so pickle copies them. Kept by reference instead: the backends themselves, so that
whoever holds one sees the state put back; and what cannot change (modules, functions, private keys). Locks are made
anew.
"""

from __future__ import annotations

import io
import pickle
import sys
import threading
import types
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from moto.core.model_instances import reset_model_data

from pytest_serverless.backends.moto.world import SERVICES

__all__ = ["Snapshot", "SnapshotError"]

LOCKS: dict[type, Callable[[], Any]] = {
    type(threading.Lock()): threading.Lock,
    type(threading.RLock()): threading.RLock,
    threading.Condition: threading.Condition,
    threading.Event: threading.Event,
}


class SnapshotError(Exception):
    """The state cannot be copied, or not be put back; it was left as it was."""


class Snapshot:
    """The state of all services at the moment it was made."""

    def __init__(self) -> None:
        self._services = list(SERVICES)
        self._backends = list(_backends(self._services))
        accounts = [account for service in self._services for account in service.values()]
        state = [vars(backend) for backend in self._backends], [_extras(service) for service in self._services]
        try:
            self._data, self._kept = _dump(state, [*self._backends, *self._services, *accounts])
        except Exception as error:  # whatever an object of moto's raises when it is copied
            raise SnapshotError(f"{type(error).__name__}: {error}") from error

    @property
    def size(self) -> int:
        """Bytes of the copy."""
        return len(self._data)

    def restore(self) -> None:
        """Put the state back, in every service; those that did not exist then are emptied."""
        outdated = _take_opened()
        try:
            states, extras = _Unpickler(io.BytesIO(self._data), self._kept).load()
        except Exception as error:  # as above
            _put_opened(outdated)
            raise SnapshotError(f"{type(error).__name__}: {error}") from error
        restored = _take_opened()
        _put_opened(outdated)
        self._close_and_empty()
        _put_opened(restored)
        for backend, state in zip(self._backends, states, strict=True):
            backend.__dict__ = state
        for service, extra in zip(self._services, extras, strict=True):
            vars(service).update(extra)

    def _close_and_empty(self) -> None:
        """Close the files of S3's objects, and forget backends that are younger than the snapshot."""
        ours = set(map(id, self._backends))
        for service in SERVICES:
            for account in service.values():
                for region, backend in list(account.items()):
                    if service.service_name == "s3":
                        backend.reset()
                    if id(backend) not in ours:
                        account.pop(region)
        reset_model_data()


def _backends(services: list[Any]) -> Iterator[Any]:
    for service in services:
        for account in service.values():
            yield from account.values()


def _extras(service: Any) -> dict[str, Any]:
    """Return what a service keeps for all accounts: S3 the owners of buckets, Organizations its members."""
    return {name: value for name, value in vars(service).items() if type(value) is dict}


def _dump(state: Any, by_reference: list[Any]) -> tuple[bytes, list[Any]]:
    stream = io.BytesIO()
    pickler = _Pickler(stream, by_reference)
    pickler.dump(state)
    return stream.getvalue(), pickler.kept


class _Pickler(pickle.Pickler):
    """Writes the index in `kept` for what is kept by reference."""

    def __init__(self, stream: io.BytesIO, by_reference: list[Any]) -> None:
        super().__init__(stream, protocol=5)
        self.kept = list(by_reference)
        self._indices = {id(item): index for index, item in enumerate(self.kept)}

    def persistent_id(self, item: Any) -> int | None:
        if _cannot_change(item) and id(item) not in self._indices:
            self._indices[id(item)] = len(self.kept)
            self.kept.append(item)
        return self._indices.get(id(item))

    def reducer_override(self, item: Any) -> Any:
        kind = type(item)
        if kind in LOCKS:
            return LOCKS[kind], ()
        if isinstance(item, defaultdict) and kind is not defaultdict:
            # Their own constructors take other arguments than the factory, which pickle would give them.
            return _make_defaultdict, (kind, item.default_factory), vars(item), None, iter(item.items())
        return NotImplemented


def _cannot_change(item: Any) -> bool:
    if isinstance(item, types.FunctionType):
        return "<" in item.__qualname__  # `<lambda>`, or inside another function: not to be found by its name
    return isinstance(item, (types.ModuleType, weakref.WeakValueDictionary)) or _is_key(item)


def _is_key(item: Any) -> bool:
    return type(item).__module__.startswith("cryptography.hazmat.")


def _make_defaultdict(kind: type[defaultdict[Any, Any]], factory: Callable[[], Any] | None) -> defaultdict[Any, Any]:
    made = kind.__new__(kind)
    defaultdict.__init__(made, factory)
    return made


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, kept: list[Any]) -> None:
        super().__init__(stream)
        self._kept = kept

    def persistent_load(self, index: int) -> Any:
        return self._kept[index]


def _opened_kinds() -> list[Any]:
    """Return S3's models with files behind them: a reset closes all that moto counts, reachable or not."""
    models: Any = sys.modules.get("moto.s3.models")
    return [models.FakeKey, models.FakeMultipart] if models else []


def _take_opened() -> list[tuple[Any, list[Any]]]:
    taken = [(kind, kind.instances_tracked) for kind in _opened_kinds()]
    for kind, _ in taken:
        kind.instances_tracked = []
    return taken


def _put_opened(taken: list[tuple[Any, list[Any]]]) -> None:
    for kind, instances in taken:
        kind.instances_tracked = instances
