"""What a function may fill into a trigger's `response`; for anything else the service has one message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["is_answer"]

Test = Callable[[Any], bool]


def is_answer(trigger: str, version: str, response: Any) -> bool:
    """Tell whether a pool takes this for the answer of a trigger's function; what it does not know it passes over."""
    key = f"{trigger} 2" if trigger == "PreTokenGeneration" and version != "1" else trigger
    return _members(_ANSWERS.get(key, {}))(response)


def _boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _map(value: Any) -> bool:
    return isinstance(value, dict)


def _text_map(value: Any) -> bool:
    return isinstance(value, dict) and all(each is None or isinstance(each, str) for each in value.values())


def _members(tests: Mapping[str, Test]) -> Test:
    """An object whose members are null or as their tests want them."""

    def accepts(value: Any) -> bool:
        return isinstance(value, dict) and all(
            value.get(name) is None or test(value[name]) for name, test in tests.items()
        )

    return accepts


_GROUPS = _members({"groupsToOverride": _texts, "iamRolesToOverride": _texts, "preferredRole": _text})
_CLAIMS = {"claimsToAddOrOverride": _map, "claimsToSuppress": _texts}
_ANSWERS: dict[str, Mapping[str, Test]] = {
    "PreSignUp": dict.fromkeys(("autoConfirmUser", "autoVerifyEmail", "autoVerifyPhone"), _boolean),
    "CustomMessage": dict.fromkeys(("smsMessage", "emailMessage", "emailSubject"), _text),
    "DefineAuthChallenge": {"challengeName": _text, "issueTokens": _boolean, "failAuthentication": _boolean},
    "CreateAuthChallenge": {
        "publicChallengeParameters": _text_map,
        "privateChallengeParameters": _text_map,
        "challengeMetadata": _text,
    },
    "VerifyAuthChallengeResponse": {"answerCorrect": _boolean},
    "UserMigration": {
        "userAttributes": _text_map,
        "finalUserStatus": _text,
        "messageAction": _text,
        "desiredDeliveryMediums": _texts,
        "forceAliasCreation": _boolean,
        "enableSMSMFA": _boolean,
    },
    # Claims are texts in version 1: a list is "Unrecognizable lambda output". Later versions take any JSON.
    "PreTokenGeneration": {
        "claimsOverrideDetails": _members(
            {**_CLAIMS, "claimsToAddOrOverride": _text_map, "groupOverrideDetails": _GROUPS}
        )
    },
    "PreTokenGeneration 2": {
        "claimsAndScopeOverrideDetails": _members(
            {
                "idTokenGeneration": _members(_CLAIMS),
                "accessTokenGeneration": _members({**_CLAIMS, "scopesToAdd": _texts, "scopesToSuppress": _texts}),
                "groupOverrideDetails": _GROUPS,
            }
        )
    },
}
