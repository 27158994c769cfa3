import json
import re
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone

import pytest

from pytest_serverless.cli import main
from pytest_serverless.errors import UnknownNameError
from pytest_serverless.load.observing import clients
from pytest_serverless.load.results import Target, TargetFunction
from pytest_serverless.load.targets import stack
from pytest_serverless.load.targets.reached import Reached
from tests.load.observing.cloud import Cloud

BEGIN_S = time.time() // 60 * 60 - 7200
"""Whole minutes, two hours ago: everything is there by now, and nothing is waited for."""


def iso(seconds, *, zone=""):
    return f"{datetime.fromtimestamp(BEGIN_S + seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}{zone}"


WINDOW = ("--from", iso(0), "--to", iso(60))


@pytest.fixture
def cloud(monkeypatch):
    made = Cloud(time.time())
    made.polls = 0
    made.function("shop")
    for number in range(100):
        made.invoke("shop", f"{number % 5}", BEGIN_S + 1 + number / 2, init_ms=250.0 if number < 5 else None)
    made.count("shop", "Throttles", BEGIN_S + 1, 25.0)
    made.count("shop", "ConcurrentExecutions", BEGIN_S + 1, 5.0)
    made.connected = []

    def connect(**given):
        made.connected.append(given)
        return made.clients()

    monkeypatch.setattr(clients, "connect", connect)
    return made


@pytest.fixture
def observe(capsys):
    def observe(*argv):
        code = main(["load", "observe", *argv])
        out, err = capsys.readouterr()
        return code, out, err

    return observe


def row(out, name):
    """Return what a table says of something, in as many words as there are columns."""
    line = next(line for line in out.splitlines() if line.strip().startswith(name))
    return re.split(r"\s{2,}", line.strip())[1:]


def test_a_function_is_observed(cloud, observe):
    code, out, err = observe("--function", "shop", *WINDOW, "--region", "eu-west-1", "--profile", "staging")

    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "OBSERVED: 100 invocations"
    assert row(out, "requests that waited")[0].startswith("5.00 % (")
    assert row(out, "requests on a new")[0].startswith("5.00 % (")
    assert row(out, "inits for each")[0].startswith("5.00 % (")
    assert row(out, "throttles")[0].startswith("20.0 % (")
    assert row(out, "shop")[:3] == ["100", "5", "5"]
    assert row(out, "p50") == ["n too small (5 of 6)", "100 ms"]
    assert row(out, "at once, most of one function") == ["5.00"]
    assert "evidence: logs, metrics" in out
    assert "MB of logs were read and 8 metrics asked for: 0.0000" in out
    assert max(map(len, out.splitlines())) <= 100
    assert cloud.connected == [{"region": "eu-west-1", "profile": "staging"}]


def test_streams_and_provisioned_concurrency_have_a_table_where_there_are_any(cloud, observe):
    assert "Events and provisioned concurrency" not in observe("--function", "shop", *WINDOW)[1]

    cloud.kept_ready["shop"] = ["live"]
    cloud.count("shop", "IteratorAge", BEGIN_S + 1, 1234.0)
    cloud.count("shop", "ProvisionedConcurrencySpilloverInvocations", BEGIN_S + 1, 8.0, resource="shop:live")
    _, out, _ = observe("--function", "shop", *WINDOW)

    rows = [re.split(r"\s{2,}", line.strip()) for line in out.partition("Events and provisioned")[2].splitlines()]
    assert ["shop", "oldest record of a stream", "1,234 ms"] in rows
    assert ["shop", "spill-overs of provisioned concurrency", "8"] in rows


def test_times_are_utc_unless_they_have_a_zone(cloud, observe):
    there = timezone(timedelta(hours=5, minutes=30))
    begin, end = (f"{datetime.fromtimestamp(BEGIN_S + at_s, there):%Y-%m-%dT%H:%M:%S}+05:30" for at_s in (0, 60))

    for window in (WINDOW, ("--from", iso(0, zone="Z"), "--to", iso(60, zone="Z")), ("--from", begin, "--to", end)):
        assert observe("--function", "shop", *window)[1].startswith("OBSERVED: 100 invocations\n")


@pytest.mark.parametrize("begin", ["-3h", "-2h30m"])
def test_times_may_be_relative_and_begin_with_a_dash(cloud, observe, begin):
    assert observe("--function", "shop", "--from", begin, "--to", "-1h")[1].startswith("OBSERVED: 100 invocations\n")
    assert observe("--function", "shop", f"--from={begin}", "--to=-1h")[1].startswith("OBSERVED: 100 invocations\n")


