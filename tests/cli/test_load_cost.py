import json
import subprocess
import sys

import pytest

from pytest_serverless.cli import main

EXAMPLE = ("load", "cost", "--provider", "aws", "--requests", "30M", "--duration", "200ms", "--memory", "128")
SMALL = ("load", "cost", "--requests", "1000", "--duration", "200ms", "--memory", "512")


@pytest.fixture
def run(capsys):
    def run(*argv):
        code = main(argv)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def bill(run, *argv):
    code, out, _ = run(*argv, "--json")
    assert code == 0
    return json.loads(out)


def test_thirty_million_requests_are_told_step_by_step(run):
    code, out, _ = run(*EXAMPLE)

    assert code == 0
    assert "30,000,000 requests × 200 ms = 6,000,000,000 ms billed, in steps of 1 ms" in out
    assert "6,000,000,000 ms billed × 128 MB ÷ 1,024,000 = 750,000 GB-s" in out
    assert "768,000,000 MB-s are 750,000 GB-s" in out
    assert "$18.80 instead of $18.50" in out
    assert "with all of the monthly free tier: $11.63" in out
    assert next(line for line in out.splitlines() if line.startswith("total")).split() == ["total", "$18.50"]


def test_the_free_tier_has_columns_of_its_own(run):
    _, out, _ = run(*EXAMPLE, "--free-tier")

    assert [line.split() for line in out.splitlines() if line.startswith("total")] == [
        ["total", "$18.50", "-$6.87", "$11.63"]
    ]


def test_the_bill_as_json(run):
    found = bill(run, *EXAMPLE)

    assert (found["total"], found["total_with_free_tier"]) == ("18.50", "11.63")
    assert {line["what"]: line["quantity"] for line in found["lines"]}["duration (x86)"] == "750000"
    assert found["over_budget"] is None


@pytest.mark.parametrize(
    ("text", "requests"),
    [
        ("30M", "30000000"),
        ("250k", "250000"),
        ("1.5m", "1500000"),
        ("1_000", "1000"),
        ("2,000", "2000"),
        ("1B", "1000000000"),
    ],
)
def test_counts_are_written_as_people_do(run, text, requests):
    found = bill(run, "load", "cost", "--requests", text, "--duration", "1ms", "--memory", "128")

    assert found["lines"][0]["quantity"] == requests


@pytest.mark.parametrize(
    ("arguments", "plan"),
    [
        (["--provider", "aws"], "aws.lambda"),
        (["--provider", "azure"], "azure.flex"),
        (["--provider", "azure", "--plan", "consumption"], "azure.consumption"),
        (["--provider", "gcp"], "gcp.run"),
        (["--provider", "gcp", "--plan", "functions"], "gcp.functions"),
    ],
)
def test_each_provider_has_its_plans(run, arguments, plan):
    assert bill(run, *SMALL, *arguments)["plan"] == plan


def test_every_setting_reaches_the_bill(run):
    found = bill(
        run,
        *("load", "cost", "--rate", "10", "--shape", ",".join(["1", "0.5"] * 12), "--duration", "250ms"),
        *("--memory", "1024", "--architecture", "arm", "--storage", "1536", "--gateway", "http", "--cold-share", "2%"),
        *("--init", "500ms", "--provisioned", "3", "--provisioned-hours", "100", "--region", "us-east-1"),
    )

    assert {line["meter"] for line in found["lines"]} == {
        *("requests", "arm.duration", "arm.provisioned", "arm.provisioned_duration", "storage", "gateway.http")
    }
    assert "2 % cold × 750 ms + 98 % warm × 250 ms = 260 ms billed a request" in found["steps"]
    assert "3 instances kept ready × 360,000 s serve" in " ".join(found["steps"])


def test_init_may_be_left_out(run):
    cold = (*SMALL, "--cold-share", "1", "--init", "800ms")

    assert bill(run, *cold)["lines"][1]["quantity"] == "500"
    assert bill(run, *cold, "--no-init-billed")["lines"][1]["quantity"] == "100"


