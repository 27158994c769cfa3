"""The `httpApi` and `websocket` events: routes of an HTTP API and of a WebSocket API.

Source: lib/plugins/aws/package/compile/events/http-api.js and websockets of Serverless Framework 3.40 (2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_serverless.templates.reader import Block
from pytest_serverless.templates.serverless_http import settings_of
from pytest_serverless.templates.serverless_naming import (
    HTTP_API,
    WEBSOCKETS_API,
    function_id,
    normal,
    permission_id,
    rest_path,
    route_key,
)
from pytest_serverless.templates.serverless_service import (
    HERE,
    PARTITION,
    Service,
    as_block,
    as_list,
    invocation_uri,
    join,
)

__all__ = ["compile_http_api", "compile_websockets"]

CORS_HEADERS = (
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "DELETE")
INTEGRATION_TIMEOUT_MS = 30_000


def compile_http_api(service: Service) -> None:
    """Add the HTTP API, if there is an `httpApi` event, with a route for each event."""
    config = as_block(service.provider.get("httpApi"), service.provider)
    routes: dict[str, tuple[str, str, Block, Block]] = {}
    for function, _, given, event in service.events("httpApi"):
        settings = settings_of(given if given != "*" else "* *", event)
        method, path = str(settings.get("method") or "").upper(), str(settings.get("path") or "")
        method = "ANY" if method == "*" or path == "*" else method
        if not method or (method != "ANY" and method not in METHODS):
            remedy = "Write `httpApi: GET /path`, or `httpApi: '*'`."
            service.fault(f"An httpApi event of {function!r} has no method that exists.", remedy, event)
            continue
        key = "$default" if path == "*" else f"{method} {path}"
        if key in routes:
            other = routes[key][0]
            service.fault(f"The route {key!r} is that of {other!r}, too.", "Give each route to one function.", event)
            continue
        routes[key] = function, method, settings, event
    if not routes:
        return
    put_api(service, config, [method for _, method, _, _ in routes.values()])
    put_authorizers(service, config)
    for key, (function, _, settings, event) in routes.items():
        put_route(service, function, key, config, settings, event)


def api_id(config: Block) -> Any:
    return config.get("id") or {"Ref": HTTP_API}


def put_api(service: Service, config: Block, methods: list[str]) -> None:
    if config.get("id"):
        return
    tags = service.provider.get("tags")
    ours = service.prefix if config.get("shouldStartNameWithService") else f"{service.stage}-{service.name}"
    properties = {
        "Name": config.get("name") or ours,
        "ProtocolType": "HTTP",
        "DisableExecuteApiEndpoint": config.get("disableDefaultEndpoint"),
        "Tags": tags,
        "CorsConfiguration": cors_of(config.get("cors"), methods),
    }
    service.put(HTTP_API, "AWS::ApiGatewayV2::Api", properties, config)
    stage = {
        "ApiId": {"Ref": HTTP_API},
        "StageName": "$default",
        "AutoDeploy": True,
        "DefaultRouteSettings": {"DetailedMetricsEnabled": bool(config.get("metrics"))},
        "Tags": tags,
    }
    service.put("HttpApiStage", "AWS::ApiGatewayV2::Stage", stage, config)
    address = join("", "https://", {"Ref": HTTP_API}, ".execute-api.", {"Ref": "AWS::Region"}, ".", SUFFIX)
    service.outputs["HttpApiId"] = {"Description": "Id of the HTTP API", "Value": {"Ref": HTTP_API}}
    service.outputs["HttpApiUrl"] = {"Description": "URL of the HTTP API", "Value": address}


SUFFIX = {"Ref": "AWS::URLSuffix"}


def cors_of(given: Any, methods: list[str]) -> dict[str, Any] | None:
    """Return the API's CORS settings; its methods are those of its routes unless the settings say them."""
    if not given:
        return None
    spec = given if isinstance(given, Mapping) else {}
    routed = [each for method in methods for each in (METHODS if method == "ANY" else [method])]
    exposed = spec.get("exposedResponseHeaders")
    return {
        "AllowCredentials": True if spec.get("allowCredentials") else None,
        "AllowHeaders": as_list(spec.get("allowedHeaders")) or list(CORS_HEADERS),
        "AllowMethods": as_list(spec.get("allowedMethods")) or [*dict.fromkeys(["OPTIONS", *routed])],
        "AllowOrigins": as_list(spec.get("allowedOrigins")) or ["*"],
        "ExposeHeaders": as_list(exposed) or None,
        "MaxAge": spec.get("maxAge"),
    }


def put_authorizers(service: Service, config: Block) -> None:
    for name, given in as_block(config.get("authorizers"), config).items():
        spec = as_block(given, config)
        called = spec.get("name") or name
        common = {"ApiId": api_id(config), "Name": called, "IdentitySource": as_list(spec.get("identitySource"))}
        if spec.get("type") == "request":
            more = request_authorizer(service, str(called), config, spec)
        else:
            jwt = {"Audience": as_list(spec.get("audience")), "Issuer": spec.get("issuerUrl")}
            more = {"AuthorizerType": "JWT", "JwtConfiguration": jwt}
        service.put(authorizer_id(str(called)), "AWS::ApiGatewayV2::Authorizer", {**common, **more}, spec)


def authorizer_id(name: str) -> str:
    return f"HttpApiAuthorizer{normal(name)}"


