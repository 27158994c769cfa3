"""Parameters of calls, as the table of permissions wants them: names in the place of URLs, aliases and statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from pytest_serverless.audits.iam_patterns import Context

__all__ = ["Parameters", "Place", "prepare"]

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a call goes, and what is known there.

    `arns` has the ARNs that names stand for: of secrets by their names, of KMS keys by `alias/…`. `partition_keys` has
    the name of each table's partition key. `context` holds what is known of every request of the caller.
    """

    partition: str = "aws"
    region: str = "us-east-1"
    account: str = "123456789012"
    arns: Mapping[str, str] = field(default_factory=dict)
    partition_keys: Mapping[str, str] = field(default_factory=dict)
    context: Context = field(default_factory=dict)

    def arn(self, service: str, rest: str) -> str:
        """Return the ARN of something of a service here."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{rest}"


def prepare(service: str, parameters: Parameters, place: Place) -> Parameters:
    """Return the parameters with what the rows of the table ask for; what cannot be told is left out."""
    change = _CHANGES.get(service)
    return parameters if change is None else {**parameters, **change(parameters, place)}


def _each(parameters: Parameters, names: Iterable[str], change: Callable[[str], str | None]) -> dict[str, Any]:
    """Change the parameters of these names, be they texts or lists of texts."""
    given = {name: parameters[name] for name in names if name in parameters}
    return {
        name: [change(item) for item in value] if isinstance(value, list) else change(str(value))
        for name, value in given.items()
    }


def _bedrock(parameters: Parameters, place: Place) -> dict[str, Any]:
    """Leave out inference profiles: the model that one comes to stands elsewhere."""
    return _each(parameters, ["modelId"], lambda model: None if _PROFILE.match(model) else model)


_PROFILE = re.compile(r"(us|us-gov|eu|apac|au|jp|ca|global)\.")


def _dynamodb(parameters: Parameters, place: Place) -> dict[str, Any]:
    """Add the tables (and indexes) of PartiQL statements, by verb."""
    if not parameters.keys() & {"Statement", "Statements", "TransactStatements"}:
        return {}
    statements = parameters.get("Statements") or parameters.get("TransactStatements") or [parameters]
    found: dict[str, list[str]] = {}
    for statement in statements:
        match = _PARTIQL.match(str(statement.get("Statement", "")))
        if match is None:
            return {}
        table, index = match["table"], match["index"]
        verb = match["verb"].split()[0].capitalize()
        found.setdefault(verb, []).append(f"{table}/index/{index}" if index else table)
    return {"PartiQL": found}


_PARTIQL = re.compile(
    r"""\s*(?P<verb>select\b.*?\bfrom|insert\s+into|update|delete\s+from)\s+"""
    r""""?(?P<table>[\w.-]+?)"?(?:\."?(?P<index>[\w.-]+)"?)?(?=\s|\Z)""",
    re.IGNORECASE | re.DOTALL,
)


def _streams(parameters: Parameters, place: Place) -> dict[str, Any]:
    """Take the stream's ARN from a shard iterator, which begins with it."""
    arn = str(parameters.get("ShardIterator", "")).partition("|")[0]
    return {"ShardIterator": arn if arn.startswith("arn:") else None} if "ShardIterator" in parameters else {}


def _kms(parameters: Parameters, place: Place) -> dict[str, Any]:
    """Put keys in the place of their aliases: it is the key's ARN that policies are held against."""
    names = ["KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId"]

    def key_of(name: str) -> str | None:
        alias = name.rpartition(":")[2] if name.startswith("arn:") else name
        return place.arns.get(alias) if alias.startswith("alias/") else name

    return _each(parameters, names, key_of)


def _lambda(parameters: Parameters, place: Place) -> dict[str, Any]:
    """Write a function's name, partial ARN or ARN as its ARN, with the qualifier of the call."""
    given = str(parameters.get("FunctionName", ""))
    if not given:
        return {}
    head, _, name = given.rpartition("function:")
    account = head.split(":")[-2] if head else place.account
    arn = (
        given if given.startswith("arn:") else f"arn:{place.partition}:lambda:{place.region}:{account}:function:{name}"
    )
    qualifier = parameters.get("Qualifier")
    return {"FunctionName": f"{arn}:{qualifier}" if qualifier and arn.count(":") == 6 else arn, "Qualifier": None}


def _logs(parameters: Parameters, place: Place) -> dict[str, Any]:
    names = ["logGroupIdentifier", "logGroupIdentifiers"]
    return _each(parameters, names, lambda group: group.partition(":log-group:")[2].removesuffix(":*") or group)


def _s3(parameters: Parameters, place: Place) -> dict[str, Any]:
    """Take `CopySource` apart where it is one text, and tell the versions to delete from the objects."""
    changes: dict[str, Any] = {}
    source = parameters.get("CopySource")
    if isinstance(source, str):
        path, _, version = source.partition("?versionId=")
        bucket, _, key = unquote(path.lstrip("/")).partition("/")
        changes["CopySource"] = {"Bucket": bucket, "Key": key, **({"VersionId": version} if version else {})}
    if "Delete" in parameters:
        given = parameters["Delete"].get("Objects", ())
        changes["Delete"] = {
            "Objects": [each for each in given if not each.get("VersionId")],
            "Versions": [each for each in given if each.get("VersionId")],
        }
    return changes


def _secretsmanager(parameters: Parameters, place: Place) -> dict[str, Any]:
    """Write a secret's name as its ARN; of a secret that nobody knows the six characters at the end are left open."""
    return _each(parameters, ["SecretId", "SecretIdList", "Name"], lambda name: _secret(name, place))


def _secret(name: str, place: Place) -> str:
    return (
        name
        if name.startswith("arn:")
        else place.arns.get(name) or place.arn("secretsmanager", f"secret:{name}-??????")
    )


def _sns(parameters: Parameters, place: Place) -> dict[str, Any]:
    """Take the topic's ARN from that of a subscription."""
    return _each(parameters, ["SubscriptionArn"], lambda arn: arn.rpartition(":")[0])


def _sqs(parameters: Parameters, place: Place) -> dict[str, Any]:
    """Write a queue's URL as its ARN; where the URL has a region (`sqs.REGION.…`), it is the queue's."""
    return _each(parameters, ["QueueUrl"], lambda url: _queue(url, place))


def _queue(url: str, place: Place) -> str | None:
    parts = urlsplit(url)
    account, _, name = parts.path.strip("/").rpartition("/")
    region = _SQS_HOST.match(parts.netloc)
    if not name:
        return None
    account = account.rpartition("/")[2] or place.account
    return f"arn:{place.partition}:sqs:{region[1] if region else place.region}:{account}:{name}"


_SQS_HOST = re.compile(r"(?:sqs\.)?([a-z]{2,3}(?:-[a-z]+)+-\d)\.")


def _ssm(parameters: Parameters, place: Place) -> dict[str, Any]:
    """Leave off the version or label that a parameter's name may end in."""
    return _each(
        parameters, ["Name", "Names"], lambda name: name if name.startswith("arn:") else name.partition(":")[0]
    )


_CHANGES: Mapping[str, Callable[[Parameters, Place], dict[str, Any]]] = {
    "bedrock-runtime": _bedrock,
    "dynamodb": _dynamodb,
    "dynamodbstreams": _streams,
    "kms": _kms,
    "lambda": _lambda,
    "logs": _logs,
    "s3": _s3,
    "secretsmanager": _secretsmanager,
    "sns": _sns,
    "sqs": _sqs,
    "ssm": _ssm,
}
