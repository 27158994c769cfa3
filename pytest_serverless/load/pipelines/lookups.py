"""Looking for each effect by its id: an object, an item, or what an HTTP GET finds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import quote

from pytest_serverless.errors import ServerlessError
from pytest_serverless.load.drivers.contract import Driver, Sent
from pytest_serverless.load.pipelines.ids import NOBODY
from pytest_serverless.load.pipelines.services import Services, content, demand
from pytest_serverless.load.pipelines.traces import Sighting

__all__ = ["Lookup", "LookupReader", "answers", "bucket", "items", "objects"]

Lookup = Callable[[str], "float | None"]
"""Looks for an id; returns when it was seen, None where it is not there. Raises where that cannot be told."""

_MOST: Final = 50
"""How many are looked for in one read."""


class LookupReader:
    """Looks for each id until it is there, or its deadline has passed; who waited longest for it comes first.

    Where there are more than can be looked for in `every_s`, each is looked for less often, and intervals grow. `check`
    raises where nothing can be found; looking for an id that is not there tells as much, if nothing else is given.
    """

    def __init__(
        self,
        find: Lookup,
        clock: Callable[[], float],
        every_s: float,
        deadline_s: float,
        *,
        check: Callable[[], object] | None = None,
    ) -> None:
        self.pause_s = every_s
        self._find = find
        self._check = check or partial(find, NOBODY)
        self._clock = clock
        self._every_s = every_s
        self._deadline_s = deadline_s
        self._waiting: dict[str, tuple[float, float]] = {}
        self._is_checked = False

    def expect(self, id: str, intended_s: float) -> None:  # noqa: A002  # it is one
        self._waiting[id] = (intended_s, intended_s)

    def read(self) -> tuple[list[Sighting], float]:
        if not self._is_checked:
            self._check()
            self._is_checked = True
        began_s, found = self._clock(), list[Sighting]()
        asked = list(self._waiting)[:_MOST]
        try:
            for each in asked:
                found += self._look(each)
        except ServerlessError:
            if not found:
                raise
        self.pause_s = max(self._every_s - (self._clock() - began_s), 0.0) if len(asked) < _MOST else 0.0
        return found, min((since_s for _, since_s in self._waiting.values()), default=began_s)

    def _look(self, wanted: str) -> list[Sighting]:
        """Look for one; it goes to the end of the row unless it is there, or too late."""
        intended_s, since_s = self._waiting.pop(wanted)
        began_s = self._clock()
        try:
            at_s = self._find(wanted)
        except ServerlessError:
            self._waiting[wanted] = (intended_s, since_s)
            raise
        if at_s is not None:
            return [Sighting(wanted, at_s, since_s)]
        if began_s <= intended_s + self._deadline_s:
            self._waiting[wanted] = (intended_s, began_s)
        return []


def objects(services: Services, name: str, key: str) -> Lookup:
    """Look for objects whose key has the id; without `s3:ListBucket`, S3 does not tell that one is not there."""

    def find(wanted: str) -> float | None:
        url = services.object_url(name, key.replace("{id}", wanted))
        return _there(services.driver("s3").send("HEAD", url, {}), f"looking into the sink {name}")

    return find


def bucket(services: Services, name: str) -> None:
    """Raise PlatformError or CredentialsError unless there is a bucket that may be looked into."""
    demand(services.driver("s3").send("HEAD", services.object_url(name, ""), {}), f"looking into the sink {name}")


def items(services: Services, table: str, key: str) -> Lookup:
    """Look for items whose partition key is the id."""

    def find(wanted: str) -> float | None:
        asked = {"TableName": services.name(table), "Key": {key: {"S": wanted}}, "ConsistentRead": True}
        sent = services.ask("dynamodb", "GetItem", asked)
        return sent.exchange.ended_s if content(sent, f"looking into the sink {table}").get("Item") else None

    return find


def answers(http: Callable[[], Driver], path: str) -> Lookup:
    """Look for what a path is answered with that has the id."""

    def find(wanted: str) -> float | None:
        sent = http().send("GET", path.replace("{id}", quote(wanted, safe="")), {})
        return _there(sent, f"looking at the sink {path}")

    return find


def _there(sent: Sent, what: str) -> float | None:
    """Return when it was seen, None for a 404; raise for what tells neither."""
    if sent.exchange.status in {404, 410}:
        return None
    return demand(sent, what).ended_s
