"""Users of a Cognito user pool, each logged in for as long as the run lasts.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html (2026-11). The app
client must allow ALLOW_USER_PASSWORD_AUTH; what would ask a person (a second factor, a new password) is refused.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pytest_serverless.errors import CredentialsError, InvalidParameterError
from pytest_serverless.load.auth.credentials import Answer, Ask, Request, Standing
from pytest_serverless.load.auth.oauth import check_secure, json_object
from pytest_serverless.load.auth.renewal import Call, Renewal, Token, refusal
from pytest_serverless.load.auth.tokens import bearer, claims

__all__ = ["CognitoUsers", "UserPool"]

_BUSY = frozenset({"TooManyRequestsException", "LimitExceededException", "InternalErrorException"})
_HINTS = {
    "NotAuthorizedException": "check the user's password, and the client's secret if it has one",
    "UserNotFoundException": "there is no such user in the pool",
    "UserNotConfirmedException": "confirm the user first (admin-confirm-sign-up)",
    "PasswordResetRequiredException": "set the user a permanent password (admin-set-user-password --permanent)",
    "ResourceNotFoundException": "there is no such app client in this region",
    "InvalidParameterException": "the app client must allow ALLOW_USER_PASSWORD_AUTH",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPool:
    """An app client of a pool; `sends` is which of a user's tokens is sent.

    API Gateway's authorisers take the ID token, and the access token where a route asks for scopes.
    """

    region: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    sends: Literal["id", "access"] = "id"
    endpoint: str = ""

    @property
    def url(self) -> str:
        """Where it is asked."""
        return self.endpoint or f"https://cognito-idp.{self.region}.amazonaws.com/"


class CognitoUsers(Standing):
    """A pool of users, `(name, password)` each; source n sends as user n modulo their number.

    Each logs in once, with its password, and is then renewed with its refresh token, or again by its password where
    that one is refused. Cognito takes 120 log-ins a second for a pool by default, its quota of UserAuthentication
    (https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html, 2026-11).
    """

    __slots__ = ("_first", "_users")

    def __init__(self, pool: UserPool, users: Sequence[tuple[str, str]]) -> None:
        check_secure(pool.url)
        if pool.sends not in {"id", "access"}:
            raise InvalidParameterError(f"A user sends its 'id' or its 'access' token, not {pool.sends!r}.")
        if not users:
            raise CredentialsError("A Cognito user pool needs users to log in, (name, password) each; there are none.")
        self._users = [_User(pool, name, password) for name, password in users]
        self._first = 0

    def __repr__(self) -> str:
        return f"<{len(self._users)} Cognito users>"

    def headers(self, request: Request, now_s: float) -> Mapping[str, str]:
        user = self._users[request.source % len(self._users)]
        return {"Authorization": bearer(user.renewal.value(now_s))}

    def due(self, now_s: float) -> Ask | None:
        """Return the next user's request, beginning after the one that was asked for last."""
        users = self._users
        for place in range(self._first, self._first + len(users)):
            ask = users[place % len(users)].renewal.due(now_s)
            if ask is not None:
                self._first = (place + 1) % len(users)
                return ask
        return None

    def check(self, now_s: float) -> None:
        for user in self._users:
            user.renewal.value(now_s)

    def trouble(self) -> str:
        troubles = [user.renewal.trouble() for user in self._users]
        failed = [trouble for trouble in troubles if trouble]
        return f"{len(failed)} of {len(troubles)} users: {failed[0]}" if failed else ""

    def secrets(self) -> Iterable[str]:
        return [secret for user in self._users for secret in user.renewal.secrets()]


class _User:
    """One user: logged in by its password first, by its refresh token from then on."""

    __slots__ = ("_name", "_password", "_pool", "_refresh", "_refresh_name", "_spare", "renewal")

    def __init__(self, pool: UserPool, name: str, password: str) -> None:
        self._pool = pool
        self._name = name
        self._password = password
        self._refresh = ""
        self._refresh_name = name
        self._spare = ""
        self.renewal = Renewal(f"The {pool.sends} token of user {name!r}", self._call, self._read, self._known)

    def _known(self) -> Iterable[str]:
        known = (self._password, self._pool.client_secret, self._refresh, self._spare)
        return [secret for secret in known if secret]

    def _call(self) -> Call:
        if self._refresh:
            flow, name, parameters = "REFRESH_TOKEN_AUTH", self._refresh_name, {"REFRESH_TOKEN": self._refresh}
        else:
            flow, name = "USER_PASSWORD_AUTH", self._name
            parameters = {"USERNAME": name, "PASSWORD": self._password}
        if self._pool.client_secret:
            parameters["SECRET_HASH"] = _secret_hash(self._pool, name)
        body = {"AuthFlow": flow, "ClientId": self._pool.client_id, "AuthParameters": parameters}
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
        }
        return Call("POST", self._pool.url, headers, json.dumps(body).encode())

    def _read(self, answer: Answer, now_s: float) -> Token:
        found = json_object(answer)
        if answer.status != 200:
            raise self._refused(answer, found)
        if found.get("ChallengeName"):
            raise CredentialsError(
                f"Cognito asks for {found['ChallengeName']}, which nobody is there to answer. Use a user who logs in "
                "with a permanent password alone"
            )
        result = found.get("AuthenticationResult")
        result = result if isinstance(result, dict) else {}
        token = result.get("IdToken" if self._pool.sends == "id" else "AccessToken")
        expires_in = result.get("ExpiresIn")
        if not isinstance(token, str) or not token or not isinstance(expires_in, int):
            raise CredentialsError(f"Cognito answered without the {self._pool.sends} token, or when it expires")
        self._keep(result)
        return Token(token, now_s + expires_in)

    def _keep(self, result: Mapping[str, Any]) -> None:
        """Keep the refresh token, which comes with a log-in, and the name that goes with it: not an alias of it."""
        if result.get("RefreshToken"):
            self._refresh = self._spare = str(result["RefreshToken"])
            own = claims(str(result.get("AccessToken", ""))).get("username")
            self._refresh_name = own if isinstance(own, str) else self._name

    def _refused(self, answer: Answer, found: Mapping[str, Any]) -> CredentialsError:
        kind = str(found.get("__type", "")).rpartition("#")[2]
        if kind in _BUSY or answer.status >= 500:
            return refusal("Cognito", answer, kind, is_final=False)
        if self._refresh:
            self._refresh = ""
            return refusal("Cognito", answer, f"{kind} for the refresh token; logging in again", is_final=False)
        message = str(found.get("message") or found.get("Message") or "").rstrip(".")
        hint = f": {_HINTS[kind]}" if kind in _HINTS else ""
        text = f"{kind}: {message}{hint}" if kind else ""
        return refusal("Cognito", answer, text)


def _secret_hash(pool: UserPool, name: str) -> str:
    """Return what shows that a client has its secret: an HMAC of the user's name and the client's id."""
    digest = hmac.digest(pool.client_secret.encode(), f"{name}{pool.client_id}".encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()
