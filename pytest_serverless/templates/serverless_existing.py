"""Events of buckets and user pools that are there already (`existing: true`).

The framework has a function of its own set these up while it deploys, so no resource of the template tells of them.
Source: lib/plugins/aws/custom-resources of Serverless Framework 3.40 (2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_serverless.app.model import App, Trigger
from pytest_serverless.templates.directory import Directory
from pytest_serverless.templates.intrinsics import Resolver
from pytest_serverless.templates.reader import Block
from pytest_serverless.templates.serverless_events import notice
from pytest_serverless.templates.serverless_naming import function_id, normal
from pytest_serverless.templates.serverless_service import Service, as_block

__all__ = ["existing_triggers"]


def existing_triggers(service: Service, app: App, resolver: Resolver) -> Iterator[Trigger]:
    """Yield the triggers of such events; the bucket or pool may be one of the service's own resources."""
    directory = Directory(app.resources)
    for function, number, given, event in service.events("s3"):
        settings = as_block(given, event)
        if settings.get("existing"):
            bucket = directory.source(resolver.resolve(settings.get("bucket")), "AWS::S3::Bucket")
            configuration = resolver.resolve(notice(service, function, settings))
            yield existing("s3", function, number, bucket, configuration, event)
    for function, number, given, event in service.events("cognitoUserPool"):
        settings = as_block(given, event)
        if settings.get("existing"):
            pool = pool_named(app, resolver.resolve(settings.get("pool")))
            yield existing("cognito", function, number, pool, {"Trigger": settings.get("trigger")}, event)


def existing(kind: str, function: str, number: int, source: str | None, settings: Any, event: Block) -> Trigger:
    name = f"{normal(function)}Existing{kind.capitalize()}{number}"
    called = function_id(function)
    return Trigger(id=name, kind=kind, function=called, source=source, settings=settings, origin=event.origin())


def pool_named(app: App, name: Any) -> str | None:
    """Return the logical id of the pool of that name, if it is one of the service; the name otherwise."""
    for pool in app.resources.values():
        if pool.type == "AWS::Cognito::UserPool" and name in (pool.name, pool.properties.get("UserPoolName")):
            return pool.id
    return str(name) if name else None
