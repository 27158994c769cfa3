"""What a call of a journey came back with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_serverless.errors import shorten
from pytest_serverless.load.drivers.contract import Sent
from pytest_serverless.load.observations import Evidence, Kind

__all__ = ["Headers", "Reply"]

_SHOWN = 200


class Headers(Mapping[str, str]):
    """Headers by their names, in any case."""

    __slots__ = ("_lower",)

    def __init__(self, lower: Mapping[str, str]) -> None:
        self._lower = lower

    def __getitem__(self, name: str) -> str:
        return self._lower[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lower)

    def __len__(self) -> int:
        return len(self._lower)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._lower

    def __repr__(self) -> str:
        return f"Headers({dict(self._lower)!r})"


class Reply:
    """An answer, or that there was none.

    `kind` is what it came to: "ok", or else what is wrong with it, and `reason` says more (see `Kind`). `latency_ms` is
    what it took: for the first call of a journey from the instant the arrival was intended at.
    """

    __slots__ = ("kind", "latency_ms", "reason", "sent", "step")

    def __init__(self, sent: Sent, step: str, latency_ms: float) -> None:
        self.sent = sent
        self.step = step
        self.latency_ms = latency_ms
        self.kind: Kind = sent.verdict.kind
        self.reason = sent.verdict.reason

    def __repr__(self) -> str:
        what = self.kind if not self.reason else f"{self.kind}: {self.reason}"
        return f"<Reply to {self.step}: {self.status or 'no status'}, {what}, {self.latency_ms:.1f} ms>"

    @property
    def is_ok(self) -> bool:
        """Whether it was answered as meant."""
        return self.kind == "ok"

    @property
    def status(self) -> int | None:
        """The status of the answer; None where there was none."""
        return self.sent.exchange.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer, whose names are found in any case."""
        return Headers(self.sent.exchange.headers)

    @property
    def body(self) -> bytes:
        """The body of the answer; of an invocation, what the function returned as JSON."""
        return self.sent.exchange.body

    @property
    def text(self) -> str:
        """The body as text, in the character set that the answer names, or UTF-8."""
        named = self.headers.get("content-type", "").lower().partition("charset=")[2].split(";")[0].strip(" \"'")
        try:
            return self.body.decode(named or "utf-8", errors="replace")
        except LookupError:  # there is no such character set
            return self.body.decode(errors="replace")

    def json(self) -> Any:
        """Return the body, read as JSON; ValueError where it is not."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f"The answer to {self.step} ({self.status or self.reason}) is not JSON: {error}. "
                f"It begins {shorten(self.text[:_SHOWN], _SHOWN)}."
            ) from None

    @property
    def evidence(self) -> Evidence | None:
        """What the answer tells of the instance that served it, if it does."""
        return self.sent.evidence

    def reject(self, objection: str) -> None:
        """Take an answer for an error of the function, unless there is no objection to it."""
        if objection:
            self.kind, self.reason = "function_error", objection
