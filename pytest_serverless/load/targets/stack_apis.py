"""Where the APIs and function URLs of a stack are asked, and by whom.

Sources, all of 2026-11: docs.aws.amazon.com, apigateway "how-to-call-api" and "http-api-stages"; lambda
"urls-configuration".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from pytest_serverless.load.targets.aws_calls import AwsCalls
from pytest_serverless.load.targets.stack_resources import StackResource, of_type

__all__ = ["Apis"]

_SIGN = {
    "AWS_IAM": "AWS_IAM, so sign them",
    "COGNITO_USER_POOLS": "COGNITO_USER_POOLS, so send a token of the user pool",
}


class Apis:
    """Read when it is made: `urls` and `paths` by the ids of APIs and function URLs, and `notes` for a reader.

    An API with several stages has a URL for each, by `Api.stage`.
    """

    def __init__(self, calls: AwsCalls, resources: Sequence[StackResource]) -> None:
        self._calls = calls
        self._resources = resources
        self.urls: dict[str, str] = {}
        self.paths: dict[str, str] = {}
        self.notes: list[str] = []
        for each in of_type(resources, "AWS::ApiGateway::RestApi"):
            self._add_rest_api(each)
        for each in of_type(resources, "AWS::ApiGatewayV2::Api"):
            self._add_http_api(each)
        taken: set[str] = set()
        for each in of_type(resources, "AWS::Lambda::Url"):
            self._add_function_url(each, taken)

    def _add_rest_api(self, api: StackResource) -> None:
        calls, given = self._calls, {"restApiId": api.physical}
        told = calls.find("apigateway", "get_rest_api", **given)
        if told is None:
            self._note_deleted(api)
            return
        if self._is_closed(api, told.get("disableExecuteApiEndpoint")):
            return
        if "PRIVATE" in told.get("endpointConfiguration", {}).get("types", []):
            self.notes.append(f"{api.id} is private: it answers within its VPC alone.")
        suffix = "amazonaws.com.cn" if calls.partition == "aws-cn" else "amazonaws.com"
        base = f"https://{api.physical}.execute-api.{calls.region}.{suffix}"
        stages = [each["stageName"] for each in calls.ask("apigateway", "get_stages", **given)["item"]]
        self._add(api, "rest_api", base, self._own(stages, api, "AWS::ApiGateway::Stage"))
        methods = [
            method
            for each in calls.pages("apigateway", "get_resources", "items", **given, embed=["methods"])
            for verb, method in each.get("resourceMethods", {}).items()
            if verb != "OPTIONS"
        ]
        self._note_auth(api, (each.get("authorizationType", "NONE") for each in methods))
        if any(each.get("apiKeyRequired") for each in methods):
            self.notes.append(f"{api.id} takes API keys.")

    def _add_http_api(self, api: StackResource) -> None:
        calls, given = self._calls, {"ApiId": api.physical}
        told = calls.find("apigatewayv2", "get_api", **given)
        if told is None:
            self._note_deleted(api)
            return
        if told.get("ProtocolType") == "WEBSOCKET":
            self.notes.append(f"{api.id} is a WebSocket API, which is not measured.")
            return
        if self._is_closed(api, told.get("DisableExecuteApiEndpoint")):
            return
        stages = [each["StageName"] for each in calls.pages("apigatewayv2", "get_stages", "Items", **given)]
        own = self._own(stages, api, "AWS::ApiGatewayV2::Stage")
        self._add(api, "http_api", told["ApiEndpoint"].rstrip("/"), own)
        routes = calls.pages("apigatewayv2", "get_routes", "Items", **given)
        self._note_auth(api, (each.get("AuthorizationType", "NONE") for each in routes))

    def _own(self, stages: list[str], api: StackResource, kind: str) -> list[str]:
        """Return the stages that the stack names, where there are several: SAM leaves one that it does not."""
        named = {each.physical for each in of_type(self._resources, kind) if each.stack == api.stack}
        return [stage for stage in stages if stage in named] or stages

    def _add(self, api: StackResource, path: str, base: str, stages: Sequence[str]) -> None:
        if not stages:
            self.notes.append(f"{api.id} is not deployed to any stage, and cannot be asked.")
        for stage in stages:
            id_ = api.id if len(stages) == 1 else f"{api.id}.{stage}"
            self.urls[id_] = base if stage == "$default" else f"{base}/{stage}"
            self.paths[id_] = path

    def _add_function_url(self, url: StackResource, taken: set[str]) -> None:
        """Add a URL: the resource tells the function's ARN, with an alias where the URL is of one."""
        configs = list(
            self._calls.pages("lambda", "list_function_url_configs", "FunctionUrlConfigs", FunctionName=_function(url))
        )
        left = [each for each in configs if each["FunctionUrl"] not in taken]
        found = next((each for each in left if each["FunctionArn"] == url.physical), left[0] if left else None)
        if found is None:
            self._note_deleted(url)
            return
        taken.add(found["FunctionUrl"])
        self.urls[url.id] = found["FunctionUrl"].rstrip("/")
        self.paths[url.id] = "function_url"
        self._note_auth(url, [found["AuthType"]])

    def _is_closed(self, api: StackResource, closed: Any) -> bool:
        if closed:
            self.notes.append(f"{api.id} answers at its own domain alone. Name it beside the stack: --host https://…")
        return bool(closed)

    def _note_deleted(self, resource: StackResource) -> None:
        self.notes.append(f"{resource.id}: {resource.physical} was deleted outside of the stack.")

    def _note_auth(self, resource: StackResource, kinds: Iterable[str]) -> None:
        counts = Counter(kinds)
        asked = {kind: count for kind, count in sorted(counts.items()) if kind != "NONE"}
        if asked:
            told = ", ".join(_SIGN.get(kind, kind) for kind in asked)
            which = "all requests" if "NONE" not in counts else "some requests"
            self.notes.append(f"{resource.id} asks {which} for credentials: {told}.")


def _function(url: StackResource) -> str:
    """Return the function's name of its ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME[:ALIAS]."""
    parts = url.physical.split(":")
    return parts[6] if len(parts) > 6 else url.physical
