"""Functions as the Lambda API describes them. Moto never runs them: invocations are answered before they get there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import Function, Resource
from pytest_serverless.backends.moto.provision import identities
from pytest_serverless.backends.moto.provision.bench import Bench, called, plain_name, tag_map

__all__ = ["alias", "event_source_mapping", "function", "version"]

_POLLED = ("sqs", "dynamodb", "kinesis")


def function(resource: Resource, bench: Bench) -> None:
    """Register a function, and a mapping for each queue or stream that it is fed from."""
    registered = bench.app.functions.get(resource.id) or _foreign(resource)
    settings = registered.settings if isinstance(registered.settings, LambdaSettings) else LambdaSettings()
    parameters = {
        "FunctionName": registered.name,
        "Runtime": settings.runtime,
        "Role": _role_arn(registered, bench),
        "Handler": registered.handler,
        "Code": {"ZipFile": _package(registered.handler)},
        "Timeout": int(registered.timeout_s),
        "MemorySize": registered.memory_mb,
        "Environment": {"Variables": registered.environment} if registered.environment else None,
        "LoggingConfig": {"LogFormat": settings.log_format, "LogGroup": settings.log_group_of(registered.name)},
    }
    with identities.any_role(bench):
        bench.call("lambda", "create_function", **parameters)
    _map_sources(registered, bench)


def _map_sources(registered: Function, bench: Bench) -> None:
    for trigger in bench.app.triggers:
        written = trigger.settings if isinstance(trigger.settings, Mapping) else {}
        source = _source_arn(trigger.kind, trigger.source, bench)
        if trigger.function == registered.id and source and not _is_made_apart(trigger.id, bench):
            mapped = {"EventSourceArn": source, "FunctionName": registered.name}
            identities.event_source_mapping(
                bench, None, _record(written, bench.function_arn(registered), mapped, bench)
            )


def event_source_mapping(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Lambda::EventSourceMapping` of a queue or a table's or Kinesis stream."""
    name = plain_name(str(resource.properties["FunctionName"]))
    arn = f"arn:{bench.partition}:lambda:{bench.region}:{bench.account}:function:{name}"
    identities.event_source_mapping(bench, resource.name, _record(resource.properties, arn, {}, bench))


def alias(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Lambda::Alias`."""
    bench.call("lambda", "create_alias", **resource.properties)


def version(resource: Resource, bench: Bench) -> None:
    """Publish a `AWS::Lambda::Version`."""
    bench.call("lambda", "publish_version", **resource.properties)


def _foreign(resource: Resource) -> Function:
    """Return a function that the application does not run, one in another language, say."""
    properties = resource.properties
    return Function(
        id=resource.id,
        name=called(resource, "FunctionName"),
        provider="aws",
        handler=properties.get("Handler", "index.handler"),
        timeout_s=float(properties.get("Timeout", 3)),
        memory_mb=int(properties.get("MemorySize", 128)),
        role=properties.get("Role", ""),
        settings=LambdaSettings(runtime=properties.get("Runtime", LambdaSettings().runtime)),
    )


def _package(handler: str) -> bytes:
    """Return a deployment package: the handler's file, empty, as the code itself stays where it is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr(f"{handler.rpartition('.')[0] or handler}.py", "")
    return buffer.getvalue()


def _role_arn(registered: Function, bench: Bench) -> str:
    role = bench.app.resources.get(registered.role)
    if role and role.arn:
        return role.arn
    name = registered.role or f"{registered.name}-role"
    return name if name.startswith("arn:") else f"arn:{bench.partition}:iam::{bench.account}:role/{name}"


def _source_arn(kind: str, source: str | None, bench: Bench) -> str | None:
    """Return what a function is fed from by polling; nothing of the sources that push."""
    if kind not in _POLLED or not source:
        return None
    resource = bench.app.resources.get(source)
    if resource is None:
        return source
    of = "StreamArn" if kind == "dynamodb" else "Arn"
    return str(resource.attributes.get(of) or resource.arn)


def _is_made_apart(trigger: str, bench: Bench) -> bool:
    resource = bench.app.resources.get(trigger)
    return resource is not None and resource.type == "AWS::Lambda::EventSourceMapping"


def _record(
    properties: Mapping[str, Any], function_arn: str, source: Mapping[str, Any], bench: Bench
) -> dict[str, Any]:
    written = {**properties, **source, "Tags": tag_map(properties.get("Tags"))}
    return {**bench.fitting("lambda", "create_event_source_mapping", written), "FunctionArn": function_arn}
