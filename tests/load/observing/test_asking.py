"""What is known of functions, asked of an account whose truth is known."""

import json
import sys
from datetime import datetime, timezone

import pytest
from botocore.exceptions import NoCredentialsError, NoRegionError, TokenRetrievalError

from pytest_serverless.errors import CredentialsError, InvalidParameterError, MissingExtraError, PlatformError
from pytest_serverless.load.estimates.intervals import Unknown
from pytest_serverless.load.estimates.thresholds import Threshold
from pytest_serverless.load.evidence import cloudwatch
from pytest_serverless.load.observing import evidence_for
from pytest_serverless.load.observing.clients import Caller, connect
from pytest_serverless.load.results import Target
from pytest_serverless.load.targets.reached import Reached
from tests.load.observing.cloud import NOON


def traffic(cloud, name="shop", *, count=1000, instances=20, throttles=50):
    """`count` requests in 60 s from noon on, the first on each instance a cold one; throttles besides."""
    for number in range(count):
        init_ms = 400.0 if number < instances else None
        cloud.invoke(name, f"{number % instances:032x}", NOON + 1 + 0.055 * number, init_ms=init_ms)
    for number in range(throttles):
        cloud.count(name, "Throttles", NOON + number)


def test_three_rates_and_throttles_are_those_of_the_traffic(cloud, observe):
    traffic(cloud)

    observed = observe()
    rates = observed.estimates

    assert (observed.invocations, observed.inits, observed.complete) == (1000, 20, True)
    assert [rates[f"cold_starts.{name}"].value for name in ("user_visible", "new_instance", "init")] == [0.02] * 3
    assert all(rates[f"cold_starts.{name}"].contains(0.02) for name in ("user_visible", "new_instance", "init"))
    assert rates["throttles"].value == pytest.approx(50 / 1050)
    assert rates["function_errors"].value == 0.0
    assert rates["init.p50"].value == 400
    assert rates["duration.p99"].value == 100
    assert rates["instances"].value == 20
    assert observed.source.sources == ("logs", "metrics")
    assert observed.notes == ()


def test_an_instance_started_ahead_of_need_is_new_and_nobody_waited(cloud, observe):
    cloud.log("/aws/lambda/shop", "2026/11/23/[$LATEST]aa", NOON - 200, "INIT_START Runtime Version: python:3.12.v1\n")
    for second in range(1, 11):
        cloud.invoke("shop", "aa", NOON + second)

    rates = observe().estimates

    assert rates["cold_starts.new_instance"].value == 0.1
    assert rates["cold_starts.user_visible"].value == 0.0
    assert rates["cold_starts.init"].value == 0.0


def test_instances_from_before_are_not_new(cloud, observe):
    traffic(cloud)

    later = observe(from_s=10.0, to_s=60.0)

    assert later.estimates["cold_starts.new_instance"].value == 0.0
    assert later.estimates["cold_starts.new_instance"].n == later.invocations


def test_what_was_invoked_and_what_was_asked_are_priced(cloud, observe):
    traffic(cloud, throttles=0)

    observed = observe()
    billed_ms = 1000 * 100 + 20 * 400

    assert observed.cost["region"] == "eu-west-1"
    assert {line["what"]: line["quantity"] for line in observed.cost["lines"]} == {
        "requests": "1000",
        "duration (x86)": f"{billed_ms * 128 / 1_024_000:.10g}",
    }
    scanned = sum(len(message) for *_, message in cloud.lines)
    assert observed.queried.bytes_scanned == scanned
    assert observed.queried.metrics == len(cloudwatch.cloudwatch_metrics.METRICS) - 3
    assert float(observed.queried.amount) == pytest.approx(scanned / 1e9 * 0.005 + 8 * 1e-5, abs=1e-6)
    assert "https://aws.amazon.com/cloudwatch/pricing/" in observed.queried.source


