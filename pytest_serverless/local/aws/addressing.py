"""Which service of AWS a request is for that came to one address: the URL that it would have had on the network.

SDKs sign their requests for a service and a region, and presigned URLs have both in their query. The names that are
signed for are those of botocore's models; the exceptions below are where the host's name is another one. Source of the
scope's form: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qs

from pytest_serverless.local.wire.messages import Asked

__all__ = ["Scope", "aws_url", "scope_of"]


class Scope(NamedTuple):
    """What a request is signed for: the service as its signature names it, the region, and the access key."""

    service: str
    region: str
    key: str = ""


_CREDENTIAL: Final = re.compile(r"Credential=([^,\s]+)")
_AWS_HOST: Final = re.compile(r"(?:.+\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)(?::\d+)?")
_BUCKET_HOST: Final = re.compile(r"(?P<bucket>[^:]+?)(?:\.s3)?\.localhost(?::\d+)?")
_WELL_KNOWN: Final = re.compile(r"/[\w-]+/\.well-known/(?:jwks\.json|openid-configuration)")
_QUEUE: Final = re.compile(r"/\d{12}/[\w-]{1,80}(?:\.fifo)?/?")

# What may be asked without a signature, by what the request's target begins with, or by its action.
_UNSIGNED_TARGETS: Final[Mapping[str, str]] = {
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "AWSCognitoIdentityService": "cognito-identity",
    "AmazonSQS": "sqs",
}
_UNSIGNED_ACTIONS: Final[Mapping[str, str]] = {
    "AssumeRoleWithSAML": "sts",
    "AssumeRoleWithWebIdentity": "sts",
}

_HOSTS: Final[Mapping[str, str]] = {
    "budgets": "budgets.amazonaws.com",
    "iotdata": "data-ats.iot.{region}.amazonaws.com",
    "memorydb": "memory-db.{region}.amazonaws.com",
    "mobiletargeting": "pinpoint.{region}.amazonaws.com",
    "payment-cryptography": "controlplane.payment-cryptography.{region}.amazonaws.com",
    "sagemaker": "api.sagemaker.{region}.amazonaws.com",
    "timestream": "ingest.timestream.{region}.amazonaws.com",
}


def aws_url(asked: Asked, region: str) -> str:
    """Return the URL of AWS that a request is for; `region` is that of requests which do not tell."""
    host = asked.header("Host")
    if _AWS_HOST.fullmatch(host):
        return f"https://{host}{asked.target}"
    return f"https://{_host(asked, scope_of(asked) or _unsigned(asked, region), host)}{asked.target}"


def scope_of(asked: Asked) -> Scope | None:
    """Return what a request is signed for, in its headers or its URL; None where it is not, or in the oldest way."""
    found = _CREDENTIAL.search(asked.header("Authorization"))
    if found is not None:
        return _scope(found[1])
    given = parse_qs(asked.query) if "X-Amz-Credential=" in asked.query else {}
    return _scope(given["X-Amz-Credential"][0]) if given.get("X-Amz-Credential") else None


def _scope(credential: str) -> Scope | None:
    key, *rest = credential.split("/")
    if len(rest) == 3:  # signed for all regions
        return Scope(rest[1], "us-east-1", key)
    return Scope(rest[2].lower(), rest[1], key) if len(rest) == 4 else None


def _unsigned(asked: Asked, region: str) -> Scope:
    """Return what a request without a signature is for: the storage, if it says nothing else."""
    target = asked.header("X-Amz-Target").partition(".")[0]
    if target in _UNSIGNED_TARGETS:
        return Scope(_UNSIGNED_TARGETS[target], region)
    if _WELL_KNOWN.fullmatch(asked.path):
        return Scope("cognito-idp", region)
    action = _action(asked)
    if action:
        is_queue = action not in _UNSIGNED_ACTIONS and _QUEUE.fullmatch(asked.path)
        return Scope("sqs" if is_queue else _UNSIGNED_ACTIONS.get(action, "s3"), region)
    return Scope("s3", region)


def _action(asked: Asked) -> str:
    """Return the action of the query protocol, in the query or in a form."""
    is_form = asked.header("Content-Type").startswith("application/x-www-form-urlencoded")
    form = asked.body.decode("utf-8", "replace") if is_form else ""
    return next(iter(parse_qs(f"{asked.query}&{form}").get("Action", ())), "")


def _host(asked: Asked, scope: Scope, host: str) -> str:
    service, region, _ = scope
    suffix = ".cn" if region.startswith("cn-") else ""
    if service == "s3":
        return f"{_storage(asked, region, host)}{suffix}"
    if service == "dynamodb" and asked.header("X-Amz-Target").startswith("DynamoDBStreams_"):
        service = "streams.dynamodb"
    return _HOSTS.get(service, "{service}.{region}.amazonaws.com").format(service=service, region=region) + suffix


def _storage(asked: Asked, region: str, host: str) -> str:
    if asked.path.startswith("/v20180820/"):
        return f"{asked.header('x-amz-account-id')}.s3-control.{region}.amazonaws.com"
    bucket = _BUCKET_HOST.fullmatch(host)
    named = bucket is not None and bucket["bucket"] != "s3"
    return f"{bucket['bucket']}.s3.{region}.amazonaws.com" if bucket and named else f"s3.{region}.amazonaws.com"
