"""A run that is more than is allowed is not begun."""

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.arrivals import Phase, Plan
from pytest_serverless.load.results import Target, TargetFunction
from pytest_serverless.load.safety import Caps, Spending
from pytest_serverless.load.targets import Reached

EVEN = Plan([Phase.hold(50, "60s", pattern="uniform")])
RANDOM = Plan.steady(10, "2m", warm_up="10s")
SHOP = Reached(
    kind="stack",
    measured=Target(functions=(TargetFunction(name="shop", memory_mb=1024),), provider="aws", region="us-east-1"),
)


def test_what_is_within_its_caps_may_begin():
    Caps().check([EVEN, RANDOM])
    Caps(max_arrivals=4_300, max_duration_s=130).check([EVEN, RANDOM])


def test_the_arrivals_of_all_plans_are_counted_together():
    with pytest.raises(InvalidParameterError) as error:
        Caps(max_arrivals=4_299).check([EVEN, RANDOM])

    assert str(error.value) == (
        "--serverless-max-arrivals: about 4,300 arrivals are planned, and 4,299 are the most that are allowed. Lower "
        "the rate, shorten the phases, or allow more."
    )
    with pytest.raises(InvalidParameterError, match=r": 3,000 arrivals are planned, and 10 are"):
        Caps(max_arrivals=10).check([EVEN])


def test_the_longest_plan_is_how_long_a_run_lasts():
    with pytest.raises(InvalidParameterError, match=r"--serverless-max-duration: 130 s are planned, and 129 s are"):
        Caps(max_duration_s=129).check([EVEN, RANDOM])


def test_a_run_that_would_cost_more_is_told_what_and_why():
    bill = Spending.of(SHOP, duration_ms=200).expected({"shop": 3_000})

    Caps(max_cost="0.02").check([EVEN], bill)
    with pytest.raises(InvalidParameterError) as error:
        Caps(max_cost="0.01").check([EVEN], bill)

    # 3,000 × 0.2 s × 1 GB × $0.0000166667 + 3,000 × $0.0000002
    assert "--serverless-max-cost: the run was not begun. It would cost $0.01" in str(error.value)
    assert "$0.01 is the most that it may cost" in str(error.value)
    assert "3,000 calls takes 200 ms" in str(error.value)


def test_a_cap_on_the_cost_needs_a_bill():
    with pytest.raises(InvalidParameterError, match="nothing tells what the run will cost"):
        Caps(max_cost=1).check([EVEN])


@pytest.mark.parametrize(
    ("caps", "option"),
    [
        ({"max_arrivals": 0}, "--serverless-max-arrivals is 0"),
        ({"max_duration_s": -1.0}, "--serverless-max-duration is -1"),
        ({"max_duration_s": float("nan")}, "--serverless-max-duration is nan"),
        ({"max_cost": "0.00"}, "--serverless-max-cost is 0.00"),
        ({"max_cost": "-1"}, "--serverless-max-cost is a number, 0 or more, not '-1'"),
        ({"max_cost": "five"}, "--serverless-max-cost is a number, not 'five'"),
    ],
)
def test_a_cap_that_no_run_keeps_is_refused(caps, option):
    with pytest.raises(InvalidParameterError, match=option):
        Caps(**caps)
