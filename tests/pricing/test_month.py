from decimal import Decimal
from math import exp, factorial

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.pricing import PLANS, Profile, bill_of_month

HOUR_A_DAY = (0,) * 12 + (1,) + (0,) * 11


def profile(**changes):
    return Profile(**{"memory_mb": 1024, "durations_ms": [100], "requests": 730_000, **changes})


def served(bill):
    return sum(line.quantity for line in bill.lines if line.what == "requests, provisioned")


def test_a_rate_makes_requests_of_730_hours():
    assert bill_of_month(profile(requests=None, arrival_rate=50)).quantity("requests") == 50 * 3600 * 730


def test_the_shape_of_a_day_scales_the_rate_of_each_hour():
    bill = bill_of_month(profile(requests=None, arrival_rate=50, shape=HOUR_A_DAY))

    assert bill.quantity("requests") == 50 * Decimal(3600 * 730) / 24
    assert "mean of the day's shape" in bill.steps[0]


def test_the_shape_does_not_change_how_many_requests_there_are():
    assert bill_of_month(profile(shape=HOUR_A_DAY)).total == bill_of_month(profile()).total


def test_each_of_several_durations_is_rounded_up_by_itself():
    bill = bill_of_month(profile(durations_ms=[110, "150.5", 290], requests=3000), plan="gcp.run")

    assert bill.quantity("memory").quantize(Decimal("1e-9")) == 200 + 200 + 300


def test_a_share_of_cold_starts_is_billed_with_its_init():
    bill = bill_of_month(profile(cold_share="0.01", init_ms=400))

    assert bill.quantity("x86.duration") == 730_000 * (
        Decimal("0.01") * Decimal("0.5") + Decimal("0.99") * Decimal("0.1")
    )
    assert "1 % cold × 500 ms + 99 % warm × 100 ms = 104 ms billed a request" in bill.steps


@pytest.mark.parametrize("plan", ["azure.consumption", "azure.flex", "gcp.functions"])
def test_init_is_not_billed_where_a_plan_does_not_but_may_be_asked_for(plan):
    warm, cold = profile(memory_mb=512), profile(memory_mb=512, cold_share=1, init_ms=5000)
    asked = profile(memory_mb=512, cold_share=1, init_ms=5000, init_billed=True)

    assert bill_of_month(cold, plan=plan).total == bill_of_month(warm, plan=plan).total
    assert bill_of_month(asked, plan=plan).total > bill_of_month(warm, plan=plan).total


def test_what_finds_provisioned_concurrency_busy_runs_on_demand():
    # 20 arrivals a second of 100 ms are 2 Erlang: of two servers both are busy for (2²/2!) / (1 + 2 + 2²/2!) = 0.4
    bill = bill_of_month(profile(requests=None, arrival_rate=20, provisioned=2))
    share = served(bill) / bill.quantity("requests")

    assert float(share) == pytest.approx(0.6, abs=1e-8)


def test_a_provisioned_instance_for_every_request_serves_them_all():
    bill = bill_of_month(profile(requests=None, arrival_rate=20, provisioned=50))
    lost = (2**50 / factorial(50)) / exp(2)

    assert float(served(bill) / bill.quantity("requests")) == pytest.approx(1, abs=max(lost, 1e-8))


def test_instances_are_kept_ready_in_the_busiest_hours():
    days = Decimal(730) / 24
    bill = bill_of_month(profile(shape=HOUR_A_DAY, provisioned=1000, provisioned_hours=days.quantize(Decimal(1))))
    flat = bill_of_month(profile(provisioned=1000, provisioned_hours=days.quantize(Decimal(1))))

    assert served(bill) / bill.quantity("requests") > Decimal("0.98")
    assert served(flat) / flat.quantity("requests") < Decimal("0.05")


def test_provisioned_concurrency_does_not_start_cold():
    bill = bill_of_month(profile(provisioned=1000, cold_share=1, init_ms=4000))

    assert bill.quantity("x86.duration") < 1
    assert float(bill.quantity("x86.provisioned_duration")) == pytest.approx(73_000)


def test_a_planned_run_is_a_short_month():
    bill = bill_of_month(profile(requests=60_000, durations_ms=[250], memory_mb=512, gateway="http"))

    assert bill.total == 60_000 * (Decimal("0.0000002") + Decimal("0.000001")) + 7500 * Decimal("0.0000166667")


def test_upper_bounds_say_so():
    bills = {name: bill_of_month(profile(memory_mb=512), plan=name) for name in PLANS}

    assert {name for name, bill in bills.items() if bill.notes[0].startswith("upper bound")} == {
        "azure.flex",
        "gcp.run",
    }


def test_the_steps_lead_from_the_profile_to_the_quantities():
    bill = bill_of_month(profile(requests=None, arrival_rate=2, cold_share="0.5", init_ms=100, provisioned=1))

    assert [step.split(" ", 1)[0] for step in bill.steps] == [
        *("2", "50", "876,000", "1", "131,400,000", "438,000,000", "2,628,000")
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arrival_rate": 5}, "one of both"),
        ({"requests": None}, "one of both"),
        ({"requests": -1}, "The requests is a number, 0 or more"),
        ({"shape": (1, 2)}, "24 hours, not all 0; these are 2"),
        ({"shape": (0,) * 24}, "not all 0"),
        ({"durations_ms": []}, "has a duration"),
        ({"durations_ms": ["fast"]}, "a number, not 'fast'"),
        ({"cold_share": 2}, "0 to 1, not 2"),
        ({"at_once": "0.5"}, "1 request at once or more"),
        ({"at_once": 2}, "one request at a time"),
        ({"provisioned": 1, "provisioned_hours": 731}, "A month has 730 hours"),
        ({"vcpu": 1}, "vCPU are set on Cloud Run"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(changes, message):
    with pytest.raises(InvalidParameterError, match=message):
        bill_of_month(profile(**changes))


@pytest.mark.parametrize("changes", [{"gateway": "http"}, {"storage_mb": 1024}, {"architecture": "arm"}])
def test_what_aws_alone_has_is_refused_elsewhere(changes):
    with pytest.raises(InvalidParameterError, match="are of AWS Lambda, not Google"):
        bill_of_month(profile(**changes), plan="gcp.run")
