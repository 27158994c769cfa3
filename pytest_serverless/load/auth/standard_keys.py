"""AWS keys from where AWS's own tools look for them: environment, profiles, SSO, roles, metadata services."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from pytest_serverless.errors import CredentialsError, MissingExtraError
from pytest_serverless.load.auth.aws import KeyProvider
from pytest_serverless.load.auth.redaction import redact
from pytest_serverless.load.signing import Keys

__all__ = ["EnvironmentKeys", "standard_keys"]


def standard_keys(profile: str | None = None, environment: Mapping[str, str] = os.environ) -> KeyProvider | None:
    """Return what `AwsSignature` takes: who provides keys, None where nothing does.

    botocore is asked for them, which reads the profile (that of `AWS_PROFILE` by default), logs in by SSO's token,
    assumes roles, and asks metadata services; keys that expire are renewed by it ten to fifteen minutes before
    (https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html, 2026-11). Without botocore, the keys
    that stand in the environment are used. Raises CredentialsError for a profile that is not there, MissingExtraError
    where only botocore could find keys.
    """
    botocore = _botocore()
    if botocore is not None:
        return _by(botocore, profile)
    if profile is None and environment.get("AWS_ACCESS_KEY_ID") and environment.get("AWS_SECRET_ACCESS_KEY"):
        return EnvironmentKeys(environment)
    needed_for = "finding AWS credentials elsewhere than in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    raise MissingExtraError(module="botocore", extra="aws", needed_for=needed_for)


def _botocore() -> Any:
    try:
        import botocore.session
    except ImportError:
        return None
    return botocore.session


def _by(botocore: Any, profile: str | None) -> KeyProvider | None:
    try:
        found: KeyProvider | None = botocore.Session(profile=profile).get_credentials()
    except Exception as error:  # each place has errors of its own, of profiles that are not whole for one
        raise CredentialsError(f"AWS credentials cannot be had: {redact(str(error))}") from error
    return found


class EnvironmentKeys:
    """Keys in environment variables: read each time, for who sets them may set others."""

    __slots__ = ("_environment",)

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def get_frozen_credentials(self) -> Keys:
        found = self._environment
        token = found.get("AWS_SESSION_TOKEN") or found.get("AWS_SECURITY_TOKEN")
        return Keys(found.get("AWS_ACCESS_KEY_ID", ""), found.get("AWS_SECRET_ACCESS_KEY", ""), token)
