"""What a template says of its functions' concurrency."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_serverless.admission import FunctionLimits
from pytest_serverless.app.model import App, Resource

__all__ = ["alias_of", "function_limits"]


def function_limits(app: App) -> dict[str, FunctionLimits]:
    """Return the reserved and provisioned concurrency of each function, by its id."""
    return {id_: _limits(app, id_) for id_ in app.functions}


def alias_of(app: App, function: str) -> str | None:
    """Return the alias that a function's triggers call, None where they call the function itself.

    SAM's AutoPublishAlias and the Serverless Framework's provisionedConcurrency make one, and have events go to it.
    """
    names = [str(alias.properties.get("Name")) for alias in _aliases(app, function)]
    return names[0] if len(names) == 1 else None


def _limits(app: App, function: str) -> FunctionLimits:
    resource = app.resources.get(function)
    reserved = resource.properties.get("ReservedConcurrentExecutions") if resource else None
    provisioned = {
        str(alias.properties.get("Name")): _provisioned(alias.properties)
        for alias in _aliases(app, function)
        if _provisioned(alias.properties)
    }
    return FunctionLimits(reserved=None if reserved is None else int(reserved), provisioned=provisioned)


def _aliases(app: App, function: str) -> list[Resource]:
    name = app.functions[function].name
    found = [resource for resource in app.resources.values() if resource.type == "AWS::Lambda::Alias"]
    return [alias for alias in found if _name_in(str(alias.properties.get("FunctionName"))) == name]


def _name_in(reference: str) -> str:
    parts = reference.split(":")
    return parts[6] if len(parts) > 6 else parts[0]


def _provisioned(properties: Mapping[str, object]) -> int:
    settings = properties.get("ProvisionedConcurrencyConfig")
    return int(settings.get("ProvisionedConcurrentExecutions") or 0) if isinstance(settings, Mapping) else 0