def test_thresholds_set_the_exit_code(cloud, observe):
    failed = observe("--function", "shop", *WINDOW, "--threshold", "throttles < 1%")
    passed = observe("--function", "shop", *WINDOW, "--threshold", "throttles < 50%")
    unknown = observe("--function", "shop", *WINDOW, "--threshold", "latency.p99 < 300ms")

    assert (failed[0], passed[0], unknown[0]) == (1, 0, 4)
    assert failed[1].startswith("OBSERVED: 100 invocations, thresholds FAILED\n  FAIL  throttles < 1%")
    assert passed[1].startswith("OBSERVED: 100 invocations, thresholds PASSED\n  PASS  throttles < 50%")
    assert "INCONCLUSIVE  latency.p99 < 300ms" in unknown[1]


def test_formats_and_files(cloud, observe, tmp_path, capsys):
    _, out, _ = observe("--function", "shop", *WINDOW, "--format", "json")
    assert json.loads(out)["kind"] == "observation"

    _, out, _ = observe("--function", "shop", *WINDOW, "--format", "markdown")
    assert out.startswith("## OBSERVED: 100 invocations\n")
    assert "| `shop` | 100 | 5 | 5 | 5 |" in out

    code, out, _ = observe("--function", "shop", *WINDOW, "--output", str(tmp_path / "seen.json"))
    assert (code, out) == (0, "")
    assert main(["load", "report", str(tmp_path / "seen.json")]) == 0
    text = capsys.readouterr().out
    assert text.startswith("OBSERVED: 100 invocations\n")

    observe("--function", "shop", *WINDOW, "--output", str(tmp_path / "seen.txt"))
    assert (tmp_path / "seen.txt").read_text() == text


def test_an_observation_has_no_junit(cloud, observe, tmp_path, capsys):
    observe("--function", "shop", *WINDOW, "--output", str(tmp_path / "seen.json"))

    assert main(["load", "report", str(tmp_path / "seen.json"), "--format", "junit"]) == 2
    assert "An observation is printed as text or markdown, not as junit" in capsys.readouterr().err


def test_what_a_target_calls_itself_is_text_alone(cloud, observe):
    cloud.function("shop", group="/logs/`<b>|x")
    cloud.groups.clear()

    _, out, _ = observe("--function", "shop", *WINDOW, "--format", "markdown")

    assert "<b>|" not in out.replace("`<b>", "")


# A stack.


def reached(monkeypatch, *, error=None, **functions):
    def reach_stack(name, *, region=None, profile=None, session=None):
        if error is not None:
            raise error
        settings = tuple(TargetFunction(name=each, reserved=7) for each in functions.values())
        measured = Target(provider="aws", region="eu-west-1", functions=settings)
        return Reached(kind="stack", measured=measured, functions=functions)

    monkeypatch.setattr(stack, "reach_stack", reach_stack)


def test_a_stack_is_observed_in_its_region(cloud, observe, monkeypatch):
    cloud.function("mail")
    reached(monkeypatch, Shop="shop", Mail="mail")

    code, out, _ = observe("--stack", "app", *WINDOW)

    assert code == 0
    assert row(out, "target") == ["shop, mail"]
    assert row(out, "mail")[0] == "0"
    assert cloud.connected == [{"region": "eu-west-1", "profile": None}]


def test_functions_of_a_stack_are_named_by_their_ids(cloud, observe, monkeypatch):
    cloud.function("mail")
    reached(monkeypatch, Shop="shop", Mail="mail")

    assert observe("--stack", "app", "--function", "Shop", *WINDOW)[1].count("mail") == 1  # the target's


def test_a_stack_that_is_not_there(cloud, observe, monkeypatch):
    reached(monkeypatch, error=UnknownNameError("stack", "ap", ["app"]))

    assert observe("--stack", "ap", *WINDOW) == (
        2, "", "pytest-serverless: There is no stack named 'ap'. Did you mean 'app'?\n",
    )  # fmt: skip


def test_a_stack_without_functions(cloud, observe, monkeypatch):
    reached(monkeypatch)

    assert "The stack 'app' has no functions." in observe("--stack", "app", *WINDOW)[2]


# Exported logs.


def test_exported_logs_need_no_account(observe, tmp_path, monkeypatch):
    for name in ("boto3", "botocore"):
        monkeypatch.setitem(sys.modules, name, None)
    report = "Duration: 50.00 ms\tBilled Duration: 50 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB"
    (tmp_path / "shop.log").write_text(
        f"2026-11-23T12:00:01Z 2026/11/23/[$LATEST]0123456789 REPORT RequestId: a\t{report}\n"
    )

    code, out, _ = observe("--logs", str(tmp_path / "shop.log"))

    assert code == 0
    assert out.startswith("OBSERVED: 1 invocation\n")
    assert row(out, "throttles") == ["unknown"]


