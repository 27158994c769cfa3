"""An application that is deployed already, somewhere else: its functions run here, its backends are the real ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pytest_serverless.app.model import App
from pytest_serverless.backends.endpoint import EndpointBackend
from pytest_serverless.deployment.permissions import Evidence
from pytest_serverless.deployment.queues import QueueState
from pytest_serverless.outcome import Change

__all__ = ["DeployedStack"]


class DeployedStack:
    """The resources of an application at an endpoint; a `Stack` that makes and restores nothing."""

    def __init__(self, app: App, backend: EndpointBackend) -> None:
        self.app = renamed(app, backend.names(app.name))
        self.backend = backend
        self.changes: list[Change] = []
        self.evidence = Evidence()

    @property
    def variables(self) -> Mapping[str, str]:
        """What the functions' clients need to reach the endpoint."""
        return self.backend.variables

    @contextmanager
    def calling(self, functions: object) -> Iterator[None]:
        """Leave the services of the endpoint to themselves: they cannot call functions here."""
        yield

    @contextmanager
    def entered(self, test: str, *, seed: str | None = None) -> Iterator[None]:
        """Record the calls of one test; the ids are the endpoint's own."""
        with self.backend.entered(test):
            yield

    def need(self, ids: Collection[str]) -> None:
        """Do nothing: what is deployed is there."""

    def queue_state(self, arn: str) -> QueueState | None:
        """Return None: what a queue has is known when it is asked."""

    def serve(self, respond: Any) -> None:
        """Leave the Invoke API to the endpoint."""


def renamed(app: App, names: Mapping[str, str]) -> App:
    """Return the application with the names that its resources were deployed under, in its environments too."""
    changed = {app.resources[id_].name: name for id_, name in names.items() if id_ in app.resources}
    changed |= {app.functions[id_].name: name for id_, name in names.items() if id_ in app.functions}
    if not changed:
        return app
    pattern = re.compile(rf"(?:{'|'.join(map(re.escape, changed))})(?![\w-])")

    def fill(value: Any) -> Any:
        return pattern.sub(lambda match: changed[match[0]], value) if isinstance(value, str) else value

    resources = {
        id_: replace(
            resource,
            name=names.get(id_, resource.name),
            attributes={key: fill(value) for key, value in resource.attributes.items()},
        )
        for id_, resource in app.resources.items()
    }
    functions = {
        id_: replace(
            function,
            name=names.get(id_, function.name),
            environment={key: fill(value) for key, value in function.environment.items()},
        )
        for id_, function in app.functions.items()
    }
    return replace(app, resources=resources, functions=functions)
