"""Requests signed by AWS's Signature Version 4, with keys from whatever provides them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from pytest_serverless.errors import CredentialsError
from pytest_serverless.load.auth.credentials import Request, Standing
from pytest_serverless.load.auth.redaction import redact
from pytest_serverless.load.signing import Keys, Signer

__all__ = ["AwsSignature", "KeyProvider"]


class KeyProvider(Protocol):
    """What botocore's `Credentials` are: those that expire renew themselves when they are asked."""

    def get_frozen_credentials(self) -> Any:
        """Return an access key, its secret and its token or None, as `access_key`, `secret_key` and `token`."""


class AwsSignature(Standing):
    """Signs for a service (`execute-api`, `lambda`) in a region.

    `provider` is `boto3.Session().get_credentials()`, for one. It is asked before the run and by `due`, about once a
    second, never within a request: what it does to renew them takes no request's time. If it fails later, its last keys
    stay in use, for AWS tells when they have expired.
    """

    __slots__ = ("_keys", "_provider", "_signer", "_trouble")

    def __init__(self, service: str, region: str, provider: KeyProvider | None) -> None:
        if provider is None:
            raise CredentialsError(
                "There are no AWS credentials to sign requests with. Name a profile (AWS_PROFILE), or set "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            )
        self._provider = provider
        self._signer = Signer(service, region)
        self._keys: Keys | None = None
        self._trouble = ""

    def __repr__(self) -> str:
        return f"<AWS signature for {self._signer.service} in {self._signer.region}>"

    def headers(self, request: Request, now_s: float) -> Mapping[str, str]:
        if self._keys is None:
            self.due(now_s)
        if self._keys is None:
            raise CredentialsError(f"There are no AWS credentials to sign requests with: {self._trouble}")
        return self._signer.sign(
            request.method, request.url, request.headers, request.body, keys=self._keys, now_s=now_s
        )

    def due(self, now_s: float) -> None:
        """Ask for the keys of now; nothing has to be sent for them here."""
        try:
            found = self._provider.get_frozen_credentials()
        except Exception as error:  # noqa: BLE001 - a provider is anybody's code
            self._trouble = redact(f"{type(error).__name__}: {error}", self.secrets())
            return
        if not found.access_key or not found.secret_key:
            self._trouble = "the provider has no keys"
            return
        self._keys, self._trouble = Keys(found.access_key, found.secret_key, found.token or None), ""

    @property
    def provider(self) -> KeyProvider:
        """Whose keys it signs with."""
        return self._provider

    def trouble(self) -> str:
        return self._trouble

    def secrets(self) -> Iterable[str]:
        keys = self._keys
        return [] if keys is None else [keys.secret_key, *([keys.token] if keys.token else [])]
