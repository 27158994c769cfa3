"""What became of asynchronous invocations and of batches: to destinations, and to dead-letter queues."""

from __future__ import annotations

import json
from typing import Any

from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.targets import DeliveryError, Parcel, Targets, ToBus, compact
from pytest_serverless.deployment.timeline import Kind
from pytest_serverless.events.source import Event
from pytest_serverless.triggers.asynchronous import Failed, InvocationRecord, Succeeded, dead_letter_attributes
from pytest_serverless.triggers.destinations import kind_of_destination, object_key

__all__ = ["Reports"]

_DESTINATION = "a destination"
_REMEDY = "Declare it, or take it out."


class Reports:
    """Reports how events ended, as a function's settings say."""

    def __init__(self, post: Post, targets: Targets, to_bus: ToBus) -> None:
        self._post = post
        self._targets = targets
        self._to_bus = to_bus

    def ended(self, function: str, result: Succeeded | Failed) -> None:
        """Tell the destination, and keep the event where dead letters are kept; a failure without either is lost."""
        if result.destination is not None:
            self._tell(function, result.destination, self._event(function, result.record))
        if isinstance(result, Succeeded):
            return
        if result.dead_letter is not None:
            self._keep(function, result.dead_letter, result.record)
        if result.destination is None and result.dead_letter is None:
            self._post.note("dropped", function, "asynchronous invocation", what=result.condition)

    def _tell(self, function: str, arn: str, record: Event) -> None:
        condition = record["requestContext"]["condition"]
        kind: Kind = "delivery" if condition == "Success" else "dead letter"
        self._post.note(kind, self._post.name_of(arn), f"destination of {function}", what=condition)
        self.send(arn, record, cause=f"destination of {function}")

    def send(self, arn: str, record: Event, *, cause: str, key: str = "") -> None:
        """Send the record of an invocation to a destination, in the form that its kind gets."""
        function = ":".join(record["requestContext"]["functionArn"].split(":")[:7])
        if kind_of_destination(arn) == "events":
            if not self._targets.has_bus(arn):
                absent = DeliveryError.absent(arn)
                raise self._targets.unreached("function", function, absent, has=_DESTINATION, remedy=_REMEDY)
            self._to_bus(arn, self._wrapped(arn, record), cause)
            return
        key = key or object_key(function.rpartition(":")[2], self._post.time.now(), self._post.mint.uuid())
        self._send(arn, Parcel(text=compact(record), cause=cause, object_key=key), function, _DESTINATION)

    def _send(self, arn: str, parcel: Parcel, function: str, has: str) -> None:
        try:
            self._targets.send(arn, parcel)
        except DeliveryError as error:
            raise self._targets.unreached("function", function, error, has=has, remedy=_REMEDY) from error

    def _keep(self, function: str, arn: str, record: InvocationRecord) -> None:
        cause = f"dead letter of {function}"
        self._post.note("dead letter", self._post.name_of(arn), cause, what=record.condition)
        attributes = dead_letter_attributes(record)
        parcel = Parcel(text=compact(record.payload), cause=cause, attributes=attributes)
        self._send(arn, parcel, self._post.arn_of(function), "a dead-letter queue")

    def _event(self, function: str, record: InvocationRecord) -> Event:
        events, name = self._post.events.destinations, self._post.app.functions[function].name
        options: dict[str, Any] = {"function": name, "overrides": {"requestContext.requestId": record.request_id}}
        result = record.result
        if record.condition == "Success":
            return events.success(record.payload, response=result.payload if result else None, **options)
        throttled = result is not None and not result.ran
        if result is not None and not throttled:
            options["response"] = result.payload
        return events.failure(
            record.payload,
            condition=record.condition,
            invoke_count=record.invoke_count,
            throttled=throttled,
            **options,
        )

    def _wrapped(self, bus: str, record: Event) -> Event:
        """Return the event that EventBridge gets of an invocation's record."""
        ending = "Success" if record["requestContext"]["condition"] == "Success" else "Failure"
        return self._post.events.eventbridge.custom(
            json.loads(compact(record)),
            source="lambda",
            detail_type=f"Lambda Function Invocation Result - {ending}",
            resources=[bus, record["requestContext"]["functionArn"]],
        )
