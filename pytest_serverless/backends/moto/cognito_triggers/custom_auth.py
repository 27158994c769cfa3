"""Sign-ins whose steps are the functions' own: define, create and verify a challenge, until tokens are issued.

moto has nothing of it. A session is kept in the pool, so it is put back with moto's state.

Source: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html (2026-11).
"""

from __future__ import annotations

import uuid
from typing import Any

from pytest_serverless.backends.moto.cognito_triggers.trigger import Triggers, attributes_of, refusal
from pytest_serverless.errors import BackendError

__all__ = ["begin", "go_on"]

_KEPT = "serverless_custom_sessions"


def begin(triggers: Triggers, user: Any) -> Any:
    """Ask for the first step."""
    if not triggers.has("DefineAuthChallenge"):
        raise refusal("InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool.")
    if user is None:
        raise refusal("UserNotFoundException", "User does not exist.")
    if not user.enabled:
        raise refusal("NotAuthorizedException", "User is disabled.")
    if user.status == "UNCONFIRMED":
        raise refusal("UserNotConfirmedException", "User is not confirmed.")
    return _next(triggers, user, [], {})


def go_on(triggers: Triggers) -> Any:
    """Have the answer to a challenge verified, and ask for the next step."""
    kept = vars(triggers.pool).get(_KEPT, {}).pop(triggers.given("Session"), None)
    if kept is None:
        raise refusal("NotAuthorizedException", "Invalid session for the user.")
    user = triggers.pool.users[kept["username"]]
    request = {
        "userAttributes": attributes_of(user),
        "privateChallengeParameters": kept["private"],
        "challengeAnswer": (triggers.given("ChallengeResponses") or {}).get("ANSWER", ""),
        **triggers.metadata,
    }
    source = "VerifyAuthChallengeResponse_Authentication"
    answer = triggers.ask("VerifyAuthChallengeResponse", source, user.username, request, {"answerCorrect": None})
    result = {
        "challengeName": "CUSTOM_CHALLENGE",
        "challengeResult": bool((answer or {}).get("answerCorrect")),
        "challengeMetadata": kept["metadata"],
    }
    return _next(triggers, user, [*kept["session"], result], triggers.metadata)


def _next(triggers: Triggers, user: Any, session: list[dict[str, Any]], metadata: dict[str, Any]) -> Any:
    from moto.core.responses import ActionResult

    request = {"userAttributes": attributes_of(user), "session": session, **metadata}
    response = dict.fromkeys(("challengeName", "issueTokens", "failAuthentication"))
    source = "DefineAuthChallenge_Authentication"
    step = triggers.ask("DefineAuthChallenge", source, user.username, request, response) or {}
    if step.get("failAuthentication"):
        raise refusal("NotAuthorizedException", "Incorrect username or password.")
    if step.get("issueTokens"):
        client = triggers.pool.clients[triggers.given("ClientId")]
        return ActionResult(triggers.pool.backend._log_user_in(triggers.pool, client, user.username))  # noqa: SLF001
    if step.get("challengeName") == "CUSTOM_CHALLENGE":
        return ActionResult(_created(triggers, user, session, metadata))
    if step.get("challengeName"):
        raise BackendError(
            f"DefineAuthChallenge asks for {step['challengeName']}; in a custom sign-in the mocked Cognito knows "
            "CUSTOM_CHALLENGE alone."
        )
    raise refusal("InvalidLambdaResponseException", "Unrecognizable lambda output")


def _created(triggers: Triggers, user: Any, session: list[dict[str, Any]], metadata: dict[str, Any]) -> dict[str, Any]:
    """Ask for a challenge, and keep what its answer is verified with."""
    request = {
        "userAttributes": attributes_of(user),
        "challengeName": "CUSTOM_CHALLENGE",
        "session": session,
        **metadata,
    }
    response = dict.fromkeys(("publicChallengeParameters", "privateChallengeParameters", "challengeMetadata"))
    source = "CreateAuthChallenge_Authentication"
    made = triggers.ask("CreateAuthChallenge", source, user.username, request, response) or {}
    token = str(uuid.uuid4())
    vars(triggers.pool).setdefault(_KEPT, {})[token] = {
        "username": user.username,
        "session": session,
        "private": made.get("privateChallengeParameters") or {},
        "metadata": made.get("challengeMetadata"),
    }
    public = made.get("publicChallengeParameters") or {}
    return {
        "ChallengeName": "CUSTOM_CHALLENGE",
        "Session": token,
        "ChallengeParameters": {"USERNAME": user.username, **public},
    }
