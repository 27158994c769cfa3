"""Log groups: what is written to them, to the destinations of their subscription filters."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_serverless.backends.wired import SubscriptionFilter
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.targets import Parcel, Targets, compact
from pytest_serverless.events.aws.cloudwatch_logs import SUBSCRIPTION
from pytest_serverless.events.source import Event
from pytest_serverless.outcome import Change, Outcome
from pytest_serverless.triggers.log_patterns import LogPattern

__all__ = ["LogGroups"]


class LogGroups:
    """Delivers log events, those that functions write too."""

    def __init__(self, post: Post, targets: Targets) -> None:
        self._post = post
        self._targets = targets
        self._filters = post.ids_of_type("AWS::Logs::SubscriptionFilter", "AWS::Logs::LogGroup")

    def changed(self, change: Change) -> None:
        """Hand log events to the filters that match some of them."""
        group = change.details["log_group"]
        self._post.stack.need(self._filters)
        for one in self._post.wiring.subscription_filters(group):
            pattern = LogPattern.parse(one.pattern or "")
            found = [event for event in change.details["events"] if pattern.matches(event["message"])]
            if found:
                self._hand_over(one, change.details, found)

    def wrote(self, function: str, outcome: Outcome) -> None:
        """Put the log of an invocation into the function's group, where anybody subscribes to that."""
        if not self._filters or not self._post.is_mocked:
            return
        self._post.stack.need(self._filters)
        name = self._post.app.functions[function].settings.log_group_of(self._post.app.functions[function].name)
        if not self._post.wiring.subscription_filters(name):
            return
        now = round(self._post.time.now() * 1000)
        lines = [{"timestamp": now, "message": line} for line in outcome.log.splitlines() if line]
        logs, stream = self._post.client("logs"), f"[$LATEST]{outcome.request_id.replace('-', '')}"
        with self._post.stack.backend.journal.quietly():
            logs.create_log_stream(logGroupName=name, logStreamName=stream)
            logs.put_log_events(logGroupName=name, logStreamName=stream, logEvents=lines)

    def _hand_over(
        self, one: SubscriptionFilter, details: Mapping[str, Any], found: Sequence[Mapping[str, Any]]
    ) -> None:
        cause = f"subscription {one.name} of {details['log_group']}"
        message: Event = {
            "messageType": "DATA_MESSAGE",
            "owner": details["owner"],
            "logGroup": details["log_group"],
            "logStream": details["log_stream"],
            "subscriptionFilters": [one.name],
            "logEvents": [dict(event) for event in found],
        }
        if one.destination.split(":")[2] == "lambda":
            event = self._post.events.cloudwatch_logs.complete(SUBSCRIPTION, {"awslogs": {"data": message}}, {})
            self._targets.send(one.destination, Parcel(text=compact(event), cause=cause))
            return
        packed = b64encode(gzip.compress(json.dumps(message).encode(), mtime=0)).decode()
        self._targets.send(one.destination, Parcel(text=packed, cause=cause))
