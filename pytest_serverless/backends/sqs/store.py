"""Every queue there is, by account, region and name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_serverless.backends.sqs.faults import SqsError, unknown_queue
from pytest_serverless.backends.sqs.machine import Queue
from pytest_serverless.backends.sqs.move_tasks import MoveTask
from pytest_serverless.backends.sqs.places import arn_of, queue_place

__all__ = ["Call", "Key", "Record", "Store"]

Key = tuple[str, str, str]
"""Account, region, name."""


@dataclass(slots=True, eq=False, kw_only=True)
class Record:
    """A queue with what belongs to it and is not its messages."""

    key: Key
    arn: str
    attributes: dict[str, str]
    queue: Queue
    created: float
    modified: float
    tags: dict[str, str] = field(default_factory=dict)
    purged: float | None = None

    @property
    def name(self) -> str:
        """The queue's name."""
        return self.key[2]


@dataclass(slots=True)
class Store:
    """The queues, when those that are no more were deleted, and the tasks that move messages.

    `serial` counts what was ever made here.
    """

    records: dict[Key, Record] = field(default_factory=dict)
    deleted: dict[Key, float] = field(default_factory=dict)
    tasks: list[MoveTask] = field(default_factory=list)
    serial: int = 0

    def by_arn(self, arn: str) -> Record | None:
        """Return the queue with an ARN."""
        parts = arn.split(":")
        return self.records.get((parts[4], parts[3], parts[5])) if len(parts) == 6 else None

    def sources_of(self, arn: str) -> list[Record]:
        """Return the queues whose dead letters go to the queue with that ARN."""
        records = self.records.values()
        return [record for record in records if (redrive := record.queue.settings.redrive) and redrive.target == arn]

    def next_serial(self) -> int:
        """Return a number one higher than the last."""
        self.serial += 1
        return self.serial


@dataclass(slots=True)
class Call:
    """One request: who sends it, where to and when; it does not change.

    `base_url` is what the URLs of queues begin with; `cooldowns` whether a queue cannot be purged or made again for a
    minute; `report` takes what changed, and `is_heard` says whether anybody is told of it.
    """

    store: Store
    account: str
    region: str
    base_url: str
    sender: str
    now: float
    cooldowns: bool
    in_flight_limit: int
    report: Callable[[str, Record, Mapping[str, Any]], None]
    is_heard: bool

    def record(self, parameters: Mapping[str, Any]) -> Record:
        """Return the queue that the parameter QueueUrl names."""
        url = parameters.get("QueueUrl")
        if not url:
            raise SqsError("MissingRequiredParameterException", "The request must contain the parameter QueueUrl.")
        region, account, name = queue_place(url)
        if region is not None and region != self.region:
            raise SqsError("InvalidAddress", f"The address {url} is not valid for this endpoint.")
        record = self.store.records.get((account or self.account, self.region, name))
        if record is None:
            raise unknown_queue()
        return record

    def own(self) -> Iterator[Record]:
        """Yield the caller's queues in the region."""
        for key, record in self.store.records.items():
            if key[:2] == (self.account, self.region):
                yield record

    def url_of(self, record: Record) -> str:
        """Return the URL of a queue."""
        return f"{self.base_url}/{record.key[0]}/{record.key[2]}"

    def arn_of(self, name: str) -> str:
        """Return the ARN that a queue of the caller would have."""
        return arn_of(self.account, self.region, name)
