"""The `http` event: routes of a REST API, as its resources and methods.

Source: lib/plugins/aws/package/compile/events/api-gateway of Serverless Framework 3.40 (2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_serverless.templates.reader import Block, standing_at
from pytest_serverless.templates.serverless_naming import (
    REST_API,
    capital,
    normal,
    permission_id,
    rest_path,
)
from pytest_serverless.templates.serverless_service import (
    HERE,
    PARTITION,
    Service,
    as_block,
    as_list,
    get_att,
    invocation_uri,
    join,
    texts,
)

__all__ = ["compile_http"]

CORS_HEADERS = (
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
)
EVERY_METHOD = "DELETE,GET,HEAD,PATCH,POST,PUT"
INTEGRATIONS = {"LAMBDA": "AWS", "LAMBDA_PROXY": "AWS_PROXY"}


def compile_http(service: Service) -> None:
    """Add the REST API of `http` events, with a resource for each part of a path and a method for each event."""
    preflights: dict[str, dict[str, Any]] = {}
    paths: dict[str, Any] = {}
    for function, _, given, event in service.events("http"):
        settings = settings_of(given, event)
        path = str(settings.get("path", "")).removeprefix("/").removesuffix("/")
        method = str(settings.get("method", "")).upper()
        if not method:
            service.fault(f"An http event of {function!r} has no method.", "Write `http: GET /path`.", event)
            continue
        if not paths:
            put_api(service, event)
            paths[""] = root_resource(service)
        put_resources(service, path, paths, event)
        put_method(service, function, method, path, paths[path], settings, event)
        if settings.get("cors"):
            join_preflight(preflights, path, method, settings["cors"])
    for path, cors in preflights.items():
        put_preflight(service, path, paths[path], cors)
    if paths:
        put_deployment(service)


def settings_of(given: Any, event: Block) -> Block:
    """Return the settings of an event, which may be written as `GET /path`."""
    if isinstance(given, Block):
        return given
    method, _, path = str(given).strip().partition(" ")
    return standing_at(event, {"method": method, "path": path.strip()})


def gateway(service: Service) -> Block:
    return as_block(service.provider.get("apiGateway"), service.provider)


def api_id(service: Service) -> Any:
    return gateway(service).get("restApiId") or {"Ref": REST_API}


def root_resource(service: Service) -> Any:
    return gateway(service).get("restApiRootResourceId") or get_att(REST_API, "RootResourceId")


def put_api(service: Service, event: Block) -> None:
    settings = gateway(service)
    if settings.get("restApiId"):
        return
    name = f"{service.prefix}" if settings.get("shouldStartNameWithService") else f"{service.stage}-{service.name}"
    policy = settings.get("resourcePolicy")
    source = settings.get("apiKeySourceType")
    properties = {
        "Name": service.provider.get("apiName") or name,
        "BinaryMediaTypes": texts(settings.get("binaryMediaTypes")) or None,
        "DisableExecuteApiEndpoint": settings.get("disableDefaultEndpoint"),
        "EndpointConfiguration": {
            "Types": [str(service.provider.get("endpointType") or "EDGE").upper()],
            "VpcEndpointIds": service.provider.get("vpcEndpointIds"),
        },
        "Policy": {"Version": "2012-10-17", "Statement": policy} if policy else "",
        "ApiKeySourceType": source.upper() if source else None,
        "MinimumCompressionSize": settings.get("minimumCompressionSize"),
        "Description": settings.get("description"),
    }
    service.put(REST_API, "AWS::ApiGateway::RestApi", properties, settings or event)


def put_resources(service: Service, path: str, paths: dict[str, Any], event: Block) -> None:
    """Add the resources that a path needs and that are not there yet."""
    above = ""
    for part in path.split("/") if path else ():
        here = f"{above}/{part}" if above else part
        if here not in paths:
            logical_id = f"ApiGatewayResource{rest_path(here)}"
            properties = {"ParentId": paths[above], "PathPart": part, "RestApiId": api_id(service)}
            service.put(logical_id, "AWS::ApiGateway::Resource", properties, event)
            paths[here] = {"Ref": logical_id}
        above = here


def put_method(
    service: Service, function: str, method: str, path: str, resource: Any, settings: Block, event: Block
) -> None:
    properties = {
        "HttpMethod": method,
        "RequestParameters": request_parameters(settings),
        "ResourceId": resource,
        "RestApiId": api_id(service),
        "OperationName": settings.get("operationId"),
        "ApiKeyRequired": bool(settings.get("private")),
        **authorization(service, settings, event),
        "Integration": integration(service, function, method, settings, event),
        "MethodResponses": [],
    }
    service.put(method_id(path, method), "AWS::ApiGateway::Method", properties, event)
    permit(service, function, event)


def method_id(path: str, method: str) -> str:
    return f"ApiGatewayMethod{rest_path(path)}{capital(method.lower())}"


def permit(service: Service, function: str, event: Block) -> None:
    source = join("", "arn:", PARTITION, ":execute-api:", *HERE, ":", api_id(service), "/*/*")
    service.permit(permission_id(function, "ApiGateway"), function, "apigateway.amazonaws.com", event, source)


def request_parameters(settings: Block) -> dict[str, Any]:
    given = as_block(as_block(settings.get("request"), settings).get("parameters"), settings)
    return {
        f"method.request.{place.removesuffix('s')}.{name}": required(value)
        for place in ("querystrings", "paths", "headers")
        for name, value in as_block(given.get(place), given).items()
    }


def required(value: Any) -> Any:
    return value.get("required", True) if isinstance(value, Mapping) else value


def integration(service: Service, function: str, method: str, settings: Block, event: Block) -> dict[str, Any]:
    """Say what answers: the function itself, or the function behind templates (which are not run here)."""
    default = "AWS" if settings.get("async") else "AWS_PROXY"
    named = str(settings.get("integration") or default).upper().replace("-", "_")
    kind = INTEGRATIONS.get(named, named)
    if kind != "AWS_PROXY":
        path = settings.get("path")
        text = f"{method} {path} does not pass requests on as they are ({named.lower()}): its templates are not run."
        service.note(text, event.origin())
    if kind in ("AWS", "AWS_PROXY"):
        return {"IntegrationHttpMethod": "POST", "Type": kind, "Uri": invocation_uri(service.target(function))}
    uri = as_block(settings.get("request"), settings).get("uri")
    return {"IntegrationHttpMethod": method, "Type": kind, **({"Uri": uri} if uri else {})}


def authorization(service: Service, settings: Block, event: Block) -> dict[str, Any]:
    """Return a method's authorization, and add the authorizer that it names."""
    given = settings.get("authorizer")
    if not given:
        return {"AuthorizationType": "NONE"}
    spec = given if isinstance(given, Block) else standing_at(event, short_form(str(given)))
    kind = str(spec.get("type") or "").upper()
    if kind == "AWS_IAM":
        return {"AuthorizationType": "AWS_IAM"}
    pool = kind == "COGNITO_USER_POOLS" or (isinstance(spec.get("arn"), str) and ":cognito-idp:" in spec["arn"])
    scopes = spec.get("scopes") if pool else None
    reference = spec.get("authorizerId") or put_authorizer(service, spec, kind, pool, event)
    return {
        "AuthorizationType": "COGNITO_USER_POOLS" if pool else "CUSTOM",
        "AuthorizerId": reference,
        "AuthorizationScopes": scopes or None,
    }


