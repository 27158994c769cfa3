"""Dynamic references: `{{resolve:ssm:…}}`, `{{resolve:ssm-secure:…}}` and `{{resolve:secretsmanager:…}}`.

What the template itself declares is known; the rest comes from the stub map, under `ssm:name` or
`secretsmanager:id` (with `:SecretString:key` behind it, or as an object that has the key).
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html (2026-11).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pytest_serverless.templates.conditions import as_text
from pytest_serverless.templates.intrinsics import NO_VALUE, UNKNOWN, Resolver, Unknown, is_unknown

__all__ = ["resolve_text"]

REFERENCE = re.compile(r"\{\{resolve:([a-z-]+):([^{}]+)\}\}")
SECRET = re.compile(
    r"(?P<id>arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:[^:]+|[^:]+)(:SecretString(:(?P<key>[^:]*))?)?(:.*)?"
)


def resolve_text(resolver: Resolver, text: str) -> Any:
    """Return the text with its dynamic references replaced."""
    unknown = False

    def replace(match: re.Match[str]) -> str:
        nonlocal unknown
        value = _look_up(resolver, match[1], match[2])
        unknown = unknown or is_unknown(value)
        return json.dumps(value) if isinstance(value, dict) else as_text(value)

    result = REFERENCE.sub(replace, text)
    return UNKNOWN if unknown else result


def _look_up(resolver: Resolver, service: str, rest: str) -> Any:
    if service in ("ssm", "ssm-secure"):
        return _parameter(resolver, rest)
    if service == "secretsmanager":
        return _secret(resolver, rest)
    return resolver.fault(
        f"There is no dynamic reference to {service!r}.", "There are: ssm, ssm-secure and secretsmanager."
    )


def _parameter(resolver: Resolver, rest: str) -> Any:
    name = re.sub(r":\d+$", "", rest)
    for key in (f"ssm:{rest}", f"ssm:{name}"):
        if key in resolver.imports:
            return resolver.imports[key]
    for logical_id in _of_type(resolver, "AWS::SSM::Parameter"):
        if resolver.identity(logical_id).name == name:
            return resolver.resolve(resolver.properties(logical_id).get("Value", ""))
    return resolver.imported(f"ssm:{name}", f"The SSM parameter {name!r}")


def _secret(resolver: Resolver, rest: str) -> Any:
    found = SECRET.fullmatch(rest)
    if found is None:
        return resolver.fault(f"{rest!r} names no secret.", "Write secretsmanager:id:SecretString:key.")
    name, key = found["id"], found["key"]
    for text in (rest, f"{name}:SecretString:{key}", f"{name}:{key}"):
        if key and f"secretsmanager:{text}" in resolver.imports:
            return resolver.imports[f"secretsmanager:{text}"]
    value = _secret_here(resolver, name)
    if value is None:
        value = resolver.imported(f"secretsmanager:{name}", f"The secret {name!r}")
    return _item(resolver, name, key, value) if key else value


def _secret_here(resolver: Resolver, name: str) -> Any:
    for logical_id in _of_type(resolver, "AWS::SecretsManager::Secret"):
        identity = resolver.identity(logical_id)
        if name in (identity.ref, identity.name):
            return secret_string(resolver, logical_id)
    return None


def secret_string(resolver: Resolver, logical_id: str) -> Any:
    """Return what a secret of the template holds: as it is written, or generated from stack and logical id."""
    from pytest_serverless.templates.naming import MIXED, mint

    properties = resolver.properties(logical_id)
    given = resolver.resolve(properties.get("SecretString", NO_VALUE))
    if given is not NO_VALUE:
        return given
    rule = resolver.resolve(properties.get("GenerateSecretString", {}))
    length = rule.get("PasswordLength", 32) if isinstance(rule, dict) else 32
    drawn = mint(MIXED, min(int(length), 64), "password", resolver.stack.name, logical_id)
    if not isinstance(rule, dict) or "GenerateStringKey" not in rule:
        return drawn
    return json.dumps({**json.loads(rule.get("SecretStringTemplate", "{}")), rule["GenerateStringKey"]: drawn})


def _item(resolver: Resolver, name: str, key: str, value: Any) -> Any:
    if isinstance(value, Unknown):
        return value
    try:
        items = json.loads(value) if isinstance(value, str) else value
        return items[key]
    except (ValueError, LookupError, TypeError):
        return resolver.fault(
            f"The secret {name!r} has no key {key!r}.",
            f"Give the value in serverless_imports under 'secretsmanager:{name}:SecretString:{key}'.",
        )


def _of_type(resolver: Resolver, kind: str) -> Iterator[str]:
    return (logical_id for logical_id, resource in resolver.resources.items() if resource.get("Type") == kind)
