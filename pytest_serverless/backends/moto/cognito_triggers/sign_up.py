"""Users that sign up, are invited, are confirmed, or have forgotten their password."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pytest_serverless.backends.moto.cognito_triggers.migration import migrate
from pytest_serverless.backends.moto.cognito_triggers.trigger import Triggers, attributes_of, refusal

__all__ = ["confirm", "confirm_password", "create", "forgot_password", "send_message", "sign_up"]

Proceed = Callable[[], Any]


def sign_up(triggers: Triggers, proceed: Proceed) -> Any:
    """Ask PreSignUp, which may confirm or refuse; then PostConfirmation or CustomMessage."""
    pool = triggers.pool
    done = proceed()
    user = _take_out(pool, lambda each: each.id == done.result["UserSub"])
    answer = _ask_pre_sign_up(triggers, "PreSignUp_SignUp", user) or {}
    _verify(user, {"email": answer.get("autoVerifyEmail"), "phone_number": answer.get("autoVerifyPhone")})
    pool.users[user.username] = user
    if answer.get("autoConfirmUser"):
        user.status = _confirmed()
        done.result["UserConfirmed"] = True
        done.result.pop("CodeDeliveryDetails", None)
        _tell_confirmed(triggers, "PostConfirmation_ConfirmSignUp", user)
    elif "CodeDeliveryDetails" in done.result:
        send_message(triggers, "CustomMessage_SignUp", user)
    return done


def create(triggers: Triggers, proceed: Proceed) -> Any:
    """Ask PreSignUp, which may only refuse, and CustomMessage for the invitation."""
    pool = triggers.pool
    done = proceed()
    user = pool.users[done.result["User"]["Username"]]
    action = triggers.given("MessageAction")
    if action != "RESEND":
        _take_out(pool, lambda each: each is user)
        _ask_pre_sign_up(triggers, "PreSignUp_AdminCreateUser", user)
        pool.users[user.username] = user
    if action != "SUPPRESS":
        send_message(triggers, "CustomMessage_AdminCreateUser", user, "{username}")
    return done


def confirm(triggers: Triggers, proceed: Proceed) -> Any:
    """Tell PostConfirmation that a user is confirmed; the code has proved the address that it was sent to."""
    done = proceed()
    user = triggers.pool._get_user(triggers.given("Username"))  # noqa: SLF001  by name or alias
    if triggers.given("ConfirmationCode"):
        proved = triggers.pool.extended_config.get("AutoVerifiedAttributes") or ()
        _verify(user, {name: name in user.attribute_lookup for name in proved})
    _tell_confirmed(triggers, "PostConfirmation_ConfirmSignUp", user)
    return done


def confirm_password(triggers: Triggers, proceed: Proceed) -> Any:
    """Tell PostConfirmation that a user has a new password."""
    done = proceed()
    user = triggers.pool._get_user(triggers.given("Username"))  # noqa: SLF001  by name or alias
    _tell_confirmed(triggers, "PostConfirmation_ConfirmForgotPassword", user)
    return done


def forgot_password(triggers: Triggers, proceed: Proceed) -> Any:
    """Ask UserMigration for a user that is missing, and CustomMessage for the code."""
    username = triggers.given("Username")
    user = triggers.pool._get_user(username) or migrate(triggers, "UserMigration_ForgotPassword", username, None)  # noqa: SLF001
    done = proceed()
    if user is not None:
        send_message(triggers, "CustomMessage_ForgotPassword", user)
    return done


def send_message(triggers: Triggers, source: str, user: Any, username: str | None = None) -> None:
    """Ask CustomMessage for the texts; nobody is sent any, but the function may refuse."""
    request = {
        "userAttributes": attributes_of(user),
        "codeParameter": "{####}",
        "linkParameter": "{##Click Here##}",
        "usernameParameter": username,
        **triggers.metadata,
    }
    response = dict.fromkeys(("smsMessage", "emailMessage", "emailSubject"))
    triggers.ask("CustomMessage", source, user.username, request, response)


def _take_out(pool: Any, wanted: Callable[[Any], bool]) -> Any:
    """Take the user that moto has just made out of the pool: while the trigger is asked there is none."""
    user = next(each for each in pool.users.values() if wanted(each))
    del pool.users[user.username]
    return user


def _ask_pre_sign_up(triggers: Triggers, source: str, user: Any) -> dict[str, Any] | None:
    attributes = {name: str(value) for name, value in user.attribute_lookup.items() if name != "sub"}
    given: Iterable[Mapping[str, str]] = triggers.given("ValidationData") or ()
    validation = {each["Name"]: each.get("Value", "") for each in given}
    request = {"userAttributes": attributes, "validationData": validation or None, **triggers.metadata}
    response = dict.fromkeys(("autoConfirmUser", "autoVerifyEmail", "autoVerifyPhone"), False)
    return triggers.ask("PreSignUp", source, user.username, request, response)


def _verify(user: Any, names: Mapping[str, Any]) -> None:
    for name in (name for name, wanted in names.items() if wanted):
        if not user.attribute_lookup.get(name):
            raise refusal("InvalidParameterException", f"The user has no {name}, which therefore cannot be verified.")
        user.update_attributes([{"Name": f"{name}_verified", "Value": "true"}])


def _tell_confirmed(triggers: Triggers, source: str, user: Any) -> None:
    request = {"userAttributes": attributes_of(user), **triggers.metadata}
    triggers.ask("PostConfirmation", source, user.username, request, {})


def _confirmed() -> Any:
    from moto.cognitoidp.models import UserStatus

    return UserStatus.CONFIRMED
