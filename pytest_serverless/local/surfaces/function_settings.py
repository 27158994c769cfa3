"""What Lambda's API tells of functions: the operations that tools read with, answered from the application.

Source: the service's model in botocore, and https://docs.aws.amazon.com/lambda/latest/api/ (2026-11).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import App, Function
from pytest_serverless.local.concurrency import function_limits
from pytest_serverless.local.wire.messages import Asked, Reply
from pytest_serverless.web.lambda_invoke import Callee, Callees, Refusal

__all__ = ["FunctionSettings"]

_FUNCTION = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)(?P<what>/configuration)?/?")
_FUNCTIONS = re.compile(r"/2015-03-31/functions/?")
_CONCURRENCY = re.compile(r"/2019-09-30/functions/(?P<name>[^/]+)/concurrency/?")
_ACCOUNT = re.compile(r"/2016-08-19/account-settings/?")
_SUPPORTED = (
    "Invoke, InvokeWithResponseStream, GetFunction, GetFunctionConfiguration, ListFunctions, GetFunctionConcurrency "
    "and GetAccountSettings"
)
_MOST_LISTED = 50
_COUNT = re.compile(r"[0-9]{1,9}")
_STARTED = "2026-01-01T00:00:00.000+0000"


class FunctionSettings:
    """Answers for one application; `account_concurrency` is the account's limit."""

    def __init__(self, app: App, *, account_concurrency: int = 1_000) -> None:
        self._app = app
        self._account_concurrency = account_concurrency
        self._limits = function_limits(app)
        self._revisions = {
            id_: str(uuid.uuid5(uuid.NAMESPACE_URL, function.name)) for id_, function in app.functions.items()
        }

    def reply(self, asked: Asked, callees: Callees) -> Reply:
        """Answer a request that is not one to invoke."""
        found = self._answer(asked, callees)
        ids = [("x-amzn-RequestId", str(uuid.uuid4()))]
        if isinstance(found, Refusal):
            return Reply(found.status, found.body, [*found.headers.items(), *ids])
        return Reply(200, json.dumps(found).encode(), [("Content-Type", "application/json"), *ids])

    def _answer(self, asked: Asked, callees: Callees) -> Mapping[str, Any] | Refusal:
        path, query = asked.path, parse_qs(asked.query)
        if asked.method != "GET":
            return _unsupported(asked)
        if _FUNCTIONS.fullmatch(path):
            return self._list(query)
        if _ACCOUNT.fullmatch(path):
            return self._account()
        for pattern, tell in ((_FUNCTION, self._function), (_CONCURRENCY, self._concurrency)):
            match = pattern.fullmatch(path)
            if match is not None:
                callee = callees.find(match["name"], query.get("Qualifier", [None])[0])
                if isinstance(callee, Refusal):
                    return Refusal(callee.status, callee.code, callee.message.removesuffix(":$LATEST"))
                return tell(callee, match)
        return _unsupported(asked)

    def _function(self, callee: Callee, match: re.Match[str]) -> Mapping[str, Any]:
        configuration = self._configuration(callee.function, callee.version, callee.qualifier)
        if match["what"]:
            return configuration
        code = self._app.functions[callee.function].code
        return {
            "Configuration": configuration,
            "Code": {"RepositoryType": "S3", "Location": code.as_uri() if code else ""},
            "Tags": {},
            **({"Concurrency": concurrency} if (concurrency := self._reserved(callee.function)) else {}),
        }

    def _concurrency(self, callee: Callee, match: re.Match[str]) -> Mapping[str, Any]:
        return self._reserved(callee.function)

    def _list(self, query: Mapping[str, list[str]]) -> Mapping[str, Any]:
        begin = int(marker) if _COUNT.fullmatch(marker := query.get("Marker", ["0"])[0]) else 0
        size = int(most) if _COUNT.fullmatch(most := query.get("MaxItems", [""])[0]) else _MOST_LISTED
        end = begin + max(1, min(size, _MOST_LISTED))
        ids = list(self._app.functions)
        listed = [self._configuration(id_, "$LATEST", None) for id_ in ids[begin:end]]
        return {"Functions": listed, **({"NextMarker": str(end)} if end < len(ids) else {})}

    def _account(self) -> Mapping[str, Any]:
        reserved = sum(self._reserved(id_).get("ReservedConcurrentExecutions", 0) for id_ in self._app.functions)
        return {
            "AccountLimit": {
                "TotalCodeSize": 322_122_547_200,
                "CodeSizeUnzipped": 262_144_000,
                "CodeSizeZipped": 52_428_800,
                "ConcurrentExecutions": self._account_concurrency,
                "UnreservedConcurrentExecutions": self._account_concurrency - reserved,
            },
            "AccountUsage": {"TotalCodeSize": 0, "FunctionCount": len(self._app.functions)},
        }

    def _reserved(self, function: str) -> dict[str, int]:
        reserved = self._limits[function].reserved
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def _configuration(self, id_: str, version: str, qualifier: str | None) -> dict[str, Any]:
        function = self._app.functions[id_]
        settings: LambdaSettings = function.settings
        arn = settings.invoked_arn(function.name)
        properties = self._properties(id_)
        return {
            "FunctionName": function.name,
            "FunctionArn": f"{arn}:{qualifier}" if qualifier else arn,
            "Runtime": properties.get("Runtime", settings.runtime),
            "Role": self._role(function),
            "Handler": function.handler,
            "CodeSize": 0,
            "Description": properties.get("Description", ""),
            "Timeout": int(function.timeout_s),
            "MemorySize": function.memory_mb,
            "LastModified": _STARTED,
            "Version": version,
            "Environment": {"Variables": dict(function.environment)},
            "TracingConfig": {"Mode": "PassThrough"},
            "RevisionId": self._revisions[id_],
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "PackageType": properties.get("PackageType", "Zip"),
            "Architectures": properties.get("Architectures", ["x86_64"]),
            "EphemeralStorage": properties.get("EphemeralStorage", {"Size": 512}),
            "LoggingConfig": {"LogFormat": settings.log_format, "LogGroup": settings.log_group_of(function.name)},
        }

    def _properties(self, id_: str) -> Mapping[str, Any]:
        resource = self._app.resources.get(id_)
        return {} if resource is None else resource.properties

    def _role(self, function: Function) -> str:
        resource = self._app.resources.get(function.role)
        return (resource.arn or resource.name) if resource else function.role


def _unsupported(asked: Asked) -> Refusal:
    text = f"The local platform has no {asked.method} {asked.path}. Of Lambda's API it answers {_SUPPORTED}."
    return Refusal(501, "NotImplementedException", text)