def short_form(given: str) -> dict[str, str]:
    if given.upper() == "AWS_IAM":
        return {"type": "AWS_IAM"}
    return {"arn": given} if ":" in given else {"name": given}


def put_authorizer(service: Service, spec: Block, kind: str, pool: bool, event: Block) -> dict[str, Any] | None:
    arn, name = spec.get("arn"), spec.get("name")
    function = name if arn is None else None
    if function is not None:
        if not service.known_function(str(function), event):
            return None
        arn = service.target(function)
    name = name or str(arn).split(":")[-1].split("-")[-1]
    ttl = spec.get("resultTtlInSeconds", 300) if isinstance(event.get("http"), Block) and len(spec) > 1 else None
    source = None if kind == "REQUEST" and ttl == 0 else "method.request.header.Authorization"
    properties = {
        "AuthorizerResultTtlInSeconds": ttl,
        "IdentitySource": spec.get("identitySource") or source,
        "IdentityValidationExpression": spec.get("identityValidationExpression"),
        "Name": name,
        "RestApiId": api_id(service),
        **(
            {"Type": "COGNITO_USER_POOLS", "ProviderARNs": [arn]}
            if pool
            else {"Type": kind or "TOKEN", "AuthorizerUri": invocation_uri(arn)}
        ),
    }
    logical_id = f"{normal(str(name))}ApiGatewayAuthorizer"
    service.put(logical_id, "AWS::ApiGateway::Authorizer", properties, event)
    if not pool and not spec.get("managedExternally"):
        permit_authorizer(service, str(name), arn, event)
    return {"Ref": logical_id}


