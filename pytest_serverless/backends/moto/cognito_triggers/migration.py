"""Users that are not in the pool, and that a function fetches from where they are.

Source: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-migrate-user.html (2026-11).
"""

from __future__ import annotations

from typing import Any

from pytest_serverless.backends.moto.cognito_triggers.trigger import Triggers, refusal

__all__ = ["migrate"]

_RESPONSE = (
    "userAttributes",
    "forceAliasCreation",
    "enableSMSMFA",
    "finalUserStatus",
    "messageAction",
    "desiredDeliveryMediums",
)


def migrate(triggers: Triggers, source: str, username: str, password: str | None) -> Any:
    """Ask UserMigration for a user and put it into the pool; None where there is no such trigger.

    Whatever is wrong with the function or its answer, the client is told the same.
    """
    if not triggers.has("UserMigration"):
        return None
    signs_in = source == "UserMigration_Authentication"
    metadata = triggers.given("ClientMetadata")
    request = {"password": password, "validationData": metadata if signs_in else None}
    if not signs_in:
        request |= triggers.metadata
    answer = _asked(triggers, source, username, request)
    user = _made(triggers.pool, username, password, answer)
    triggers.pool.users[user.username] = user
    return user


def _asked(triggers: Triggers, source: str, username: str, request: dict[str, Any]) -> dict[str, Any]:
    from moto.core.exceptions import JsonRESTError

    try:
        answer = triggers.ask("UserMigration", source, username, request, dict.fromkeys(_RESPONSE))
    except JsonRESTError:
        answer = None
    if not answer or not answer.get("userAttributes"):
        client = triggers.given("ClientId")
        raise refusal("UserNotFoundException", f"Exception migrating user in app client {client}")
    return answer


def _made(pool: Any, username: str, password: str | None, answer: dict[str, Any]) -> Any:
    from moto.cognitoidp.models import CognitoIdpUser, UserStatus
    from moto.cognitoidp.utils import expand_attrs

    attributes = {name: value for name, value in answer["userAttributes"].items() if name != "username"}
    status = UserStatus.CONFIRMED if answer.get("finalUserStatus") == "CONFIRMED" else UserStatus.RESET_REQUIRED
    aliased = pool.extended_config.get("UsernameAttributes")
    return CognitoIdpUser(pool.id, None if aliased else username, password, status, expand_attrs(attributes))
