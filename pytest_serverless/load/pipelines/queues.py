"""Reading a queue: it is waited at, and what it has is taken off it."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from pytest_serverless.load.drivers.contract import Sent
from pytest_serverless.load.pipelines.ids import Find
from pytest_serverless.load.pipelines.services import Services, content
from pytest_serverless.load.pipelines.traces import Sighting

__all__ = ["QueueReader"]

_MOST: Final = 10
"""Messages that a queue gives at once (API_ReceiveMessage.html, 2026-11)."""

_REMEMBERED: Final = 100_000


class QueueReader:
    """Takes messages off a queue, and tells the ids in them, each with when it came.

    A message that could not be deleted comes again; by its own id it is known, and is no duplicate. Messages without an
    id are left where they are.
    """

    pause_s = 0.0

    def __init__(self, services: Services, queue: str, find: Find, *, wait_s: int = 2, hidden_s: int = 120) -> None:
        self._services = services
        self._queue = queue
        self._find = find
        self._wait_s = wait_s
        self._hidden_s = hidden_s
        self._url = ""
        self._drained_s: float | None = None
        self._was_full = False
        self._known: set[str] = set()
        self._order: deque[str] = deque()

    def expect(self, id: str, intended_s: float) -> None:  # noqa: A002  # it is one
        """Nothing is looked for by its id here."""

    def read(self) -> tuple[list[Sighting], float]:
        if not self._url:
            self._url = self._services.queue_url(self._queue)
        began_s = self._services.clock()
        sent = self._receive()
        messages = content(sent, f"receiving from the sink {self._queue}").get("Messages") or []
        at_s = sent.exchange.ended_s
        since_s = self._since_s(began_s, at_s, is_full=len(messages) == _MOST)
        found = [(message, list(self._find(str(message.get("Body", ""))))) for message in messages]
        self._delete([message for message, ids in found if ids])
        new = [ids for message, ids in found if self._is_new(message)]
        return [Sighting(each, at_s, since_s) for ids in new for each in ids], self._drained_s or 0.0

    def _since_s(self, began_s: float, at_s: float, *, is_full: bool) -> float | None:
        """Return since when what has come at `at_s` may have been in the queue.

        What fills an answer, or comes after one that was full, may have been there since the queue was last found with
        less. Else it came while it was waited for, or between two reads.
        """
        drained_s, may_have_waited = self._drained_s, is_full or self._was_full
        self._was_full = is_full
        if not is_full:
            self._drained_s = at_s
        if drained_s is None:
            return None
        return drained_s if may_have_waited else at_s - (began_s - drained_s)

    def _receive(self) -> Sent:
        asked = {
            "QueueUrl": self._url,
            "MaxNumberOfMessages": _MOST,
            "WaitTimeSeconds": self._wait_s,
            "VisibilityTimeout": self._hidden_s,
        }
        return self._services.ask("sqs", "ReceiveMessage", asked)

    def _is_new(self, message: dict[str, Any]) -> bool:
        name = str(message.get("MessageId"))
        if name in self._known:
            return False
        self._known.add(name)
        self._order.append(name)
        if len(self._order) > _REMEMBERED:
            self._known.discard(self._order.popleft())
        return True

    def _delete(self, messages: list[dict[str, Any]]) -> None:
        """Take messages off the queue; those that stay come again, and are known then."""
        if messages:
            entries = [{"Id": str(at), "ReceiptHandle": each["ReceiptHandle"]} for at, each in enumerate(messages)]
            self._services.ask("sqs", "DeleteMessageBatch", {"QueueUrl": self._url, "Entries": entries})
