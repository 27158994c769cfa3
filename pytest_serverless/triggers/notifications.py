"""Notifications of S3 buckets: who is told of what happened to an object, and what a bucket refuses to be told.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html,
notification-how-to-event-types-and-destinations.html and EventBridge.html beside it (2026-11); the refusals as public
records of the service quote them. A configuration is read as the API gives it, or as CloudFormation's
`NotificationConfiguration` of a bucket.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import unquote_plus

from pytest_serverless.errors import InvalidMappingError
from pytest_serverless.triggers.constraints import truth

__all__ = ["EVENTS", "Destination", "check", "matching"]

Kind = Literal["sns", "sqs", "lambda", "events"]

EVENTS: Final = frozenset(
    {
        "s3:ReducedRedundancyLostObject",
        *(f"s3:ObjectCreated:{name}" for name in ("*", "Put", "Post", "Copy", "CompleteMultipartUpload")),
        *(f"s3:ObjectRemoved:{name}" for name in ("*", "Delete", "DeleteMarkerCreated")),
        *(f"s3:ObjectRestore:{name}" for name in ("*", "Post", "Completed", "Delete")),
        "s3:Replication:*",
        "s3:Replication:OperationFailedReplication",
        "s3:Replication:OperationNotTracked",
        "s3:Replication:OperationMissedThreshold",
        "s3:Replication:OperationReplicatedAfterThreshold",
        "s3:LifecycleTransition",
        "s3:IntelligentTiering",
        "s3:ObjectAcl:Put",
        "s3:ObjectRetention:Put",
        *(f"s3:LifecycleExpiration:{name}" for name in ("*", "Delete", "DeleteMarkerCreated")),
        *(f"s3:ObjectTagging:{name}" for name in ("*", "Put", "Delete")),
        *(f"s3:ObjectAnnotation:{name}" for name in ("*", "Put", "Delete")),
    }
)
"""What can be asked for."""

_FOR_EVENTBRIDGE = (
    "s3:ObjectCreated:",
    "s3:ObjectRemoved:",
    "s3:ObjectRestore:",
    "s3:ObjectTagging:",
    "s3:ObjectAcl:",
    "s3:LifecycleExpiration:",
    "s3:LifecycleTransition",
    "s3:IntelligentTiering",
)
_MOST_CONFIGURATIONS = 100
_LONGEST_VALUE = 1024
_OVERLAP = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
_AMBIGUOUS = (
    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules "
    "if the prefixes are overlapping for the same event type."
)
_ARN_KEYS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "sns": ("TopicArn", "Topic"),
    "sqs": ("QueueArn", "Queue"),
    "lambda": ("LambdaFunctionArn", "CloudFunction", "Function"),
}
_SECTIONS: Final[Mapping[str, Kind]] = {
    "TopicConfigurations": "sns",
    "TopicConfiguration": "sns",
    "QueueConfigurations": "sqs",
    "QueueConfiguration": "sqs",
    "LambdaFunctionConfigurations": "lambda",
    "LambdaConfigurations": "lambda",
    "CloudFunctionConfiguration": "lambda",
}


@dataclass(frozen=True, slots=True)
class Destination:
    """Who is told, and by which configuration: its `id` is empty where it has none, as for EventBridge.

    EventBridge (`events`) has no ARN: what a bucket sends it arrives on the account's default bus.
    """

    kind: Kind
    arn: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class _Rule:
    destination: Destination
    events: tuple[str, ...]
    filters: tuple[tuple[str, str], ...]

    @property
    def prefix(self) -> str:
        return self._value("prefix")

    @property
    def suffix(self) -> str:
        return self._value("suffix")

    def _value(self, name: str) -> str:
        """Return a filter as it is compared with keys: it is given URL-encoded, a space as a plus."""
        return next((unquote_plus(value) for known, value in self.filters if known.lower() == name), "")

    def waits_for(self, event: str, key: str) -> bool:
        named = any(_includes(name, event) for name in self.events)
        return named and key.startswith(self.prefix) and key.endswith(self.suffix)


def matching(configuration: Mapping[str, Any], event_name: str, key: str) -> list[Destination]:
    """Return who is told that `event_name` (`s3:ObjectCreated:Put`) happened to the object `key`, as it is named.

    EventBridge is told of all that it knows, whatever the others filter.
    """
    told = [rule.destination for rule in _rules(configuration) if rule.waits_for(event_name, key)]
    if _to_eventbridge(configuration) and event_name.startswith(_FOR_EVENTBRIDGE):
        told.append(Destination("events", ""))
    return told


def check(configuration: Mapping[str, Any]) -> None:
    """Refuse, as S3 does, what a bucket cannot be asked for."""
    rules = list(_rules(configuration))
    if len(rules) > _MOST_CONFIGURATIONS:
        raise InvalidMappingError(
            f"Too many configurations submitted. The maximum number of configurations is {_MOST_CONFIGURATIONS}"
        )
    for rule in rules:
        _check_destination(rule.destination)
        _check_events(rule.events)
        _check_filters(rule.filters)
    _check_ids([rule.destination.id for rule in rules if rule.destination.id])
    for number, rule in enumerate(rules):
        for other in rules[:number]:
            _check_pair(other, rule)


def _rules(configuration: Mapping[str, Any]) -> Iterator[_Rule]:
    for section, kind in _SECTIONS.items():
        given = configuration.get(section) or ()
        for entry in [given] if isinstance(given, Mapping) else given:
            yield _rule(kind, entry)


def _rule(kind: Kind, entry: Mapping[str, Any]) -> _Rule:
    arn = next((str(entry[key]) for key in _ARN_KEYS[kind] if entry.get(key)), "")
    events = entry.get("Events", entry.get("Event", ()))
    rules = _first(_first(entry, "Filter"), "Key", "S3Key")
    filters = _first(rules, "FilterRules", "FilterRule", "Rules")
    pairs = [filters] if isinstance(filters, Mapping) and filters else list(filters)
    return _Rule(
        Destination(kind, arn, str(entry.get("Id") or "")),
        (events,) if isinstance(events, str) else tuple(events),
        tuple((str(pair.get("Name", "")), str(pair.get("Value", ""))) for pair in pairs),
    )


def _first(entry: Mapping[str, Any], *names: str) -> Any:
    return next((entry[name] for name in names if entry.get(name)), {})


def _to_eventbridge(configuration: Mapping[str, Any]) -> bool:
    """Tell whether EventBridge is told: the API's mere presence of the key, or CloudFormation's switch in it."""
    given = configuration.get("EventBridgeConfiguration")
    return given is not None and truth(given, "EventBridgeEnabled", default=True)


def _includes(name: str, event: str) -> bool:
    return name == event or (name.endswith(":*") and event.startswith(name[:-1]))


def _share(one: Sequence[str], other: Sequence[str]) -> bool:
    return any(_includes(a, b) or _includes(b, a) for a in one for b in other)


def _check_destination(destination: Destination) -> None:
    if destination.kind == "sqs" and destination.arn.endswith(".fifo"):
        raise InvalidMappingError(f"FIFO SQS queues are not supported. Got {destination.arn}.")
    if destination.kind == "sns" and destination.arn.endswith(".fifo"):
        raise InvalidMappingError(
            "The ARN failed to satisfy constraint: Member must satisfy regular expression pattern: "
            r"^arn:aws[\p{Alpha}\-]*:sns:[\p{Alnum}\-]+:[\p{Digit}]{12}:[\p{Alnum}\-_]{1,256}$ "
            f"FIFO topics are not supported, got {destination.arn}."
        )


def _check_events(events: Sequence[str]) -> None:
    for number, event in enumerate(events):
        if event not in EVENTS:
            raise InvalidMappingError(f"The event is not supported for notifications. Got {event!r}.")
        if _share([event], events[:number]):
            raise InvalidMappingError(_OVERLAP)


def _check_filters(filters: Sequence[tuple[str, str]]) -> None:
    seen = set()
    for name, value in filters:
        if name.lower() not in {"prefix", "suffix"}:
            raise InvalidMappingError(f"filter rule name must be either prefix or suffix. Got {name!r}.")
        if name.lower() in seen:
            raise InvalidMappingError(f"Cannot specify more than one {name.lower()} rule in a filter.")
        seen.add(name.lower())
        if len(value.encode(errors="surrogatepass")) > _LONGEST_VALUE:
            raise InvalidMappingError(
                f"Size of filter rule value cannot exceed {_LONGEST_VALUE} bytes in UTF-8 representation"
            )


def _check_ids(ids: Sequence[str]) -> None:
    if len(set(ids)) < len(ids):
        raise InvalidMappingError("Same ID used for multiple configurations. IDs must be unique.")


def _check_pair(one: _Rule, other: _Rule) -> None:
    """Refuse two rules that one object's event could match."""
    prefixes = one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
    suffixes = one.suffix.endswith(other.suffix) or other.suffix.endswith(one.suffix)
    if not (prefixes and suffixes and _share(one.events, other.events)):
        return
    who = f"{one.destination.arn} and {other.destination.arn} wait for the same."
    raise InvalidMappingError(f"{_AMBIGUOUS if one.filters or other.filters else _OVERLAP} {who}")
