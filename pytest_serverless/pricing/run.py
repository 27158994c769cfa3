"""The bill of a run: afterwards from what was used, before from what is planned, and whether a budget allows it."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.pricing.amounts import Number, exact, money, plain
from pytest_serverless.pricing.bill import Bill, make_bill
from pytest_serverless.pricing.plans import Plan, plan_named
from pytest_serverless.pricing.rates import Rates
from pytest_serverless.pricing.usage import Charge, Usage

__all__ = ["arrivals_within", "bill_of_run", "over_budget", "price"]

_DECIMAL_GB_MB = 1000


def bill_of_run(usages: Iterable[Usage], *, plan: str = "aws.lambda", rates: Rates | None = None) -> Bill:
    """Return the bill of what was used: a usage for each function of a size, or one with all sums.

    `rates` are those of the plan's default region unless given. Raises InvalidParameterError for a size that the plan
    does not have.
    """
    return price(list(usages), plan_named(plan), rates or Rates.load(plan))


def price(usages: list[Usage], plan: Plan, rates: Rates, steps: Iterable[str] = (), notes: Iterable[str] = ()) -> Bill:
    """Return the bill of usages on a plan, with steps and notes that led to them."""
    if rates.plan != plan.name:
        raise InvalidParameterError(f"These are rates of {rates.plan}; the bill is of {plan.name}.")
    charges = [charge for usage in usages for charge in plan.charges(usage, 1024)]
    bill = make_bill(plan.title, rates, charges, list(steps), [])
    others = [charge for usage in usages for charge in plan.charges(usage, _DECIMAL_GB_MB)]
    units = _units(bill, make_bill(plan.title, rates, others, [], []), charges, others)
    return make_bill(plan.title, rates, charges, list(steps), [*notes, *units])


def _units(bill: Bill, mistaken: Bill, charges: list[Charge], others: list[Charge]) -> list[str]:
    """Tell what comes out where a GB is taken for 1,000 MB, or MB-seconds for GB-seconds: both are seen in print."""
    pairs = zip(charges, others, strict=True)
    charge = next((each for each, other in pairs if each.quantity != other.quantity), None)
    if charge is None:
        return []
    gb_s, unit = charge.quantity, next(line.unit for line in bill.lines if line.meter == charge.meter)
    return [
        f"units: a {unit.partition('-')[0]} has 1,024 MB, so {plain(gb_s * 1024)} MB-s are {plain(gb_s)} {unit}. "
        f"Divided by 1,000 they would be {plain(gb_s * 1024 / 1000)}, and the total {money(mistaken.total)} instead of "
        f"{money(bill.total)}."
    ]


def over_budget(bill: Bill, max_cost: Number) -> str | None:
    """Return why a run with that bill must not start, or None where the most it may cost allows it.

    The list's price counts, without a free tier: how much of it is left, the account alone knows.
    """
    most = exact(max_cost, "The most that it may cost")
    if bill.total <= most:
        return None
    cost, limit = money(bill.total), money(most)
    if cost == limit:
        cost = f"${bill.total.normalize():f}"
    return (
        f"It would cost {cost}, and {limit} is the most that it may cost. "
        f"The most of it is {_dearest(bill)}. Plan fewer arrivals, or allow more."
    )


def arrivals_within(max_cost: Number, bill: Bill, arrivals: int) -> int:
    """Return how many arrivals of a planned run, whose bill this is, can be paid for with so much."""
    most = exact(max_cost, "The most that it may cost")
    if bill.total <= most:
        return arrivals
    return int(arrivals * most / bill.total)


def _dearest(bill: Bill) -> str:
    line = max(bill.lines, key=lambda each: each.amount)
    return f"{line.what}: {plain(line.quantity)} {line.unit} at ${line.rate.normalize():f}"
