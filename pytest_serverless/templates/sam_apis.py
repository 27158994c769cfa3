"""SAM's REST and HTTP APIs, explicit and implicit: an OpenAPI body of the events, a deployment, a stage.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html and
…/sam-resource-httpapi.html (2026-11).
"""

from __future__ import annotations

import re
from typing import Any

from pytest_serverless.errors import TemplateError, shorten
from pytest_serverless.templates.openapi import ANY, INTEGRATION, METHODS
from pytest_serverless.templates.reader import Block, read, standing_at
from pytest_serverless.templates.sam import Sam
from pytest_serverless.templates.sam_authorizers import Authorizers
from pytest_serverless.templates.sam_events import Event
from pytest_serverless.templates.sam_functions import hashed
from pytest_serverless.templates.shapes import mapping

__all__ = ["Api", "http_event", "rest_api", "rest_event", "web_api"]

IMPLICIT_REST = "ServerlessRestApi"
IMPLICIT_HTTP = "ServerlessHttpApi"


def rest_api(sam: Sam, logical_id: str, resource: Block) -> None:
    """Begin an `AWS::Serverless::Api`."""
    api = Api(sam, logical_id, resource, rest=True)
    if "StageName" not in api.spec:
        sam.resolver.fault("The API has no StageName.", "Write one, such as Prod.", at=resource.origin("Type"))
    sam.apis[logical_id] = api


def web_api(sam: Sam, logical_id: str, resource: Block) -> None:
    """Begin an `AWS::Serverless::HttpApi`."""
    sam.apis[logical_id] = Api(sam, logical_id, resource, rest=False)


