"""AWS's own examples (https://aws.amazon.com/lambda/pricing/, as it was on 2026-09-20, us-east-1) judge the bill."""

from decimal import Decimal

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.pricing import Profile, Rates, Usage, bill_of_month, bill_of_run
from pytest_serverless.pricing.amounts import money

M = 1_000_000


def month(requests, duration_ms, memory_mb, **options):
    return bill_of_month(Profile(requests=requests, durations_ms=[duration_ms], memory_mb=memory_mb, **options))


@pytest.mark.parametrize(
    ("requests", "duration_ms", "memory_mb", "options", "with_free_tier"),
    [
        pytest.param(3 * M, 120, 1536, {}, "$2.73", id="mobile application backend"),
        pytest.param(6 * M, 280, 4096, {"storage_mb": 2048}, "$106.41", id="natural language, with ephemeral storage"),
        pytest.param(3 * M, 500, 1536, {}, "$31.23", id="server side rendering, without its streamed bytes"),
        # the page's example until 2020, and that of Datadog's own estimates until today:
        # https://github.com/DataDog/datadog-agent, pkg/serverless/metrics/enhanced_metrics_test.go
        pytest.param(30 * M, 200, 128, {}, "$11.63", id="thirty million requests"),
        pytest.param(3 * M, 1000, 512, {}, "$18.73", id="three million seconds"),
    ],
)
def test_the_providers_examples_come_out(requests, duration_ms, memory_mb, options, with_free_tier):
    assert money(month(requests, duration_ms, memory_mb, **options).total_with_free_tier) == with_free_tier


def test_the_example_without_a_free_tier_comes_out():
    assert money(month(7_440_000, 2000, 1024).total) == "$249.49"


def test_thirty_million_requests_of_200_ms_at_128_mb_are_750_000_gb_seconds():
    bill = month(30 * M, 200, 128)

    assert bill.quantity("x86.duration") == 750_000
    assert bill.total == Decimal("18.500025")
    assert bill.total_with_free_tier == Decimal("11.633345")


def test_the_bill_says_where_768_million_and_18_dollars_80_come_from():
    (note,) = month(30 * M, 200, 128).notes

    assert "768,000,000 MB-s are 750,000 GB-s" in note
    assert "Divided by 1,000 they would be 768,000, and the total $18.80 instead of $18.50" in note


def test_arm_is_billed_at_its_own_rate():
    usage = Usage(memory_mb=1024, requests=2 * M, billed_ms=32 * M * 1000, architecture="arm")

    assert (
        money(bill_of_run([usage]).total_with_free_tier) == "$421.54"
    )  # 421.34 + 0.20 of the durable functions' example


def test_provisioned_concurrency_of_a_launch_day():
    usage = Usage(
        memory_mb=1536,
        requests=2_500_000,
        billed_ms=2_500_000 * 120,
        provisioned_requests=500_000,
        provisioned_billed_ms=500_000 * 100,
        provisioned_s=100 * 8 * 3600,
    )

    bill = bill_of_run([usage])

    assert bill.quantity("x86.provisioned") == 4_320_000
    assert money(bill.total_with_free_tier) == "$19.96"


def test_the_free_tier_covers_nothing_that_provisioned_concurrency_serves():
    usage = Usage(
        memory_mb=4096, provisioned_requests=2 * M, provisioned_billed_ms=2 * M * 280, provisioned_s=7 * 24 * 3600
    )

    bill = bill_of_run([usage])

    assert bill.credit == 0
    assert money(bill.total) == "$32.26"


def test_ephemeral_storage_is_charged_for_wherever_a_request_ran():
    usage = Usage(memory_mb=128, billed_ms=1000, provisioned_billed_ms=3000, storage_mb=1536)

    assert bill_of_run([usage]).quantity("storage") == 4


def test_provisioned_concurrency_is_charged_for_in_steps_of_five_minutes():
    bill = month(1000, 100, 1024, provisioned=2, provisioned_hours="1.001")

    assert bill.quantity("x86.provisioned") == 2 * 3900


def test_duration_gets_cheaper_in_tiers():
    # 10 % less beyond 6, 20 % beyond 15 billion GB-seconds: Introducing tiered pricing for AWS Lambda, 2022-08
    bill = bill_of_run([Usage(memory_mb=1024, billed_ms=Decimal("20e9") * 1000)])

    assert [(line.quantity, line.rate) for line in bill.lines] == [
        (Decimal("6e9"), Decimal("0.0000166667")),
        (Decimal("9e9"), Decimal("0.000015")),
        (Decimal("5e9"), Decimal("0.0000133334")),
    ]


def test_the_two_architectures_have_their_own_tiers_and_one_free_tier():
    usages = [
        Usage(memory_mb=1024, billed_ms=300_000_000, architecture="x86"),
        Usage(memory_mb=1024, billed_ms=300_000_000, architecture="arm"),
    ]

    bill = bill_of_run(usages)

    assert [line.credit for line in bill.lines] == [
        300_000 * Decimal("0.0000166667"),
        100_000 * Decimal("0.0000133334"),
    ]


def test_a_rest_api_is_charged_for_in_tiers():
    # 15 billion calls: https://aws.amazon.com/api-gateway/pricing/, without data transfer
    bill = bill_of_run([Usage(memory_mb=128, requests=Decimal("15e9"), gateway="rest")])

    assert sum(line.amount for line in bill.lines if line.meter == "gateway.rest") == Decimal("36353.10")


def test_an_http_api_costs_a_dollar_a_million():
    bill = bill_of_run([Usage(memory_mb=128, requests=9_720_000, gateway="http")])

    assert sum(line.amount for line in bill.lines if line.meter == "gateway.http") == Decimal("9.72")


def test_init_is_billed_together_with_the_duration_of_its_request():
    # a real REPORT of 2025: Duration 1233.96 ms, Init Duration 463.512 ms, Billed Duration 1698 ms
    bill = month(1, "1233.96", 1024, cold_share=1, init_ms="463.512")

    assert bill.quantity("x86.duration") == Decimal("1.698")


def test_before_august_2025_init_was_free():
    bill = month(1, "1233.96", 1024, cold_share=1, init_ms="463.512", init_billed=False)

    assert bill.quantity("x86.duration") == Decimal("1.234")


def test_regions_differ():
    usage = Usage(memory_mb=1024, billed_ms=1_000_000)
    cape_town = bill_of_run([usage], rates=Rates.load("aws.lambda", "af-south-1"))

    assert cape_town.total == Decimal("0.0221")
    assert cape_town.total > bill_of_run([usage]).total


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"memory_mb": 64}, "128 to 10,240 MB, not 64"),
        ({"memory_mb": 20_000}, "128 to 10,240 MB, not 20,000"),
        ({"storage_mb": 100}, "512 to 10,240 MB, not 100"),
        ({"architecture": "mips"}, "x86 or arm, not 'mips'"),
    ],
)
def test_what_lambda_does_not_have_is_refused(changes, message):
    with pytest.raises(InvalidParameterError, match=message):
        bill_of_run([Usage(**{"memory_mb": 128, "requests": 1, **changes})])
