"""Google's documents, and its own firebase-tools, judge the bills of Cloud Run functions of both generations."""

from decimal import Decimal

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.pricing import Profile, Rates, Usage, bill_of_month, bill_of_run, plan_named
from pytest_serverless.pricing.amounts import money

M = 1_000_000


def test_the_example_of_a_function_on_cloud_run():
    # Example 4 of https://cloud.google.com/run/pricing, 2025-08-19: 10 million requests of 200 ms with 0.167 vCPU and
    # 256 MiB in europe-west1 cost 7.25, and 12.47 without the free tier of vCPU and memory
    profile = Profile(requests=10 * M, durations_ms=[200], memory_mb=256)
    bill = bill_of_month(profile, plan="gcp.run", rates=Rates.load("gcp.run", "europe-west1"))
    of_requests = sum(line.credit for line in bill.lines if line.meter == "requests")

    assert money(bill.total_with_free_tier) == "$7.25"
    assert money(bill.total - of_requests) == "$12.47"


def test_several_requests_at_once_are_billed_once():
    profile = Profile(requests=1000, durations_ms=[400], memory_mb=512, at_once=20)

    assert bill_of_month(profile, plan="gcp.run").quantity("memory") == 1000 * Decimal("0.4") / 20 / 2


def test_an_instance_that_starts_is_billed():
    warm = Profile(requests=100, durations_ms=[100], memory_mb=1024)
    cold = Profile(requests=100, durations_ms=[100], memory_mb=1024, cold_share="0.5", init_ms=2000)

    assert bill_of_month(warm, plan="gcp.run").quantity("memory") == 10
    assert bill_of_month(cold, plan="gcp.run").quantity("memory") == 10 + 50 * 2


def test_a_minimum_instance_costs_less_while_it_serves_nothing():
    usage = Usage(memory_mb=2048, vcpu=Decimal(1), provisioned_s=1000, provisioned_billed_ms=400_000)
    bill = bill_of_run([usage], plan="gcp.run")

    assert [bill.quantity(meter) for meter in ("cpu", "idle_cpu", "memory", "idle_memory")] == [400, 600, 800, 1200]


def test_the_free_tier_is_so_much_money_at_tier_1_rates():
    # "The free tier is applied as a spending based discount using Tier 1 pricing": so it is in firebase-tools
    usage = Usage(memory_mb=1024, vcpu=Decimal(1), billed_ms=M * 1000)
    bill = bill_of_run([usage], plan="gcp.run", rates=Rates.load("gcp.run", "europe-west3"))

    assert bill.total == M * Decimal("0.0000336") + M * Decimal("0.0000035")
    assert bill.credit == 180_000 * Decimal("0.000024") + 360_000 * Decimal("0.0000025")


def test_the_discount_never_exceeds_the_amount():
    usage = Usage(memory_mb=128, billed_ms=1000)
    bill = bill_of_run([usage], plan="gcp.run", rates=Rates.load("gcp.run", "europe-west3"))

    assert bill.total_with_free_tier == 0


@pytest.mark.parametrize(
    ("memory_mb", "of_100_ms"),
    [
        # the table of https://cloud.google.com/functions/pricing, Tier 1, to nine places
        (128, "0.000000231"),
        (256, "0.000000463"),
        (512, "0.000000925"),
        (1024, "0.000001650"),
        (2048, "0.000002900"),
        (4096, "0.000005800"),
        (8192, "0.000006800"),
    ],
)
def test_100_ms_of_the_1st_generation(memory_mb, of_100_ms):
    bill = bill_of_run([Usage(memory_mb=memory_mb, billed_ms=100)], plan="gcp.functions")

    assert abs(bill.total - Decimal(of_100_ms)) <= Decimal("0.5e-9")


def test_260_ms_are_billed_as_300_ms():
    # https://cloud.google.com/functions/pricing, 2017 to 2025
    assert plan_named("gcp.functions").increments.billed_ms(260) == 300


def test_ten_million_invocations_of_the_1st_generation():
    profile = Profile(requests=10 * M, durations_ms=[260], memory_mb=128)
    bill = bill_of_month(profile, plan="gcp.functions")

    assert [bill.quantity(meter) for meter in ("invocations", "cpu", "memory")] == [10 * M, 600_000, 375_000]
    assert bill.total_with_free_tier == Decimal("3.20") + Decimal("4.00")


def test_the_cpu_of_the_1st_generation_has_one_free_tier_busy_or_idle():
    usage = Usage(memory_mb=2048, billed_ms=50_000_000, provisioned_s=10**7)
    bill = bill_of_run([usage], plan="gcp.functions")
    cpu = {line.meter: line.credit for line in bill.lines}

    assert cpu["cpu"] == 50_000 * Decimal("2.4") * Decimal("0.00001")
    assert cpu["cpu"] + cpu["idle_cpu"] == 200_000 * Decimal("0.00001")


def test_a_minimum_instance_of_the_1st_generation_for_a_month():
    # monthlyMinInstanceCost of firebase-tools: 30 days of 256 MB and 0.4 GHz at the idle rate, less the free tier
    idle = Usage(memory_mb=256, provisioned_s=30 * 24 * 3600)
    bill = bill_of_run([idle], plan="gcp.functions")
    memory = Decimal("0.25") * 30 * 24 * 3600 * Decimal("0.0000025") - 400_000 * Decimal("0.0000025")
    cpu = Decimal("0.4") * 30 * 24 * 3600 * Decimal("0.000001") - 200_000 * Decimal("0.00001")

    assert bill.total_with_free_tier == max(memory, 0) + max(cpu, 0)


@pytest.mark.parametrize(
    ("plan", "usage", "message"),
    [
        ("gcp.functions", {"memory_mb": 300}, "1st generation has 128, 256, 512"),
        ("gcp.run", {"memory_mb": 300}, "How many vCPU go with 300 MB is not known"),
    ],
)
def test_what_a_plan_does_not_have_is_refused(plan, usage, message):
    with pytest.raises(InvalidParameterError, match=message):
        bill_of_run([Usage(**usage)], plan=plan)
