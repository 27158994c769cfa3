"""What a template says of its functions' concurrency."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_serverless.admission import FunctionLimits
from pytest_serverless.app.model import App, Resource
from pytest_serverless.errors import PlatformError

__all__ = ["alias_of", "function_limits"]


def function_limits(app: App) -> dict[str, FunctionLimits]:
    """Return the reserved and provisioned concurrency of each function, by its id; raises PlatformError."""
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
        str(alias.properties.get("Name")): count
        for alias in _aliases(app, function)
        if (count := _provisioned(function, alias.properties))
    }
    return FunctionLimits(
        reserved=None if reserved is None else _count(function, "ReservedConcurrentExecutions", reserved),
        provisioned=provisioned,
    )


def _aliases(app: App, function: str) -> list[Resource]:
    name = app.functions[function].name
    found = [resource for resource in app.resources.values() if resource.type == "AWS::Lambda::Alias"]
    return [alias for alias in found if _name_in(str(alias.properties.get("FunctionName"))) == name]


def _name_in(reference: str) -> str:
    parts = reference.split(":")
    return parts[6] if len(parts) > 6 else parts[0]


def _provisioned(function: str, properties: Mapping[str, object]) -> int:
    name, settings = "ProvisionedConcurrentExecutions", properties.get("ProvisionedConcurrencyConfig")
    return _count(function, name, settings.get(name) or 0) if isinstance(settings, Mapping) else 0


def _count(function: str, name: str, value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise PlatformError(f"{function}: {name} is {value!r}; it must be a whole number.") from None
