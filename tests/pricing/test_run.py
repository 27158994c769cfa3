from decimal import Decimal

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.pricing import Profile, Usage, arrivals_within, bill_of_month, bill_of_run, over_budget

BILL = bill_of_month(Profile(requests=100_000, durations_ms=[200], memory_mb=512))  # 0.02 + 10,000 GB-s: 0.186667


def test_functions_of_a_run_are_billed_together():
    usages = [Usage(memory_mb=128, requests=1000, billed_ms=8000), Usage(memory_mb=1024, requests=10, billed_ms=5000)]
    bill = bill_of_run(usages)

    assert bill.quantity("requests") == 1010
    assert bill.quantity("x86.duration") == 1 + 5
    assert len(bill.lines) == 2


@pytest.mark.parametrize(
    ("most", "allowed"), [("0.1866", False), ("0.1867", True), (Decimal("0.186667"), True), (0, False)]
)
def test_a_run_may_cost_what_it_may_cost(most, allowed):
    assert BILL.total == Decimal("0.186667")
    assert (over_budget(BILL, most) is None) is allowed


def test_a_refusal_says_what_it_would_cost_and_what_for():
    assert over_budget(BILL, "0.1") == (
        "It would cost $0.19, and $0.10 is the most that it may cost. The most of it is duration (x86): 10,000 GB-s at "
        "$0.0000166667. Plan fewer arrivals, or allow more."
    )


def test_the_free_tier_is_not_counted_on():
    assert BILL.total_with_free_tier == 0
    assert over_budget(BILL, 0) is not None


def test_the_arrivals_that_can_be_paid_for():
    assert arrivals_within("0.0933335", BILL, 100_000) == 50_000
    assert arrivals_within(1, BILL, 100_000) == 100_000
    assert arrivals_within(0, BILL, 100_000) == 0


def test_a_budget_that_is_no_number_is_refused():
    with pytest.raises(InvalidParameterError, match="The most that it may cost is a number, not 'much'"):
        over_budget(BILL, "much")


def test_the_bill_as_json_has_cents_in_totals_and_every_digit_in_lines():
    bill = BILL.as_json()

    assert (bill["total"], bill["free_tier"], bill["total_with_free_tier"]) == ("0.19", "0.19", "0.00")
    assert [line["amount"] for line in bill["lines"]] == ["0.02", "0.166667"]
    assert bill["lines"][1]["quantity"] == "10000"


def test_less_than_a_cent_is_shown():
    text = bill_of_run([Usage(memory_mb=128, requests=10, billed_ms=80)]).explain()

    assert "$0.0000020" in text
    assert "$0.00000017" in text


def test_a_table_has_its_columns_one_below_the_other():
    lines = BILL.explain(free_tier=True).split("\n\n")[2].splitlines()

    assert lines[0].split() == ["quantity", "unit", "rate", "amount", "free", "tier", "to", "pay"]
    assert len({line.rindex("$") + len(line[line.rindex("$") :]) for line in lines[1:]}) == 1
    assert "with all of the monthly free tier: $0.00" in BILL.explain()
    assert "with all of" not in BILL.explain(free_tier=True)


@pytest.mark.parametrize(
    ("usage", "message"),
    [
        ({"memory_mb": 0}, "Usage.memory_mb is a number of MB over 0, not 0"),
        ({"memory_mb": 128, "requests": -1}, "Usage.requests is a number, 0 or more, not -1"),
        ({"memory_mb": 128, "billed_ms": float("nan")}, "Usage.billed_ms is a number, 0 or more, not nan"),
        ({"memory_mb": 128, "requests": True}, "Usage.requests is a number, not True"),
    ],
)
def test_usage_that_cannot_be_is_refused(usage, message):
    with pytest.raises(InvalidParameterError, match=message):
        Usage(**usage)
