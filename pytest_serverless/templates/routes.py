"""The ways to functions over HTTP: REST and HTTP APIs, WebSockets, function URLs and load balancers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pytest_serverless.app.aws import HttpRoute
from pytest_serverless.app.model import Resource, Trigger
from pytest_serverless.templates.directory import Directory
from pytest_serverless.templates.openapi import cors_of_parameters, cors_settings, milliseconds, operations
from pytest_serverless.templates.reader import Block, plain
from pytest_serverless.templates.shapes import listing, mapping, mappings

__all__ = ["routes_of"]

AUTHORIZERS = {"AWS_IAM": "iam", "JWT": "jwt", "CUSTOM": "lambda", "COGNITO_USER_POOLS": "cognito"}


def routes_of(directory: Directory) -> Iterator[Trigger]:
    """Yield every route, API by API."""
    for api in directory.of_type("AWS::ApiGateway::RestApi"):
        yield from _rest_api(api, directory)
    for api in directory.of_type("AWS::ApiGatewayV2::Api"):
        yield from _http_api(api, directory)
    for url in directory.of_type("AWS::Lambda::Url"):
        yield from _function_url(url, directory)


def _route(resource: Resource, function: str, route: HttpRoute, *, at: Any = None) -> Trigger:
    labelled = isinstance(at, Block) and at.label
    return Trigger(
        id=at.label if labelled else f"{resource.id} {route.method} {route.path}",
        kind=route.front,
        function=function,
        source=route.api,
        settings=route,
        origin=at.origin() if isinstance(at, Block) else resource.origin,
    )


def _stage_of(api: Resource, directory: Directory, default: str) -> tuple[str, Mapping[str, str]]:
    """Return the name and the variables of the stage that an API is called through: the first that there is."""
    for kind, key, variables in (
        ("AWS::ApiGateway::Stage", "RestApiId", "Variables"),
        ("AWS::ApiGatewayV2::Stage", "ApiId", "StageVariables"),
        ("AWS::ApiGateway::Deployment", "RestApiId", "StageName"),
    ):
        for stage in directory.of_type(kind):
            name = stage.properties.get("StageName")
            if stage.properties.get(key) == api.name and name:
                found = stage.properties.get(variables)
                return str(name), dict(found) if isinstance(found, dict) else {}
    return default, {}


def _rest_api(api: Resource, directory: Directory) -> Iterator[Trigger]:
    stage, variables = _stage_of(api, directory, "prod")
    body = mapping(api.properties.get("Body"))
    binary = listing(api.properties.get("BinaryMediaTypes") or body.get("x-amazon-apigateway-binary-media-types"))
    shared: dict[str, Any] = {
        "front": "rest_api",
        "api": api.id,
        "stage": stage,
        "stage_variables": variables,
        "binary_types": tuple(str(each).replace("~1", "/") for each in binary),  # a slash may be written so
    }
    for operation in operations(body):
        function = directory.function(operation.uri)
        if function is not None:
            route = HttpRoute(
                **shared,
                method=operation.method,
                path=operation.path,
                authorizer=operation.authorizer,
                api_key_required=operation.api_key_required,
                cors=operation.cors,
                timeout_ms=operation.timeout_ms,
            )
            yield _route(api, function, route, at=operation.place)
    yield from _methods(api, directory, shared)


def _methods(api: Resource, directory: Directory, shared: dict[str, Any]) -> Iterator[Trigger]:
    """Yield the routes of a REST API that is written out as resources and methods."""
    paths = _paths_of(api, directory)
    methods = [
        method
        for method in directory.of_type("AWS::ApiGateway::Method")
        if method.properties.get("RestApiId") == api.name
    ]
    cors = {str(method.properties.get("ResourceId")): found for method in methods if (found := _mocked(method))}
    for method in methods:
        properties = method.properties
        function = directory.function(mapping(properties.get("Integration")).get("Uri"))
        if function is not None:
            route = HttpRoute(
                **shared,
                method=str(properties.get("HttpMethod", "ANY")).upper(),
                path=paths.get(str(properties.get("ResourceId")), "/"),
                authorizer=AUTHORIZERS.get(str(properties.get("AuthorizationType"))),
                api_key_required=str(properties.get("ApiKeyRequired")).lower() == "true",
                cors=cors.get(str(properties.get("ResourceId"))),
                timeout_ms=milliseconds(mapping(properties.get("Integration")).get("TimeoutInMillis")),
            )
            yield _route(method, function, route)


def _mocked(method: Resource) -> dict[str, Any] | None:
    """Return the CORS settings that an `OPTIONS` method answers with."""
    integration = mapping(method.properties.get("Integration"))
    if method.properties.get("HttpMethod") != "OPTIONS" or integration.get("Type") != "MOCK":
        return None
    answers = mappings(integration.get("IntegrationResponses")) or [{}]
    return cors_of_parameters(mapping(answers[0].get("ResponseParameters")))


def _paths_of(api: Resource, directory: Directory) -> dict[str, str]:
    """Return the paths of an API's resources, by their ids."""
    parts = {
        resource.name: (str(resource.properties.get("ParentId")), str(resource.properties.get("PathPart")))
        for resource in directory.of_type("AWS::ApiGateway::Resource")
    }
    paths: dict[str, str] = {}
    for name in parts:
        path, parent = "", name
        while parent in parts:
            parent, part = parts[parent]
            path = f"/{part}{path}"
        paths[name] = path
    return paths


