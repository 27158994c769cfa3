"""What a run is sent to: an address, a deployed stack, or the local platform; what is known of it before it begins."""

from pytest_serverless.load.targets.address import reach_url
from pytest_serverless.load.targets.aws_calls import account_of, policy
from pytest_serverless.load.targets.finding import FoundTarget, find
from pytest_serverless.load.targets.local_platform import LocalPlatformTarget
from pytest_serverless.load.targets.reached import Reached
from pytest_serverless.load.targets.stack import reach_stack

__all__ = ["FoundTarget", "LocalPlatformTarget", "Reached", "account_of", "find", "policy", "reach_stack", "reach_url"]
