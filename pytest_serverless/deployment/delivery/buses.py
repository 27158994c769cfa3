"""Event buses: what is put on them, to the targets of the rules that match."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pytest_serverless.backends.wired import Rule
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.targets import DeliveryError, Parcel, Targets, compact
from pytest_serverless.errors import InvalidParameterError, InvalidPatternError
from pytest_serverless.events.source import Event
from pytest_serverless.events.values import format_iso
from pytest_serverless.outcome import Change
from pytest_serverless.triggers.inputs import NotJson, target_input
from pytest_serverless.triggers.json_paths import MISSING, extract
from pytest_serverless.triggers.patterns import Pattern
from pytest_serverless.triggers.retries import GiveUp, TargetRetries

__all__ = ["Buses", "dead_letter_attributes"]


@dataclass(frozen=True, slots=True)
class _Sending:
    """An event on its way to one target, and what the target gets of it."""

    rule: Rule
    target: Mapping[str, Any]
    event: Event
    parcel: Parcel


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
        self._to_rules(change.resource, event, f"{details['source']}: {details['detail_type']}")

    def deliver(self, bus: str, event: Event, cause: str, via: tuple[str, ...] = ()) -> None:
        """Take an event that a service puts on a bus, or another bus; `via` are the buses it came from."""
        details = {name.replace("-", "_"): event[name] for name in event if name not in ("version", "detail", "time")}
        self._post.show("events:PutEvents", bus, **details, detail=compact(event["detail"]), time=None)
        self._to_rules(bus, event, cause, via)

    def _to_rules(self, bus: str, event: Event, cause: str, via: tuple[str, ...] = ()) -> None:
        """Hand an event to the targets of every rule of a bus that matches."""
        self._post.stack.need(self._rules_of_app)
        enabled = [rule for rule in self._post.wiring.rules(bus) if rule.pattern and _is_on(rule)]
        matching = [rule for rule in enabled if self._matches(rule, event)]
        if enabled and not matching:
            self._post.note("dropped", self._post.name_of(bus), cause, what=_unmatched(enabled))
        elif not self._post.wiring.exists(bus):
            self._post.note("dropped", self._post.name_of(bus), cause, what="there is no such bus")
        for rule in matching:
            for target in rule.targets:
                cause_of_rule = f"rule {self._post.name_of(rule.arn)} ({cause})"
                self.hand_over(rule, target, event, cause_of_rule, via=(*via, bus))

    def _matches(self, rule: Rule, event: Event) -> bool:
        with self._named(rule):
            return _pattern(rule.pattern or "").matches(event)

    @contextmanager
    def _named(self, rule: Rule) -> Iterator[None]:
        """Let an error say which rule it is about."""
        try:
            yield
        except (InvalidPatternError, InvalidParameterError) as error:
            where = self._post.origin_of(rule.arn) or self._post.name_of(rule.arn)
            raise type(error)(f"{where}: rule {self._post.name_of(rule.arn)}: {error}") from None

    def hand_over(
        self, rule: Rule, target: Mapping[str, Any], event: Event, cause: str, *, via: tuple[str, ...] = ()
    ) -> None:
        """Send a target what its input settings make of an event."""
        if _is_bus(target["Arn"]):
            self._forward(_Sending(rule, target, event, Parcel(text=compact(event), cause=cause)), via)
            return
        ingested = format_iso(round(self._post.time.now() * 1000), "seconds")
        with self._named(rule):
            made = target_input(target, event, rule_arn=rule.arn, rule_name=rule.name, ingestion_time=ingested)
            parcel = _parcel(target, event, str(made) if isinstance(made, NotJson) else compact(made), cause)
        self._try(_Sending(rule, target, event, parcel), 1, self._post.time.now())

    def _forward(self, sending: _Sending, via: tuple[str, ...]) -> None:
        """Put an event on another bus, unless it was there already."""
        bus, cause = sending.target["Arn"], sending.parcel.cause
        name = self._post.name_of(bus)
        if not self._targets.has_bus(bus):
            self._give_up(sending, DeliveryError.absent(bus), 1, None)
        elif bus in via:
            self._post.note("dropped", name, cause, what="the event was on this bus before")
        else:
            self._post.note("delivery", name, cause)
            self.deliver(bus, sending.event, cause, via)

    def _try(self, sending: _Sending, attempt: int, first: float) -> None:
        target, cause = sending.target, sending.parcel.cause
        try:
            self._targets.deliver(target["Arn"], sending.parcel)
        except DeliveryError as error:
            now, retries = self._post.time.now(), TargetRetries.parse(target.get("RetryPolicy"))
            wait = retries.delay_after(attempt, first=first, now=now) if error.again else None
            if wait is None:
                given_up = retries.given_up(attempt, first=first, now=now) if error.again else None
                self._give_up(sending, error, attempt, given_up)
                return
            self._post.note("retry", self._post.name_of(target["Arn"]), cause, what=f"again in {wait:.0f} s")
            self._post.later(now + wait, lambda: self._try(sending, attempt + 1, first), cause)

    def _give_up(self, sending: _Sending, error: DeliveryError, attempt: int, condition: GiveUp | None) -> None:
        """Keep the event that could not be delivered, if the target says where.

        Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html (2026-11).
        """
        rule, target = sending.rule, sending.target
        dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
        if dead_letters:
            values = {"RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"]}
            parcel = Parcel(
                text=compact(sending.event),
                cause=f"rule {self._post.name_of(rule.arn)}",
                attributes=dead_letter_attributes(values, error.code, str(error), attempt, condition),
            )
            self._targets.keep(dead_letters, parcel, sender="rule", arn=rule.arn, what=error.code)
        elif error.again:
            what = f"{error}; no DeadLetterConfig"
            self._post.note("dropped", self._post.name_of(target["Arn"]), sending.parcel.cause, what=what)
        else:
            remedy = "Declare it, change the target, or give the target a dead-letter queue."
            has = f"the target {target['Id']}"
            raise self._targets.unreached("rule", rule.arn, error, has=has, remedy=remedy) from error


def dead_letter_attributes(
    values: Mapping[str, str], code: str, message: str, attempt: int, condition: GiveUp | None
) -> dict[str, Any]:
    """Return the message attributes of a dead letter, of a rule or a schedule, after the failed `attempt`."""
    whole = {**values, "ERROR_CODE": code, "ERROR_MESSAGE": message, "RETRY_ATTEMPTS": str(attempt - 1)}
    if condition is not None:
        whole["EXHAUSTED_RETRY_CONDITION"] = condition.value
    return {key: {"DataType": "String", "StringValue": value} for key, value in whole.items()}


def _is_on(rule: Rule) -> bool:
    """Tell whether a rule takes events: an archive's own rule is no matter of deliveries."""
    return rule.state == "ENABLED" and not rule.name.startswith("Events-Archive-")


def _unmatched(rules: Sequence[Rule]) -> str:
    return "its rule does not match" if len(rules) == 1 else f"none of its {len(rules)} rules matches"


def _is_bus(arn: str) -> bool:
    return arn.split(":")[2:3] == ["events"] and ":event-bus/" in arn


@lru_cache(maxsize=512)
def _pattern(text: str) -> Pattern:
    return Pattern.parse(text)


def _parcel(target: Mapping[str, Any], event: Event, text: str, cause: str) -> Parcel:
    path = (target.get("KinesisParameters") or {}).get("PartitionKeyPath")
    found = extract(event, path) if path else MISSING
    return Parcel(
        text=text,
        cause=cause,
        group=(target.get("SqsParameters") or {}).get("MessageGroupId"),
        partition_key=str(event.get("id", "") if found is MISSING else found),
    )


def _ms(time: Any, otherwise: float) -> int:
    """Return an event's time in milliseconds; `time` is None where the sender gave none."""
    if time is None:
        return round(otherwise * 1000)
    return round((time.timestamp() if hasattr(time, "timestamp") else float(time)) * 1000)
