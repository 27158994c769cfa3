"""Users that sign in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_serverless.backends.moto.cognito_triggers import custom_auth
from pytest_serverless.backends.moto.cognito_triggers.migration import migrate
from pytest_serverless.backends.moto.cognito_triggers.tokens import finish
from pytest_serverless.backends.moto.cognito_triggers.trigger import Triggers, attributes_of, refusal

__all__ = ["initiate", "respond"]

Proceed = Callable[[], Any]

_REFRESH = ("REFRESH_TOKEN", "REFRESH_TOKEN_AUTH")
_WITH_PASSWORD = ("USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH")


def initiate(triggers: Triggers, proceed: Proceed) -> Any:
    """Ask PreAuthentication, then what hands out tokens; the request's client metadata is for the first alone."""
    flow, given = triggers.given("AuthFlow"), triggers.given("AuthParameters") or {}
    if flow in _REFRESH:
        return finish(triggers, proceed(), "RefreshTokens", metadata={}, signed_in=False)
    username = given.get("USERNAME", "")
    user = triggers.pool._get_user(username)  # noqa: SLF001  by name or alias
    if user is None and flow in _WITH_PASSWORD:
        user = _migrated(triggers, username, given.get("PASSWORD"))
    _ask_pre_authentication(triggers, username, user)
    if flow == "CUSTOM_AUTH":
        return finish(triggers, custom_auth.begin(triggers, user), "Authentication", metadata={})
    return finish(triggers, proceed(), "Authentication", metadata={})


def respond(triggers: Triggers, proceed: Proceed) -> Any:
    """Go on with a sign-in; client metadata is for all that this calls."""
    challenge, metadata = triggers.given("ChallengeName"), triggers.metadata
    done = custom_auth.go_on(triggers) if challenge == "CUSTOM_CHALLENGE" else proceed()
    source = "NewPasswordChallenge" if challenge == "NEW_PASSWORD_REQUIRED" else "Authentication"
    return finish(triggers, done, source, metadata=metadata)


def _migrated(triggers: Triggers, username: str, password: str | None) -> Any:
    user = migrate(triggers, "UserMigration_Authentication", username, password)
    if user is not None and user.status != "CONFIRMED":
        raise refusal("PasswordResetRequiredException", "Password reset required for the user")
    return user


def _ask_pre_authentication(triggers: Triggers, username: str, user: Any) -> None:
    """Ask about a user; about one who is not there only where the client must not tell that."""
    request: dict[str, Any] = {"validationData": triggers.given("ClientMetadata")}
    if user is None:
        client = triggers.pool.clients.get(triggers.given("ClientId"))
        if client is None or client.extended_config.get("PreventUserExistenceErrors") != "ENABLED":
            return
        request = {"userAttributes": {}, **request, "userNotFound": True}
    elif not user.enabled:
        return
    else:
        username, request = user.username, {"userAttributes": attributes_of(user), **request}
    triggers.ask("PreAuthentication", "PreAuthentication_Authentication", username, request, {})
