"""The logical ids and names that Serverless Framework gives to what it makes of a `serverless.yml`.

Templates refer to them (`!GetAtt HelloLambdaFunction.Arn`), so they are the framework's to the letter.
Source: lib/plugins/aws/lib/naming.js of Serverless Framework 3.40; version 4 names these things alike (2026-11).
"""

from __future__ import annotations

import hashlib
import re

__all__ = [
    "DEPLOYMENT_BUCKET",
    "DEPLOYMENT_BUCKET_POLICY",
    "HTTP_API",
    "REST_API",
    "ROLE",
    "WEBSOCKETS_API",
    "alphanumeric",
    "capital",
    "event_rule_name",
    "function_id",
    "mapping_id",
    "normal",
    "permission_id",
    "rest_path",
    "route_key",
    "shortened",
    "target_group_name",
]

DEPLOYMENT_BUCKET = "ServerlessDeploymentBucket"
DEPLOYMENT_BUCKET_POLICY = "ServerlessDeploymentBucketPolicy"
ROLE = "IamRoleLambdaExecution"
REST_API = "ApiGatewayRestApi"
HTTP_API = "HttpApi"
WEBSOCKETS_API = "WebsocketsApi"

NAME_LIMIT = 64
"""The longest name that EventBridge takes for a rule or a target."""


def capital(name: str) -> str:
    """Return a name whose first letter is a capital; the others stay."""
    return name[:1].upper() + name[1:]


def normal(name: str) -> str:
    """Return a name as it stands in logical ids: `my-hello_world` is `MyDashhelloUnderscoreworld`."""
    return capital(name.replace("-", "Dash").replace("_", "Underscore"))


def alphanumeric(name: str) -> str:
    """Return a name with nothing but letters and digits, as the ids of buckets, topics and queues have it."""
    return capital(re.sub(r"[^0-9A-Za-z]", "", name))


def function_id(function: str) -> str:
    """Return the logical id of a function: `hello` is `HelloLambdaFunction`."""
    return f"{normal(function)}LambdaFunction"


def permission_id(function: str, source: str) -> str:
    """Return the logical id of the permission that lets a source call a function."""
    return f"{normal(function)}LambdaPermission{source}"


def mapping_id(function: str, source: str, *names: str, limit: int | None = None) -> str:
    """Return the logical id of an event source mapping; `limit` cuts each of the names of what it reads from."""
    return f"{normal(function)}EventSourceMapping{source}{''.join(alphanumeric(name)[:limit] for name in names)}"


def rest_path(path: str) -> str:
    """Return a path as it stands in the ids of REST resources and methods: `orders/{id}` is `OrdersIdVar`."""
    return "".join(map(path_part, path.split("/")))


def path_part(part: str) -> str:
    lowered = capital(part.lower()).replace("-", "Dash")
    return capital(re.sub(r"[^0-9A-Za-z]", "", re.sub(r"\{(.*)\}", r"\1Var", lowered)))


def route_key(key: str) -> str:
    """Return a WebSocket route's key as it stands in logical ids: `$connect` is `Sconnect`."""
    for character, word in (("$", "S"), ("/", "Slash"), ("-", "Dash"), ("_", "Underscore"), (".", "Period")):
        key = key.replace(character, word)
    return key


def event_rule_name(function_name: str, index: int) -> str:
    """Return the name of the EventBridge rule that a function's event number `index` makes."""
    return shortened(f"{function_name}-rule-{index}", f"rule-{index}")


def shortened(name: str, suffix: str) -> str:
    """Return a name that EventBridge takes: a long one is cut, and ends in its digest and `suffix`."""
    if len(name) <= NAME_LIMIT:
        return name
    return f"{name[: 31 - len(suffix)]}{digest(name)}-{suffix}"


def target_group_name(prefix: str, tag: str) -> str:
    """Return the name of a load balancer's target group, which the framework draws from its tag."""
    return f"{prefix}{digest(tag)}"[:32]


def digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
