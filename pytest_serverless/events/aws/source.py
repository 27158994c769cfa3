"""What the AWS event sources share: the place, and how a builder is told another one."""

from __future__ import annotations

from pytest_serverless.events.aws.place import Place
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.source import Common, EventSource

__all__ = ["AwsCommon", "AwsEventSource"]


class AwsCommon(Common, total=False):
    """The parameters that every AWS builder takes."""

    account: str
    """The account, 12 digits."""
    region: str
    """The region; ARNs, host names and `awsRegion` follow it."""


class AwsEventSource(EventSource):
    """An event source in an account and a region."""

    def __init__(self, mint: Mint, place: Place | None = None) -> None:
        super().__init__(mint)
        self.default_place = place or Place()

    def place(self, common: AwsCommon) -> Place:
        """Return where this event comes from: what the call says, or else the default."""
        default = self.default_place
        if "account" not in common and "region" not in common:
            return default
        return Place(common.get("account", default.account), common.get("region", default.region))
