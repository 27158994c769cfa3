"""The plans that can be priced: how each rounds, and what it charges for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pytest_serverless.errors import UnknownNameError
from pytest_serverless.pricing import aws, azure, gcp
from pytest_serverless.pricing.usage import Charge, Increments, Usage

__all__ = ["PLANS", "Plan", "plan_named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A provider's way to bill functions.

    `init_billed`: whether the initialisation of a cold start is part of what is billed. `many_at_once`: whether an
    instance may serve several requests at a time, which are billed once. Instances that are kept ready are charged for
    in steps of `kept_step_s`.
    """

    name: str
    title: str
    increments: Increments
    init_billed: bool
    many_at_once: bool
    charges: Callable[[Usage, int], Iterable[Charge]]
    kept_step_s: int = 1


_PLANS = (
    Plan(
        name="aws.lambda",
        title="AWS Lambda",
        increments=Increments(step_ms=1, minimum_ms=1),
        # since 2025-08-01 for all functions; before, it was free for those of ZIP files with managed runtimes:
        # https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
        init_billed=True,
        many_at_once=False,
        charges=aws.charges,
        kept_step_s=300,  # provisioned concurrency: "rounded up to the nearest five minutes"
    ),
    Plan(
        # "execution time calculated by rounding up to the nearest 1 ms", at least 100 ms and 128 MB: the pricing page
        name="azure.consumption",
        title="Azure Functions, Consumption plan",
        increments=Increments(step_ms=1, minimum_ms=100),
        init_billed=False,
        many_at_once=False,
        charges=azure.consumption_charges,
    ),
    Plan(
        # at least 1,000 ms, beyond that steps of 100 ms: flex-consumption-plan#billing on learn.microsoft.com, 2025-10
        name="azure.flex",
        title="Azure Functions, Flex Consumption plan",
        increments=Increments(step_ms=100, minimum_ms=1000),
        init_billed=False,
        many_at_once=True,
        charges=azure.flex_charges,
    ),
    Plan(
        name="gcp.run",
        title="Google Cloud Run functions",
        increments=Increments(step_ms=100, minimum_ms=100),
        init_billed=True,  # an instance that starts is billed
        many_at_once=True,
        charges=gcp.run_charges,
    ),
    Plan(
        # from the arrival of the request to the end of the function; that its start is within is not documented
        name="gcp.functions",
        title="Google Cloud Run functions, 1st gen",
        increments=Increments(step_ms=100, minimum_ms=100),
        init_billed=False,
        many_at_once=False,
        charges=gcp.functions_charges,
    ),
)

PLANS: Final[Mapping[str, Plan]] = {plan.name: plan for plan in _PLANS}
"""All plans by their names."""


def plan_named(name: str) -> Plan:
    """Return a plan; raises UnknownNameError for a name there is none of."""
    if name not in PLANS:
        raise UnknownNameError("plan", name, PLANS)
    return PLANS[name]
