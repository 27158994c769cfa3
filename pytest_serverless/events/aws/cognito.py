"""Amazon Cognito user pools: what their triggers hand to a function, and want back with its `response` filled in.

Source: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
(2026-11); the shapes stand in `cognito_shapes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pytest_serverless.events.aws.cognito_shapes import NO_CLIENT, SHAPES
from pytest_serverless.events.aws.source import AwsCommon, AwsEventSource
from pytest_serverless.events.source import Event, event_type

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["CognitoEvents"]

_PAGES = "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-"

Attributes = Mapping[str, str]
TokenSource = Literal["Authentication", "HostedAuth", "NewPasswordChallenge", "AuthenticateDevice", "RefreshTokens"]
MessageSource = Literal[
    "SignUp",
    "AdminCreateUser",
    "ResendCode",
    "ForgotPassword",
    "UpdateUserAttribute",
    "VerifyUserAttribute",
    "Authentication",
]


class PoolOptions(AwsCommon, total=False):
    """What any trigger's event may have."""

    user_pool_id: str
    """The pool's id; its region is the event's."""
    client_id: str
    """The app client's id."""


class MetadataOptions(PoolOptions, total=False):
    """What the events have of requests that take client metadata."""

    client_metadata: Mapping[str, str]
    """The request's ClientMetadata; without it the event has none."""