def test_a_region_without_rates_is_priced_by_another_and_says_so(cloud, observe):
    cloud.region = "xx-moon-1"
    traffic(cloud, count=10, instances=1)

    observed = observe(clients=cloud.clients())

    assert observed.cost["region"] == "us-east-1"
    assert "There are no rates of aws.lambda for xx-moon-1: it is priced by those of us-east-1." in observed.notes


def test_functions_are_told_apart_in_a_shared_log_group(cloud, observe):
    for name in ("orders", "mail", "stranger"):
        cloud.function(name, group="/app/all")
    for number in range(10):
        cloud.invoke("orders", "aa", NOON + 1 + number, init_ms=100.0 if not number else None)
        cloud.invoke("mail", "bb", NOON + 1.5 + number)
        cloud.invoke("stranger", "cc", NOON + 1.7 + number, init_ms=50.0)

    observed = observe("orders", "mail")

    assert [(each.name, each.invocations, each.waited, each.inits, each.instances) for each in observed.functions] == [
        ("mail", 10, 0, 0, 1),
        ("orders", 10, 1, 1, 1),
    ]
    assert observed.invocations == 20


def test_provisioned_concurrency_is_asked_of_its_alias(cloud, observe):
    traffic(cloud, count=10, instances=1, throttles=0)
    cloud.kept_ready["shop"] = ["live"]
    cloud.count("shop", "ProvisionedConcurrencySpilloverInvocations", NOON + 5, 7.0, resource="shop:live")

    [function] = observe().functions

    assert function.metrics["spill_overs"] == 7


@pytest.mark.parametrize(
    "name", ["shop:live", "arn:aws:lambda:eu-west-1:123456789012:function:shop:live", "123456789012:function:shop:live"]
)
def test_a_function_may_be_named_with_its_alias_or_as_an_arn(cloud, observe, name):
    traffic(cloud, count=10, instances=1, throttles=0)
    cloud.count("shop", "ProvisionedConcurrencySpilloverInvocations", NOON + 5, 7.0, resource="shop:live")

    [function] = observe(name).functions

    assert (function.name, function.invocations, function.metrics["spill_overs"]) == ("shop", 10, 7)


def test_what_provisioned_concurrency_served_is_billed_as_such(cloud, observe):
    started = {"initializationType": "provisioned-concurrency", "phase": "init"}
    metrics = {"durationMs": 20.0, "billedDurationMs": 20, "memorySizeMB": 128, "maxMemoryUsedMB": 64}
    for at_s, kind, record in (
        (-100, "initStart", started),
        (5, "report", {"requestId": "a", "metrics": metrics, "status": "success"}),
    ):
        time = f"{datetime.fromtimestamp(NOON + at_s, timezone.utc):%Y-%m-%dT%H:%M:%S}.000Z"
        line = json.dumps({"time": time, "type": f"platform.{kind}", "record": record})
        cloud.log("/aws/lambda/shop", "2026/11/23/[1]aa", NOON + at_s, line)

    observed = observe()

    assert [line["what"] for line in observed.cost["lines"]] == ["requests, provisioned", "duration, provisioned (x86)"]
    assert "Keeping provisioned concurrency ready is not in the bill, only what it served." in observed.notes
    assert observed.estimates["cold_starts.new_instance"].value == 1.0
    assert observed.estimates["cold_starts.user_visible"].value == 0.0


def test_arm_is_cheaper(cloud, observe):
    cloud.function("small", Architectures=["arm64"])
    cloud.invoke("small", "a", NOON + 5)

    assert observe("small").cost["lines"][1]["what"] == "duration (arm)"


def test_ages_and_peaks_are_told(cloud, observe):
    traffic(cloud, count=10, instances=1)
    for value in (3.0, 9.0):
        cloud.count("shop", "ConcurrentExecutions", NOON + 5, value)
        cloud.count("shop", "IteratorAge", NOON + 5, 100 * value)
        cloud.count("shop", "AsyncEventAge", NOON + 5, 10 * value)

    metrics = observe().functions[0].metrics

    assert (metrics["concurrency"], metrics["iterator_age_ms"], metrics["async_age_ms"]) == (9, 900, 90)


