"""Event source mappings of queues: received, filtered, handed over in batches, deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pytest_serverless.app.model import Trigger
from pytest_serverless.deployment.delivery.post import Lineage, Post
from pytest_serverless.deployment.delivery.records import sqs_record
from pytest_serverless.deployment.delivery.targets import queue_url
from pytest_serverless.events.aws.sqs_messages import MESSAGES
from pytest_serverless.outcome import Change, Outcome
from pytest_serverless.triggers.batches import named_items
from pytest_serverless.triggers.filter_criteria import FilterCriteria
from pytest_serverless.triggers.pollers import Message, Poller
from pytest_serverless.triggers.queues import QueueMapping, settle_batch

__all__ = ["Queues"]

_MOST_RECEIVED = 10
_LONGEST_VISIBILITY_S = 43_200


@dataclass(slots=True)
class _Source:
    """A mapping with its queue, and what it has received and not handed over yet.

    `id` is the queue's in the template; one of another stack has its name instead. `appears` is when a hidden message
    of the queue will be visible, as it was when the queue was last looked at: time runs on, and what has become
    visible since is no longer hidden, and not received yet.
    """

    trigger: Trigger
    id: str
    url: str
    arn: str
    mapping: QueueMapping
    poller: Poller
    appears: float | None = None


class Queues:
    """Polls the queues that functions wait for, and hands over what they have."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._came_through: dict[str, Lineage] = {}

    def changed(self, change: Change) -> None:
        """Remember through whom a message came; take down those that are dead."""
        message = change.details.get("message_id")
        if change.kind == "sqs:DeadLetter":
            source = self._post.name_of(change.details["source"])
            self._post.note("dead letter", self._post.name_of(change.resource), source, what=f"message {message}")
        if change.kind == "sqs:SendMessage" and self._post.lineage and change.resource in self._polled:
            self._came_through[str(message)] = self._post.lineage

    def poll(self) -> bool:
        """Receive what is visible, and hand over one batch if one is ready; tell whether something happened."""
        return any(self._receive(source) or self._hand_over(source) for source in self._sources)

    def due(self) -> float | None:
        """Return when something will happen next: a message appears, or a batch has waited long enough."""
        times = [time for source in self._sources for time in (source.poller.due(), source.appears)]
        return min((time for time in times if time is not None), default=None)

    def left(self) -> Iterator[str]:
        """Yield in words what is in the queues."""
        for source in self._sources:
            state = self._post.stack.queue_state(source.arn)
            if state is not None and (state.visible or state.next_due is not None):
                yield f"{source.id}: messages for {source.trigger.function}"

    @cached_property
    def _polled(self) -> frozenset[str]:
        return frozenset(source.arn for source in self._sources)

    @cached_property
    def _sources(self) -> list[_Source]:
        return list(self._read())

    def _read(self) -> Iterator[_Source]:
        app = self._post.app
        for trigger in app.triggers:
            if trigger.kind != "sqs":
                continue
            queue = app.resources.get(trigger.source or "")
            arn = str(queue.attributes["Arn"] if queue else trigger.source)
            mapping = QueueMapping.of(
                trigger.settings or {},
                queue=queue.properties if queue else {"VisibilityTimeout": _LONGEST_VISIBILITY_S},
                function_timeout_s=app.functions[trigger.function].timeout_s,
            )
            if mapping.enabled:
                id_, url = (queue.id, queue.name) if queue else (arn.rpartition(":")[2], queue_url(arn))
                yield _Source(trigger, id_, url, arn, mapping, Poller(mapping, _wanted(mapping.filters)))

    def _receive(self, source: _Source) -> bool:
        room = source.poller.room
        state = self._post.stack.queue_state(source.arn)
        source.appears = state.next_due if state is not None and room else None
        if not room or (state is not None and not state.visible):
            return False
        self._post.stack.need([source.trigger.function])
        with self._post.stack.backend.journal.quietly():
            received = self._post.client("sqs").receive_message(
                QueueUrl=source.url,
                MaxNumberOfMessages=min(_MOST_RECEIVED, room),
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        records = [sqs_record(one, source.arn) for one in received.get("Messages", [])]
        if not records:
            return bool(self._post.stack.changes)  # what was received too often is a dead letter now
        whole = self._post.events.sqs.complete(MESSAGES, {"Records": records}, {})
        messages = [Message.of(record) for record in whole["Records"]]
        unwanted = source.poller.add(messages, self._post.time.now())
        for message in unwanted:
            self._post.note("dropped", source.id, source.trigger.function, what=f"filter: {message.id}")
        self._delete(source, {message.id: message.handle for message in unwanted})
        return True

    def _hand_over(self, source: _Source) -> bool:
        batch = source.poller.ready(self._post.time.now())
        if batch is None:
            return False
        event = {"Records": [dict(message.record) for message in batch]}
        handles = {message.id: message.handle for message in batch}
        lineage = max((self._came_through.get(id_, ()) for id_ in handles), key=len)
        cause = f"{len(batch)} of {source.id}"
        failed: tuple[str, ...] = tuple(handles)
        try:
            with self._post.on_behalf_of(lineage):
                outcome = self._post.run_if_allowed(source.trigger.function, event, cause=cause)
            failed = self._settle(source, handles, outcome)
        finally:
            source.poller.finished(batch, failed)
        if failed:
            what = f"{len(failed)} of {len(batch)} stay in the queue"
            if outcome is not None and outcome.ok and named_items(outcome.value) != set(failed):
                what += ": the answer names what is not of the batch, or is not understood"
            self._post.note("retry", source.trigger.function, source.id, what=what)
        return True

    def _settle(self, source: _Source, handles: Mapping[str, str], outcome: Outcome | None) -> tuple[str, ...]:
        """Delete what a function is done with; return the ids of the others."""
        ok, value = (outcome.ok, outcome.value) if outcome is not None else (False, None)
        deleted, failed = settle_batch(source.mapping, handles, ok=ok, value=value)
        self._delete(source, {id_: handles[id_] for id_ in deleted})
        return failed

    def _delete(self, source: _Source, handles: Mapping[str, str]) -> None:
        pairs = list(handles.items())
        for start in range(0, len(pairs), _MOST_RECEIVED):
            entries: list[dict[str, Any]] = [
                {"Id": str(number), "ReceiptHandle": handle}
                for number, (_, handle) in enumerate(pairs[start : start + _MOST_RECEIVED])
            ]
            with self._post.stack.backend.journal.quietly():
                self._post.client("sqs").delete_message_batch(QueueUrl=source.url, Entries=entries)
        for id_ in handles:
            self._came_through.pop(id_, None)


def _wanted(filters: Any) -> Callable[[Message], bool]:
    criteria = FilterCriteria.parse(filters, "sqs")
    return lambda message: criteria.matches(message.record)
