"""What may come of an arrival. Decisions are made by the hundred thousand: they are plain, shared and never changed."""

from __future__ import annotations

from typing import Literal, final

__all__ = ["Granted", "LimitName", "Refused", "Waiting"]

LimitName = Literal["reserved", "account", "rate", "scaling", "instances"]
"""The limit that refused: the function's reserved concurrency, the account's, ten requests a second for each sandbox,
how fast sandboxes are added; `instances`: none came free until the deadline."""


@final
class Granted:
    """The invocation runs in a sandbox, `is_new` where it begins with this invocation (a cold start).

    `is_first` tells that it is the first in its sandbox, which may have been started ahead of need. `provisioned` tells
    whether the sandbox is one of provisioned concurrency; `spilled` that it is not, though the invocation asked for an
    alias or version that has some.
    """

    __slots__ = ("is_first", "is_new", "provisioned", "sandbox", "spilled")

    def __init__(
        self, sandbox: int, *, is_new: bool, is_first: bool = False, provisioned: bool = False, spilled: bool = False
    ) -> None:
        self.sandbox = sandbox
        self.is_new = is_new
        self.is_first = is_first or is_new
        self.provisioned = provisioned
        self.spilled = spilled

    def __repr__(self) -> str:
        first = "is_new" if self.is_new else "is_first"
        names = [name for name in (first, "provisioned", "spilled") if getattr(self, name)]
        return f"Granted({', '.join([str(self.sandbox), *names])})"


@final
class Refused:
    """The invocation is refused: `reason` is the provider's word, `limit` the limit that it ran into."""

    __slots__ = ("limit", "reason")

    def __init__(self, reason: str, limit: LimitName = "instances") -> None:
        self.reason = reason
        self.limit = limit

    def __repr__(self) -> str:
        return f"Refused({self.reason}, {self.limit})"


@final
class Waiting:
    """The invocation waits, until `until` (the clock's seconds) at the longest; `ticket` is its number."""

    __slots__ = ("ticket", "until")

    def __init__(self, ticket: int, until: float) -> None:
        self.ticket = ticket
        self.until = until

    def __repr__(self) -> str:
        return f"Waiting({self.ticket}, until {self.until})"
