"""Where the effects of a pipeline show: what a scenario names as its `sink`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, Protocol

from pytest_serverless.errors import InvalidParameterError, shorten
from pytest_serverless.load.drivers.contract import Driver
from pytest_serverless.load.pipelines import lists, lookups
from pytest_serverless.load.pipelines.ids import finder
from pytest_serverless.load.pipelines.queues import QueueReader
from pytest_serverless.load.pipelines.readers import Reader
from pytest_serverless.load.pipelines.services import Services
from pytest_serverless.load.pipelines.tracking import DEADLINE_S

__all__ = ["DynamoDbSink", "HttpSink", "S3Sink", "Sink", "SqsSink"]

Readers = Literal["each", "one"]

_EVERY_S: Final = 0.5
_PLACE: Final = "{id}"


class Sink(Protocol):
    """What all sinks have.

    `deadline_s` is how long an effect may take; `readers` who reads: each process, or the first alone;
    `tells_duplicates` whether an effect that comes twice can be seen twice.
    """

    @property
    def deadline_s(self) -> float: ...

    @property
    def readers(self) -> Readers: ...

    @property
    def tells_duplicates(self) -> bool: ...

    def reader(self, services: Services, http: Callable[[], Driver]) -> Reader:
        """Return what reads it; one for each process that reads."""


@dataclass(frozen=True, slots=True)
class SqsSink:
    """A queue, by its id, name or URL, to which each effect sends a message.

    The id is found in the body by its form, or by `id`, a path such as `$.order.id`. Messages with an id are taken off
    the queue: it must have no other consumer, and waits at the queue, so that times are as exact as those of requests.
    Where the queue is sent more than is taken off it, intervals grow by as much. A request waits for `wait_s` whole
    seconds, 1 to 20, if nothing comes.
    """

    queue: str
    id: str | None = None
    deadline_s: float = DEADLINE_S
    wait_s: int = 2

    def __post_init__(self) -> None:
        finder(self.id)
        _check_seconds("deadline_s", self.deadline_s)
        if self.wait_s not in range(1, 21):
            raise InvalidParameterError(
                f"wait_s is a whole number of seconds from 1 to 20, not {shorten(self.wait_s)}."
            )

    @property
    def tells_duplicates(self) -> bool:
        return True

    @property
    def readers(self) -> Readers:
        return "each"

    def reader(self, services: Services, http: Callable[[], Driver]) -> Reader:
        return QueueReader(services, self.queue, finder(self.id), wait_s=self.wait_s)


@dataclass(frozen=True, slots=True)
class S3Sink:
    """A bucket, by its id or name, in which each effect puts an object.

    With `key`, such as `thumbnails/{id}.jpg`, each id is looked up by itself. Without it, all keys that begin with
    `prefix` are listed every `every_s` seconds, and ids found in them by their form: for some ten thousands of objects.
    """

    bucket: str
    prefix: str = ""
    key: str | None = None
    every_s: float = _EVERY_S
    deadline_s: float = DEADLINE_S

    def __post_init__(self) -> None:
        if self.key is not None:
            _check_place("key", self.key)
        _check_seconds("every_s", self.every_s)
        _check_seconds("deadline_s", self.deadline_s)

    @property
    def tells_duplicates(self) -> bool:
        return self.key is None

    @property
    def readers(self) -> Readers:
        return "one" if self.key is None else "each"

    def reader(self, services: Services, http: Callable[[], Driver]) -> Reader:
        if self.key is None:
            return lists.ObjectReader(services, self.bucket, self.prefix, self.every_s)
        find, check = lookups.objects(services, self.bucket, self.key), partial(lookups.bucket, services, self.bucket)
        return lookups.LookupReader(find, services.clock, self.every_s, self.deadline_s, check=check)


@dataclass(frozen=True, slots=True)
class DynamoDbSink:
    """A table, by its id or name, in which each effect puts an item.

    With `key`, the name of its partition key, which is the id (a table without a sort key), ids are looked up. Without
    it, the whole table is read every `every_s` seconds, and ids found in its items by their form: for small ones.
    """

    table: str
    key: str | None = None
    every_s: float = _EVERY_S
    deadline_s: float = DEADLINE_S

    def __post_init__(self) -> None:
        _check_seconds("every_s", self.every_s)
        _check_seconds("deadline_s", self.deadline_s)

    @property
    def tells_duplicates(self) -> bool:
        return False

    @property
    def readers(self) -> Readers:
        return "one" if self.key is None else "each"

    def reader(self, services: Services, http: Callable[[], Driver]) -> Reader:
        if self.key is None:
            return lists.ItemReader(services, self.table, self.every_s)
        find = lookups.items(services, self.table, self.key)
        return lookups.LookupReader(find, services.clock, self.every_s, self.deadline_s)


@dataclass(frozen=True, slots=True)
class HttpSink:
    """A path such as `/orders/{id}`, which is answered with a status below 300 when the effect is there."""

    path: str
    every_s: float = _EVERY_S
    deadline_s: float = DEADLINE_S

    def __post_init__(self) -> None:
        _check_place("path", self.path)
        _check_seconds("every_s", self.every_s)
        _check_seconds("deadline_s", self.deadline_s)

    @property
    def tells_duplicates(self) -> bool:
        return False

    @property
    def readers(self) -> Readers:
        return "each"

    def reader(self, services: Services, http: Callable[[], Driver]) -> Reader:
        find = lookups.answers(http, self.path)
        return lookups.LookupReader(find, services.clock, self.every_s, self.deadline_s)


def _check_seconds(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 86_400:
        raise InvalidParameterError(f"{name} is a number of seconds above 0, not {shorten(value)}.")


def _check_place(name: str, value: str) -> None:
    if _PLACE not in value:
        raise InvalidParameterError(f"{name} must say where the id stands, as in '/orders/{{id}}': {shorten(value)}.")
