"""Secrets, with values that a template generates."""

from __future__ import annotations

import json
import random
import re
import string
from collections.abc import Mapping
from typing import Any

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision import identities
from pytest_serverless.backends.moto.provision.bench import Bench, called, tag_list

__all__ = ["resource_policy", "secret"]

_LEFT_OUT_BY = {
    "ExcludeLowercase": string.ascii_lowercase,
    "ExcludeUppercase": string.ascii_uppercase,
    "ExcludeNumbers": string.digits,
    "ExcludePunctuation": string.punctuation,
}


def secret(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::SecretsManager::Secret`; without a value in the template it has none."""
    properties = resource.properties
    name = str(properties.get("Name") or _without_suffix(called(resource, "Name"), resource.name))
    value = properties.get("SecretString")
    if value is None and properties.get("GenerateSecretString") is not None:
        value = _generated(properties["GenerateSecretString"], name)
    kept = {key: properties.get(key) for key in ("Description", "KmsKeyId")}
    bench.call("secretsmanager", "create_secret", Name=name, SecretString=value, **kept)
    if resource.name.startswith("arn:"):
        identities.secret(bench, name, resource.name)
    if tags := tag_list(properties.get("Tags")):
        bench.call("secretsmanager", "tag_resource", "Tags", SecretId=name, Tags=tags)


def resource_policy(resource: Resource, bench: Bench) -> None:
    """Put a `AWS::SecretsManager::ResourcePolicy` on its secret."""
    policy = {"SecretId": resource.properties["SecretId"], "ResourcePolicy": resource.properties["ResourcePolicy"]}
    bench.call("secretsmanager", "put_resource_policy", "ResourcePolicy", **policy)


def _without_suffix(name: str, reference: str) -> str:
    """Return the name in a secret's ARN: six letters, which are not part of it, follow it there."""
    return re.sub(r"-[A-Za-z0-9]{6}$", "", name) if reference.startswith("arn:") else name


def _generated(wanted: Mapping[str, Any], name: str) -> str:
    """Return the value that Secrets Manager would generate; the same at each run, as it is drawn from the name."""
    password = _password(wanted, random.Random(name))  # noqa: S311 - it protects nothing, and has to be the same
    key = wanted.get("GenerateStringKey")
    if not key:
        return password
    return json.dumps({**json.loads(wanted.get("SecretStringTemplate") or "{}"), key: password})


def _password(wanted: Mapping[str, Any], draw: random.Random) -> str:
    """Follow GetRandomPassword's rules: 32 characters, one of each included kind, unless something else is asked."""
    excluded = str(wanted.get("ExcludeCharacters") or "")
    kinds = [kind for option, kind in _LEFT_OUT_BY.items() if not _is_true(wanted.get(option))]
    kinds += [" "] if _is_true(wanted.get("IncludeSpace")) else []
    allowed = ["".join(letter for letter in kind if letter not in excluded) for kind in kinds]
    kinds = [kind for kind in allowed if kind]
    length = int(wanted.get("PasswordLength") or 32)
    required = [draw.choice(kind) for kind in kinds] if _is_true(wanted.get("RequireEachIncludedType", True)) else []
    letters = required + [draw.choice("".join(kinds)) for _ in range(length - len(required))]
    draw.shuffle(letters)
    return "".join(letters)


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"
