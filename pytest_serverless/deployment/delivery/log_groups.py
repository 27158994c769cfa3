"""Log groups: what is written to them, to the destinations of their subscription filters."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from pytest_serverless.backends.wired import SubscriptionFilter
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.targets import DeliveryError, Parcel, Targets, compact
from pytest_serverless.events.aws.cloudwatch_logs import SUBSCRIPTION
from pytest_serverless.events.source import Event
from pytest_serverless.outcome import Change, Outcome
from pytest_serverless.triggers.log_patterns import LogPattern

__all__ = ["LogGroups"]

_GOES_ON = ("Traceback (most recent call last):", "\u00a0")


class LogGroups:
    """Delivers log events, those that functions write too."""

    def __init__(self, post: Post, targets: Targets) -> None:
        self._post = post
        self._targets = targets
        self._filters = post.ids_of_type("AWS::Logs::SubscriptionFilter", "AWS::Logs::LogGroup")

    def changed(self, change: Change) -> None:
        """Hand log events to the filters that match some of them."""
        self._post.stack.need(self._filters)
        written = [{**event, "id": self._event_id(event["timestamp"])} for event in change.details["events"]]
        for one in self._post.wiring.subscription_filters(change.details["log_group"]):
            found = _matching(one.pattern or "", written)
            if found:
                self._hand_over(one, change, found)

    def _event_id(self, timestamp: int) -> str:
        """Return an id of 56 digits that rises with time, as the service's do."""
        return f"{timestamp * 20_282_409_603_651:026d}{self._post.mint.serial():030d}"

    def wrote(self, function: str, outcome: Outcome) -> None:
        """Put the log of an invocation into the function's group, where anybody subscribes to that."""
        if not self._filters or not self._post.is_mocked:
            return
        self._post.stack.need(self._filters)
        name = self._post.app.functions[function].settings.log_group_of(self._post.app.functions[function].name)
        if not self._post.wiring.subscription_filters(name):
            return
        now = round(self._post.time.now() * 1000)
        written = [{"timestamp": now, "message": message} for message in _messages(outcome.log)]
        logs, stream = self._post.client("logs"), f"[$LATEST]{outcome.request_id.replace('-', '')}"
        with self._post.stack.backend.journal.quietly():
            with suppress(logs.exceptions.ResourceAlreadyExistsException):  # by an earlier attempt
                logs.create_log_stream(logGroupName=name, logStreamName=stream)
            logs.put_log_events(logGroupName=name, logStreamName=stream, logEvents=written)

    def _hand_over(self, one: SubscriptionFilter, change: Change, found: Sequence[Mapping[str, Any]]) -> None:
        details = change.details
        message: Event = {
            "messageType": "DATA_MESSAGE",
            "owner": details["owner"],
            "logGroup": details["log_group"],
            "logStream": details["log_stream"],
            "subscriptionFilters": [one.name],
            "logEvents": [dict(event) for event in found],
        }
        event = self._post.events.cloudwatch_logs.complete(SUBSCRIPTION, {"awslogs": {"data": message}}, {})
        parcel = Parcel(
            text=compact(event),
            data=b64decode(event["awslogs"]["data"]),
            cause=f"subscription {one.name} of {details['log_group']}",
            partition_key=details["log_stream"],
        )
        try:
            self._targets.deliver(one.destination, parcel)
        except DeliveryError as error:
            has, remedy = f"the subscription filter {one.name}", "Declare it, or take the filter out."
            group = f"{change.resource}:*" if self._post.origin_of(f"{change.resource}:*") else change.resource
            raise self._targets.unreached("log group", group, error, has=has, remedy=remedy) from error


def _matching(pattern: str, written: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the log events that a pattern lets through, with the fields that it finds in them."""
    parsed = _parsed(pattern)
    found = []
    for event in written:
        message = event["message"].rstrip("\n")
        if parsed.matches(message):
            fields = {name.removeprefix("$"): value for name, value in parsed.extract(message).items()}
            found.append({**event, "extractedFields": fields} if fields else event)
    return found


def _messages(log: str) -> list[str]:
    """Return the log events of a log: each is a line and has its end, but a traceback is one with its error."""
    found: list[str] = []
    for line in log.split("\n"):
        if found and line.startswith(_GOES_ON):
            found[-1] += f"{line}\n"
        elif line:
            found.append(f"{line}\n")
    return found


@lru_cache(maxsize=256)
def _parsed(pattern: str) -> LogPattern:
    return LogPattern.parse(pattern)
