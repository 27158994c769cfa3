"""What a run costs, before it begins and while it lasts."""

from decimal import Decimal

import pytest

from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.observations import Evidence, Observation
from pytest_serverless.load.results import Target, TargetFunction
from pytest_serverless.load.safety import Spending, bill_so_far
from pytest_serverless.load.targets import Reached, reach_url

SMALL = TargetFunction(name="shop-Small", memory_mb=128, architecture="arm64")
LARGE = TargetFunction(name="shop-Large", memory_mb=2048, architecture="x86_64")


def reached(*functions, region="us-east-1", provider="aws", **facts):
    return Reached(
        kind="stack",
        measured=Target(functions=functions, provider=provider, region=region),
        functions={"Small": "shop-Small", "Large": "shop-Large"},
        **facts,
    )


def seen(count, *, kind="ok", service_s=0.2, billed_ms=None, memory_mb=128):
    evidence = None if billed_ms is None else Evidence(source="report", billed_ms=billed_ms, memory_mb=memory_mb)
    aggregate = Aggregate()
    for _ in range(count):
        aggregate.add(Observation("shop", "GET /", "hold", 1e9, 1e9, 1e9 + service_s, kind, evidence=evidence))
    return aggregate


def test_calls_of_a_function_are_priced_by_its_memory_and_architecture():
    # https://aws.amazon.com/lambda/pricing/: $0.20 a million requests, $0.0000133334 a GB-second on arm
    bill = Spending.of(reached(SMALL, LARGE), duration_ms=200).expected({"Small": 1_000_000})

    assert bill.total == Decimal("0.20") + Decimal("0.0000133334") * 200_000 / 8
    assert bill.quantity("arm.duration") == 25_000


def test_calls_by_name_and_qualifier_are_those_of_the_function():
    spending = Spending.of(reached(SMALL, LARGE))

    assert spending.expected({"shop-Small:live": 10}).total == spending.expected({"Small": 10}).total


def test_requests_that_may_reach_any_function_are_priced_as_those_of_the_largest_behind_the_api():
    target = reached(
        SMALL, LARGE, urls={"Api": "https://a", "Other": "https://b"}, paths={"Api": "http_api", "Other": "rest_api"}
    )
    bill = Spending.of(target, duration_ms=1_000).expected({None: 1_000_000})

    assert bill.quantity("x86.duration") == 2_000_000
    assert bill.quantity("gateway.rest") == 1_000_000
    assert Spending.of(target).expected({"Large": 1}).quantity("gateway.rest") == 0


@pytest.mark.parametrize("turn", [1, -1])
def test_of_functions_of_one_size_the_dearer_architecture_counts(turn):
    arm = TargetFunction(name="shop-Arm", memory_mb=2048, architecture="arm64")
    bill = Spending.of(reached(*[arm, LARGE][::turn])).expected({None: 10})

    assert bill.quantity("x86.duration") == 20


def test_what_was_supposed_is_told():
    assert Spending.of(reached(LARGE)).expected({None: 1_500}).notes == [
        "supposed that each of 1,500 calls takes 1000 ms"
    ]


def test_a_region_without_rates_is_priced_as_the_dearest():
    here = Spending.of(reached(LARGE, region="xx-nowhere-1"))
    there = Spending.of(reached(LARGE, region="us-east-1"))

    assert here.expected({"Large": 1_000}).total > there.expected({"Large": 1_000}).total
    assert "no rates of xx-nowhere-1" in here.expected({"Large": 1}).notes[-1]


def test_what_functions_told_to_be_billed_is_what_a_run_has_cost():
    bill = Spending.of(reached(SMALL, LARGE)).until_now(seen(1_000, service_s=9, billed_ms=100, memory_mb=2048))

    assert bill.quantity("x86.duration") == 200
    assert bill.quantity("requests") == 1_000


def test_what_nothing_was_told_of_is_priced_by_the_time_it_took():
    bill = Spending.of(reached(SMALL, LARGE)).until_now(seen(1_000, service_s=0.2))

    assert bill.quantity("x86.duration") == 400
    assert bill.quantity("requests") == 1_000


def test_what_no_function_ran_for_costs_nothing():
    spending = Spending.of(reached(LARGE))

    assert spending.until_now(seen(100, kind="throttled")).total == 0
    assert spending.until_now(Aggregate()).total == 0
    assert spending.until_now(seen(100, kind="function_error")).total > 0


def test_the_local_platform_is_priced_as_aws_is():
    local = reached(LARGE, provider="local")

    assert Spending.of(local).expected({None: 1}).total == Spending.of(reached(LARGE)).expected({None: 1}).total


def test_an_address_alone_does_not_tell_what_a_request_costs():
    with pytest.raises(InvalidParameterError, match="it is not known whose it is"):
        Spending.of(reach_url("https://staging.example.com"))
    with pytest.raises(InvalidParameterError, match=r"how much memory its functions have.*--serverless-stack"):
        Spending.of(reach_url("https://a1.lambda-url.eu-west-1.on.aws"))

    azure = Spending.of(reach_url("https://shop.azurewebsites.net"), memory_mb=512)
    assert azure.plan == "azure.consumption"
    assert azure.expected({None: 1_000_000}).total > 0


def test_a_plan_that_there_is_not_is_told():
    with pytest.raises(UnknownNameError, match=r"aws\.lambda"):
        Spending.of(reached(LARGE), plan="aws.lamda")


def test_a_function_of_that_size_says_by_which_architecture_it_is_billed():
    bill = Spending.of(reached(SMALL, LARGE)).until_now(seen(1_000, billed_ms=1_000, memory_mb=128))

    assert bill.quantity("arm.duration") == 125
    assert bill.quantity("x86.duration") == 0


def test_sizes_of_both_architectures_are_billed_each_by_its_own():
    aggregate = seen(10, billed_ms=1_000, memory_mb=128)
    for each in seen(10, billed_ms=1_000, memory_mb=2048).cells.values():
        aggregate.cells["hold", "shop", "other"] = each

    bill = Spending.of(reached(SMALL, LARGE)).until_now(aggregate)

    assert (bill.quantity("arm.duration"), bill.quantity("x86.duration")) == (Decimal("1.25"), 20)
    assert bill.notes == []


def test_a_bill_says_of_how_many_answers_nothing_told_what_was_billed():
    bill = bill_so_far(reached(LARGE), seen(1_000))

    assert "of 1,000 answers nothing tells what was billed" in bill.notes[0]


def test_a_bill_of_the_local_platform_says_that_nothing_is_paid():
    bill = bill_so_far(reached(SMALL, provider="local"), seen(1_000, billed_ms=100))

    assert bill.total > 0
    assert "on the local platform nothing is paid" in bill.notes[-1]


def test_reports_tell_the_sizes_of_functions_that_are_not_known():
    lambdas = reach_url("https://lambda.eu-west-1.amazonaws.com")

    assert bill_so_far(lambdas, seen(1_000, billed_ms=1_000, memory_mb=256)).quantity("x86.duration") == 250


@pytest.mark.parametrize(
    ("target", "aggregate"),
    [
        (reach_url("https://staging.example.com"), seen(100)),
        (reached(LARGE), Aggregate()),
        (reached(LARGE), seen(100, kind="throttled")),
    ],
)
def test_there_is_no_bill_of_what_is_not_known_or_did_not_run(target, aggregate):
    assert bill_so_far(target, aggregate) is None
