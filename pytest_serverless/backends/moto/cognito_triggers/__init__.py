"""Cognito's user pools call functions before they answer; this is where moto's operations let them.

`patches` replaces the operations of moto's responses (not of its models: client metadata and validation data get no
further). Without an application, or without a trigger, an operation is moto's own.

Which operation calls what (2026-11):
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_serverless.backends.functions import Functions
from pytest_serverless.backends.moto.cognito_triggers import sign_in, sign_up
from pytest_serverless.backends.moto.cognito_triggers.resend import resending
from pytest_serverless.backends.moto.cognito_triggers.trigger import Triggers
from pytest_serverless.backends.moto.feed import Patch

__all__ = ["patches", "resending"]

Operation = Callable[[Triggers, Callable[[], Any]], Any]

_OPERATIONS: dict[str, Operation] = {
    "admin_confirm_sign_up": sign_up.confirm,
    "admin_create_user": sign_up.create,
    "admin_initiate_auth": sign_in.initiate,
    "admin_respond_to_auth_challenge": sign_in.respond,
    "confirm_forgot_password": sign_up.confirm_password,
    "confirm_sign_up": sign_up.confirm,
    "forgot_password": sign_up.forgot_password,
    "initiate_auth": sign_in.initiate,
    "respond_to_auth_challenge": sign_in.respond,
    "sign_up": sign_up.sign_up,
}


def patches(functions: Functions) -> list[Patch]:
    """Return the replacements that call the application's functions; each does what the original does."""
    module = "moto.cognitoidp.responses"
    return [
        (module, f"CognitoIdpResponse.{name}", _calling(functions, operation))
        for name, operation in _OPERATIONS.items()
    ]


def _calling(functions: Functions, operation: Operation) -> Callable[..., Any]:
    def replace(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def perform(self: Any) -> Any:
            call = functions()
            pool = _pool_of(self) if call is not None else None
            if call is None or pool is None:
                return original(self)
            return operation(Triggers(pool, self, call), lambda: original(self))

        return perform

    return replace


def _pool_of(request: Any) -> Any:
    """Return the pool that a request names, by its id or a client's; None leaves it to moto to refuse."""
    from moto.cognitoidp.models import cognitoidp_backends

    named, client = request._get_param("UserPoolId"), request._get_param("ClientId")  # noqa: SLF001  moto's only way
    if named is not None:
        return request.backend.user_pools.get(named)
    regions = cognitoidp_backends[request.current_account].values()
    pools = (pool for backend in list(regions) for pool in backend.user_pools.values())
    return next((pool for pool in pools if client in pool.clients), None)
