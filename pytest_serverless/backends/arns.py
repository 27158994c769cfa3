"""The full name (ARN) of what a call is about, as far as its parameters tell.

One rule a service: the parameter that names the resource, and the form of its ARN. Source of the forms: the Service
Authorization Reference, https://docs.aws.amazon.com/service-authorization/latest/reference/ (2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pytest_serverless.app.aws import partition_of

__all__ = ["resource_of", "resources_of"]

# By service, in order of preference: a parameter, and the part of the ARN after account and region. A value that is an
# ARN already stands for itself; `{}` is its name.
FORMS: Mapping[str, Sequence[tuple[str, str]]] = {
    "apigatewaymanagementapi": (("ConnectionId", "{}"),),
    "cognito-idp": (("UserPoolId", "userpool/{}"),),
    "dynamodb": (("TableName", "table/{}"), ("TableArn", "{}"), ("ResourceArn", "{}")),
    "dynamodbstreams": (("StreamArn", "{}"),),
    "events": (("EventBusName", "event-bus/{}"), ("Name", "rule/{}"), ("Rule", "rule/{}")),
    "firehose": (("DeliveryStreamName", "deliverystream/{}"),),
    "kinesis": (("StreamARN", "{}"), ("StreamName", "stream/{}")),
    "kms": (("KeyId", "key/{}"),),
    "lambda": (("FunctionName", "function:{}"), ("EventSourceArn", "{}"), ("Resource", "{}")),
    "logs": (("logGroupName", "log-group:{}"), ("logGroupIdentifier", "{}"), ("resourceArn", "{}")),
    "scheduler": (("Name", "schedule/default/{}"),),
    "secretsmanager": (("SecretId", "secret:{}"), ("Name", "secret:{}")),
    "sns": (("TopicArn", "{}"), ("TargetArn", "{}"), ("Name", "{}")),
    "sqs": (("QueueUrl", "{}"), ("QueueName", "{}"), ("SourceArn", "{}")),
    "ssm": (("Name", "parameter/{}"), ("Path", "parameter/{}")),
    "stepfunctions": (("stateMachineArn", "{}"), ("executionArn", "{}"), ("activityArn", "{}")),
}
GLOBAL_FORMS: Mapping[str, Sequence[tuple[str, str]]] = {
    "iam": (("RoleName", "role/{}"), ("PolicyArn", "{}"), ("UserName", "user/{}"), ("GroupName", "group/{}")),
}
SERVICE_PARTS = {"dynamodbstreams": "dynamodb", "stepfunctions": "states", "apigatewaymanagementapi": "execute-api"}


@dataclass(frozen=True, slots=True)
class _Place:
    service: str
    region: str
    account: str

    def arn(self, rest: str) -> str:
        return f"arn:{partition_of(self.region)}:{self.service}:{self.region}:{self.account}:{rest}"


def resource_of(service: str, parameters: Mapping[str, Any], *, region: str, account: str) -> str | None:
    """Return the ARN that a call is about, or None where its parameters name no single resource."""
    if service == "s3":
        return _s3(parameters, region)
    is_global = service in GLOBAL_FORMS
    for parameter, form in GLOBAL_FORMS[service] if is_global else FORMS.get(service, ()):
        value = parameters.get(parameter)
        if isinstance(value, str) and value:
            return _named(service, form, value, "" if is_global else region, account)
    return _inside(service, parameters, region=region, account=account)


@lru_cache(maxsize=1024)
def _named(service: str, form: str, value: str, region: str, account: str) -> str:
    place = _Place(SERVICE_PARTS.get(service, service), region, account)
    if value.startswith("arn:"):
        return value
    if service == "sqs" and "/" in value:
        *_, owner, name = value.split("/")
        return _Place("sqs", place.region, owner if owner.isdigit() else place.account).arn(name)
    if service == "lambda":
        value = value.partition(":function:")[2] or value
    if service == "kms" and value.startswith("alias/"):
        return place.arn(value)
    return place.arn(form.format(value.lstrip("/") if service == "ssm" else value))


def _s3(parameters: Mapping[str, Any], region: str) -> str | None:
    bucket, key = parameters.get("Bucket"), parameters.get("Key")
    if not isinstance(bucket, str):
        return None
    arn = bucket if bucket.startswith("arn:") else f"arn:{partition_of(region)}:s3:::{bucket}"
    return f"{arn}/{key}" if isinstance(key, str) else arn


def _inside(service: str, parameters: Mapping[str, Any], *, region: str, account: str) -> str | None:
    """Look into the entries of a batch: one resource for all of them is the call's."""
    arns = resources_of(service, parameters, region=region, account=account)
    return arns.pop() if len(arns) == 1 else None


def resources_of(service: str, parameters: Mapping[str, Any], *, region: str, account: str) -> set[str]:
    """Return the ARNs that the entries of a batch are about."""
    if service == "dynamodb":
        named = [*parameters.get("RequestItems", ()), *_transacted(parameters)]
        entries: Sequence[Mapping[str, Any]] = [{"TableName": name} for name in named]
    elif service == "events":
        entries = [{"EventBusName": "default", **entry} for entry in parameters.get("Entries", ())]
    else:
        return set()
    found = (resource_of(service, entry, region=region, account=account) for entry in entries)
    return {arn for arn in found if arn is not None}


def _transacted(parameters: Mapping[str, Any]) -> list[str]:
    return [part["TableName"] for item in parameters.get("TransactItems", ()) for part in item.values()]
