"""Snapshots of the store: what did not change since is kept as it is, the rest is read from bytes."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

from pytest_serverless.backends.sqs.store import Key, Record, Store

__all__ = ["Snapshot"]


@dataclass(slots=True, eq=False)
class _Kept:
    record: Record
    revision: int
    data: bytes


class Snapshot:
    """The state of a store at one moment; it can be restored any number of times."""

    __slots__ = ("_kept", "_rest")

    def __init__(self, store: Store) -> None:
        self._kept = {
            key: _Kept(record, record.queue.revision, pickle.dumps(record, protocol=5))
            for key, record in store.records.items()
        }
        self._rest = pickle.dumps((store.deleted, store.tasks, store.serial), protocol=5)

    def restore(self, store: Store) -> None:
        """Bring a store back to the state it had."""
        store.records = {key: self._record(store, key, kept) for key, kept in self._kept.items()}
        store.deleted, store.tasks, store.serial = pickle.loads(self._rest)  # noqa: S301  # our own bytes

    @staticmethod
    def _record(store: Store, key: Key, kept: _Kept) -> Record:
        current = store.records.get(key)
        if current is not kept.record or current.queue.revision != kept.revision:
            kept.record = pickle.loads(kept.data)  # noqa: S301  # our own bytes
            kept.revision = kept.record.queue.revision
        return kept.record
