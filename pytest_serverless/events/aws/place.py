"""Where an AWS event comes from: account, region, partition, and the ARNs made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_serverless.app.aws import partition_of
from pytest_serverless.errors import InvalidParameterError

__all__ = ["Place", "region_of"]

_REGION = re.compile(r"[a-z]{2,3}(-[a-z]+)+-\d")
_ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True, slots=True)
class Place:
    """An account in a region; the partition (`aws`, `aws-cn`, `aws-us-gov`) follows from the region."""

    account: str = "123456789012"
    region: str = "us-east-1"

    def __post_init__(self) -> None:
        if not _ACCOUNT.fullmatch(self.account):
            raise InvalidParameterError(f"An AWS account is 12 digits as text, got {self.account!r}.")
        if not _REGION.fullmatch(self.region):
            raise InvalidParameterError(f"{self.region!r} is not an AWS region; write it as eu-central-1.")

    @property
    def partition(self) -> str:
        return partition_of(self.region)

    @property
    def dns_suffix(self) -> str:
        """`amazonaws.com`, with `.cn` in China."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource here; one that is an ARN already stays as it is."""
        return (
            resource
            if resource.startswith("arn:")
            else f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
        )


def region_of(arn: str) -> str:
    """Return the region that stands in an ARN; `ValueError` where none does."""
    region = arn.split(":", 5)[3]
    if not region:
        raise ValueError(f"{arn} names no region")
    return region