class Api:
    """An API while it is put together: `finish` writes it out when every event has added its operation.

    `managed` tells that its body is made of events; a REST API whose body is given takes nothing of them.
    """

    def __init__(self, sam: Sam, logical_id: str, resource: Block, *, rest: bool) -> None:
        self.sam = sam
        self.id = logical_id
        self.place = resource
        self.rest = rest
        self.spec: Block = resource["Properties"]
        self.managed = not ({"DefinitionBody", "DefinitionUri"} & self.spec.keys())
        self.stage: Any = self.spec.get("StageName", "Prod" if rest else "$default")
        self.authorizers = Authorizers(self)
        self.paths: dict[str, dict[str, Any]] = {}
        sam.resolver.aliases[f"{logical_id}.Stage"] = self.stage_id
        if rest:
            sam.resolver.aliases[f"{logical_id}.Deployment"] = f"{logical_id}Deployment"

    @property
    def stage_id(self) -> str:
        """The logical id of the stage."""
        if self.stage == "$default":
            return f"{self.id}ApiGatewayDefaultStage"
        if not isinstance(self.stage, str):
            return f"{self.id}Stage"
        return f"{self.id}{self.stage}Stage" if self.stage.isalnum() else hashed(f"{self.id}Stage", self.stage)

    @property
    def suffix(self) -> str:
        """What the permissions of its events end in."""
        return self.stage if isinstance(self.stage, str) else "Stage"

    def add(self, path: str, method: str, operation: Block, event: Event) -> None:
        """Add the operation of an event; a second one for the same path and method is a fault."""
        operations = self.paths.setdefault(path, {})
        if method in operations:
            event.fault(f"{method.upper()} {path} is already an event of {self.id}.", "Change its path or method.")
        operations[method] = operation

    def finish(self) -> None:
        if self.rest:
            self._finish_rest()
        else:
            self._finish_http()
        self.authorizers.permit()
        if self.rest:
            self.authorizers.plan_usage()
        if "Domain" in self.spec:
            self.sam.note(self.place, f"The Domain of {self.id} has no effect: requests name paths alone.")

    def _finish_rest(self) -> None:
        spec = self.spec
        keys = (
            "Name",
            "Description",
            "Policy",
            "ApiKeySourceType",
            "BinaryMediaTypes",
            "DisableExecuteApiEndpoint",
            "MinimumCompressionSize",
        )
        properties: dict[str, Any] = {key: spec.get(key) for key in keys}
        properties["Body"] = self._body()
        self._put(self.id, "AWS::ApiGateway::RestApi", properties, body=True)
        self._put(f"{self.id}Deployment", "AWS::ApiGateway::Deployment", {"RestApiId": {"Ref": self.id}})
        stage = {
            "RestApiId": {"Ref": self.id},
            "DeploymentId": {"Ref": f"{self.id}Deployment"},
            "StageName": self.stage,
            "Variables": spec.get("Variables"),
            "MethodSettings": spec.get("MethodSettings"),
        }
        self._put(self.stage_id, "AWS::ApiGateway::Stage", stage)

    def _finish_http(self) -> None:
        spec = self.spec
        body = self._body()
        cors = self.sam.value(self.sam.resolver.peel(spec.get("CorsConfiguration")))
        if cors is True:
            cors = {"AllowOrigins": ["*"]}
        if isinstance(cors, dict) and body is not None:
            settings = {f"{key[:1].lower()}{key[1:]}": value for key, value in cors.items()}
            body["x-amazon-apigateway-cors"] = settings
        keys = ("Name", "Description", "FailOnWarnings", "DisableExecuteApiEndpoint")
        properties = {key: spec[key] for key in keys if key in spec}
        self._put(self.id, "AWS::ApiGatewayV2::Api", {**properties, "Body": body, "ProtocolType": "HTTP"}, body=True)
        stage = {
            "ApiId": {"Ref": self.id},
            "StageName": self.stage,
            "AutoDeploy": True,
            "StageVariables": spec.get("StageVariables"),
            "DefaultRouteSettings": spec.get("DefaultRouteSettings"),
            "RouteSettings": spec.get("RouteSettings"),
        }
        self._put(self.stage_id, "AWS::ApiGatewayV2::Stage", stage)

    def _put(self, logical_id: str, kind: str, properties: dict[str, Any], *, body: bool = False) -> None:
        waits = self.place.get("DependsOn")
        self.sam.put(logical_id, kind, properties, self.place, **({"DependsOn": waits} if body and waits else {}))

    def _body(self) -> dict[str, Any] | None:
        """Return the OpenAPI document: what is given, and what the events add."""
        given = self._given()
        if given is None and not self.managed:
            return None
        body: dict[str, Any] = given if given is not None else self._skeleton()
        paths = self._paths(body)
        for path, operations in self.paths.items():
            key = f"/{path}" if path == "$default" else path
            existing = paths.get(key)
            paths[key] = {**(existing if isinstance(existing, dict) else {}), **operations}
        body["paths"] = paths
        self.authorizers.secure(body)
        if self.rest:
            self._add_cors(body)
        return body

    def _paths(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return a body's paths and operations, without those that a condition takes away."""
        found: dict[str, Any] = {}
        for path, raw in mapping(body.get("paths")).items():
            item = self.sam.resolver.peel(raw)
            if isinstance(item, dict):
                peeled = {key: self.sam.resolver.peel(operation) for key, operation in item.items()}
                found[path] = {key: operation for key, operation in peeled.items() if operation is not None}
        return found

    def _skeleton(self) -> dict[str, Any]:
        head: dict[str, Any] = {"info": {"version": "1.0", "title": {"Ref": "AWS::StackName"}}, "paths": {}}
        return {"swagger": "2.0", **head} if self.rest else {"openapi": "3.0.1", **head}

    def _given(self) -> dict[str, Any] | None:
        """Return the body that the template has, or the file that it names."""
        found: Any = self.sam.resolver.peel(self.spec.get("DefinitionBody"))
        if isinstance(found, Block) and "Fn::Transform" in found:
            found = self.sam.value(found)
        uri = self.sam.resolver.peel(self.spec.get("DefinitionUri"))
        if found is None and isinstance(uri, str) and not uri.startswith("s3://"):
            found = self._read(uri)
        elif found is None and uri is not None:
            self.sam.note(
                self.place, f"The definition of {self.id} at {shorten(uri)} is not read: its routes are missing."
            )
        return dict(found) if isinstance(found, dict) else None

    def _read(self, uri: str) -> Any:
        path = self.place.file.parent / uri
        at = self.spec.origin("DefinitionUri")
        if not path.is_file():
            self.sam.resolver.fault(f"The DefinitionUri names {path}, and there is no such file.", "Correct it.", at=at)
            return None
        try:
            return read(path)
        except TemplateError as error:
            for fault in error.faults:
                self.sam.resolver.fault(fault.what, fault.do, at=fault.origin)
            return None

    def _add_cors(self, body: dict[str, Any]) -> None:
        """Answer `OPTIONS` by a mock on every path that does not answer it itself."""
        cors = self.sam.value(self.sam.resolver.peel(self.spec.get("Cors")))
        if not cors:
            return
        settings = cors if isinstance(cors, dict) else {"AllowOrigin": cors}
        for path, item in body["paths"].items():
            if isinstance(item, dict) and "options" not in item:
                body["paths"][path] = {**item, "options": _preflight(settings, item)}


def _preflight(settings: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """Return the operation that answers a browser's question for a path."""
    methods = {key.upper() for key in item if key in METHODS} | {"OPTIONS"}
    if ANY in item:
        methods = {method.upper() for method in METHODS}
    values = {
        "Allow-Origin": settings.get("AllowOrigin"),
        "Allow-Headers": settings.get("AllowHeaders"),
        "Allow-Methods": settings.get("AllowMethods") or f"'{','.join(sorted(methods))}'",
        "Max-Age": settings.get("MaxAge"),
        "Allow-Credentials": "'true'" if settings.get("AllowCredentials") is True else None,
    }
    head = "method.response.header.Access-Control-"
    parameters = {f"{head}{key}": value for key, value in values.items() if value is not None}
    answer = {"statusCode": "200", "responseParameters": parameters, "responseTemplates": {"application/json": "{}\n"}}
    return {
        "summary": "CORS support",
        INTEGRATION: {
            "type": "mock",
            "requestTemplates": {"application/json": '{\n  "statusCode" : 200\n}\n'},
            "responses": {"default": answer},
        },
        "responses": {"200": {"description": "Default response for CORS method"}},
    }


def rest_event(event: Event) -> None:
    """Add an `Api` event to its API."""
    if not event.needs("Path", "Method"):
        return
    api = _api_of(event, "RestApiId", IMPLICIT_REST, rest=True)
    if api is None:
        return
    path, method = _route_of(event)
    if api.managed or event.sam.value(api.spec.get("MergeDefinitions")) in (True, "true"):
        operation = _operation(event, _timeout(event))
        for key in ("RequestModel", "RequestParameters"):
            if key in event.spec:
                event.sam.note(event.place, f"The {key} of {event.id} is not checked here.")
        api.authorizers.require(operation, event)
        api.add(path, method, operation, event)
    _permit(event, api, method, path)


def http_event(event: Event) -> None:
    """Add an `HttpApi` event to its API."""
    api = _api_of(event, "ApiId", IMPLICIT_HTTP, rest=False)
    if api is None:
        return
    path, method = _route_of(event)
    if api.managed or "DefinitionBody" in api.spec:
        version = str(event.sam.value(event.spec.get("PayloadFormatVersion", "2.0")))
        operation = _operation(event, {"payloadFormatVersion": version, **_timeout(event)})
        api.authorizers.require(operation, event)
        if api.managed:
            api.add(path, method, operation, event)
        else:
            api.paths.setdefault(path, {})[method] = operation
    if (api.id, "$default") in event.function.routes and path != "$default":
        return  # the permission of the default route covers it
    event.function.routes.add((api.id, path))
    _permit(event, api, method, path)


def _api_of(event: Event, key: str, implicit: str, *, rest: bool) -> Api | None:
    """Return the API of an event: the one it names, or the implicit one."""
    sam = event.sam
    given = event.spec.get(key)
    name = implicit if given is None else sam.referred(given)
    if given is None and implicit not in sam.apis:
        place = event.place.like()
        place.label = ""
        shared = sam.globals.merged("Api" if rest else "HttpApi", implicit, place)
        shared["Properties"] = standing_at(place, {**shared["Properties"], **({"StageName": "Prod"} if rest else {})})
        sam.apis[implicit] = Api(sam, implicit, shared, rest=rest)
    api = sam.apis.get(name or "")
    if api is None or api.rest is not rest:
        kind = "AWS::Serverless::Api" if rest else "AWS::Serverless::HttpApi"
        event.fault(
            f"The event {event.name} ({event.kind}) has the {key} {shorten(given)}.",
            f"Write !Ref with an {kind} of this template: SAM takes no other.",
        )
        return None
    return api


def _route_of(event: Event) -> tuple[str, str]:
    """Return the path and the method of an event, as OpenAPI spells them."""
    path = str(event.sam.value(event.spec.get("Path", "$default")))
    method = str(event.sam.value(event.spec.get("Method", ANY))).lower()
    return path, ANY if method in ("any", "*") else method


def _operation(event: Event, more: dict[str, Any]) -> Block:
    arn = event.function.arn
    name, call = "${Function}", {"Function": arn}
    uri = f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/{name}/invocations"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": {"Fn::Sub": [uri, call]}, **more}
    return standing_at(event.place, {INTEGRATION: integration, "responses": {}})


def _timeout(event: Event) -> dict[str, Any]:
    given = event.spec.get("TimeoutInMillis")
    return {} if given is None else {"timeoutInMillis": given}


def _permit(event: Event, api: Api, method: str, path: str) -> None:
    """Allow the API to call the function by one method and path, in every stage."""
    verb = "*" if method == ANY else method.upper()
    pattern = "" if path == "$default" else re.sub(r"^(.+)/$", r"\1", re.sub(r"\{[^}]*\}", "*", path))
    text = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/"
    source = {"Fn::Sub": [f"{text}{verb}{pattern}", {"Api": {"Ref": api.id}}]}
    name = hashed(f"{event.id}Permission", api.suffix) if api.rest else ""
    event.permit("apigateway.amazonaws.com", source, name=name)
