"""What the events of Amazon Cognito's user pool triggers look like.

Source: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
and its pages on each trigger (2026-11), and events that functions logged: what the function is to fill in is null; a
map that the request did not give is null (`validationData`) or not there (`clientMetadata`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_serverless.events.aws.values import REGION, is_arn
from pytest_serverless.events.shape import (
    OPTIONAL,
    Field,
    Object,
    Shape,
    Value,
    field,
    list_of,
    map_of,
    nullable,
    obj,
)
from pytest_serverless.events.values import ANY_JSON, BOOLEAN, TEXT, const, one_of, pattern, text

__all__ = ["CLIENT_ID", "NO_CLIENT", "POOL_ID", "SHAPES"]

NO_CLIENT = "CLIENT_ID_NOT_APPLICABLE"
"""Stands for the client where an administrator's request has none."""

POOL_ID = pattern(
    "user-pool-id",
    "a user pool's id such as us-east-1_AbCdEfGhI",
    r"[a-z]{2,3}(-[a-z]+)+-\d_[0-9A-Za-z]+",
    lambda mint: f"us-east-1_{mint.alphanumeric(9)}",
)
CLIENT_ID = pattern("client-id", "an app client's id", r"[\w+]+", lambda mint: mint.hex(26))
_ATTRIBUTES = field("userAttributes", map_of(TEXT, TEXT))
_METADATA = field("clientMetadata", nullable(map_of(TEXT, TEXT)), OPTIONAL)
_VALIDATION = field("validationData", nullable(map_of(TEXT, TEXT)))
_NOT_FOUND = field("userNotFound", BOOLEAN, OPTIONAL)
_ROLE = Value("arn", "an ARN of a role", is_arn, lambda _: "arn:aws:iam::123456789012:role/group")
_GROUPS = obj(
    field("groupsToOverride", list_of(TEXT, least=0)),
    field("iamRolesToOverride", list_of(_ROLE, least=0)),
    field("preferredRole", nullable(_ROLE)),
)
_SESSION = field(
    "session",
    list_of(
        obj(
            field("challengeName", text("SRP_A")),
            field("challengeResult", BOOLEAN),
            field("challengeMetadata", nullable(TEXT), OPTIONAL),
        ),
        least=0,
    ),
)
_TEXTS = map_of(TEXT, TEXT)


def _answers(**nodes: Any) -> Object:
    """What the function is to fill in: null until it has."""
    return obj(*(field(name, nullable(node)) for name, node in nodes.items()))


def _shape(
    trigger: str, sources: tuple[str, ...], request: Object, response: Object, versions: tuple[str, ...] = ("1",)
) -> Shape:
    head = "TokenGeneration" if trigger == "PreTokenGeneration" else trigger
    node = obj(
        field("version", one_of(*versions) if len(versions) > 1 else const(versions[0])),
        field(
            "region", REGION, derive=lambda scope: scope["userPoolId"].partition("_")[0], because="the pool's id has it"
        ),
        field("userPoolId", POOL_ID),
        field("userName", TEXT, *_named(trigger)),
        field(
            "callerContext", obj(field("awsSdkVersion", text("aws-sdk-unknown-unknown")), field("clientId", CLIENT_ID))
        ),
        field("triggerSource", one_of(*(f"{head}_{source}" for source in sources))),
        field("request", request),
        field("response", response),
    )
    return Shape("aws.cognito", node, _claims(f"{head}_", versions))


def _named(trigger: str) -> tuple[None, ...]:
    """A token that is made for a client, not for a user, has no user's name."""
    return (OPTIONAL,) if trigger == "PreTokenGeneration" else ()


def _claims(head: str, versions: tuple[str, ...]) -> Callable[[Any], bool]:
    def claims(event: Any) -> bool:
        source = event.get("triggerSource")
        if not (isinstance(source, str) and source.startswith(head) and "userPoolId" in event):
            return False
        return head != "TokenGeneration_" or (str(event.get("version")) in ("2", "3")) == ("2" in versions)

    return claims


