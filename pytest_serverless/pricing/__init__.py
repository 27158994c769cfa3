"""What it costs: dated rates of the three providers as data, and the bill of a run or of a month, step by step; pure.

Money and quantities are `Decimal`; a GB has 1,024 MB, as on all of these bills. Plans are named `aws.lambda`,
`azure.consumption`, `azure.flex`, `gcp.run` (Cloud Run functions) and `gcp.functions` (their 1st generation). Data
transfer and the services that a function calls are not counted.
"""

from pytest_serverless.pricing.bill import Bill, Line
from pytest_serverless.pricing.month import Profile, bill_of_month
from pytest_serverless.pricing.plans import PLANS, Plan, plan_named
from pytest_serverless.pricing.rates import Rate, Rates, Source
from pytest_serverless.pricing.run import arrivals_within, bill_of_run, over_budget
from pytest_serverless.pricing.usage import Increments, Usage

__all__ = [
    "PLANS",
    "Bill",
    "Increments",
    "Line",
    "Plan",
    "Profile",
    "Rate",
    "Rates",
    "Source",
    "Usage",
    "arrivals_within",
    "bill_of_month",
    "bill_of_run",
    "over_budget",
    "plan_named",
]