def request_authorizer(service: Service, name: str, config: Block, spec: Block) -> dict[str, Any]:
    function, arn = spec.get("functionName"), spec.get("functionArn")
    if function is not None and service.known_function(str(function), spec):
        arn = service.target(str(function))
    if not spec.get("managedExternally"):
        properties = {
            "FunctionName": arn,
            "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": execute_api(api_id(config)),
        }
        logical_id = f"{normal(name)}LambdaAuthorizerPermissionHttpApi"
        service.put(logical_id, "AWS::Lambda::Permission", properties, spec)
    return {
        "AuthorizerType": "REQUEST",
        "EnableSimpleResponses": spec.get("enableSimpleResponses"),
        "AuthorizerResultTtlInSeconds": spec.get("resultTtlInSeconds"),
        "AuthorizerPayloadFormatVersion": spec.get("payloadVersion") or "2.0",
        "AuthorizerUri": invocation_uri(arn),
    }


def execute_api(api: Any) -> dict[str, Any]:
    return join("", "arn:", PARTITION, ":execute-api:", *HERE, ":", api, "/*")


def put_route(service: Service, function: str, key: str, config: Block, settings: Block, event: Block) -> None:
    integration = f"HttpApiIntegration{normal(function)}"
    own = as_block(service.functions[function].get("httpApi"), event)
    properties = {
        "ApiId": api_id(config),
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": service.target(function),
        "PayloadFormatVersion": str(own.get("payload") or config.get("payload") or "2.0"),
        "TimeoutInMillis": INTEGRATION_TIMEOUT_MS,
    }
    service.put(integration, "AWS::ApiGatewayV2::Integration", properties, event)
    properties = {
        "ApiId": api_id(config),
        "RouteKey": key,
        "Target": join("/", "integrations", {"Ref": integration}),
        **authorization(service, config, settings, event),
    }
    name = "Default" if key == "$default" else rest_path(key)
    service.put(f"HttpApiRoute{name}", "AWS::ApiGatewayV2::Route", properties, event)
    source = execute_api(api_id(config))
    service.permit(permission_id(function, "HttpApi"), function, "apigateway.amazonaws.com", event, source)


def authorization(service: Service, config: Block, settings: Block, event: Block) -> dict[str, Any]:
    given = settings.get("authorizer")
    if not given:
        return {}
    spec: Mapping[str, Any] = given if isinstance(given, Mapping) else {"name": given}
    if spec.get("type") == "aws_iam":
        return {"AuthorizationType": "AWS_IAM"}
    known = as_block(config.get("authorizers"), config)
    kind, reference = spec.get("type"), spec.get("id")
    if reference is None:
        name = str(spec.get("name"))
        if name not in known:
            remedy = f"Add it to provider.httpApi.authorizers; there are: {', '.join(known) or 'none'}."
            service.fault(f"There is no authorizer {name!r}.", remedy, event)
            return {}
        chosen = as_block(known[name], known)
        kind, reference = chosen.get("type"), {"Ref": authorizer_id(str(chosen.get("name") or name))}
    return {
        "AuthorizationType": "CUSTOM" if kind == "request" else "JWT",
        "AuthorizerId": reference,
        "AuthorizationScopes": spec.get("scopes"),
    }


def compile_websockets(service: Service) -> None:
    """Add the WebSocket API, if there is a `websocket` event, with a route for each event."""
    found = False
    for function, _, given, event in service.events("websocket"):
        settings = as_block(given, event)
        key = str(settings.get("route") if settings else given)
        if not found:
            put_websockets_api(service, event)
            found = True
        put_websocket_route(service, function, key, settings, event)


def put_websockets_api(service: Service, event: Block) -> None:
    provider = service.provider
    text = provider.get("websocketsDescription") or "Serverless Websockets"
    properties = {
        "Name": provider.get("websocketsApiName") or f"{service.stage}-{service.name}-websockets",
        "RouteSelectionExpression": provider.get("websocketsApiRouteSelectionExpression") or "$request.body.action",
        "Description": text,
        "ProtocolType": "WEBSOCKET",
    }
    service.put(WEBSOCKETS_API, "AWS::ApiGatewayV2::Api", properties, event)
    stage = {"ApiId": {"Ref": WEBSOCKETS_API}, "StageName": service.stage, "Description": text}
    service.put("WebsocketsDeploymentStage", "AWS::ApiGatewayV2::Stage", stage, event)
    service.statements.append(
        {
            "Effect": "Allow",
            "Action": ["execute-api:ManageConnections"],
            "Resource": [{"Fn::Sub": "arn:${AWS::Partition}:execute-api:*:*:*/@connections/*"}],
        }
    )
    address = join("", "wss://", {"Ref": WEBSOCKETS_API}, ".execute-api.", {"Ref": "AWS::Region"}, ".", SUFFIX)
    address["Fn::Join"][1].append(f"/{service.stage}")
    output = {"Description": "URL of the service endpoint", "Value": address}
    service.outputs["ServiceEndpointWebsocket"] = output


def put_websocket_route(service: Service, function: str, key: str, settings: Block, event: Block) -> None:
    integration = f"{normal(function)}WebsocketsIntegration"
    uri = invocation_uri(service.target(function))
    properties = {"ApiId": {"Ref": WEBSOCKETS_API}, "IntegrationType": "AWS_PROXY", "IntegrationUri": uri}
    service.put(integration, "AWS::ApiGatewayV2::Integration", properties, event)
    route = {
        "ApiId": {"Ref": WEBSOCKETS_API},
        "RouteKey": key,
        "AuthorizationType": "CUSTOM" if settings.get("authorizer") else "NONE",
        "RouteResponseSelectionExpression": settings.get("routeResponseSelectionExpression"),
        "Target": join("/", "integrations", {"Ref": integration}),
    }
    service.put(f"{route_key(key)}WebsocketsRoute", "AWS::ApiGatewayV2::Route", route, event)
    service.permit(permission_id(function, "Websockets"), function, "apigateway.amazonaws.com", event)
    text = f"The WebSocket route {key!r} of {function_id(function)} is recorded, and not served here."
    service.note(text, event.origin())
