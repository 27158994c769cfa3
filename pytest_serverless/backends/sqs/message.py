"""Messages: as they are sent, and as a queue keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

__all__ = ["DELAYED", "GONE", "IN_FLIGHT", "VISIBLE", "Draft", "Message", "State"]

State = Literal["visible", "delayed", "in flight", "gone"]
"""`visible`: it can be received; `delayed`: it was sent and cannot yet; `in flight`: it was received and is hidden;
`gone`: it is no longer in the queue."""

VISIBLE: Final = "visible"
DELAYED: Final = "delayed"
IN_FLIGHT: Final = "in flight"
GONE: Final = "gone"


@dataclass(slots=True, kw_only=True)
class Draft:
    """A message as its sender gives it; it does not change.

    `digest` is the MD5 of the body, `attributes` the message attributes as the JSON protocol has them (binary values in
    base64) with their digest, `sender` the id of the user or role, `delay` the seconds it asks for itself.
    """

    body: str
    digest: str
    sender: str
    attributes: Mapping[str, Mapping[str, Any]] | None = None
    attributes_digest: str | None = None
    trace_header: str | None = None
    group: str | None = None
    deduplication_id: str | None = None
    delay: int | None = None


@dataclass(slots=True, eq=False)
class Message:
    """A message in a queue. Times are in seconds since the epoch.

    `number` is its place in the queue; `due` is when it will be visible, `kept_from` when its retention began;
    `receipt` is the serial of its last receive, which the receipt handle names. `source` is the ARN of the queue that
    it came from when it was dead-lettered.
    """

    number: int
    id: str
    draft: Draft
    sent: float
    kept_from: float
    due: float
    state: State
    deduplication_id: str | None
    sequence: str | None
    source: str | None = None
    receive_count: int = 0
    first_received: float = 0.0
    received: float = 0.0
    receipt: int = 0

    @property
    def body(self) -> str:
        """The text of the message."""
        return self.draft.body

    @property
    def group(self) -> str | None:
        """The MessageGroupId."""
        return self.draft.group

    def arrival(self) -> dict[str, Any]:
        """Return what is told of it when it came into a queue; the message itself shows what becomes of it."""
        return {"message_id": self.id, "due": self.due, "message": self}
