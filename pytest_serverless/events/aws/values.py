"""The leaves that only AWS has: ARNs, request ids, principals, trace headers."""

from __future__ import annotations

import re
from typing import Any

from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import Value
from pytest_serverless.events.values import pattern

__all__ = ["ACCOUNT", "REGION", "TRACE_HEADER", "arn", "is_arn"]

ACCOUNT = pattern("account", "an account id of 12 digits", r"\d{12}", lambda _: "123456789012")
REGION = pattern("region", "a region such as eu-central-1", r"[a-z]{2,3}(-[a-z]+)+-\d", lambda _: "us-east-1")

_ARN = (
    r"arn:(?P<partition>aws|aws-cn|aws-us-gov):(?P<service>{service}):(?P<region>{region}):(?P<account>{account}):"
    r"(?P<resource>{resource})"
)
_REGION = r"[a-z]{2,3}(?:-[a-z]+)+-\d"


def arn(service: str, resource: str, example: str, *, regional: bool = True, owned: bool = True) -> Value:
    """An ARN of `service` whose resource part matches the regular expression `resource`.

    `regional` and `owned` tell whether region and account stand in it (an S3 bucket's has neither). `example` is a
    resource part for where none is known.
    """
    region, account = (_REGION if regional else ""), (r"\d{12}" if owned else "")
    place = f"{'us-east-1' if regional else ''}:{'123456789012' if owned else ''}"
    sample = f"arn:aws:{service}:{place}:{example}"
    return pattern(
        f"arn:{service}",
        f"an ARN such as {sample}",
        _ARN.format(service=re.escape(service), region=region, account=account, resource=resource),
        lambda _: sample,
    )


def is_arn(found: Any) -> bool:
    """Tell whether a value looks like an ARN of anything."""
    return isinstance(found, str) and re.fullmatch(r"arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:\d*:.+", found) is not None


def _trace_header(mint: Mint) -> str:
    return f"Root=1-{int(mint.now()):08x}-{mint.hex(24)};Parent={mint.hex(16)};Sampled=0"


TRACE_HEADER = pattern(
    "trace-header",
    "an X-Ray trace header: Root=1-8 hex-24 hex, perhaps with Parent and Sampled",
    r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}(;Parent=[0-9a-f]{16})?(;Sampled=[01?])?(;Lineage=[^;]+)?",
    _trace_header,
)
