"""Google's ID tokens, from the metadata server of the machine that the load comes from.

Elsewhere, `gcloud auth print-identity-token` prints one, for `BearerToken`. The key file of a service account is not
read: to sign with it needs a library for RSA, and Google advises against such keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from pytest_serverless.errors import CredentialsError
from pytest_serverless.load.auth.credentials import Answer, Ask, Request, Standing
from pytest_serverless.load.auth.renewal import Call, Renewal, Token, refusal
from pytest_serverless.load.auth.tokens import bearer, claims, expires_s

__all__ = ["GoogleIdToken"]

_SERVER = "http://metadata.google.internal"


class GoogleIdToken(Standing):
    """An ID token for `audience`, which is the URL of a Cloud Run service or function.

    https://docs.cloud.google.com/compute/docs/instances/verifying-instance-identity and
    https://docs.cloud.google.com/run/docs/authenticating/service-to-service (2026-11): with
    `header="X-Serverless-Authorization"`, `Authorization` is left to the function.
    """

    __slots__ = ("_account", "_audience", "_header", "_renewal", "_server")

    def __init__(
        self, audience: str, *, account: str = "default", header: str = "Authorization", server: str = _SERVER
    ) -> None:
        if not audience:
            raise CredentialsError("A Google ID token is for an audience, the URL of the service. Name it.")
        self._audience = audience
        self._account = account
        self._header = header
        self._server = server
        self._renewal = Renewal(f"The Google ID token for {audience}", self._call, self._read, list)

    def __repr__(self) -> str:
        return f"<Google ID token for {self._audience}>"

    def headers(self, request: Request, now_s: float) -> Mapping[str, str]:
        return {self._header: bearer(self._renewal.value(now_s))}

    def due(self, now_s: float) -> Ask | None:
        return self._renewal.due(now_s)

    def trouble(self) -> str:
        return self._renewal.trouble()

    def secrets(self) -> Iterable[str]:
        return self._renewal.secrets()

    def _call(self) -> Call:
        path = f"/computeMetadata/v1/instance/service-accounts/{self._account}/identity"
        query = urlencode({"audience": self._audience, "format": "full"})
        return Call("GET", f"{self._server}{path}?{query}", {"Metadata-Flavor": "Google"})

    def _read(self, answer: Answer, now_s: float) -> Token:
        if answer.status != 200:
            raise refusal("The metadata server", answer)
        token = answer.body.decode(errors="replace").strip()
        if not claims(token):
            raise CredentialsError("what answered for the metadata server sent no ID token")
        return Token(token, expires_s(token))
