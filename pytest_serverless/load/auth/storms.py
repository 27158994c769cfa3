"""Answers that say the caller is unknown: a run with many of them measured its credentials, not the target."""

from __future__ import annotations

from collections import deque
from typing import Any

__all__ = ["Unauthorised", "is_unauthorised"]

_TYPES = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


def is_unauthorised(status: int | None, error_type: str = "") -> bool:
    """Tell whether an answer refuses the credentials: a 401, or AWS's 400 or 403 of a type that names them.

    `error_type` is the header `x-amzn-errortype`, in which a URL may follow the type. A 403 without one may be of the
    function itself, or of an API key.
    """
    return status == 401 or (status in {400, 403} and error_type.partition(":")[0].rpartition("#")[2] in _TYPES)


class Unauthorised:
    """Counts answers, and those among them that refuse the credentials; merges over processes.

    `answers` and `unauthorised` are what `Generation` takes; `first_s` and `last_s` tell when it began and ended, in
    seconds since the epoch. `is_storm` is for ending a run early: at least half of the last 100 answers of this
    process.
    """

    __slots__ = ("_recent", "_recently", "answers", "first_s", "last_s", "unauthorised")

    def __init__(self) -> None:
        self.answers = 0
        self.unauthorised = 0
        self.first_s: float | None = None
        self.last_s: float | None = None
        self._recent: deque[bool] = deque(maxlen=100)
        self._recently = 0

    def __repr__(self) -> str:
        return f"Unauthorised({self.unauthorised:,} of {self.answers:,})"

    def add(self, status: int | None, error_type: str = "", *, at_s: float) -> None:
        """Count one answer."""
        refused = is_unauthorised(status, error_type)
        recent = self._recent
        if len(recent) == recent.maxlen:
            self._recently -= recent[0]
        recent.append(refused)
        self._recently += refused
        self.answers += 1
        if refused:
            self.unauthorised += 1
            self.first_s = at_s if self.first_s is None else min(self.first_s, at_s)
            self.last_s = at_s if self.last_s is None else max(self.last_s, at_s)

    @property
    def is_storm(self) -> bool:
        """Whether there is no use in going on."""
        return len(self._recent) == self._recent.maxlen and 2 * self._recently >= len(self._recent)

    def merge(self, other: Unauthorised) -> None:
        """Add what another process counted."""
        self.answers += other.answers
        self.unauthorised += other.unauthorised
        self.first_s = min((at for at in (self.first_s, other.first_s) if at is not None), default=None)
        self.last_s = max((at for at in (self.last_s, other.last_s) if at is not None), default=None)

    def as_json(self) -> dict[str, Any]:
        """Return the counts as plain JSON values."""
        return {name: getattr(self, name) for name in ("answers", "unauthorised", "first_s", "last_s")}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Unauthorised:
        """Return what `as_json` was made of, but for the last answers."""
        made = cls()
        made.answers, made.unauthorised = value["answers"], value["unauthorised"]
        made.first_s, made.last_s = value["first_s"], value["last_s"]
        return made
