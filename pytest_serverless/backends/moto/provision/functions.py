"""Functions as the Lambda API describes them. Moto never runs them: invocations are answered before they get there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from pytest_serverless.app.aws import partition_of
from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision import identities
from pytest_serverless.backends.moto.provision.bench import Bench, called, plain_name, tag_map

__all__ = ["alias", "event_source_mapping", "function", "version"]

# What moto would look for in other services.
_LEFT_OUT = ("Code", "Layers", "Tags", "VpcConfig")


def function(resource: Resource, bench: Bench) -> None:
    """Register a `AWS::Lambda::Function`; its code stays where it is."""
    properties = resource.properties
    parameters = {key: value for key, value in properties.items() if key not in _LEFT_OUT}
    parameters["FunctionName"] = name = called(resource, "FunctionName")
    parameters["Tags"] = tag_map(properties.get("Tags"))
    parameters["Code"] = _package(properties)
    with identities.any_role(bench):
        bench.call("lambda", "create_function", **parameters)
    of = "ReservedConcurrentExecutions"
    if properties.get(of) is not None:
        bench.call("lambda", "put_function_concurrency", of, **{"FunctionName": name, of: properties[of]})


def event_source_mapping(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Lambda::EventSourceMapping` of a queue, or of the stream of a table or of Kinesis."""
    record = {**resource.properties, "Tags": tag_map(resource.properties.get("Tags"))}
    fitting = bench.fitting("lambda", "create_event_source_mapping", record)
    arn = _arn(str(resource.properties["FunctionName"]), bench)
    identities.event_source_mapping(bench, resource, {**fitting, "FunctionArn": arn})


def alias(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Lambda::Alias`."""
    bench.call("lambda", "create_alias", **resource.properties)


def version(resource: Resource, bench: Bench) -> None:
    """Publish a `AWS::Lambda::Version`."""
    bench.call("lambda", "publish_version", **resource.properties)


def _package(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return a deployment package with the handler's file in it, empty; of an image its name."""
    code = properties.get("Code")
    if properties.get("PackageType") == "Image":
        return {"ImageUri": code.get("ImageUri") if isinstance(code, Mapping) else code}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr(f"{str(properties.get('Handler', '')).rpartition('.')[0] or 'index'}.py", "")
    return {"ZipFile": buffer.getvalue()}


def _arn(name: str, bench: Bench) -> str:
    """Return the ARN of a function that is called by its name or its ARN, qualified or not."""
    backend = bench.backend("lambda")
    place = f"{backend.region_name}:{backend.account_id}"
    return f"arn:{partition_of(backend.region_name)}:lambda:{place}:function:{plain_name(name).partition(':')[0]}"