def _request(*fields: Field) -> Object:
    return obj(_ATTRIBUTES, *fields)


_AUTH = ("Authentication",)
_TOKENS = ("Authentication", "HostedAuth", "NewPasswordChallenge", "AuthenticateDevice", "RefreshTokens")
_MESSAGES = (
    "SignUp",
    "AdminCreateUser",
    "ResendCode",
    "ForgotPassword",
    "UpdateUserAttribute",
    "VerifyUserAttribute",
    "Authentication",
)
_MIGRATED = _answers(
    userAttributes=_TEXTS,
    forceAliasCreation=BOOLEAN,
    enableSMSMFA=BOOLEAN,
    finalUserStatus=TEXT,
    messageAction=TEXT,
    desiredDeliveryMediums=list_of(TEXT, least=0),
)
_CONFIRMED = obj(
    field("autoConfirmUser", BOOLEAN), field("autoVerifyEmail", BOOLEAN), field("autoVerifyPhone", BOOLEAN)
)
_GROUP_FIELD = field("groupConfiguration", _GROUPS)

SHAPES = {
    "pre_sign_up": _shape(
        "PreSignUp",
        ("SignUp", "AdminCreateUser", "ExternalProvider"),
        _request(_VALIDATION, _METADATA),
        _CONFIRMED,
    ),
    "post_confirmation": _shape(
        "PostConfirmation", ("ConfirmSignUp", "ConfirmForgotPassword"), _request(_METADATA), obj()
    ),
    "pre_authentication": _shape("PreAuthentication", _AUTH, _request(_VALIDATION, _NOT_FOUND), obj()),
    "post_authentication": _shape(
        "PostAuthentication", _AUTH, _request(field("newDeviceUsed", BOOLEAN), _METADATA), obj()
    ),
    "pre_token_generation": _shape(
        "PreTokenGeneration", _TOKENS, _request(_GROUP_FIELD, _METADATA), _answers(claimsOverrideDetails=ANY_JSON)
    ),
    "pre_token_generation_v2": _shape(
        "PreTokenGeneration",
        (*_TOKENS, "ClientCredentials"),
        _request(_GROUP_FIELD, field("scopes", list_of(TEXT, least=0)), _METADATA),
        _answers(claimsAndScopeOverrideDetails=ANY_JSON),
        ("2", "3"),
    ),
    "user_migration": _shape(
        "UserMigration",
        ("Authentication", "ForgotPassword"),
        obj(field("password", nullable(TEXT)), _VALIDATION, _METADATA),
        _MIGRATED,
    ),
    "custom_message": _shape(
        "CustomMessage",
        _MESSAGES,
        _request(
            field("codeParameter", text("{####}")),
            field("linkParameter", text("{##Click Here##}")),
            field("usernameParameter", nullable(TEXT)),
            _METADATA,
        ),
        _answers(smsMessage=TEXT, emailMessage=TEXT, emailSubject=TEXT),
    ),
    "define_auth_challenge": _shape(
        "DefineAuthChallenge",
        _AUTH,
        _request(_SESSION, _METADATA, _NOT_FOUND),
        _answers(challengeName=TEXT, issueTokens=BOOLEAN, failAuthentication=BOOLEAN),
    ),
    "create_auth_challenge": _shape(
        "CreateAuthChallenge",
        _AUTH,
        _request(field("challengeName", text("CUSTOM_CHALLENGE")), _SESSION, _METADATA, _NOT_FOUND),
        _answers(publicChallengeParameters=_TEXTS, privateChallengeParameters=_TEXTS, challengeMetadata=TEXT),
    ),
    "verify_auth_challenge": _shape(
        "VerifyAuthChallengeResponse",
        _AUTH,
        _request(
            field("privateChallengeParameters", nullable(_TEXTS)),
            field("challengeAnswer", TEXT),
            _METADATA,
            _NOT_FOUND,
        ),
        _answers(answerCorrect=BOOLEAN),
    ),
}
"""The shapes by the names of their builders."""