def test_what_was_at_once_is_counted_with_its_inits(cloud, observe):
    # Three begin at 1.0, 1.1 and 1.2; none has ended before 1.6.
    for number in range(3):
        cloud.invoke("shop", f"{number}", NOON + 1.6 + 0.1 * number, ms=100.0, init_ms=500.0)

    estimate = observe().estimates["concurrency"]

    assert (estimate.value, estimate.method) == (3, "by the log")


def test_thresholds_are_judged(cloud, observe):
    traffic(cloud)
    texts = ("throttles < 10%", "cold_starts.user_visible < 0.1%", "latency.p99 < 1s")

    observed = observe(thresholds=[Threshold.parse(text) for text in texts])

    assert [each.outcome for each in observed.judgements] == ["pass", "fail", "inconclusive"]
    assert observed.exit_code == 1


def test_a_function_that_was_never_invoked_has_no_log_group(cloud, observe):
    cloud.function("idle")
    cloud.groups.remove("/aws/lambda/idle")
    traffic(cloud, count=10, instances=1)

    observed = observe("idle", "shop")

    assert observed.invocations == 10
    [note] = observed.notes
    assert note.startswith("/aws/lambda/idle tells nothing of that time: Log group '/aws/lambda/idle' does not exist")


def test_a_log_group_that_has_forgotten_that_time_is_told(cloud, observe):
    said = (
        "MalformedQueryException: Query's end date and time is either before the log groups creation time or exceeds "
        "the log groups log retention settings"
    )
    cloud.fail("StartQuery", "MalformedQueryException", said)

    assert "retention settings" in observe().notes[0]


def test_another_malformed_query_is_an_error(cloud, observe):
    cloud.fail("StartQuery", "MalformedQueryException", "unexpected symbol found [ at line 1")

    with pytest.raises(PlatformError, match=r"refused logs:StartQuery .MalformedQueryException.: unexpected"):
        observe()


def test_many_log_groups_are_asked_in_several_queries(cloud, observe):
    names = [f"f{number}" for number in range(60)]
    for name in names:
        cloud.function(name)
        cloud.invoke(name, "aa", NOON + 5)

    assert observe(*names).invocations == 60
    assert cloud.asked.count("StartQuery") == 2


def test_too_many_queries_at_once_are_waited_for(cloud, observe):
    traffic(cloud, count=10, instances=1)
    cloud.fail(
        "StartQuery", "LimitExceededException", "Account maximum query concurrency limit of [30] reached", times=3
    )

    assert observe().invocations == 10
    assert cloud.slept[:3] == [1.0, 2.0, 4.0]


def test_too_many_queries_for_too_long_are_an_error(cloud, observe):
    cloud.fail("StartQuery", "LimitExceededException", "Account maximum query concurrency limit of [30] reached.")

    with pytest.raises(PlatformError, match=r"refused logs:StartQuery for 60 seconds .LimitExceededException."):
        observe()


def test_a_query_that_does_not_end_is_given_up(cloud, observe, monkeypatch):
    monkeypatch.setattr(cloudwatch, "_POLLS", 0)

    with pytest.raises(Exception, match="/aws/lambda/shop has run for 0 seconds without an end"):
        observe()


@pytest.mark.parametrize(
    ("operation", "action"),
    [("StartQuery", "logs:StartQuery"), ("GetQueryResults", "logs:GetQueryResults"),
     ("GetMetricData", "cloudwatch:GetMetricData")],
)  # fmt: skip
def test_what_is_not_allowed_is_named_with_how_to_allow_it(cloud, observe, operation, action):
    said = f"User: arn:aws:iam::123456789012:user/x is not authorized to perform: {action} on resource: y."
    cloud.fail(operation, "AccessDeniedException", said)

    with pytest.raises(
        CredentialsError, match=f"AWS does not allow {action}: User: .* `pytest-serverless load observe"
    ):
        observe()


def test_an_action_is_named_where_aws_does_not(cloud, observe):
    cloud.fail("GetMetricData", "AccessDenied", "No.")

    with pytest.raises(CredentialsError, match="AWS does not allow cloudwatch:GetMetricData: No"):
        observe()


