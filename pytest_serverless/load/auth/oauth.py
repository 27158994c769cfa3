"""OAuth 2.0 client credentials: RFC 6749, 4.4."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import quote_plus, urlencode, urlsplit

from pytest_serverless.errors import CredentialsError, InvalidParameterError
from pytest_serverless.load.auth.credentials import Answer, Ask, Request, Standing
from pytest_serverless.load.auth.renewal import Call, Renewal, Token, refusal
from pytest_serverless.load.auth.tokens import bearer, expires_s

__all__ = ["ClientCredentials", "check_secure", "json_object"]

_LOCAL = {"localhost", "127.0.0.1", "::1"}


class ClientCredentials(Standing):
    """An access token that a client gets for itself, from the token endpoint of Cognito, Entra ID, Auth0 and others.

    The secret goes into the `Authorization` header, or into the `body` for servers that take it only there. What else a
    server wants is in `parameters` (`audience`, `resource`).
    """

    __slots__ = ("_given_in", "_id", "_parameters", "_renewal", "_secret", "_url")

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str,
        *,
        scope: str = "",
        given_in: Literal["header", "body"] = "header",
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        check_secure(token_url)
        if given_in not in {"header", "body"}:
            raise InvalidParameterError(f"A client's secret goes into the 'header' or the 'body', not {given_in!r}.")
        if not client_id or not client_secret:
            raise CredentialsError("OAuth client credentials need an id and a secret; one of them is empty.")
        self._url = token_url
        self._id = client_id
        self._secret = client_secret
        self._given_in = given_in
        self._parameters = {
            "grant_type": "client_credentials",
            **({"scope": scope} if scope else {}),
            **(parameters or {}),
        }
        self._renewal = Renewal(f"The access token of client {client_id!r}", self._call, self._read, self._known)

    def __repr__(self) -> str:
        return f"<OAuth client {self._id!r}>"

    def headers(self, request: Request, now_s: float) -> Mapping[str, str]:
        return {"Authorization": bearer(self._renewal.value(now_s))}

    def due(self, now_s: float) -> Ask | None:
        return self._renewal.due(now_s)

    def trouble(self) -> str:
        return self._renewal.trouble()

    def secrets(self) -> Iterable[str]:
        return self._renewal.secrets()

    def _known(self) -> Iterable[str]:
        return [self._secret, self._basic()]

    def _basic(self) -> str:
        """Return the id and the secret as RFC 6749, 2.3.1 asks for: each is form-encoded first."""
        return base64.b64encode(f"{quote_plus(self._id)}:{quote_plus(self._secret)}".encode()).decode()

    def _call(self) -> Call:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        form = dict(self._parameters)
        if self._given_in == "header":
            headers["Authorization"] = f"Basic {self._basic()}"
        else:
            form.update(client_id=self._id, client_secret=self._secret)
        return Call("POST", self._url, headers, urlencode(form).encode())

    def _read(self, answer: Answer, now_s: float) -> Token:
        found = json_object(answer)
        if answer.status != 200:
            raise refusal("The token endpoint", answer, _said(found))
        token, kind = found.get("access_token"), found.get("token_type")
        if not isinstance(token, str) or not token:
            raise CredentialsError("the token endpoint answered without an access_token")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise CredentialsError(f"the token endpoint gave a token of type {kind!r}; only 'Bearer' is understood")
        return Token(token, _end(found.get("expires_in"), token, now_s))


def _end(expires_in: Any, token: str, now_s: float) -> float:
    """Return when a token expires: by what was said of it (in some servers a string), else by itself."""
    try:
        return now_s + float(expires_in)
    except (TypeError, ValueError):
        return expires_s(token)


def _said(found: Mapping[str, Any]) -> str:
    """Return the error of RFC 6749, 5.2."""
    error, description = found.get("error"), found.get("error_description")
    return ": ".join(str(part) for part in (error, description) if part)


def json_object(answer: Answer) -> dict[str, Any]:
    """Return the object that a body is; an empty one for what is none."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def check_secure(url: str) -> None:
    """Raise InvalidParameterError for where a secret would travel in the clear."""
    parts = urlsplit(url)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)):
        raise InvalidParameterError(
            f"Secrets are sent by https only, or to this machine, not to {parts.scheme}://{parts.hostname or ''}. "
            "Give the whole URL of the endpoint."
        )
