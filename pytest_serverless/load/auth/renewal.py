"""One token that somebody must be asked for, again and again: when, and what if they refuse."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pytest_serverless.errors import CredentialsError
from pytest_serverless.load.auth.credentials import Answer
from pytest_serverless.load.auth.redaction import redact

__all__ = ["Call", "Renewal", "Token", "refusal"]

AHEAD_S = 300.0
"""A token is renewed this long before it expires, or in the last fifth of its time where that is shorter."""
LONGEST_PAUSE_S = 60.0
LOST_AFTER_S = 120.0
_TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})
_READ = 10_000
_SHOWN = 300


class Token(NamedTuple):
    """A token and when it expires, in seconds since the epoch; never, as far as is known, by default."""

    value: str
    expires_s: float = math.inf

    def __repr__(self) -> str:
        return f"Token(***, expires_s={self.expires_s})"


@dataclass(frozen=True, slots=True)
class Call:
    """How a token is asked for."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


class _Asking:
    """An ask of a renewal."""

    __slots__ = ("_renewal", "asked_s", "body", "headers", "method", "url")

    def __init__(self, renewal: Renewal, call: Call, asked_s: float) -> None:
        self._renewal = renewal
        self.method, self.url, self.headers, self.body = call.method, call.url, call.headers, call.body
        self.asked_s = asked_s

    def __repr__(self) -> str:
        return f"<asking for {self._renewal.what}>"

    def answered(self, status: int, headers: Mapping[str, str], body: bytes, *, now_s: float) -> None:
        answer = Answer(status, {name.lower(): value for name, value in headers.items()}, body)
        self._renewal.take(self, answer, now_s)

    def failed(self, why: object, *, now_s: float) -> None:
        self._renewal.take(self, CredentialsError(f"no answer: {why}", is_final=False), now_s)


class Renewal:
    """Keeps one token; `what` names it in messages.

    `call` makes the request, `read(answer, now_s)` the token, or raises CredentialsError; `secrets` is what may not be
    quoted. One request is under way at a time; one without an answer for two minutes counts as lost. After a failure
    that may pass, the next waits 1 s, then twice as long each time up to a minute, or as long as `Retry-After` says;
    after one that is final, there is none. The token in hand is used until it expires, whatever fails meanwhile.
    """

    __slots__ = ("_asking", "_call", "_due_s", "_failure", "_failures", "_read", "_secrets", "_token", "what")

    def __init__(
        self,
        what: str,
        call: Callable[[], Call],
        read: Callable[[Answer, float], Token],
        secrets: Callable[[], Iterable[str]],
    ) -> None:
        self.what = what
        self._call = call
        self._read = read
        self._secrets = secrets
        self._token: Token | None = None
        self._due_s = -math.inf
        self._asking: _Asking | None = None
        self._failure: CredentialsError | None = None
        self._failures = 0

    def __repr__(self) -> str:
        return f"<{self.what}: {'no token' if self._token is None else self._token!r}>"

    def due(self, now_s: float) -> _Asking | None:
        """Return the request to send now, if there is one and it is not under way."""
        asking = self._asking
        if now_s < self._due_s or (asking is not None and now_s < asking.asked_s + LOST_AFTER_S):
            return None
        self._asking = _Asking(self, self._call(), now_s)
        return self._asking

    def take(self, asking: _Asking, answer: Answer | CredentialsError, now_s: float) -> None:
        """Take what came of a request; that of one which was given up, or has been answered, is left aside."""
        if asking is not self._asking:
            return
        self._asking = None
        try:
            token = self._token_of(answer, now_s)
        except CredentialsError as error:
            self._fail(error, now_s)
        else:
            self._token, self._failure, self._failures = token, None, 0
            self._due_s = _due(token, now_s)

    def _token_of(self, answer: Answer | CredentialsError, now_s: float) -> Token:
        if isinstance(answer, CredentialsError):
            raise answer
        token = self._read(answer, now_s)
        if token.expires_s <= now_s:
            raise CredentialsError("what came has expired already: compare this machine's clock", is_final=False)
        return token

    def _fail(self, error: CredentialsError, now_s: float) -> None:
        self._failure = error
        pause = max(min(2.0**self._failures, LONGEST_PAUSE_S), error.after_s)
        self._due_s = math.inf if error.is_final else now_s + pause
        self._failures = min(self._failures + 1, 10)

    def value(self, now_s: float) -> str:
        """Return the token; raise CredentialsError where there is none that holds."""
        token = self._token
        if token is not None and now_s < token.expires_s:
            return token.value
        missing = "could not be had" if token is None else "has expired and could not be renewed"
        is_final = self._failure is not None and self._failure.is_final
        raise CredentialsError(f"{self.what} {missing}: {self.trouble() or 'no answer yet'}", is_final=is_final)

    def trouble(self) -> str:
        """Return why it failed when it was last tried, without secrets."""
        text = redact(str(self._failure), self.secrets()) if self._failure else ""
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

    def secrets(self) -> list[str]:
        """Return what must not be printed, the token among it."""
        return [*self._secrets(), *([self._token.value] if self._token else [])]


def _due(token: Token, now_s: float) -> float:
    """Return when to ask again: not often for a token that is handed out again until shortly before its end."""
    if token.expires_s == math.inf:
        return math.inf
    left = token.expires_s - now_s
    return token.expires_s - min(AHEAD_S, left / 5)


def refusal(who: str, answer: Answer, said: str = "", *, is_final: bool | None = None) -> CredentialsError:
    """Return the error for an answer that is none: by its status where nothing else tells whether it is final."""
    text = said or answer.body[:_READ].decode(errors="replace").strip() or "nothing"
    wait = answer.headers.get("retry-after", "")
    return CredentialsError(
        f"{who} answered {answer.status}: {text}",
        is_final=answer.status not in _TEMPORARY if is_final is None else is_final,
        after_s=float(wait) if wait.isascii() and wait.isdigit() else 0.0,
    )
