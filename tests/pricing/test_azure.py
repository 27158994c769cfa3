"""Microsoft's documents judge the bills of Azure Functions."""

from decimal import Decimal

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.pricing import Profile, Rates, Usage, bill_of_month, bill_of_run, plan_named
from pytest_serverless.pricing.amounts import money

M = 1_000_000


def consumption(**usage):
    return bill_of_run([Usage(**usage)], plan="azure.consumption")


def flex(**usage):
    return bill_of_run([Usage(**usage)], plan="azure.flex")


@pytest.mark.parametrize(
    ("memory_mb", "billed_ms", "gb_seconds"),
    [
        # https://learn.microsoft.com/azure/azure-functions/functions-consumption-costs, 2019-09 to 2025-10
        (512, 3000, "1.5"),  # "0.5GB * 3s = 1.5 GB-seconds"
        (160, 1000, "0.25"),  # "When your process is using 160 MB, you're charged for 256 MB."
        (128, Decimal(1_110_000_000) / 128, "1083.984375"),  # "1110000000 / 1024000 = 1083.98"
    ],
)
def test_gb_seconds_of_the_consumption_plan(memory_mb, billed_ms, gb_seconds):
    assert consumption(memory_mb=memory_mb, billed_ms=billed_ms).quantity("duration") == Decimal(gb_seconds)


def test_an_hour_as_the_team_of_azure_functions_reckons_it():
    # https://gist.github.com/paulbatum/2b16c5f92351ed1c59e3a2b8a727ca97, 2022-07: 6,500,012 executions and
    # 90,305,037,184 execution units an hour, by 0.20 / 1,000,000 and 0.000016
    bill = consumption(memory_mb=128, requests=6_500_012, billed_ms=Decimal(90_305_037_184) / 128)

    assert bill.quantity("duration").quantize(Decimal(1)) == 88_189
    assert money(bill.total) == "$2.71"


def test_the_consumption_plan_with_its_free_grants():
    # https://modal.com/blog/azure-function-pricing-guide, 2025-05: 65.60 of time, 0.40 of executions
    assert money(consumption(memory_mb=1536, requests=3 * M, billed_ms=3000 * M).total_with_free_tier) == "$66.00"


@pytest.mark.parametrize(("duration_ms", "billed_ms"), [(1, 100), (99.2, 100), (100.1, 101), (250, 250)])
def test_the_consumption_plan_bills_each_ms_from_100_on(duration_ms, billed_ms):
    assert plan_named("azure.consumption").increments.billed_ms(duration_ms) == billed_ms


@pytest.mark.parametrize(("duration_ms", "billed_ms"), [(1, 1000), (1000, 1000), (1000.1, 1100), (2345, 2400)])
def test_flex_bills_a_second_at_least_and_steps_of_100_ms_beyond(duration_ms, billed_ms):
    # "The minimum billable execution period for both execution modes is 1,000 ms. Past that, the billable activity
    # period is rounded up to the nearest 100 ms.": flex-consumption-plan on learn.microsoft.com, 2025-10
    assert plan_named("azure.flex").increments.billed_ms(duration_ms) == billed_ms


def test_execution_units_of_flex_in_gb_seconds():
    # 3,540,992,000 MB-milliseconds are 3458.00 GB-seconds: functions-consumption-costs, 2025-10
    bill = flex(memory_mb=2048, requests=2102, billed_ms=Decimal(3_540_992_000) / 2048)

    assert bill.quantity("on_demand.duration") == 3458


def test_flex_has_free_grants_on_demand_alone():
    served = {"requests": 1 * M, "billed_ms": 1000 * M}
    ready = {"provisioned_requests": 1 * M, "provisioned_billed_ms": 1000 * M, "provisioned_s": 2 * M}

    on_demand, always_ready = flex(memory_mb=512, **served), flex(memory_mb=512, **ready)

    assert on_demand.total == 1 * M * Decimal("0.0000004") + 500_000 * Decimal("0.000026")
    assert on_demand.credit == 250_000 * Decimal("0.0000004") + 100_000 * Decimal("0.000026")
    assert always_ready.total == Decimal("0.4") + 500_000 * Decimal("0.000016") + M * Decimal("0.000004")
    assert always_ready.credit == 0


def test_an_instance_that_is_kept_ready_is_not_busy_for_longer_than_it_is_there():
    profile = Profile(arrival_rate=100, durations_ms=[50], memory_mb=2048, provisioned=2, at_once=16)

    bill = bill_of_month(profile, plan="azure.flex")

    assert bill.quantity("always_ready.duration") == bill.quantity("always_ready.baseline") == 2 * 730 * 3600 * 2


@pytest.mark.parametrize(
    ("plan", "usage", "message"),
    [
        ("azure.flex", {"memory_mb": 1024}, "512, 2,048 or 4,096 MB, not 1,024"),
        ("azure.consumption", {"memory_mb": 2048}, "at most 1,536 MB, not 2,048"),
        ("azure.consumption", {"memory_mb": 128, "provisioned_s": 1}, "keeps no instances ready; azure.flex does"),
    ],
)
def test_what_a_plan_does_not_have_is_refused(plan, usage, message):
    with pytest.raises(InvalidParameterError, match=message):
        bill_of_run([Usage(**usage)], plan=plan)


def test_what_could_not_be_verified_is_marked():
    bill = bill_of_run(
        [Usage(memory_mb=512, requests=1)], plan="azure.flex", rates=Rates.load("azure.flex", "westeurope")
    )

    assert not any(line.verified for line in bill.lines)
    assert "$0.0000004*" in bill.explain()
    assert "* not verified" in bill.explain()
    assert "(not verified)" in bill.explain().splitlines()[-1]
