import json
from decimal import Decimal

import pytest

from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.pricing import PLANS, Rates, Usage, bill_of_run

OWN = """
source = "our contract"
as_of = "2026-10-01"
[meters]
requests = 0.00000018
"x86.duration" = [[0, "0.000015"], [1000, 0.00001]]
"""


@pytest.fixture
def file(tmp_path):
    def write(text, name="rates.toml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("plan", list(PLANS))
def test_every_region_has_dated_and_sourced_rates_of_the_same_meters(plan):
    regions = {region: Rates.load(plan, region) for region in Rates.regions(plan)}
    everywhere = set.intersection(*(set(rates.meters) for rates in regions.values()))

    for rates in regions.values():
        assert {meter for meter in rates.meters if not meter.startswith("gateway")} == {
            meter for meter in everywhere if not meter.startswith("gateway")
        }
        for rate in rates.meters.values():
            assert rate.source.as_of >= "2024"
            assert rate.source.url.startswith("https://")
            assert all(price > 0 for _, price in rate.tiers)
            assert sorted((price for _, price in rate.tiers), reverse=True) == [price for _, price in rate.tiers]


@pytest.mark.parametrize("plan", list(PLANS))
def test_what_is_free_is_of_meters_that_there_are(plan):
    rates = Rates.load(plan)

    assert rates.free
    assert {meter for free in rates.free for meter in free.meters} <= set(rates.meters)


def test_a_region_that_is_not_known_is_refused_with_those_that_are_and_what_to_do():
    with pytest.raises(InvalidParameterError) as refused:
        Rates.load("aws.lambda", "eu-central-9")

    message = str(refused.value)
    assert "There are no rates for aws.lambda in 'eu-central-9'. Did you mean 'eu-central-" in message
    assert "af-south-1" in message
    assert "us-west-2" in message
    assert "--rates FILE" in message


def test_rates_of_ones_own_replace_those_of_a_region(file):
    rates = Rates.load("aws.lambda", "eu-west-1", own=file(OWN))
    bill = bill_of_run([Usage(memory_mb=1024, requests=10**6, billed_ms=3_000_000)], rates=rates)

    assert bill.total == Decimal("0.18") + 1000 * Decimal("0.000015") + 2000 * Decimal("0.00001")
    assert rates.rate("storage").first == Decimal("0.000000034")
    assert "rates: our contract, 2026-10-01" in bill.explain()


def test_tiers_go_on_over_what_is_told_apart_and_free_units_are_the_first(file):
    own = file('[meters]\nrequests = [[0, 4], [600000, 2], [1500000, 1]]\n"x86.provisioned_duration" = 1\n')
    usage = Usage(memory_mb=128, requests=1_200_000, provisioned_requests=400_000)

    bill = bill_of_run([usage], rates=Rates.load("aws.lambda", own=own))

    assert [(line.quantity, line.rate, line.credit) for line in bill.lines] == [
        *((600_000, 4, 2_400_000), (600_000, 2, 800_000), (300_000, 2, 0), (100_000, 1, 0))
    ]


def test_json_is_read_as_exactly_as_toml(file):
    path = file(json.dumps({"meters": {"requests": 0.00000018}}), "rates.json")

    assert Rates.load("aws.lambda", own=path).rate("requests").first == Decimal("0.00000018")


def test_a_region_of_ones_own_has_the_meters_of_the_file_alone(file):
    rates = Rates.load("aws.lambda", "mars-north-1", own=file(OWN))

    assert bill_of_run([Usage(memory_mb=1024, requests=100)], rates=rates).region == "mars-north-1"
    with pytest.raises(InvalidParameterError, match=r"no rate of 'arm.duration' for aws.lambda in mars-north-1"):
        bill_of_run([Usage(memory_mb=1024, billed_ms=100, architecture="arm")], rates=rates)


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("requests = 1", "a.toml", 'has no table "meters"'),
        ("[meters", "a.toml", "neither TOML nor"),
        ("[]", "a.json", "holds no table"),
        ('[meters]\n"x86.durration" = 1', "a.toml", "rates of 'x86.durration', which are no meters of this plan"),
        ("[meters]\nrequests = -1", "a.toml", "a number, 0 or more, not"),
        ('[meters]\nrequests = "cheap"', "a.toml", "a number, not 'cheap'"),
        ("[meters]\nrequests = [1, 2]", "a.toml", "Write a number of dollars, or tiers"),
        ("[meters]\nrequests = [[5, 2]]", "a.toml", "The first begins at 0"),
        ("[meters]\nrequests = [[0, 2], [0, 1]]", "a.toml", "The first begins at 0"),
        ("[meters]\nrequests = []", "a.toml", "begin at nothing"),
    ],
)
def test_a_file_that_is_wrong_is_told_so(file, text, name, message):
    with pytest.raises(InvalidParameterError) as refused:
        Rates.load("aws.lambda", own=file(text, name))

    assert message in str(refused.value) or message in str(refused.value.__cause__)


def test_a_file_that_is_not_there_is_told_so(tmp_path):
    with pytest.raises(InvalidParameterError, match="cannot be read: No such file"):
        Rates.load("aws.lambda", own=tmp_path / "none.toml")


def test_rates_of_another_plan_are_refused():
    with pytest.raises(InvalidParameterError, match=r"rates of azure.flex; the bill is of aws.lambda"):
        bill_of_run([], rates=Rates.load("azure.flex"))


def test_a_plan_that_is_not_known_is_refused():
    with pytest.raises(UnknownNameError, match=r"no plan named 'aws.lamda'. Did you mean 'aws.lambda'"):
        bill_of_run([], plan="aws.lamda")
