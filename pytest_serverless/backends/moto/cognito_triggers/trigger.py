"""One call of a user pool's trigger: the event, the function's answer, and what is wrong with it.

Source: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
(2026-11); the errors are worded as clients have quoted them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_serverless.backends.functions import FunctionCaller
from pytest_serverless.backends.moto.cognito_triggers.answers import is_answer
from pytest_serverless.outcome import Outcome

__all__ = ["Triggers", "attributes_of", "refusal"]

_NO_CLIENT = "CLIENT_ID_NOT_APPLICABLE"
_VERSIONS = {"V1_0": "1", "V2_0": "2", "V3_0": "3"}


def refusal(code: str, message: str) -> Exception:
    """Return the error that moto answers a request with."""
    from moto.core.exceptions import JsonRESTError

    return JsonRESTError(code, message)


def attributes_of(user: Any) -> dict[str, str]:
    """Return the attributes of a user that exists, as triggers get them."""
    status = getattr(user.status, "value", user.status)
    own = {name: str(value) for name, value in user.attribute_lookup.items()}
    return {"sub": user.id, "cognito:user_status": str(status), **own}


class Triggers:
    """The triggers of a pool, for one request to it."""

    def __init__(self, pool: Any, request: Any, call: FunctionCaller) -> None:
        self.pool = pool
        self._request = request
        self._call = call

    def given(self, name: str, default: Any = None) -> Any:
        """Return a parameter of the request."""
        found = self._request._get_param(name)  # noqa: SLF001  moto's only way
        return default if found is None else found

    @property
    def metadata(self) -> dict[str, Any]:
        """What events have of the request's client metadata: nothing where it has none."""
        found = self.given("ClientMetadata")
        return {} if found is None else {"clientMetadata": found}

    def version(self, name: str) -> str:
        """Return the version of the events that a trigger is configured for."""
        config = self._config.get(f"{name}Config") or {}
        return _VERSIONS.get(config.get("LambdaVersion", "V1_0"), "1")

    def has(self, name: str) -> bool:
        """Whether the pool has such a trigger."""
        return self._arn(name) is not None

    def ask(
        self, name: str, source: str, username: str, request: Mapping[str, Any], response: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Call a trigger's function and return the response it filled in; None where there is no such trigger."""
        arn = self._arn(name)
        if arn is None:
            return None
        event = {
            "version": self.version(name),
            "region": self.pool.region,
            "userPoolId": self.pool.id,
            "userName": username,
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown",
                "clientId": self.given("ClientId", _NO_CLIENT),
            },
            "triggerSource": source,
            "request": dict(request),
            "response": dict(response),
        }
        outcome = self._call(arn, event, cause=f"cognito:{source} {self.pool.name}", answered=True)
        return self._answer(name, outcome)

    @property
    def _config(self) -> Mapping[str, Any]:
        return self.pool.extended_config.get("LambdaConfig") or {}

    def _arn(self, name: str) -> str | None:
        config = self._config.get(f"{name}Config") or {}
        return config.get("LambdaArn") or self._config.get(name)

    def _answer(self, name: str, outcome: Outcome | None) -> dict[str, Any]:
        if outcome is None:
            raise refusal(
                "UnexpectedLambdaException", f"{name} invocation failed due to error ResourceNotFoundException."
            )
        if not outcome.ok:
            said = outcome.failure.message if outcome.failure else outcome.status
            raise refusal("UserLambdaValidationException", f"{name} failed with error {said}.")
        value = outcome.value
        response = value.get("response") if isinstance(value, dict) else None
        if not is_answer(name, self.version(name), response):
            raise refusal("InvalidLambdaResponseException", "Unrecognizable lambda output")
        return dict(response)  # type: ignore[arg-type]  # `is_answer` has seen to it
