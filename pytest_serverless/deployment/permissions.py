"""What the functions of an application may do: told in a report, or enforced while they run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from pytest_serverless.app.aws import partition_of
from pytest_serverless.app.model import App
from pytest_serverless.backends.journal import Refusal
from pytest_serverless.outcome import BackendCall

if TYPE_CHECKING:
    from pytest_serverless.audits.iam_grants import Grants
    from pytest_serverless.backends.aws import AwsBackend
    from pytest_serverless.backends.endpoint import EndpointBackend

__all__ = ["Enforcer", "Evidence", "Mode", "with_action"]

Mode = Literal["off", "report", "enforce"]
"""`off`: nobody looks; `report`: findings are told at the end of the run; `enforce`: what a role does not allow is
answered as the service answers it."""


class Evidence:
    """What the functions of an application called, over all the tests of a session."""

    def __init__(self) -> None:
        self._calls: list[BackendCall] = []
        self._functions: dict[str, str] = {}

    def add(self, calls: Iterable[BackendCall], functions: Mapping[str, str]) -> None:
        """Take a test's calls, and which function each request id was an invocation of."""
        self._calls += [call for call in calls if call.request_id in functions]
        self._functions |= functions

    def findings(self, app: App) -> list[str]:
        """Return what the roles lack and have too much, a text each."""
        if not self._functions:
            return []
        from pytest_serverless.audits.finding import lines_of
        from pytest_serverless.audits.least_privilege import least_privilege

        found = least_privilege(app, self._calls, self._functions)
        return ["\n".join(lines_of([finding])) for finding in found]


class Enforcer:
    """Refuses the calls of functions whose roles do not allow them.

    `running` has the function's id by the request id of each invocation; the calls of the test itself are let through.
    """

    def __init__(self, app: App, backend: AwsBackend | EndpointBackend, running: Mapping[str, str]) -> None:
        self._app = app
        self._backend = backend
        self._running = running
        self._grants: dict[str, Grants] = {}
        self._models: dict[str, Any] = {}

    def __call__(self, call: BackendCall) -> Refusal | None:
        """Return the refusal of a call, or None where it may be made."""
        function = self._running.get(call.request_id or "")
        if function is None:
            return None
        from pytest_serverless.audits.access_denied import denial
        from pytest_serverless.audits.iam_grants import grants_of

        if function not in self._grants:
            self._grants[function] = grants_of(self._app, self._app.functions[function])
        model = self._model(call.service)
        denied = denial(
            call.service,
            call.operation,
            call.parameters,
            grants=self._grants[function],
            protocol=model.resolved_protocol,
            metadata=model.metadata,
        )
        return None if denied is None else Refusal(denied.code, denied.message, denied.status)

    def _model(self, service: str) -> Any:
        if service not in self._models:
            self._models[service] = self._backend.client(service).meta.service_model
        return self._models[service]


def with_action(call: BackendCall, backend: AwsBackend | EndpointBackend) -> BackendCall:
    """Return the call with the (first) permission that it takes, where it takes one that is known."""
    from pytest_serverless.audits.iam_actions import requests_of
    from pytest_serverless.audits.iam_parameters import Place

    place = Place(partition=partition_of(backend.region), region=backend.region, account=backend.account)
    requests = requests_of(call.service, call.operation, call.parameters, place)
    return replace(call, action=requests[0].action) if requests else call
