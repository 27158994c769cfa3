"""What all credentials have in common: headers for a request, and what must be sent to renew them.

Nothing here sends, waits or reads a clock: `now_s`, in seconds since the epoch, is an argument. Who drives the run
calls `renew` before it begins and about once a second while it lasts, beside the requests and never in the way of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pytest_serverless.load.auth.redaction import redact

__all__ = ["Answer", "Ask", "Credentials", "Request", "Send", "Standing", "renew"]


@dataclass(slots=True)
class Request:
    """A request that is about to be sent; `source` numbers the user, from 0, that it is sent for."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    source: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What an ask was answered with; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Ask(Protocol):
    """A request that must be sent to renew credentials; exactly one of its two methods is then called."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    def answered(self, status: int, headers: Mapping[str, str], body: bytes, *, now_s: float) -> None:
        """Take the answer, whatever its status."""

    def failed(self, why: object, *, now_s: float) -> None:
        """Take it that there was no answer."""


class Credentials(Protocol):
    """Who calls."""

    def headers(self, request: Request, now_s: float) -> Mapping[str, str]:
        """Return the headers to set; raise CredentialsError where nothing holds at this moment."""

    def url(self, url: str) -> str:
        """Return where to send what is meant for this URL: credentials may be in its query."""

    def due(self, now_s: float) -> Ask | None:
        """Return a request that must be sent now, each once; None when there is none, or no more."""

    def check(self, now_s: float) -> None:
        """Raise CredentialsError unless a request of any source could be sent now."""

    def trouble(self) -> str:
        """Return why renewing failed when it was last tried, "" if it did not."""

    def secrets(self) -> Iterable[str]:
        """Return what must not be printed, for `redact`."""


Send = Callable[[str, str, Mapping[str, str], bytes], "tuple[int, Mapping[str, str], bytes]"]
"""`send(method, url, headers, body) -> (status, headers, body)`."""


class Standing:
    """Credentials that are not renewed: what those of other kinds begin with."""

    __slots__ = ()

    def url(self, url: str) -> str:
        return url

    def due(self, now_s: float) -> Ask | None:
        return None

    def check(self, now_s: float) -> None:
        self.headers(Request("GET", "https://localhost/"), now_s)

    def headers(self, request: Request, now_s: float) -> Mapping[str, str]:
        return {}

    def trouble(self) -> str:
        return ""

    def secrets(self) -> Iterable[str]:
        return ()


def renew(credentials: Credentials, send: Send, clock: Callable[[], float]) -> int:
    """Send whatever must be sent now, one after the other; return how many requests that were.

    Several may run at once: none sends what another is sending.
    """
    count = 0
    while (ask := credentials.due(clock())) is not None:
        count += 1
        try:
            status, headers, body = send(ask.method, ask.url, ask.headers, ask.body)
        except Exception as error:  # noqa: BLE001 - whatever a sender raises, there was no answer
            ask.failed(redact(f"{type(error).__name__}: {error}", credentials.secrets()), now_s=clock())
        except BaseException:
            ask.failed("it was interrupted", now_s=clock())
            raise
        else:
            ask.answered(status, headers, body, now_s=clock())
    return count
