"""What a provisioner works with: the application, clients, and one way to call."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_serverless.app.aws import partition_of
from pytest_serverless.app.model import App, Resource
from pytest_serverless.backends.moto.provision.fitting import fit

__all__ = ["Bench", "Client", "StepError", "called", "plain_name", "tag_list", "tag_map"]

Client = Callable[[str], Any]
"""Makes a boto3 client of a service by its name, `client("s3")`."""


class StepError(Exception):
    """One call of a provisioner failed: `property` is what in the template it came from, "" if that is not known."""

    def __init__(self, property: str, said: str) -> None:  # noqa: A002 - it is what CloudFormation calls it
        self.property = property
        self.said = said
        super().__init__(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where resources are made: `client` reaches the mocked backends. `made` are the ids of what exists already."""

    app: App
    client: Client
    clients: dict[str, Any] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)

    def service(self, name: str) -> Any:
        """Return the client of a service; the same one for the whole provisioning."""
        if name not in self.clients:
            self.clients[name] = self.client(name)
        return self.clients[name]

    def call(self, service: str, operation: str, of: str = "", /, **parameters: Any) -> Any:
        """Call an operation with parameters made to fit; `of` is the property that they come from."""
        fitting = self.fitting(service, operation, parameters)
        try:
            return getattr(self.service(service), operation)(**fitting)
        except Exception as error:  # moto's own code answers, and may raise anything
            raise StepError(of, said_by(error)) from error

    def fitting(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of the parameters that an operation has, as it takes them."""
        meta = self.service(service).meta
        model = meta.service_model.operation_model(meta.method_to_api_mapping[operation])
        fitted: dict[str, Any] = fit(model.input_shape, parameters)
        return fitted

    def region(self, service: str) -> str:
        """Return the region that a service's client is of, and so the resources."""
        return str(self.service(service).meta.region_name)

    def backend(self, service: str, *, everywhere: bool = False) -> Any:
        """Return moto's state of a service, in the region or (IAM, S3) `everywhere`."""
        from moto.backends import get_backend
        from moto.core.models import DEFAULT_ACCOUNT_ID

        region = self.region(service)
        accounts = get_backend(service)  # type: ignore[call-overload]  # overloads for literal names alone
        account = os.environ.get("MOTO_ACCOUNT_ID", DEFAULT_ACCOUNT_ID)  # as moto finds out whose a request is
        return accounts[account][partition_of(region) if everywhere else region]


def said_by(error: Exception) -> str:
    """Return what an error says in a line, without the phrases that every error of botocore has."""
    if isinstance(error, ImportError):
        return f"moto needs {error.name!r} for it, which is not installed: pip install 'moto[all]' has everything"
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):
        answer = response.get("Error", {})
        return f"{answer.get('Message', '')} ({answer.get('Code', 'no code')})"
    text = " ".join(str(error).split())
    return text if type(error).__module__.startswith("botocore") else f"{type(error).__name__}: {text}"


def plain_name(name: str) -> str:
    """Return the bare name of something, whether a reference to it gives that, its URL, or its ARN."""
    if name.startswith("https://"):
        return name.rpartition("/")[2]
    if not name.startswith("arn:"):
        return name
    tail = name.split(":", 5)[-1]
    return tail.partition(":")[2] or tail.rpartition("/")[2]


def called(resource: Resource, property: str) -> str:  # noqa: A002 - it is what CloudFormation calls it
    """Return the name that a resource has where it is deployed; `property` is where a template may choose it."""
    return str(resource.properties.get(property) or plain_name(resource.name))


def tag_map(tags: Any) -> dict[str, str] | None:
    """Return tags as a mapping, however the template writes them."""
    if not tags:
        return None
    return {str(key): str(value) for key, value in tags.items()} if isinstance(tags, Mapping) else _of_pairs(tags)


def tag_list(tags: Any) -> list[dict[str, str]] | None:
    """Return tags as `Key` and `Value` pairs, however the template writes them."""
    pairs = tag_map(tags)
    return [{"Key": key, "Value": value} for key, value in pairs.items()] if pairs else None


def _of_pairs(tags: Any) -> dict[str, str]:
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags}
