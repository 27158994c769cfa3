"""Who may call SAM's APIs: authorizers, IAM and API keys, as OpenAPI security of the operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_serverless.templates.intrinsics import hint
from pytest_serverless.templates.openapi import ANY, INTEGRATION, METHODS
from pytest_serverless.templates.reader import Block

if TYPE_CHECKING:
    from pytest_serverless.templates.sam_apis import Api
    from pytest_serverless.templates.sam_events import Event

__all__ = ["Authorizers"]

IN_HEADER = {"type": "apiKey", "name": "Authorization", "in": "header"}
IAM = {**IN_HEADER, "x-amazon-apigateway-authtype": "awsSigv4"}
API_KEY = {"type": "apiKey", "name": "x-api-key", "in": "header"}
URI = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function}/invocations"


class Authorizers:
    """The `Auth` of an API."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._sam = api.sam
        found = api.sam.resolver.peel(api.spec.get("Auth"))
        self._auth: Block = found if isinstance(found, Block) else api.spec.like()
        declared = api.sam.resolver.peel(self._auth.get("Authorizers"))
        self._declared: dict[str, Any] = declared if isinstance(declared, dict) else {}
        self._default = api.sam.value(self._auth.get("DefaultAuthorizer"))
        self._used: set[str] = set()

    def require(self, operation: Block, event: Event) -> None:
        """Write into an operation who may call it, where the event or the API's default says so."""
        found = self._sam.resolver.peel(event.spec.get("Auth"))
        auth = found if isinstance(found, dict) else {}
        name = self._sam.value(auth.get("Authorizer"))
        own = auth.get("ApiKeyRequired")
        key = self._sam.value(own if own is not None else self._auth.get("ApiKeyRequired"))
        security: list[dict[str, Any]] = []
        name = self._default if name is None else name
        if name and name != "NONE":
            self._know(str(name), event)
            scopes = auth.get("AuthorizationScopes", [])
            security.append({str(name): scopes if isinstance(scopes, list) else []})
        if key in (True, "true"):
            security.append({"api_key": []})
            self._used.add("api_key")
        if security or name == "NONE":
            operation["security"] = security

    def _know(self, name: str, event: Event) -> None:
        if name in self._declared or name == "AWS_IAM":
            self._used.add(name)
        else:
            do = hint(name, [*self._declared, "AWS_IAM"], f"Declare it in the Auth of {self._api.id}.")
            event.fault(f"The event {event.name} asks for the authorizer {name!r}, which the API does not have.", do)

    def secure(self, body: dict[str, Any]) -> None:
        """Write the security schemes into a body, and the default into operations that a given body has."""
        if self._default and not self._api.managed:
            self._default_into(body)
        names = [*self._declared, *(name for name in ("AWS_IAM", "api_key") if name in self._used)]
        schemes = {name: self._scheme(name) for name in names}
        if not schemes:
            return
        if "openapi" in body:
            components = body.get("components")
            components = dict(components) if isinstance(components, dict) else {}
            existing = components.get("securitySchemes")
            components["securitySchemes"] = {**(existing if isinstance(existing, dict) else {}), **schemes}
            body["components"] = components
        else:
            existing = body.get("securityDefinitions")
            body["securityDefinitions"] = {**(existing if isinstance(existing, dict) else {}), **schemes}

    def _default_into(self, body: dict[str, Any]) -> None:
        """Ask for the default authorizer where an operation of a given body says nothing of its own."""
        name = str(self._default)
        self._used.add(name)
        paths = body.get("paths") or {}
        for path, item in paths.items():
            if not isinstance(item, dict):
                continue
            methods = [key for key in item if key in (*METHODS, ANY) and key != "options"]
            changed = {
                method: {**item[method], "security": [{name: []}]}
                for method in methods
                if isinstance(item[method], dict) and INTEGRATION in item[method] and "security" not in item[method]
            }
            if changed:
                body["paths"] = {**body["paths"], path: {**item, **changed}}

    def _scheme(self, name: str) -> dict[str, Any]:
        if name in ("AWS_IAM", "api_key") and name not in self._declared:
            return dict(IAM if name == "AWS_IAM" else API_KEY)
        found = self._sam.resolver.peel(self._declared[name])
        declared: dict[str, Any] = found if isinstance(found, dict) else {}
        if "UserPoolArn" in declared:
            pools = declared["UserPoolArn"]
            authorizer: dict[str, Any] = {
                "type": "cognito_user_pools",
                "providerARNs": pools if isinstance(pools, list) else [pools],
            }
            kind = {"x-amazon-apigateway-authtype": "cognito_user_pools"}
            return {**IN_HEADER, **kind, "x-amazon-apigateway-authorizer": authorizer}
        if "JwtConfiguration" in declared:
            jwt = {"type": "jwt", "jwtConfiguration": declared["JwtConfiguration"]}
            return {"type": "oauth2", "x-amazon-apigateway-authorizer": jwt}
        type_ = str(declared.get("FunctionPayloadType", "TOKEN" if self._api.rest else "REQUEST")).lower()
        custom = {
            "type": type_,
            "authorizerUri": {"Fn::Sub": [URI, {"Function": declared.get("FunctionArn", "")}]},
            "authorizerPayloadFormatVersion": declared.get("AuthorizerPayloadFormatVersion"),
        }
        kept = {key: value for key, value in custom.items() if value is not None}
        return {**IN_HEADER, "x-amazon-apigateway-authtype": "custom", "x-amazon-apigateway-authorizer": kept}

    def permit(self) -> None:
        """Allow the API to call the functions that authorize for it."""
        for name, declared in self._declared.items():
            function = declared.get("FunctionArn") if isinstance(declared, dict) else None
            if function is None or not self._permits(declared):
                continue
            text = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/authorizers/*"
            properties = {
                "Action": "lambda:InvokeFunction",
                "FunctionName": function,
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": {"Fn::Sub": [text, {"Api": {"Ref": self._api.id}}]},
            }
            name_here = f"{self._api.id}{name}AuthorizerPermission"
            self._sam.put(name_here, "AWS::Lambda::Permission", properties, self._auth)

    def _permits(self, declared: dict[str, Any]) -> bool:
        """Tell whether SAM permits the call by itself: of REST APIs unless told not to, of others if told to."""
        if self._api.rest:
            return self._sam.value(declared.get("DisableFunctionDefaultPermissions")) not in (True, "true")
        return self._sam.value(declared.get("EnableFunctionDefaultPermissions")) in (True, "true")

    def plan_usage(self) -> None:
        """Write out the usage plan and the key that an API asks for, its own or one for all."""
        plan = self._sam.resolver.peel(self._auth.get("UsagePlan"))
        kind = self._sam.value(plan.get("CreateUsagePlan")) if isinstance(plan, Block) else None
        if kind not in ("PER_API", "SHARED"):
            return
        owner = self._api.id if kind == "PER_API" else "Serverless"
        stage = {"Ref": self._api.stage_id}
        keys = ("Description", "Quota", "Throttle", "UsagePlanName")
        properties = {key: plan[key] for key in keys if key in plan}
        stages = {"ApiStages": [{"ApiId": {"Ref": self._api.id}, "Stage": stage}]}
        self._sam.put(f"{owner}UsagePlan", "AWS::ApiGateway::UsagePlan", {**properties, **stages}, plan)
        key = {"Enabled": True, "StageKeys": [{"RestApiId": {"Ref": self._api.id}, "StageName": stage}]}
        self._sam.put(f"{owner}ApiKey", "AWS::ApiGateway::ApiKey", key, plan)
        link = {"KeyId": {"Ref": f"{owner}ApiKey"}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": f"{owner}UsagePlan"}}
        self._sam.put(f"{owner}UsagePlanKey", "AWS::ApiGateway::UsagePlanKey", link, plan)