# Bad input.


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "There is nothing to observe: name a stack by --stack"),
        (("--function", "shop"), "Since when? --from"),
        (("--logs", "x", "--stack", "app"), "--logs are read instead of CloudWatch"),
        (("--logs", "/nowhere/x.log"), "/nowhere/x.log cannot be read"),
        (("--logs", "x", "--policy"), "--policy: files need no policy"),
        (("--function", "shop", "--from", "-10m", "--to", "-20m"), "--from -10m is not before --to -20m"),
        (("--function", "shop", "--from", "soon"), "--from soon: write ISO 8601"),
        (("--function", "shop", "--from", "-10m", "--to", "2999-01-01"), "--to 2999-01-01 is still to come"),
        (("--function", "shop", "--from", "-10m", "--wait", "-1"), "--wait -1: write 0 or more seconds"),
        (("--function", "shop", *WINDOW, "--threshold", "throttels < 1%"), "Did you mean 'throttles'?"),
        (("--function", "shpo", *WINDOW), "There is no function 'shpo' in eu-west-1"),
        (("--function", "shop", *WINDOW, "--output", "/nowhere/x.txt"), "--output /nowhere/x.txt cannot be written"),
        (("--function", "shop", *WINDOW, "--output", "/nowhere/x.json"), "/nowhere/x.json cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(cloud, observe, arguments, said):
    code, out, err = observe(*arguments)

    assert (code, out) == (2, "")
    assert said in err


def test_nothing_was_invoked_in_that_time(cloud, observe):
    code, _, err = observe("--function", "shop", "--from", iso(600), "--to", iso(660))

    assert code == 2
    assert "Nothing was invoked in eu-west-1 from" in err
    assert "CloudWatch tells of no invocation of shop. Times without a zone are UTC." in err


def test_what_is_not_allowed_is_said_with_the_policy_that_would(cloud, observe):
    cloud.fail("StartQuery", "AccessDeniedException", "User: x is not authorized to perform: logs:StartQuery on: y.")

    code, _, err = observe("--function", "shop", *WINDOW)

    assert code == 2
    assert "AWS does not allow logs:StartQuery" in err
    assert "pytest-serverless load observe --policy" in err


@pytest.mark.parametrize("option", [("--stack", "app"), ("--function", "shop")])
def test_the_policy_is_printed_without_asking(cloud, observe, option):
    code, out, err = observe("--policy", *option, "--region", "eu-west-1")
    policy = json.loads(out)
    allowed = {action for each in policy["Statement"] for action in each["Action"]}

    assert code == 0
    assert cloud.connected == cloud.asked == []
    assert {
        "logs:StartQuery",
        "logs:GetQueryResults",
        "cloudwatch:GetMetricData",
        "lambda:GetFunctionConfiguration",
    } <= allowed
    assert ("cloudformation:DescribeStacks" in allowed) == (option[0] == "--stack")
    assert not any(word in action for action in allowed for word in (":Put", ":Create", ":Delete", ":Update", "*"))
    assert "Add the log groups of functions that log to others" in err
    assert ("these need lambda:InvokeFunction" in err) == (option[0] == "--stack")


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_the_policy_is_of_its_partition(observe, region, partition):
    _, out, _ = observe("--policy", "--stack", "app", "--region", region)

    assert set(re.findall(r"arn:([\w-]+):", out)) == {partition}
    assert f":{region}:" in out


def test_the_policy_covers_every_call_that_is_made(cloud, observe):
    observe("--function", "shop", *WINDOW)
    _, out, _ = observe("--policy", "--function", "shop")
    allowed = {action.partition(":")[2] for each in json.loads(out)["Statement"] for action in each["Action"]}

    assert set(cloud.asked) <= allowed


def test_help_states_lag_and_cost(capsys):
    with pytest.raises(SystemExit):
        main(["load", "observe", "--help"])
    said = " ".join(capsys.readouterr().out.split())

    assert "$0.005 a GB" in said
    assert "metrics after three" in said


def test_the_command_loads_nothing_that_it_does_not_need():
    code = (
        "import sys; from pytest_serverless.cli import main; main(['load', 'observe']); "
        "print(sorted(each for each in ('boto3', 'locust', 'gevent', 'moto') if each in sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ended.stdout.strip() == "[]"
