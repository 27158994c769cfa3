"""`ResendConfirmationCode`, which moto does not have: it asks CustomMessage, and nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_serverless.backends.functions import Functions
from pytest_serverless.backends.moto.cognito_triggers.sign_up import send_message
from pytest_serverless.backends.moto.cognito_triggers.trigger import Triggers, refusal
from pytest_serverless.backends.wire import Answer, Responder

__all__ = ["resending"]

_TARGET = "AWSCognitoIdentityProviderService.ResendConfirmationCode"


def resending(functions: Functions) -> Responder:
    """Return what answers this one operation, and leaves every other to moto."""

    def respond(method: str, url: str, headers: Mapping[str, Any], body: bytes) -> Answer | None:
        sent = {name.lower(): value for name, value in headers.items()}
        target = sent.get("x-amz-target", "")
        if (target.decode() if isinstance(target, bytes) else target) != _TARGET:
            return None
        from moto.core.exceptions import JsonRESTError

        try:
            return 200, {}, json.dumps({"CodeDeliveryDetails": _resend(_Parameters(json.loads(body)), functions)})
        except JsonRESTError as error:
            return 400, dict(error.get_headers()), str(error.get_body())

    return respond


class _Parameters(dict[str, Any]):
    """The parameters of a request, read as moto's requests are."""

    def _get_param(self, name: str) -> Any:
        return self.get(name)


def _resend(given: _Parameters, functions: Functions) -> dict[str, str]:
    pool = _pool_of(given["ClientId"])
    user = pool._get_user(given["Username"])  # noqa: SLF001  by name or alias
    if user is None:
        raise refusal("UserNotFoundException", "Username/client id combination not found.")
    if user.status == "CONFIRMED":
        raise refusal("InvalidParameterException", "User is already confirmed.")
    call = functions()
    if call is not None:
        send_message(Triggers(pool, given, call), "CustomMessage_ResendCode", user)
    recovery = pool.extended_config.get("AccountRecoverySetting")
    details: dict[str, str] = pool.backend._get_code_delivery_details(recovery, user, user.username)  # noqa: SLF001
    return details


def _pool_of(client: str) -> Any:
    from moto.cognitoidp.models import cognitoidp_backends

    for regions in list(cognitoidp_backends.values()):
        for backend in list(regions.values()):
            for pool in backend.user_pools.values():
                if client in pool.clients:
                    return pool
    raise refusal("ResourceNotFoundException", f"User pool client {client} does not exist.")