def test_cloud_run_takes_vcpu_and_requests_at_once(run):
    found = bill(run, *SMALL, "--provider", "gcp", "--vcpu", "2", "--at-once", "10")

    assert {line["meter"]: line["quantity"] for line in found["lines"]} == {
        "requests": "1000",
        "cpu": "40",
        "memory": "10",
    }


def test_a_distribution_of_durations_is_drawn_the_same_each_time(run):
    drawn = ("load", "cost", "--requests", "1M", "--memory", "1024", "--duration", "lognormal:median=100ms,sigma=0.5")
    first, second = bill(run, *drawn), bill(run, *drawn)

    assert first == second
    assert float(first["lines"][1]["quantity"]) == pytest.approx(1e6 * 0.1 * 1.1331, rel=0.02)  # exp(0.5² / 2)


@pytest.mark.parametrize("duration", ["290ms", "0.57s", "1100ms", "35ms"])
def test_a_duration_is_not_rounded_up_because_of_its_own_fraction(run, duration):
    found = bill(run, "load", "cost", "--requests", "1000", "--memory", "1024", "--duration", duration)
    ms = {"0.57s": "570"}.get(duration, duration.removesuffix("ms"))

    assert found["lines"][1]["quantity"] == ms


def test_more_than_it_may_cost_exits_with_1(run):
    code, out, _ = run(*EXAMPLE, "--max-cost", "18.50")
    assert code == 1
    assert "It would cost $18.500025, and $18.50 is the most" in out
    assert run(*EXAMPLE, "--max-cost", "18.51")[0] == 0


def test_rates_of_ones_own(run, tmp_path):
    rates = tmp_path / "rates.toml"
    rates.write_text('source = "contract"\n[meters]\nrequests = 0.000001\n"x86.duration" = 0.00001\n')

    assert bill(run, *SMALL, "--rates", str(rates), "--region", "moon-1")["lines"][0]["amount"] == "0.001"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--region", "moon-1"], "There are no rates for aws.lambda in 'moon-1'"),
        (["--plan", "flex"], "--plan flex: aws has lambda"),
        (["--cold-share", "most"], "--cold-share most: write a share"),
        (["--cold-share", "120%"], "--cold-share 120%: write a share"),
        (["--init", "500"], "500 has no unit"),
        (["--shape", "1,2"], "24 hours"),
        (["--shape", ",".join(["x"] * 24)], "A factor of the shape is a number, not 'x'"),
        (["--vcpu", "2"], "vCPU are set on Cloud Run"),
        (["--provisioned", "1", "--provisioned-hours", "all"], "The hours is a number"),
        (["--max-cost", "little"], "not 'little'"),
        (["--rates", "nowhere.toml"], "cannot be read"),
        (["--gateway", "http", "--region", "eu-west-1"], "There is no rate of 'gateway.http'"),
    ],
)
def test_what_cannot_be_is_told(run, arguments, message):
    code, out, err = run(*SMALL, *arguments)

    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize("argv", [["load"], ["load", "cost"], ["load", "cost", "--requests", "1", "--rate", "1"]])
def test_bad_usage_exits_with_2(argv, capsys):
    with pytest.raises(SystemExit) as exited:
        main(argv)

    assert exited.value.code == 2
    assert "usage: pytest-serverless load" in capsys.readouterr().err


def test_a_number_that_is_none_is_told(run):
    code, _, err = run("load", "cost", "--requests", "many", "--duration", "1ms", "--memory", "128")

    assert (code, "--requests many: write a number" in err) == (2, True)


@pytest.mark.parametrize("argv", [["load", "--help"], ["load", "cost", "--help"]])
def test_help_is_there(argv, capsys):
    with pytest.raises(SystemExit) as exited:
        main(argv)

    assert exited.value.code == 0
    assert "--max-cost" in capsys.readouterr().out or argv == ["load", "--help"]


def test_help_loads_no_prices():
    code = """
import contextlib, sys
from pytest_serverless.cli import main
with contextlib.suppress(SystemExit):
    main(["--help"])
print(*(name for name in sys.modules if name in ("decimal", "json.tool") or "pytest_serverless.pricing" in name))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.splitlines()[-1] == ""
