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
from datetime import date, tzinfo
from enum import Enum
from typing import Any

from moto.core.model_instances import reset_model_data

from pytest_serverless.backends.moto.world import EVERY_SERVICE, SERVICES

__all__ = ["Snapshot", "SnapshotError", "note_reached"]

LOCKS: dict[type, Callable[[], Any]] = {
    type(threading.Lock()): threading.Lock,
    type(threading.RLock()): threading.RLock,
    threading.Condition: threading.Condition,
    threading.Event: threading.Event,
}


CANNOT_CHANGE = (str, bytes, int, float, tuple, type, types.FunctionType, types.BuiltinFunctionType, date, tzinfo, Enum)
LARGE = 128 * 1024
REACHED: set[int] = set()


class SnapshotError(Exception):
    """The state cannot be copied, or not be put back; it was left as it was."""


class Snapshot:
    """The state of all services at the moment it was made.

    A large one is split into parts that share no object, and only those are put back that were reached since.
    """

    def __init__(self) -> None:
        self._parts = [_copied(_Part, list(SERVICES))]
        if self.size > LARGE:
            self._parts = [_copied(_Part, services) for services in _independent()]
        REACHED.clear()

    @property
    def size(self) -> int:
        """Bytes of the copy."""
        return sum(len(part.data) for part in self._parts)

    def restore(self) -> None:
        """Put the state back, in every service that may have changed; those that did not exist then are emptied."""
        parts = self._parts if len(self._parts) == 1 else [part for part in self._parts if part.was_reached()]
        outdated = _take_opened()
        try:
            loaded = [(part, _copied(part.load)) for part in parts]
        except SnapshotError:
            _put_opened(outdated)
            raise
        restored = _take_opened()
        _put_opened(outdated)
        self._forget_younger()
        _put_opened(restored if _close_objects(parts) else outdated)
        for part, state in loaded:
            part.put_in(*state)
        REACHED.clear()

    def _forget_younger(self) -> None:
        ours = {id(backend) for part in self._parts for backend in part.backends}
        for service in SERVICES:
            for account in service.values():
                for region, backend in list(account.items()):
                    if id(backend) not in ours:
                        account.pop(region)
                        _close(service, backend)


def note_reached() -> None:
    """Note from now on which services are reached: through this each call, and each other service, reaches a state.

    It stays: CPython 3.13 does not see a `__getitem__` change any more once its class was changed a thousand times, as
    it would be by the tests of a session.
    """
    original = EVERY_SERVICE.__getitem__
    if getattr(original, "notes_in", None) is REACHED:
        return

    def __getitem__(self: Any, account_id: str) -> Any:  # noqa: N807  it replaces one of that name
        REACHED.add(id(self))
        return original(self, account_id)

    __getitem__.notes_in = REACHED  # type: ignore[attr-defined]  # tells ours
    EVERY_SERVICE.__getitem__ = __getitem__


def _copied(copy: Callable[..., Any], *of: Any) -> Any:
    try:
        return copy(*of)
    except Exception as error:  # whatever an object of moto's raises when it is copied
        raise SnapshotError(f"{type(error).__name__}: {error}") from error


class _Part:
    """The state of some services, in one pickle: what they share is one object again when it is put back."""

    def __init__(self, services: list[Any]) -> None:
        self.services = services
        self.backends = list(_backends(services))
        self.data, self._kept, _ = _dump(services)

    def was_reached(self) -> bool:
        """Return whether its services may have changed."""
        return not REACHED.isdisjoint(map(id, self.services))

    def load(self) -> tuple[list[Any], list[Any]]:
        """Return the states of the backends, and what the services keep beside them."""
        state: tuple[list[Any], list[Any]] = _Unpickler(io.BytesIO(self.data), self._kept).load()
        return state

    def put_in(self, states: list[Any], extras: list[Any]) -> None:
        """Make what was loaded the state."""
        for backend, state in zip(self.backends, states, strict=True):
            backend.__dict__ = state
        for service, extra in zip(self.services, extras, strict=True):
            vars(service).update(extra)


def _dump(services: list[Any]) -> tuple[bytes, list[Any], _Pickler]:
    stream = io.BytesIO()
    pickler = _Pickler(stream, list(_by_reference(SERVICES)))
    pickler.dump(([vars(backend) for backend in _backends(services)], [_extras(service) for service in services]))
    return stream.getvalue(), pickler.kept, pickler


def _independent() -> list[list[Any]]:
    """Return the services in groups: no object of one is held by another, nor is its backend."""
    dumps = [(service, _dump([service])[2]) for service in SERVICES]  # all alive, so that no id is used again
    groups: list[tuple[set[int], list[Any]]] = []
    for service, pickler in dumps:
        held, together = pickler.held() | set(map(id, _by_reference([service]))), [service]
        apart = []
        for group in groups:
            if group[0].isdisjoint(held):
                apart.append(group)
            else:
                held, together = held | group[0], [*group[1], *together]
        groups = [*apart, (held, together)]
    return [together for _, together in groups]


def _backends(services: list[Any]) -> Iterator[Any]:
    for service in services:
        for account in service.values():
            yield from account.values()


def _by_reference(services: list[Any]) -> Iterator[Any]:
    yield from services
    for service in services:
        yield from service.values()
    yield from _backends(services)


def _extras(service: Any) -> dict[str, Any]:
    """Return what a service keeps for all accounts: S3 the owners of buckets, Organizations its members."""
    return {name: value for name, value in vars(service).items() if type(value) is dict}


class _Pickler(pickle.Pickler):
    """Writes the index in `kept` for what is kept by reference."""

    def __init__(self, stream: io.BytesIO, by_reference: list[Any]) -> None:
        super().__init__(stream, protocol=5)
        self.kept = list(by_reference)
        self._indices = {id(item): index for index, item in enumerate(self.kept)}
        self._met: set[int] = set()

    def persistent_id(self, item: Any) -> int | None:
        if _cannot_change(item):
            if id(item) not in self._indices:
                self._indices[id(item)] = len(self.kept)
                self.kept.append(item)
        elif id(item) in self._indices:
            self._met.add(id(item))
        return self._indices.get(id(item))

    def held(self) -> set[int]:
        """Return the ids of what was written that can change, and of the backends it refers to."""
        written = (item for _, item in self.memo.copy().values())
        return self._met | {id(item) for item in written if not isinstance(item, CANNOT_CHANGE)}

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


def _close(service: Any, backend: Any) -> bool:
    """Close what an emptied backend holds open; return whether it does that."""
    if service.service_name == "s3":
        backend.reset()
    return bool(service.service_name == "s3")


def _close_objects(parts: list[_Part]) -> bool:
    """Close the objects of those parts, and count anew; return whether S3 is among them."""
    services = [service for part in parts for service in part.services]
    closed = [_close(service, backend) for service in services for backend in _backends([service])]
    reset_model_data()
    return any(closed)


def _take_opened() -> list[tuple[Any, list[Any]]]:
    taken = [(kind, kind.instances_tracked) for kind in _opened_kinds()]
    for kind, _ in taken:
        kind.instances_tracked = []
    return taken


def _put_opened(taken: list[tuple[Any, list[Any]]]) -> None:
    for kind, instances in taken:
        kind.instances_tracked = instances
