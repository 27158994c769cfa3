"""Reading all that a bucket or a table has, over and over: for what is small, and where no key is known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any, Final
from urllib.parse import quote, unquote

from pytest_serverless.load.pipelines.ids import anywhere
from pytest_serverless.load.pipelines.services import Services, content, demand
from pytest_serverless.load.pipelines.traces import Sighting

__all__ = ["ItemReader", "ObjectReader"]

_KEY: Final = re.compile(r"<Key>([^<]*)</Key>")
_NEXT: Final = re.compile(r"<NextContinuationToken>([^<]*)</NextContinuationToken>")

_Page = tuple[float, Iterable[tuple[str, str]]]
"""When it came, and of each thing on it what it is known by and the text that has the id."""


class _ListReader:
    """Tells what was not there at the last read; it may have been there since that began."""

    def __init__(self, services: Services, pause_s: float) -> None:
        self.pause_s = pause_s
        self._services = services
        self._known: set[int] = set()
        self._began_s: float | None = None

    def expect(self, id: str, intended_s: float) -> None:  # noqa: A002  # it is one
        """Nothing is looked for by its id here."""

    def read(self) -> tuple[list[Sighting], float]:
        began_s = self._services.clock()
        found = [
            Sighting(each, at_s, self._began_s)
            for at_s, things in self._pages()
            for name, text in things
            if self._is_new(name)
            for each in anywhere(text)
        ]
        self._began_s = began_s
        return found, began_s

    def _is_new(self, name: str) -> bool:
        known, before = hash(name), len(self._known)
        self._known.add(known)
        return len(self._known) > before

    def _pages(self) -> Iterator[_Page]:
        raise NotImplementedError


class ObjectReader(_ListReader):
    """Lists the keys of a bucket that begin with a prefix; two objects with one id are a duplicate."""

    def __init__(self, services: Services, bucket: str, prefix: str, pause_s: float) -> None:
        super().__init__(services, pause_s)
        self._bucket = bucket
        self._query = f"encoding-type=url&list-type=2&prefix={quote(prefix, safe='~')}"

    def _pages(self) -> Iterator[_Page]:
        more = ""
        while True:
            url = self._services.object_url(self._bucket, "", f"{more}{self._query}")
            sent = self._services.driver("s3").send("GET", url, {})
            exchange = demand(sent, f"listing the sink {self._bucket}")
            text = exchange.body.decode(errors="replace")
            keys = [unquote(unescape(key)) for key in _KEY.findall(text)]
            yield exchange.ended_s, [(key, key) for key in keys]
            after = _NEXT.search(text)
            if after is None:
                return
            more = f"continuation-token={quote(unescape(after[1]), safe='~')}&"


class ItemReader(_ListReader):
    """Reads all items of a table, consistently; an id counts once, in however many items it is."""

    def __init__(self, services: Services, table: str, pause_s: float) -> None:
        super().__init__(services, pause_s)
        self._table = table

    def _pages(self) -> Iterator[_Page]:
        more: dict[str, Any] = {}
        while True:
            asked = {"TableName": self._services.name(self._table), "ConsistentRead": True, **more}
            sent = self._services.ask("dynamodb", "Scan", asked)
            answer = content(sent, f"reading the sink {self._table}")
            yield sent.exchange.ended_s, [(each, each) for each in anywhere(json.dumps(answer.get("Items", [])))]
            if not answer.get("LastEvaluatedKey"):
                return
            more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
