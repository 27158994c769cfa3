"""What goes between a journey and a connection, whatever is at the other end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pytest_serverless.load.classes import Verdict
from pytest_serverless.load.observations import Evidence

__all__ = ["Driver", "Exchange", "Sent", "Transport"]


@dataclass(slots=True)
class Exchange:
    """One request on the wire, and its answer; times are seconds since the epoch.

    `status` is None, and `error` says why, where there was no whole answer. The names of `headers` are in lower case.
    `new_connection` tells that a connection was opened for it; `wire_attempts` how often it was sent,
    0 where there was no connection, or there were no credentials, to send it with.
    """

    started_s: float
    ended_s: float
    status: int | None
    headers: Mapping[str, str]
    body: bytes
    error: BaseException | None = None
    new_connection: bool = False
    wire_attempts: int = 1


@dataclass(slots=True)
class Sent:
    """An exchange, what it means, and what it tells of the instance that served it."""

    exchange: Exchange
    verdict: Verdict
    evidence: Evidence | None = None


class Transport(Protocol):
    """Connections of one process, shared by all that send."""

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Exchange:
        """Send a request, once, and wait for its answer; what goes wrong is in the exchange, not raised."""

    def open(self, url: str, connections: int) -> int:
        """Have that many connections open to the host of a URL, before they are needed; return how many there are."""

    def trouble(self, url: str) -> BaseException | None:
        """Return why the last `open` to the host of a URL had fewer connections than it was to; None where it had."""

    def round_trip_ms(self, url: str) -> float | None:
        """Return the least time of a round trip to the host of a URL, of several; None where it cannot be had.

        Nothing is asked for there: no function is called.
        """

    def close(self) -> None:
        """Close all connections."""


class Driver(Protocol):
    """Sends to one kind of address; `path` is that of its table of answers."""

    path: str

    def send(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes = b"", *, source: int = 0
    ) -> Sent:
        """Send: to a path or URL by HTTP, to a function (`name` or `name:qualifier`) by the Invoke API.

        `source` numbers the user, from 0, whose credentials it carries.
        """