class CognitoEvents(AwsEventSource):
    """Amazon Cognito user pool triggers.

    `attributes` are the user's, all texts (`"email_verified": "true"`); the service adds `sub` and
    `cognito:user_status` to those of a user that exists.
    """

    name = "aws.cognito"

    @event_type("Somebody signs up", reference=f"{_PAGES}pre-sign-up.html", shape=SHAPES["pre_sign_up"])
    def pre_sign_up(
        self,
        username: str = "alice",
        *,
        source: Literal["SignUp", "AdminCreateUser", "ExternalProvider"] = "SignUp",
        attributes: Attributes | None = None,
        validation_data: Mapping[str, str] | None = None,
        **options: Unpack[MetadataOptions],
    ) -> Event:
        """Build the event before a user is made; there is no user yet, so there is no `sub`."""
        given = {"email": "alice@example.com"} if attributes is None else dict(attributes)
        if source == "AdminCreateUser":
            options = {"client_id": NO_CLIENT, **options}
        request = {"userAttributes": given, "validationData": validation_data}
        return self._event("pre_sign_up", f"PreSignUp_{source}", username, request, options)

    @event_type("A user was confirmed", reference=f"{_PAGES}post-confirmation.html", shape=SHAPES["post_confirmation"])
    def post_confirmation(
        self,
        username: str = "alice",
        *,
        source: Literal["ConfirmSignUp", "ConfirmForgotPassword"] = "ConfirmSignUp",
        attributes: Attributes | None = None,
        **options: Unpack[MetadataOptions],
    ) -> Event:
        """Build the event after a user, or a new password, was confirmed."""
        request = {"userAttributes": self._user(attributes)}
        return self._event("post_confirmation", f"PostConfirmation_{source}", username, request, options)

    @event_type("A user signs in", reference=f"{_PAGES}pre-authentication.html", shape=SHAPES["pre_authentication"])
    def pre_authentication(
        self,
        username: str = "alice",
        *,
        attributes: Attributes | None = None,
        validation_data: Mapping[str, str] | None = None,
        **options: Unpack[PoolOptions],
    ) -> Event:
        """Build the event before a password is checked; `validation_data` is the request's ClientMetadata."""
        request = {"userAttributes": self._user(attributes), "validationData": validation_data}
        return self._event("pre_authentication", "PreAuthentication_Authentication", username, request, options)

    @event_type("A user signed in", reference=f"{_PAGES}post-authentication.html", shape=SHAPES["post_authentication"])
    def post_authentication(
        self,
        username: str = "alice",
        *,
        attributes: Attributes | None = None,
        new_device: bool = False,
        **options: Unpack[MetadataOptions],
    ) -> Event:
        """Build the event after a user signed in, before there are tokens."""
        request = {"userAttributes": self._user(attributes), "newDeviceUsed": new_device}
        return self._event("post_authentication", "PostAuthentication_Authentication", username, request, options)

    @event_type("Tokens are made", reference=f"{_PAGES}pre-token-generation.html", shape=SHAPES["pre_token_generation"])
    def pre_token_generation(
        self,
        username: str = "alice",
        *,
        source: TokenSource = "Authentication",
        attributes: Attributes | None = None,
        groups: Sequence[str] = (),
        **options: Unpack[MetadataOptions],
    ) -> Event:
        """Build the event (version 1) before an id token is made; `groups` are the user's."""
        request = {"userAttributes": self._user(attributes), "groupConfiguration": _groups(groups)}
        return self._event("pre_token_generation", f"TokenGeneration_{source}", username, request, options)

    @event_type(
        "Tokens are made, and the access token's claims may be changed, too",
        reference=f"{_PAGES}pre-token-generation.html",
        shape=SHAPES["pre_token_generation_v2"],
    )
    def pre_token_generation_v2(
        self,
        username: str = "alice",
        *,
        version: Literal["2", "3"] = "2",
        source: TokenSource = "Authentication",
        attributes: Attributes | None = None,
        groups: Sequence[str] = (),
        scopes: Sequence[str] = ("aws.cognito.signin.user.admin",),
        **options: Unpack[MetadataOptions],
    ) -> Event:
        """Build the event (version 2, or 3) before an id token and an access token are made."""
        request = {
            "userAttributes": self._user(attributes),
            "groupConfiguration": _groups(groups),
            "scopes": list(scopes),
        }
        found = f"TokenGeneration_{source}"
        return self._event("pre_token_generation_v2", found, username, request, options, version=version)

    @event_type("A user is missing", reference=f"{_PAGES}migrate-user.html", shape=SHAPES["user_migration"])
    def user_migration(
        self,
        username: str = "alice",
        *,
        password: str = "Correct-Horse-1",  # noqa: S107  # somebody's, in a test
        source: Literal["Authentication", "ForgotPassword"] = "Authentication",
        validation_data: Mapping[str, str] | None = None,
        **options: Unpack[MetadataOptions],
    ) -> Event:
        """Build the event of somebody who is not in the pool; who forgot the password sends none."""
        request = {"password": password if source == "Authentication" else None, "validationData": validation_data}
        return self._event("user_migration", f"UserMigration_{source}", username, request, options)

    @event_type("A message is sent", reference=f"{_PAGES}custom-message.html", shape=SHAPES["custom_message"])
    def custom_message(
        self,
        username: str = "alice",
        *,
        source: MessageSource = "SignUp",
        attributes: Attributes | None = None,
        **options: Unpack[MetadataOptions],
    ) -> Event:
        """Build the event before a code is sent; the message must have `{####}`, and `{username}` if it is invited."""
        invited = source == "AdminCreateUser"
        if invited:
            options = {"client_id": NO_CLIENT, **options}
        request = {"userAttributes": self._user(attributes), "usernameParameter": "{username}" if invited else None}
        return self._event("custom_message", f"CustomMessage_{source}", username, request, options)

    @event_type(
        "The next step of a custom sign-in is asked for",
        reference=f"{_PAGES}define-auth-challenge.html",
        shape=SHAPES["define_auth_challenge"],
    )
    def define_auth_challenge(
        self,
        username: str = "alice",
        *,
        session: Sequence[Mapping[str, Any]] = (),
        attributes: Attributes | None = None,
        **options: Unpack[MetadataOptions],
    ) -> Event:
        """Build the event; `session` are the challenges so far, each with challengeName and challengeResult."""
        request = {"userAttributes": self._user(attributes), "session": [dict(each) for each in session]}
        return self._event("define_auth_challenge", "DefineAuthChallenge_Authentication", username, request, options)

    @event_type(
        "A challenge is to be made",
        reference=f"{_PAGES}create-auth-challenge.html",
        shape=SHAPES["create_auth_challenge"],
    )
    def create_auth_challenge(
        self,
        username: str = "alice",
        *,
        session: Sequence[Mapping[str, Any]] = (),
        attributes: Attributes | None = None,
        **options: Unpack[MetadataOptions],
    ) -> Event:
        """Build the event; `session` is as in `define_auth_challenge`."""
        request = {"userAttributes": self._user(attributes), "session": [dict(each) for each in session]}
        return self._event("create_auth_challenge", "CreateAuthChallenge_Authentication", username, request, options)

    @event_type(
        "A challenge was answered",
        reference=f"{_PAGES}verify-auth-challenge-response.html",
        shape=SHAPES["verify_auth_challenge"],
    )
    def verify_auth_challenge(
        self,
        username: str = "alice",
        *,
        answer: str = "5",
        private_parameters: Mapping[str, str] | None = None,
        attributes: Attributes | None = None,
        **options: Unpack[MetadataOptions],
    ) -> Event:
        """Build the event; `private_parameters` are those that the function before made for the challenge."""
        request = {
            "userAttributes": self._user(attributes),
            "privateChallengeParameters": {"answer": "5"} if private_parameters is None else private_parameters,
            "challengeAnswer": answer,
        }
        found = "VerifyAuthChallengeResponse_Authentication"
        return self._event("verify_auth_challenge", found, username, request, options)

    def _user(self, attributes: Attributes | None) -> dict[str, str]:
        """Return the attributes of a user that exists."""
        if attributes is not None:
            return dict(attributes)
        confirmed = {"cognito:user_status": "CONFIRMED", "email_verified": "true"}
        return {"sub": self.mint.uuid(), **confirmed, "email": "alice@example.com"}

    def _event(
        self, shape: str, source: str, username: str, request: Mapping[str, Any], options: Any, **given: Any
    ) -> Event:
        place = self.place(options)
        metadata = {"clientMetadata": options["client_metadata"]} if "client_metadata" in options else {}
        pool = options.get("user_pool_id") or f"{place.region}_{self.mint.alphanumeric(9)}"
        caller = {"clientId": options["client_id"]} if "client_id" in options else {}
        built = {
            **given,
            "userPoolId": pool,
            "userName": username,
            "callerContext": caller,
            "triggerSource": source,
            "request": {**request, **metadata},
        }
        return self.complete(SHAPES[shape], built, options)


def _groups(groups: Sequence[str]) -> dict[str, Any]:
    return {"groupsToOverride": list(groups), "iamRolesToOverride": [], "preferredRole": None}
