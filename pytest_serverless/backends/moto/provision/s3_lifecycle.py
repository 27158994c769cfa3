"""A bucket's lifecycle rules, which CloudFormation writes flatter than the API does.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html (2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["lifecycle_rules"]


def lifecycle_rules(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return a `LifecycleConfiguration` as the API takes it."""
    return {"Rules": [_rule(rule) for rule in configuration["Rules"]]}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "ID": rule.get("Id"),
        "Status": rule["Status"],
        "Filter": _filter(rule),
        "Expiration": _expiration(rule),
        "Transitions": _transitions(rule, "Transition", "Days"),
        "NoncurrentVersionExpiration": _noncurrent_expiration(rule),
        "NoncurrentVersionTransitions": _transitions(rule, "NoncurrentVersionTransition", "NoncurrentDays"),
        "AbortIncompleteMultipartUpload": rule.get("AbortIncompleteMultipartUpload"),
    }
    return {key: value for key, value in found.items() if value}


def _filter(rule: Mapping[str, Any]) -> dict[str, Any]:
    sizes = {key: rule[key] for key in ("ObjectSizeGreaterThan", "ObjectSizeLessThan") if key in rule}
    prefix = {"Prefix": rule["Prefix"]} if "Prefix" in rule else {}
    tags = rule.get("TagFilters") or []
    if len(tags) + len(sizes) + len(prefix) > 1:
        return {"And": {**prefix, **sizes, **({"Tags": tags} if tags else {})}}
    return {"Tag": tags[0]} if tags else sizes or prefix or {"Prefix": ""}


def _expiration(rule: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "ExpirationInDays": "Days",
        "ExpirationDate": "Date",
        "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
    }
    return {name: rule[key] for key, name in names.items() if key in rule}


def _noncurrent_expiration(rule: Mapping[str, Any]) -> Any:
    days = rule.get("NoncurrentVersionExpirationInDays")
    return {"NoncurrentDays": days} if days else rule.get("NoncurrentVersionExpiration")


def _transitions(rule: Mapping[str, Any], name: str, days: str) -> list[dict[str, Any]]:
    """Return the transitions in the list and the one that stands alone, as the older form of the property does."""
    alone = [rule[name]] if name in rule else []
    new_names = {"TransitionInDays": days, "TransitionDate": "Date"}
    return [
        {new_names.get(key, key): value for key, value in transition.items()}
        for transition in [*(rule.get(f"{name}s") or ()), *alone]
    ]