def test_credentials_that_have_expired_are_told(cloud, observe):
    cloud.fail("GetFunctionConfiguration", "ExpiredTokenException", "The security token has expired.")

    with pytest.raises(CredentialsError, match="AWS does not know who calls lambda:GetFunctionConfiguration"):
        observe()


def test_settings_that_may_not_be_read_are_taken_to_be_the_usual_ones(cloud, observe):
    traffic(cloud, count=10, instances=1)
    cloud.fail("GetFunctionConfiguration", "AccessDeniedException")

    observed = observe()

    assert observed.invocations == 10
    assert "shop: its settings may not be read (lambda:GetFunctionConfiguration)" in observed.notes[0]


def test_provisioned_concurrency_that_may_not_be_read_is_told(cloud, observe):
    traffic(cloud, count=10, instances=1)
    cloud.fail("ListProvisionedConcurrencyConfigs", "AccessDeniedException")

    observed = observe()

    assert observed.invocations == 10
    assert observed.notes[0].startswith(
        "shop: whether it has provisioned concurrency could not be read. AWS does not allow lambda:ListProvisioned"
    )


def test_a_function_that_is_not_there(observe):
    with pytest.raises(PlatformError, match=r"There is no function 'shpo' in eu-west-1: Function not found: .*region"):
        observe("shpo")


def test_a_log_without_reports_is_told(cloud, observe):
    cloud.function("quiet", level="WARN")
    cloud.function("loud", level="INFO")

    notes = observe("quiet", "loud").notes

    assert [note.partition(",")[0] for note in notes] == ["quiet: its SystemLogLevel is WARN"]


def test_nothing_was_invoked(observe):
    observed = observe()

    assert observed.invocations == 0
    assert all(isinstance(each, Unknown) for each in observed.estimates.values())
    assert observed.cost is None


# A target that was reached.


def stack(**functions):
    measured = Target(provider="aws", region="eu-west-1")
    return Reached(kind="stack", measured=measured, functions=functions)


def test_a_target_is_observed_by_the_names_of_its_functions(cloud):
    traffic(cloud, count=10, instances=1)
    cloud.function("mail")
    options = {"clients": cloud.clients(), "now": cloud.told_at, "sleep": cloud.sleep}

    both = evidence_for(stack(Shop="shop", Mail="mail"), NOON, NOON + 60, **options)
    one = evidence_for(stack(Shop="shop", Mail="mail"), NOON, NOON + 60, functions=["Mail"], **options)

    assert [each.name for each in both.functions] == ["mail", "shop"]
    assert (both.invocations, one.invocations) == (10, 0)


def test_a_target_without_functions_cannot_be_observed(cloud):
    with pytest.raises(InvalidParameterError, match="has no functions whose logs could be read"):
        evidence_for(stack(), NOON, NOON + 60, clients=cloud.clients())


def test_the_local_platform_has_no_cloudwatch():
    local = Reached(kind="local", measured=Target(), functions={"Shop": "shop"})

    with pytest.raises(InvalidParameterError, match="The local platform has no CloudWatch"):
        evidence_for(local, NOON, NOON + 60)


# Clients.


def test_boto3_is_needed(monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)

    with pytest.raises(MissingExtraError, match=r"pytest-serverless-toolkit\[aws\]"):
        connect(region="eu-west-1")


def test_a_profile_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    with pytest.raises(CredentialsError, match=r"The config profile \(nobody\) could not be found. Name a profile"):
        connect(profile="nobody")


def test_no_region(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(CredentialsError, match=r"You must specify a region\. Name a profile and a region"):
        connect()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NoCredentialsError(), CredentialsError),
        (TokenRetrievalError(provider="sso", error_msg="sign in"), CredentialsError),
        (NoRegionError(), PlatformError),
    ],
)
def test_errors_of_the_library_are_ours(error, kind):
    def method():
        raise error

    with pytest.raises(kind, match="CloudWatch cannot be asked: "):
        Caller()(method)
