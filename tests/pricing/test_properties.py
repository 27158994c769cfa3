"""What holds for every bill of every plan."""

import dataclasses
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.pricing import PLANS, Rates, Usage, bill_of_run

FAST = settings(deadline=None, max_examples=50, derandomize=True)
MEMORY_MB = dict.fromkeys(PLANS, 512)  # all have it
COUNTS = st.integers(0, 10**11)
SUMS = st.fixed_dictionaries({"requests": COUNTS, "billed_ms": st.integers(0, 10**16)})
KEPT = st.fixed_dictionaries(
    {"provisioned_requests": COUNTS, "provisioned_billed_ms": COUNTS, "provisioned_s": st.integers(0, 10**8)}
)

each_plan = pytest.mark.parametrize("plan", [name for name in PLANS if name != "azure.consumption"])


def usage(sums, kept):
    return Usage(memory_mb=512, **sums, **kept)


@each_plan
@FAST
@given(sums=SUMS, kept=KEPT, more=st.sampled_from(["requests", "billed_ms", "provisioned_requests", "provisioned_s"]))
def test_more_never_costs_less(plan, sums, kept, more):
    one = usage(sums, kept)
    other = dataclasses.replace(one, **{more: getattr(one, more) + 1000})

    before, after = (bill_of_run([each], plan=plan) for each in (one, other))

    assert after.total >= before.total
    assert after.total_with_free_tier >= before.total_with_free_tier


@each_plan
@FAST
@given(first=SUMS, second=SUMS)
def test_it_does_not_matter_how_usage_is_divided(plan, first, second):
    parts = [usage(first, {}), usage(second, {})]

    apart, merged = bill_of_run(parts, plan=plan), bill_of_run([parts[0].merge(parts[1])], plan=plan)

    assert apart.total == merged.total
    assert apart.total_with_free_tier == merged.total_with_free_tier


@each_plan
@FAST
@given(sums=SUMS, kept=KEPT)
def test_the_free_tier_takes_off_no_more_than_there_is(plan, sums, kept):
    bill = bill_of_run([usage(sums, kept)], plan=plan)

    assert all(0 <= line.credit <= line.amount for line in bill.lines)


@pytest.mark.parametrize("plan", list(PLANS))
def test_nothing_costs_nothing(plan):
    bill = bill_of_run([Usage(memory_mb=512)], plan=plan)

    assert (bill.lines, bill.total, bill.notes) == ([], 0, [])


@FAST
@given(quantity=st.integers(1, 10**11), after=st.integers(0, 10**11))
@pytest.mark.parametrize("meter", ["x86.duration", "arm.duration", "gateway.rest", "gateway.http"])
def test_tiers_leave_no_gap_and_overlap_nowhere(meter, quantity, after):
    rate = Rates.load("aws.lambda").rate(meter)

    def cost(amount):
        return sum(part * price for part, price in rate.split(Decimal(amount)))

    split = list(rate.split(Decimal(quantity), Decimal(after)))

    assert sum(part for part, _ in split) == quantity
    assert sum(part * price for part, price in split) == cost(after + quantity) - cost(after)


@pytest.mark.parametrize("meter", ["x86.duration", "gateway.rest"])
def test_the_price_does_not_jump_where_a_tier_begins(meter):
    rate = Rates.load("aws.lambda").rate(meter)
    for start, price in rate.tiers[1:]:
        *_, (_, below), (part, above) = rate.split(start + 1)
        assert (part, above) == (1, price)
        assert above < below


@FAST
@given(sums=SUMS, kept=KEPT)
def test_usage_travels_as_json(sums, kept):
    one = dataclasses.replace(usage(sums, kept), vcpu=Decimal("0.5"), billed_ms=Decimal("1.25"))

    assert Usage.from_json(json.loads(json.dumps(one.as_json()))) == one


@FAST
@given(first=SUMS, second=SUMS, third=KEPT)
def test_merging_has_no_order(first, second, third):
    one, two, three = usage(first, {}), usage(second, {}), usage({}, third)

    assert one.merge(two).merge(three) == three.merge(two.merge(one))


@FAST
@given(sums=SUMS)
def test_merging_needs_the_same_size(sums):
    small = usage(sums, {})

    assert small.merge(small).requests == 2 * small.requests
    with pytest.raises(InvalidParameterError, match="different sizes"):
        small.merge(dataclasses.replace(small, memory_mb=1024))


@FAST
@given(duration=st.floats(0, 1e6), more=st.floats(0, 1e4), plan=st.sampled_from(sorted(PLANS)))
def test_rounding_up_is_least_monotone_and_not_twice(duration, more, plan):
    increments = PLANS[plan].increments
    billed = increments.billed_ms(duration)

    assert billed >= Decimal(str(duration))
    assert billed == increments.minimum_ms or billed - Decimal(str(duration)) < increments.step_ms
    assert increments.billed_ms(duration + more) >= billed
    assert increments.billed_ms(billed) == billed
