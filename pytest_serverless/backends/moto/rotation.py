"""Secrets Manager's rotation: a function is called four times, and the staging labels tell how far it came.

The service answers `RotateSecret` before the function runs, so a failing step is no error of the caller's: it ends the
rotation, and leaves `AWSPENDING` on the version that was to become current.

Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html and
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html (2026-11).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from pytest_serverless.backends.functions import FunctionCaller, Functions
from pytest_serverless.backends.moto.feed import Patch

__all__ = ["configure", "patches"]

_STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
_DAY = 86_400


def patches(functions: Functions) -> list[Patch]:
    """Return the replacement that rotates with the application's functions."""
    place = "moto.secretsmanager.models", "SecretsManagerBackend.rotate_secret"
    return [(*place, lambda original: _rotate(functions, original))]


def _rotate(functions: Functions, original: Callable[..., str]) -> Callable[..., str]:
    def rotate_secret(
        self: Any,
        secret_id: str,
        client_request_token: str | None = None,
        rotation_lambda_arn: str | None = None,
        rotation_rules: Mapping[str, Any] | None = None,
        rotate_immediately: bool = True,
    ) -> str:
        call = functions()
        secret = self.describe_secret(secret_id)
        if call is None or not hasattr(secret, "versions"):  # a replica, which refuses to be rotated
            return original(
                self, secret_id, client_request_token, rotation_lambda_arn, rotation_rules, rotate_immediately
            )
        arn = rotation_lambda_arn or secret.rotation_lambda_arn
        _demand_ready(secret, arn)
        token = self._from_client_request_token(client_request_token)
        _open(secret, token, with_value=not rotate_immediately)
        if rotate_immediately:
            _run(secret, token, arn, call)
        else:
            _try(secret, token, arn, call)
        configure(secret, arn, rotation_rules)
        answer: str = secret.to_short_dict(version_id=token if token in secret.versions else None)
        return answer

    return rotate_secret


def configure(secret: Any, arn: str, rules: Mapping[str, Any] | None) -> None:
    """Let a function rotate a secret from now on."""
    secret.rotation_requested = secret.rotation_enabled = True
    secret.rotation_lambda_arn = arn
    if rules is not None:
        secret.auto_rotate_after_days = int(rules.get("AutomaticallyAfterDays") or 0)
    if secret.auto_rotate_after_days:
        secret.next_rotation_date = int(time.time()) + secret.auto_rotate_after_days * _DAY


def _demand_ready(secret: Any, arn: str) -> None:
    from moto.secretsmanager.exceptions import InvalidRequestException

    if secret.is_deleted():
        raise InvalidRequestException(
            "You can't perform this operation on the secret because it was marked for deletion."
        )
    if not arn:
        raise InvalidRequestException("No Lambda rotation function ARN is associated with this secret.")
    if any(_is_unfinished(version["version_stages"]) for version in secret.versions.values()):
        raise InvalidRequestException("A previous rotation isn't complete. That rotation will be reattempted.")


def _is_unfinished(labels: list[str]) -> bool:
    return "AWSPENDING" in labels and "AWSCURRENT" not in labels


def _open(secret: Any, token: str, *, with_value: bool) -> None:
    """Add the version that the function is to fill in."""
    secret.remove_version_stages_from_old_versions(["AWSPENDING"])
    current = secret.versions.get(secret.default_version_id, {}) if with_value else {}
    value = {key: current[key] for key in ("secret_string", "secret_binary") if key in current}
    labels = {"createdate": int(time.time()), "version_id": token, "version_stages": ["AWSPENDING"]}
    secret.versions[token] = {**value, **labels}


def _run(secret: Any, token: str, arn: str, call: FunctionCaller) -> None:
    """Go through the steps, as far as they succeed."""
    if all(_step(secret, token, arn, call, step) for step in _STEPS):
        secret.last_rotation_date = int(time.time())


def _try(secret: Any, token: str, arn: str, call: FunctionCaller) -> None:
    """Have the function test a version that is there for the test alone."""
    _step(secret, token, arn, call, "testSecret")
    secret.versions.pop(token, None)


def _step(secret: Any, token: str, arn: str, call: FunctionCaller, step: str) -> bool:
    event = {
        "Step": step,
        "SecretId": secret.arn,
        "ClientRequestToken": token,
        "RotationToken": str(uuid.uuid4()),
    }
    outcome = call(arn, event, cause=f"secretsmanager:RotateSecret {secret.name} ({step})", answered=False)
    if outcome is None:
        del secret.versions[token]
        _refuse_unknown(arn)
    _follow_labels(secret)
    return outcome is not None and outcome.ok


def _refuse_unknown(arn: str) -> None:
    from moto.secretsmanager.exceptions import ResourceNotFoundException

    raise ResourceNotFoundException(f"Resource not found for ARN '{arn}'.")


def _follow_labels(secret: Any) -> None:
    """Let the secret's value be that of the version labelled current: moto keeps the id apart from the label."""
    for version_id, version in secret.versions.items():
        if "AWSCURRENT" in version["version_stages"]:
            secret.default_version_id = version_id
