"""The envelope that every EventBridge event has, and how its kinds are told apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from pytest_serverless.app.aws import partition_of
from pytest_serverless.events.aws.place import Place
from pytest_serverless.events.aws.values import ACCOUNT, REGION, is_arn
from pytest_serverless.events.shape import (
    MISSING,
    OPTIONAL,
    Derivation,
    Node,
    Object,
    Rule,
    Scope,
    Value,
    field,
    list_of,
    obj,
)
from pytest_serverless.events.values import UUID, const, iso_time, pattern

__all__ = ["S3_KINDS", "SECONDS", "about", "envelope", "here", "is_generic", "is_s3", "is_schedule", "is_scheduler"]

_FRACTION = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)").fullmatch


def _whole_seconds(found: Any) -> Any:
    matched = _FRACTION(found) if isinstance(found, str) else None
    return MISSING if matched is None else f"{matched[1]}Z"


SECONDS = replace(iso_time("seconds"), mend=_whole_seconds)
_REPLAY = pattern("replay", "the name of a replay: 1 to 64 of A-Z a-z 0-9 . _ -", r"[\w.-]{1,64}", lambda _: "replay")

S3_KINDS: Final = (
    "Object Created",
    "Object Deleted",
    "Object Restore Initiated",
    "Object Restore Completed",
    "Object Restore Expired",
    "Object Tags Added",
    "Object Tags Deleted",
    "Object ACL Updated",
    "Object Storage Class Changed",
    "Object Access Tier Changed",
)
"""The detail types of S3's own events; what S3 sends through CloudTrail has others."""

_PLACE = frozenset({"account", "region", "resources"})  # what tells an event from JSON of somebody's own
_S3_KINDS = {kind.lower() for kind in S3_KINDS}


def envelope(
    *,
    source: Value,
    detail_type: Value,
    detail: Node,
    resources: Node,
    derive_resources: Derivation | None = None,
    infer_resources: Derivation | None = None,
    rules: Sequence[Rule] = (),
) -> Object:
    """Declare an event by what differs from one kind to another."""
    return obj(
        field("version", const("0")),
        field("id", UUID),
        field("detail-type", detail_type),
        field("source", source),
        field("account", ACCOUNT, infer=lambda s: s["resources"][0].split(":")[4]),
        field("time", SECONDS),
        field("region", REGION, infer=lambda s: s["resources"][0].split(":")[3]),
        field("replay-name", _REPLAY, OPTIONAL),
        field(
            "resources",
            resources,
            derive=derive_resources,
            because="the ARN of what the event is about",
            infer=infer_resources,
        ),
        field("detail", detail),
        rules=rules,
    )


def here(service: str, resource: str, value: Value) -> dict[str, Any]:
    """Return, for `envelope`, that the event is about one resource of `service` in its own account and region.

    `resource` names one for an event that lacks it.
    """

    def place(event: Scope) -> str:
        region = event["region"]
        return f"arn:{partition_of(region)}:{service}:{region}:{event['account']}:"

    return {
        "resources": list_of(value, most=1),
        "infer_resources": lambda s: [place(s) + resource],
        "rules": [
            Rule(
                "resource-here",
                "of the event's account and region",
                lambda s: all(arn.startswith(place(s)) for arn in s["resources"]) and s["resources"] != [],
                "resources",
            )
        ],
    }


def about(place: Place, service: str, resource: str) -> dict[str, Any]:
    """Return account, region and resources of an event about one resource: a name at `place`, or an ARN of anywhere."""
    account, region, arn = place.account, place.region, place.arn(service, resource)
    if is_arn(resource):
        _, _, _, region, account, _ = resource.split(":", 5)
    return {"account": account, "region": region, "resources": [arn]}


def is_scheduler(event: Any) -> bool:
    """Tell whether EventBridge Scheduler sent it."""
    return bool(event.get("source") == "aws.scheduler")


def is_schedule(event: Any) -> bool:
    """Tell whether a rule with a schedule sent it."""
    return event.get("detail-type") == "Scheduled Event" and not is_scheduler(event)


def is_s3(event: Any) -> bool:
    """Tell whether S3 sent it of its own, not through CloudTrail."""
    return event.get("source") == "aws.s3" and str(event.get("detail-type")).lower() in _S3_KINDS


def is_generic(event: Any) -> bool:
    """Tell whether it is an event of a bus, and of no kind that is known more closely."""
    on_a_bus = "detail-type" in event or ({"source", "detail"} <= event.keys() and not _PLACE.isdisjoint(event))
    return on_a_bus and not (is_scheduler(event) or is_schedule(event) or is_s3(event))