def permit_authorizer(service: Service, name: str, arn: Any, event: Block) -> None:
    properties = {
        "FunctionName": arn,
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": join("", "arn:", PARTITION, ":execute-api:", *HERE, ":", api_id(service), "/*/*"),
    }
    service.put(permission_id(name, "ApiGateway"), "AWS::Lambda::Permission", properties, event)


def join_preflight(preflights: dict[str, dict[str, Any]], path: str, method: str, given: Any) -> None:
    """Add what one event says of CORS to what the others of its path say."""
    spec = given if isinstance(given, Mapping) else {}
    cors = preflights.setdefault(path, {"headers": [], "methods": [], "origins": [], "origin": None})
    headers = texts(spec.get("headers")) or list(CORS_HEADERS)
    methods = [*dict.fromkeys([*texts(spec.get("methods")), "OPTIONS"])]
    cors["headers"] = [*dict.fromkeys([*headers, *cors["headers"]])]
    cors["methods"] = [*dict.fromkeys([*methods, method, *cors["methods"]])]
    cors["origins"] = [*dict.fromkeys([*texts(spec.get("origins")), *cors["origins"]])]
    cors["origin"] = spec.get("origin", None if spec.get("origins") else "*")
    cors["credentials"] = cors.get("credentials") or bool(spec.get("allowCredentials"))
    cors["max_age"] = spec.get("maxAge") or cors.get("max_age")
    cors["cache_control"] = spec.get("cacheControl") or cors.get("cache_control")


def put_preflight(service: Service, path: str, resource: Any, cors: dict[str, Any]) -> None:
    """Add the method that answers a browser's question, without a function."""
    origin = str(cors["origin"] or "")
    origins = [each.strip() for each in origin.split(",")] if "," in origin else cors["origins"]
    headers = preflight_headers(cors, origins[0] if origins else origin)
    response = {
        "StatusCode": "200",
        "ResponseParameters": {f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()},
        "ResponseTemplates": {"application/json": origin_template(origins) if origins else ""},
    }
    declared = {f"method.response.header.{name}": True for name in headers}
    properties = {
        "AuthorizationType": "NONE",
        "HttpMethod": "OPTIONS",
        "MethodResponses": [{"StatusCode": "200", "ResponseParameters": declared, "ResponseModels": {}}],
        "RequestParameters": {},
        "Integration": {
            "Type": "MOCK",
            "RequestTemplates": {"application/json": "{statusCode:200}"},
            "ContentHandling": "CONVERT_TO_TEXT",
            "IntegrationResponses": [response],
        },
        "ResourceId": resource,
        "RestApiId": api_id(service),
    }
    service.put(method_id(path, "OPTIONS"), "AWS::ApiGateway::Method", properties, service.provider)


def preflight_headers(cors: dict[str, Any], origin: str) -> dict[str, Any]:
    methods = ",".join(cors["methods"]).replace("ANY", EVERY_METHOD)
    headers = {"Origin": origin, "Headers": ",".join(cors["headers"]), "Methods": methods}
    answers: dict[str, Any] = {f"Access-Control-Allow-{name}": value for name, value in headers.items()}
    if cors["credentials"]:
        answers["Access-Control-Allow-Credentials"] = "true"
    if cors["max_age"]:
        answers["Access-Control-Max-Age"] = cors["max_age"]
    if cors["cache_control"]:
        answers["Cache-Control"] = cors["cache_control"]
    return answers


def origin_template(origins: list[str]) -> str:
    """The template that answers with the caller's own origin, where that is among those allowed."""
    matches = (f'$origin.matches("{origin.replace(".", "[.]").replace("*", ".+", 1)}")' for origin in origins)
    return (
        '#set($origin = $input.params("Origin"))\n'
        '#if($origin == "") #set($origin = $input.params("origin")) #end\n'
        f"#if({' || '.join(matches)})"
        " #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin) #end"
    )


def put_deployment(service: Service) -> None:
    """Add the deployment. The framework's id ends in the time of packaging, which ours leaves out."""
    properties = {"RestApiId": api_id(service), "StageName": gateway(service).get("stage") or service.stage}
    service.put("ApiGatewayDeployment", "AWS::ApiGateway::Deployment", properties, service.provider)
    url = join(
        "",
        "https://",
        api_id(service),
        ".execute-api.",
        {"Ref": "AWS::Region"},
        ".",
        {"Ref": "AWS::URLSuffix"},
        f"/{service.stage}",
    )
    service.outputs["ServiceEndpoint"] = {"Description": "URL of the service endpoint", "Value": url}
    put_keys(service)


def put_keys(service: Service) -> None:
    """Add the API keys that `private` routes ask for."""
    for number, key in enumerate(as_list(gateway(service).get("apiKeys")), 1):
        spec = key if isinstance(key, Mapping) else {"name": key}
        properties = {
            "Enabled": spec.get("enabled", True),
            "Name": spec.get("name"),
            "Value": spec.get("value"),
            "Description": spec.get("description"),
            "StageKeys": [{"RestApiId": api_id(service), "StageName": service.stage}],
        }
        service.put(f"ApiGatewayApiKey{number}", "AWS::ApiGateway::ApiKey", properties, gateway(service))
