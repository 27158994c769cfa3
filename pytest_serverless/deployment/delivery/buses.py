"""Event buses: what is put on them, to the targets of the rules that match."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pytest_serverless.backends.wired import Rule
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.targets import DeliveryError, Parcel, Targets, compact
from pytest_serverless.events.source import Event
from pytest_serverless.events.values import format_iso
from pytest_serverless.outcome import Change
from pytest_serverless.triggers.inputs import NotJson, target_input
from pytest_serverless.triggers.patterns import Pattern
from pytest_serverless.triggers.retries import TargetRetries

__all__ = ["Buses"]


class Buses:
    """Delivers events. `send` is how: what a target is, the bus does not know."""

    def __init__(self, post: Post, targets: Targets) -> None:
        self._post = post
        self._targets = targets
        self._rules_of_app = post.ids_of_type("AWS::Events::Rule")

    def changed(self, change: Change) -> None:
        """Deliver an event that was put on a bus."""
        details = change.details
        given: Event = {
            "id": details["id"],
            "detail-type": details["detail_type"],
            "source": details["source"],
            "account": details["account"],
            "time": format_iso(_ms(details["time"], change.time), "seconds"),
            "region": details["region"],
            "resources": details["resources"],
            "detail": json.loads(details["detail"]),
        }
        event = {"version": "0", **given}
        self.deliver(change.resource, event, f"{details['source']}: {details['detail_type']}")

    def deliver(self, bus: str, event: Event, cause: str) -> None:
        """Hand an event to the targets of every rule of a bus that matches."""
        self._post.stack.need(self._rules_of_app)
        for rule in self._post.wiring.rules(bus):
            if rule.pattern and rule.state == "ENABLED" and _pattern(rule.pattern).matches(event):
                for target in rule.targets:
                    self.hand_over(rule, target, event, f"rule {self._post.name_of(rule.arn)} ({cause})")

    def hand_over(self, rule: Rule, target: Mapping[str, Any], event: Event, cause: str) -> None:
        """Send a target what its input settings make of an event."""
        arn = target["Arn"]
        if arn.split(":")[2:3] == ["events"] and ":event-bus/" in arn:
            self._post.note("delivery", self._post.name_of(arn), cause)
            self.deliver(arn, event, cause)
            return
        ingested = format_iso(round(self._post.time.now() * 1000), "seconds")
        made = target_input(target, event, rule_arn=rule.arn, rule_name=rule.name, ingestion_time=ingested)
        parcel = _parcel(target, event, str(made) if isinstance(made, NotJson) else compact(made), cause)
        self._try(rule, target, parcel, 1, self._post.time.now())

    def _try(self, rule: Rule, target: Mapping[str, Any], parcel: Parcel, attempt: int, first: float) -> None:
        try:
            self._targets.send(target["Arn"], parcel)
        except DeliveryError as error:
            now, retries = self._post.time.now(), TargetRetries.parse(target.get("RetryPolicy"))
            wait = retries.delay_after(attempt, first=first, now=now) if error.again else None
            if wait is None:
                exhausted = retries.given_up(attempt, first=first, now=now) if error.again else None
                self._give_up(
                    rule, target, parcel, error, {"EXHAUSTED_RETRY_CONDITION": exhausted.value} if exhausted else {}
                )
                return
            self._post.note("retry", self._post.name_of(target["Arn"]), parcel.cause, what=f"again in {wait:.0f} s")
            self._post.later(now + wait, lambda: self._try(rule, target, parcel, attempt + 1, first), parcel.cause)

    def _give_up(
        self, rule: Rule, target: Mapping[str, Any], parcel: Parcel, error: DeliveryError, more: Mapping[str, str]
    ) -> None:
        """Keep what could not be delivered, if the target says where.

        Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html (2026-11).
        """
        dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
        name = self._post.name_of(rule.arn)
        if not dead_letters:
            remedy = "Declare it, change the target, or give the target a dead-letter queue."
            has = f"the target {target['Id']}"
            raise self._targets.unreached("rule", rule.arn, error, has=has, remedy=remedy) from error
        values = {"RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"], "ERROR_CODE": error.code}
        values |= {"ERROR_MESSAGE": str(error), **more}
        attributes = {key: {"DataType": "String", "StringValue": value} for key, value in values.items()}
        self._post.note("dead letter", self._post.name_of(dead_letters), f"rule {name}", what=error.code)
        self._targets.send(dead_letters, Parcel(text=parcel.text, cause=f"rule {name}", attributes=attributes))


@lru_cache(maxsize=512)
def _pattern(text: str) -> Pattern:
    return Pattern.parse(text)


def _parcel(target: Mapping[str, Any], event: Event, text: str, cause: str) -> Parcel:
    path = (target.get("KinesisParameters") or {}).get("PartitionKeyPath")
    return Parcel(
        text=text,
        cause=cause,
        group=(target.get("SqsParameters") or {}).get("MessageGroupId"),
        partition_key=_at(event, path) if path else str(event.get("id", "")),
    )


def _at(event: Event, path: str) -> str:
    found: Any = event
    for name in path.removeprefix("$").strip(".").split("."):
        found = found.get(name, "") if isinstance(found, dict) else ""
    return str(found)


def _ms(time: Any, otherwise: float) -> int:
    """Return an event's time in milliseconds; `time` is None where the sender gave none."""
    if time is None:
        return round(otherwise * 1000)
    return round((time.timestamp() if hasattr(time, "timestamp") else float(time)) * 1000)