def _http_api(api: Resource, directory: Directory) -> Iterator[Trigger]:
    properties = api.properties
    if properties.get("ProtocolType") == "WEBSOCKET":
        yield from _websocket(api, directory)
        return
    stage, variables = _stage_of(api, directory, "$default")
    shared: dict[str, Any] = {"front": "http_api", "api": api.id, "stage": stage, "stage_variables": variables}
    cors = cors_settings(properties.get("CorsConfiguration"))
    if (function := directory.function(properties.get("Target"))) is not None:
        yield _route(api, function, _of_key(str(properties.get("RouteKey", "$default")), shared, cors, "2.0", None))
    for operation in operations(mapping(properties.get("Body"))):
        function = directory.function(operation.uri)
        if function is not None:
            route = HttpRoute(
                **shared,
                method=operation.method,
                path=operation.path,
                payload_format="2.0" if operation.payload_format == "2.0" else "1.0",
                authorizer=operation.authorizer,
                cors=operation.cors or cors,
                timeout_ms=operation.timeout_ms,
            )
            yield _route(api, function, route, at=operation.place)
    for resource, function, integration in _integrated(api, directory):
        key, kind = str(resource.properties.get("RouteKey")), str(resource.properties.get("AuthorizationType"))
        payload = str(integration.properties.get("PayloadFormatVersion", "1.0"))
        route = _of_key(key, shared, cors, payload, AUTHORIZERS.get(kind))
        timeout_ms = milliseconds(integration.properties.get("TimeoutInMillis"))
        yield _route(resource, function, replace(route, timeout_ms=timeout_ms))


def _of_key(
    key: str, shared: dict[str, Any], cors: Mapping[str, Any] | None, payload: str, authorizer: str | None
) -> HttpRoute:
    """Return the route of a route key: `GET /items`, or `$default`."""
    method, _, path = key.rpartition(" ")
    return HttpRoute(
        **shared,
        method=method or "ANY",
        path=path,
        payload_format="2.0" if payload == "2.0" else "1.0",
        authorizer=authorizer,
        cors=cors,
    )


def _integrated(api: Resource, directory: Directory) -> Iterator[tuple[Resource, str, Resource]]:
    """Yield the routes of an API that are resources of their own: each with its function and integration."""
    integrations = {resource.name: resource for resource in directory.of_type("AWS::ApiGatewayV2::Integration")}
    for route in directory.of_type("AWS::ApiGatewayV2::Route"):
        integration = integrations.get(str(route.properties.get("Target", "")).removeprefix("integrations/"))
        if route.properties.get("ApiId") != api.name or integration is None:
            continue
        function = directory.function(integration.properties.get("IntegrationUri"))
        if function is not None:
            yield route, function, integration


def _websocket(api: Resource, directory: Directory) -> Iterator[Trigger]:
    for route, function, _ in _integrated(api, directory):
        yield Trigger(
            id=route.id,
            kind="websocket",
            function=function,
            source=api.id,
            settings=plain(route.properties),
            origin=route.origin,
        )


def _function_url(url: Resource, directory: Directory) -> Iterator[Trigger]:
    properties = url.properties
    function = directory.function(properties.get("TargetFunctionArn"))
    if function is not None:
        route = HttpRoute(
            front="function_url",
            api=url.id,
            payload_format="2.0",
            authorizer="iam" if properties.get("AuthType") == "AWS_IAM" else None,
            cors=cors_settings(properties.get("Cors")),
        )
        yield Trigger(
            id=url.id, kind="function_url", function=function, source=url.id, settings=route, origin=url.origin
        )
