"""What keeps a run from doing harm: what may be driven, how much of it, and when to end early; pure."""

from pytest_serverless.load.safety.caps import Caps
from pytest_serverless.load.safety.conditions import Condition
from pytest_serverless.load.safety.guard import Guard
from pytest_serverless.load.safety.permission import is_own, permitted, tags_of, until_throttled
from pytest_serverless.load.safety.spending import EXPECTED_MS, Spending, bill_so_far

__all__ = [
    "EXPECTED_MS",
    "Caps",
    "Condition",
    "Guard",
    "Spending",
    "bill_so_far",
    "is_own",
    "permitted",
    "tags_of",
    "until_throttled",
]
