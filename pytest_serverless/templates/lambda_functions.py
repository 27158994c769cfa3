"""`AWS::Lambda::Function` and `AWS::Lambda::LayerVersion`, as they are called in process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import Function, Resource
from pytest_serverless.errors import shorten
from pytest_serverless.templates.conditions import as_text
from pytest_serverless.templates.directory import Directory
from pytest_serverless.templates.intrinsics import Resolver, hint, is_unknown
from pytest_serverless.templates.reader import origin_of
from pytest_serverless.templates.shapes import listing, mapping

__all__ = ["RUNTIMES", "functions_of"]

RUNTIMES = (
    *(f"python3.{minor}" for minor in (6, 7, 8, 9, 10, 11, 12, 13, 14, 15)),
    "python2.7",
    *("nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10"),
    *(f"nodejs{major}.x" for major in (10, 12, 14, 16, 18, 20, 22, 24, 26)),
    *("java8", "java8.al2", "java11", "java17", "java21", "java25"),
    *("java8.al2023", "java11.al2023", "java17.al2023"),
    *("dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet6", "dotnet8", "dotnet10"),
    *("ruby2.5", "ruby2.7", "ruby3.2", "ruby3.3", "ruby3.4", "ruby4.0"),
    *("go1.x", "provided", "provided.al2", "provided.al2023", "custom"),
)
"""Every runtime that Lambda has or had.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html and the Lambda API's model (2026-11).
"""


def functions_of(directory: Directory, resolver: Resolver, folder: Path) -> dict[str, Function]:
    """Return the template's functions; paths in it are relative to `folder`."""
    layers = {
        layer.name: path
        for layer in directory.of_type("AWS::Lambda::LayerVersion")
        if (path := _Paths(layer, resolver, folder).layer()) is not None
    }
    return {
        resource.id: _function(resource, directory, resolver, folder, layers)
        for resource in directory.of_type("AWS::Lambda::Function")
    }


def _function(
    resource: Resource, directory: Directory, resolver: Resolver, folder: Path, layers: dict[str, Path]
) -> Function:
    properties = resource.properties
    with resolver.inside(resource.id):
        resolver.at = resource.origin
        role = properties.get("Role", "")
        return Function(
            id=resource.id,
            name=str(properties["FunctionName"]),
            provider="aws",
            handler=_handler(resource, resolver),
            timeout_s=_number(resource, resolver, "Timeout", 3, 900),
            memory_mb=int(_number(resource, resolver, "MemorySize", 128, 10240)),
            code=_Paths(resource, resolver, folder).code(),
            layers=tuple(_layers(resource, resolver, layers)),
            environment=_environment(resource, resolver),
            role=directory.id_of(role) or str(role),
            settings=_settings(resource, resolver),
            origin=resource.origin,
        )


def _fault(resource: Resource, resolver: Resolver, what: str, do: str, key: str) -> None:
    resolver.fault(what, do, at=origin_of(resource.properties, key))


def _handler(resource: Resource, resolver: Resolver) -> str:
    properties = resource.properties
    handler = properties.get("Handler")
    if handler is None and properties.get("PackageType") != "Image":
        _fault(resource, resolver, "The function has no Handler.", "Write Handler: module.function.", "Type")
    return str(handler or "")


def _number(resource: Resource, resolver: Resolver, key: str, default: int, limit: int) -> float:
    value = resource.properties.get(key, default)
    if is_unknown(value):
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        _fault(resource, resolver, f"{key} is {shorten(value)}, which is no number.", "Write a whole number.", key)
        return default
    if not 1 <= number <= limit:
        _fault(resource, resolver, f"{key} is {value}.", f"Lambda takes 1 to {limit:,}.", key)
    return number


def _environment(resource: Resource, resolver: Resolver) -> dict[str, str]:
    environment = resource.properties.get("Environment")
    variables = mapping(environment).get("Variables")
    for found in (environment, variables):
        if found is not None and not isinstance(found, dict) and not is_unknown(found):
            what = f"Its environment is {shorten(environment)}."
            _fault(resource, resolver, what, "Write {Variables: {NAME: value}}.", "Environment")
    variables = mapping(variables)
    for name, value in variables.items():
        if isinstance(value, (dict, list)):
            what = f"The environment variable {name} is {shorten(value)}."
            resolver.fault(what, "Variables are text: use Fn::ToJsonString or Fn::Join.", at=origin_of(variables, name))
    return {name: as_text(value) for name, value in variables.items() if value is not None}


def _settings(resource: Resource, resolver: Resolver) -> LambdaSettings:
    properties = resource.properties
    logging = mapping(properties.get("LoggingConfig"))
    return LambdaSettings(
        account=resolver.stack.account,
        region=resolver.stack.region,
        runtime=_runtime(resource, resolver),
        log_group=logging.get("LogGroup"),
        log_format="JSON" if logging.get("LogFormat") == "JSON" else "Text",
    )


def _runtime(resource: Resource, resolver: Resolver) -> str:
    runtime = resource.properties.get("Runtime", "")
    if is_unknown(runtime):
        return ""
    if resource.properties.get("PackageType") == "Image":
        resolver.note(f"{resource.id} is a container image, which is not run in process.")
    elif runtime not in RUNTIMES:
        do = hint(str(runtime), RUNTIMES, "Write one that Lambda has, such as python3.13.")
        _fault(resource, resolver, f"There is no runtime {runtime!r}.", do, "Runtime")
    elif not str(runtime).startswith("python"):
        where = "; the local platform runs it" if str(runtime).startswith("nodejs") else ""
        resolver.note(f"{resource.id} runs on {runtime}; only Python is run in process{where}.")
    return str(runtime)


def _layers(resource: Resource, resolver: Resolver, layers: dict[str, Path]) -> Iterator[Path]:
    for arn in map(str, listing(resource.properties.get("Layers"))):
        if arn in layers:
            yield layers[arn]
        elif f":{resolver.stack.account}:layer:" not in arn:
            resolver.note(f"{resource.id} has the layer {arn}, which is not here: install what it has for the tests.")


class _Paths:
    """The folders that a function or a layer names."""

    def __init__(self, resource: Resource, resolver: Resolver, folder: Path) -> None:
        self.resource = resource
        self.resolver = resolver
        self.folder = folder

    def code(self) -> Path | None:
        """Return the folder of a function's code, if it is one."""
        value = self.resource.properties.get("Code")
        if isinstance(value, dict) and "ZipFile" in value:
            self.resolver.note(f"{self.resource.id} has its code in the template, which is not run in process.")
        return self._local(value, "Code")

    def layer(self) -> Path | None:
        """Return the folder of a layer's content."""
        with self.resolver.inside(self.resource.id):
            self.resolver.at = self.resource.origin
            return self._local(self.resource.properties.get("Content"), "Content")

    def _local(self, value: Any, key: str) -> Path | None:
        if not isinstance(value, str) or is_unknown(value):
            return None
        properties = self.resource.properties
        if value.startswith("s3://") or value.endswith((".zip", ".jar")):
            self.resolver.note(f"{self.resource.id} is packed as {value}, which is not run in process.")
            return None
        path = (self.folder / value).resolve()
        if path.is_file():
            return path.parent
        if path.is_dir():
            return path
        key = next((name for name in (key, f"{key}Uri") if name in getattr(properties, "lines", ())), key)
        self.resolver.fault(
            f"The code is at {value!r}, which is no folder: {path}.",
            f"Correct the path; it is relative to the template in {self.folder}.",
            at=origin_of(properties, key),
        )
        return None
