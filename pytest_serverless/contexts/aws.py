"""The context object of AWS Lambda's Python runtime.

Attributes, types and values are those of AWS's runtime interface client (`awslambdaric`, held to it by test) and of
https://docs.aws.amazon.com/lambda/latest/dg/python-context.html (2026-11).
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.clock import SYSTEM, Clock

__all__ = ["Client", "ClientContext", "CognitoIdentity", "LambdaContext", "make_lambda_context"]

_W3C_FIELDS = ("traceparent", "tracestate", "baggage")


class _Record:
    """An object with a fixed set of attributes, None unless given; any other name is an `AttributeError`."""

    __slots__: tuple[str, ...] = ()

    def __init__(self, values: Mapping[str, Any]) -> None:
        for name in self.__slots__:
            setattr(self, name, values.get(name))

    def __repr__(self) -> str:
        return f"{type(self).__name__}([{','.join(f'{name}={getattr(self, name)}' for name in self.__slots__)}])"


class CognitoIdentity(_Record):
    """Who called, by Amazon Cognito; its attributes are None unless the mobile SDK was used."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")
    cognito_identity_id: str | None
    cognito_identity_pool_id: str | None


class Client(_Record):
    """The mobile application that called."""

    __slots__ = (  # noqa: RUF023  # in the order in which they are shown
        "installation_id",
        "app_title",
        "app_version_name",
        "app_version_code",
        "app_package_name",
    )
    installation_id: str | None
    app_title: str | None
    app_version_name: str | None
    app_version_code: str | None
    app_package_name: str | None


class ClientContext(_Record):
    """What the caller sent in `ClientContext`."""

    __slots__ = ("custom", "env", "client")  # noqa: RUF023  # in the order in which they are shown
    custom: dict[str, Any] | None
    env: dict[str, Any] | None
    client: Client | None

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        if values.get("client") is not None:
            self.client = Client(values["client"])


class LambdaContext:
    """What a Lambda function is told about its invocation.

    `memory_limit_in_mb` is text. `identity` is never None; `client_context` is, unless the caller sent one. The
    deadline is read from the clock, in milliseconds since the epoch.
    """

    aws_request_id: str
    log_group_name: str
    log_stream_name: str
    function_name: str
    memory_limit_in_mb: str
    function_version: str
    invoked_function_arn: str
    tenant_id: str | None
    client_context: ClientContext | None
    identity: CognitoIdentity

    def __init__(
        self, attributes: Mapping[str, Any], *, deadline_ms: int, clock: Clock, w3c: Mapping[str, str]
    ) -> None:
        self.__dict__.update(attributes)
        self._epoch_deadline_time_in_ms = deadline_ms
        self._clock = clock
        self._w3c_fields = dict(w3c)

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left until the timeout; 0 when it has passed."""
        return max(0, self._epoch_deadline_time_in_ms - int(self._clock.now() * 1000))

    def log(self, msg: object) -> None:
        """Write to the function's log."""
        sys.stdout.write(str(msg))

    def w3c(self) -> dict[str, str]:
        """Return the W3C trace context of the invocation; empty unless the caller sent one."""
        return dict(self._w3c_fields)

    def __repr__(self) -> str:
        shown = (
            "aws_request_id",
            "log_group_name",
            "log_stream_name",
            "function_name",
            "memory_limit_in_mb",
            "function_version",
            "invoked_function_arn",
            "client_context",
            "identity",
            "tenant_id",
        )
        return f"LambdaContext([{','.join(f'{name}={getattr(self, name)}' for name in shown)}])"


def make_lambda_context(
    *,
    function_name: str = "test-function",
    memory_mb: int = 128,
    timeout: float = 3.0,
    request_id: str | None = None,
    settings: LambdaSettings | None = None,
    log_stream: str | None = None,
    client_context: Mapping[str, Any] | None = None,
    cognito_identity: Mapping[str, str] | None = None,
    tenant_id: str | None = None,
    deadline: float | None = None,
    clock: Clock = SYSTEM,
) -> LambdaContext:
    """Make the context of one invocation.

    `timeout` is in seconds from now; `deadline` (epoch seconds) overrules it. `client_context` is what a caller sends:
    `custom`, `env` and `client` (its keys as in `Client`). `cognito_identity` has `cognitoIdentityId` and
    `cognitoIdentityPoolId`. An alias or a version goes into `settings.qualifier`.
    """
    settings = settings or LambdaSettings()
    now = clock.now()
    sent = dict(client_context) if client_context is not None else None
    w3c = sent.pop("w3c", None) if sent is not None else None
    identity = cognito_identity or {}
    attributes = {
        "aws_request_id": request_id or str(uuid.uuid4()),
        "log_group_name": settings.log_group_of(function_name),
        "log_stream_name": log_stream or log_stream_name(settings.version, now, uuid.uuid4().hex),
        "function_name": function_name,
        "memory_limit_in_mb": str(memory_mb),
        "function_version": settings.version,
        "invoked_function_arn": settings.invoked_arn(function_name),
        "tenant_id": tenant_id,
        "client_context": None if sent is None else ClientContext(sent),
        "identity": CognitoIdentity(
            {
                "cognito_identity_id": identity.get("cognitoIdentityId"),
                "cognito_identity_pool_id": identity.get("cognitoIdentityPoolId"),
            }
        ),
    }
    trace = w3c if isinstance(w3c, dict) else {}
    fields = {name: trace[name] for name in _W3C_FIELDS if isinstance(trace.get(name), str)}
    end = now + timeout if deadline is None else deadline
    return LambdaContext(attributes, deadline_ms=int(end * 1000), clock=clock, w3c=fields)


def log_stream_name(version: str, moment: float, suffix: str) -> str:
    """Return the name of a log stream: the day, the version, and 32 hexadecimal digits."""
    return f"{datetime.fromtimestamp(moment, tz=timezone.utc):%Y/%m/%d}/[{version}]{suffix}"
