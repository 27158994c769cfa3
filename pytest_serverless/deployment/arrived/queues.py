"""What is in a queue, and what came into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_serverless.deployment.arrived.json_text import parsed
from pytest_serverless.deployment.arrived.message_attributes import plain_attributes
from pytest_serverless.deployment.arrived.view import View, Word, fields_of

if TYPE_CHECKING:
    from pytest_serverless.backends.sqs.message import Message, State

__all__ = ["QueueView", "QueuedMessage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMessage:
    """A message, as it was when it was looked at.

    `state` is `visible`, `in flight`, `delayed`, or `gone`, which a queue keeps none of. `attributes` are the message
    attributes as Python values; `group` and `deduplication_id` are those of a FIFO queue. `source` is the ARN of the
    queue that a dead letter comes from. `sent` is in seconds since the epoch.
    """

    body: str
    state: State
    receive_count: int = 0
    group: str | None = None
    deduplication_id: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    source: str | None = None
    id: str
    sent: float

    @property
    def json(self) -> Any:
        """What the body says as JSON."""
        return parsed(self.body)


class QueueView(View[QueuedMessage]):
    """A queue: what it holds now, in the order it came in, whether it can be received now or not."""

    kind = "queue"
    thing = "message"
    fields = fields_of(QueuedMessage, "json")

    @property
    def messages(self) -> list[QueuedMessage]:
        """What is in the queue: visible, delayed and in flight."""
        return [_as_it_is(message) for message in self._place.peek().messages]

    @property
    def bodies(self) -> list[str]:
        """The text of each message in the queue."""
        return self._place.peek().bodies

    @property
    def json(self) -> list[Any]:
        """What each message in the queue says as JSON."""
        return [message.json for message in self.messages]

    @property
    def sent(self) -> list[QueuedMessage]:
        """Every message that came in during this test, dead letters among them, whatever became of it since."""
        came = self._place.changes("sqs:SendMessage", "sqs:DeadLetter", "sqs:Redrive")
        self._place.peek().counts  # noqa: B018  # lets time pass: what was hidden long enough is visible
        return [_as_it_is(change.details["message"]) for change in came]

    def _items(self) -> list[QueuedMessage]:
        return self.messages

    def _cells(self, item: QueuedMessage) -> Mapping[str, Any]:
        return {
            "state": Word(item.state),
            "received": item.receive_count or None,
            "group": item.group,
            "body": item.body,
            "attributes": item.attributes or None,
        }


def _as_it_is(message: Message) -> QueuedMessage:
    return QueuedMessage(
        id=message.id,
        body=message.body,
        state=message.state,
        receive_count=message.receive_count,
        group=message.group,
        deduplication_id=message.deduplication_id,
        attributes=plain_attributes(message.draft.attributes),
        source=message.source,
        sent=message.sent,
    )
