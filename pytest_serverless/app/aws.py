"""What only AWS Lambda knows of a function."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["HttpRoute", "LambdaSettings", "partition_of"]


def partition_of(region: str) -> str:
    """Return the partition that a region belongs to: `aws`, `aws-cn` or `aws-us-gov`.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html (2026-11).
    """
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaSettings:
    """Where a Lambda function stands, and how it was set up.

    `qualifier` is the alias or version that a caller names; `version` the one that runs. `runtime` is that of the
    Python which runs the tests. `log_format` is that of LoggingConfig. `bills_init` tells whether the init phase is
    billed, as it is for every function since August 2025.
    """

    account: str = "123456789012"
    region: str = "us-east-1"
    version: str = "$LATEST"
    qualifier: str | None = None
    runtime: str = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    log_group: str | None = None
    log_format: Literal["Text", "JSON"] = "Text"
    bills_init: bool = True

    def invoked_arn(self, name: str) -> str:
        """Return the ARN that the context shows: with the qualifier only where the caller named one."""
        suffix = f":{self.qualifier}" if self.qualifier else ""
        return f"arn:{partition_of(self.region)}:lambda:{self.region}:{self.account}:function:{name}{suffix}"

    def log_group_of(self, name: str) -> str:
        """Return the log group: the configured one, or the one that Lambda makes for the function."""
        return self.log_group or f"/aws/lambda/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRoute:
    """One way to a function over HTTP: the settings of a trigger whose kind is that of `front`.

    `front` is `rest_api`, `http_api`, `function_url` or `alb`; `api` the id of the resource it belongs to. `method` is
    in capitals or `ANY`; `path` as the template writes it (`/items/{id}`, `/{proxy+}`, `$default`, for a load balancer
    a pattern with `*` and `?`). `authorizer` is the kind of authorizer (`iam`, `jwt`, `cognito`, `lambda`), if any.
    `binary_types` are the media types that are handed on as base64 (REST). `cors` has `allow_origins`, `allow_methods`,
    `allow_headers`, `expose_headers`, `max_age` and `allow_credentials`, where it is configured. `timeout_ms` is how
    long the gateway waits for the function, where that is configured.
    """

    front: Literal["rest_api", "http_api", "function_url", "alb"]
    api: str
    method: str = "ANY"
    path: str = "$default"
    payload_format: Literal["1.0", "2.0"] = "1.0"
    stage: str = "$default"
    authorizer: str | None = None
    api_key_required: bool = False
    binary_types: tuple[str, ...] = ()
    cors: Mapping[str, Any] | None = None
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    multi_value_headers: bool = False
    timeout_ms: float | None = None
