"""Where a request goes, and who sends it: endpoints, queue URLs, credentials.

Source: https://docs.aws.amazon.com/general/latest/gr/sqs-service.html (2026-11).
"""

from __future__ import annotations

import functools
import hashlib
import re
from base64 import b32encode
from typing import Final
from urllib.parse import urlsplit

from pytest_serverless.app.aws import partition_of
from pytest_serverless.backends.sqs.faults import SqsError

__all__ = ["arn_of", "base_url", "endpoint", "queue_place", "region_of", "sender_of", "signer"]

_HOSTS: Final = (
    re.compile(r"(?:.+\.)?sqs(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?:vpce\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)"),
    re.compile(r"(?P<region>[a-z0-9-]+)\.queue\.amazonaws\.com(?:\.cn)?"),
)
_CREDENTIAL: Final = re.compile(r"Credential=(?P<key>[^/,\s]+)/\d+/(?P<region>[^/,\s]+)/")


@functools.lru_cache(maxsize=256)
def region_of(host: str) -> str | None:
    """Return the region of an endpoint of AWS; None for any other host."""
    if host == "queue.amazonaws.com":
        return "us-east-1"
    found = next(filter(None, (pattern.fullmatch(host) for pattern in _HOSTS)), None)
    return found and found["region"]


@functools.lru_cache(maxsize=256)
def endpoint(url: str) -> tuple[str | None, str | None]:
    """Return the region of the endpoint that a URL has, or, where it is not AWS's, its beginning."""
    parts = urlsplit(url)
    region = region_of(parts.hostname or "")
    return region, f"{parts.scheme}://{parts.netloc}" if parts.netloc and not region else None


@functools.lru_cache(maxsize=256)
def base_url(region: str) -> str:
    """Return what the URLs of the queues in a region of AWS begin with."""
    return f"https://sqs.{region}.amazonaws.com{'.cn' if partition_of(region) == 'aws-cn' else ''}"


@functools.lru_cache(maxsize=1024)
def queue_place(queue_url: str) -> tuple[str | None, str | None, str]:
    """Return the region, account and name that a queue's URL has; a name alone leaves the others open."""
    parts = urlsplit(queue_url)
    segments = parts.path.strip("/").split("/")
    if not parts.scheme and len(segments) == 1:
        return None, None, queue_url
    if len(segments) < 2:
        raise SqsError("InvalidAddress", f"The address {queue_url} is not valid for this endpoint.")
    return region_of(parts.hostname or ""), segments[-2], segments[-1]


def signer(authorization: str) -> tuple[str, str] | None:
    """Return the access key and the region that a request is signed with."""
    found = _CREDENTIAL.search(authorization)
    return (found["key"], found["region"]) if found else None


@functools.lru_cache(maxsize=256)
def sender_of(access_key: str) -> str:
    """Return the id of the user that an access key belongs to: made up, and always the same."""
    return "AIDA" + b32encode(hashlib.sha256(access_key.encode()).digest()).decode("ascii")[:17]


def arn_of(account: str, region: str, name: str) -> str:
    """Return the ARN of a queue."""
    return f"arn:{partition_of(region)}:sqs:{region}:{account}:{name}"
