"""What a run may be, looked at before anything is sent: accounts, tags, caps and how long it may go on."""

import argparse
from decimal import Decimal

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.auth import AwsSignature
from pytest_serverless.load.observations import Observation
from pytest_serverless.load.results import Target, TargetFunction
from pytest_serverless.load.running import beginning
from pytest_serverless.load.running.beginning import GivenScenario, begin, begin_watching
from pytest_serverless.load.running.options import add_options
from pytest_serverless.load.targets import Reached, reach_url
from pytest_serverless.load.targets.finding import FoundTarget

STAGING, PRODUCTION = "111111111111", "999999999999"
LAMBDAS = reach_url("https://lambda.eu-west-1.amazonaws.com")
SHOP = Reached(
    kind="stack",
    measured=Target(functions=(TargetFunction(name="shop-Pay", memory_mb=1024),), provider="aws", region="us-east-1"),
    urls={"Api": "https://a1.execute-api.us-east-1.amazonaws.com"},
    paths={"Api": "http_api"},
    invoke_url="https://lambda.us-east-1.amazonaws.com",
    functions={"Pay": "shop-Pay"},
    account=STAGING,
    tags={"stage": "test"},
)


def options_of(*arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--host")
    parser.add_argument("--run-time", type=int)
    parser.add_argument("--processes", type=int)
    parser.add_argument("--master", action="store_true")
    parser.add_argument("user_classes", nargs="*")
    add_options(parser.add_argument_group)
    return parser.parse_args(["--serverless-result", "", *arguments])


class Asked:
    """STS, which knows whose keys are whose; None are those of the environment."""

    def __init__(self, accounts):
        self.accounts = accounts
        self.asked = []

    def __call__(self, *, region=None, profile=None, provider=None):
        self.asked.append((region, profile))
        return self.accounts[provider]


class Keys:
    def get_frozen_credentials(self):
        raise AssertionError("keys are not looked at here")


@pytest.fixture
def at(monkeypatch):
    """Let runs be sent to a target, and STS tell of accounts."""
    found = []

    def use(reached, accounts=None):
        stopped = []

        def find(**given):
            found.append(given)
            return FoundTarget(reached=reached)

        monkeypatch.setattr(beginning, "find", find)
        monkeypatch.setattr(FoundTarget, "stop", lambda self: stopped.append(True))
        asked = Asked(accounts or {})
        monkeypatch.setattr(beginning, "account_of", asked)
        use.stopped, use.found = stopped, found
        return asked

    return use


def shop(**attributes):
    given = {"arrival_rate": 10, "hold": "60s", "journey": lambda call: call.get("/"), **attributes}
    return GivenScenario(name="Shop", attributes=given)


# Accounts.


def test_the_invoke_api_by_its_address_is_driven_in_an_allowed_account_alone(at):
    asked = at(LAMBDAS, {None: PRODUCTION})

    with pytest.raises(InvalidParameterError, match=f"in the AWS account {PRODUCTION}"):
        begin(options_of("--serverless-account", STAGING, "--serverless-profile", "mine"), [shop()])

    assert asked.asked == [("eu-west-1", "mine")]
    assert at.stopped


def test_whose_keys_sign_for_an_address_is_asked_of_those_keys(at):
    keys = Keys()
    at(reach_url("https://signed.example.com"), {None: STAGING, keys: PRODUCTION})
    signed = shop(auth=AwsSignature("execute-api", "eu-west-1", keys))

    with pytest.raises(InvalidParameterError, match=f"in the AWS account {PRODUCTION}"):
        begin(options_of("--serverless-account", STAGING), [signed])

    begin(options_of("--serverless-account", PRODUCTION), [signed])


@pytest.mark.parametrize(
    ("reached", "arguments"),
    [
        (LAMBDAS, ()),
        (SHOP, ("--serverless-account", STAGING)),
        (reach_url("https://staging.example.com"), ("--serverless-account", STAGING)),
        (reach_url("http://localhost:3000"), ("--serverless-account", STAGING)),
        (Reached(kind="local", measured=Target(), invoke_url="http://127.0.0.1:1"), ("--serverless-account", STAGING)),
    ],
)
def test_sts_is_asked_only_where_an_account_is_named_and_is_not_known(at, reached, arguments):
    asked = at(reached)

    begin(options_of(*arguments), [shop()])

    assert asked.asked == []


# Users that send by themselves.


def test_users_that_send_by_themselves_must_be_allowed_to_as_well(at):
    at(SHOP)

    with pytest.raises(InvalidParameterError, match=f"in the AWS account {STAGING}"):
        begin_watching(options_of("--serverless-account", PRODUCTION), None, ())
    with pytest.raises(InvalidParameterError, match="It has stage=test"):
        begin_watching(options_of("--serverless-stack-tag", "stage=prod"), None, ())
    assert len(at.stopped) == 2
    begin_watching(options_of("--serverless-account", STAGING, "--serverless-stack-tag", "stage=test"), None, ())


def test_users_that_send_by_themselves_are_ended_by_every_cap(at):
    at(SHOP)
    limited = ("--serverless-max-arrivals", "50", "--serverless-max-cost", "0.01", "--serverless-max-duration", "30s")

    found = begin_watching(options_of(*limited), None, ())

    assert found.caps.max_duration_s == 30
    assert found.spending is not None
    guard, aggregate = found.make_guard(), Aggregate()
    assert guard.why_stop(aggregate, 1e9) is None
    for _ in range(100):
        aggregate.plan("run", "users", 1e9)
    assert "--serverless-max-arrivals" in guard.why_stop(aggregate, 1e9)

    dear = begin_watching(options_of("--serverless-max-cost", "0.01"), None, ()).make_guard()
    aggregate = Aggregate()
    for _ in range(100):
        aggregate.add(Observation("users", "GET /", "run", 1e9, 1e9, 1e9 + 300, "ok", "", 200))
    assert "--serverless-max-cost" in dear.why_stop(aggregate, 1e9)


def test_a_cap_on_the_cost_that_could_not_be_held_is_refused(at):
    at(reach_url("https://staging.example.com"))

    with pytest.raises(InvalidParameterError, match=r"nothing tells what a request to .* costs"):
        begin_watching(options_of("--serverless-max-cost", "5"), None, ())

    assert at.stopped


def test_users_may_not_be_told_to_send_for_longer_than_is_allowed(at):
    at(SHOP)

    with pytest.raises(InvalidParameterError, match=r"--run-time is 90 s, and 60 s are the most"):
        begin_watching(options_of("--run-time", "90", "--serverless-max-duration", "60s"), None, ())


# How long, and for how much.


def test_a_run_goes_on_for_no_longer_than_it_may_last_and_says_so(at):
    at(SHOP)

    found = begin(options_of("--serverless-extend", "10m", "--serverless-max-duration", "90s"), [shop()])

    assert found.settings.extend_s == 30
    assert "the run goes on for 30 s at most" in found.settings.notes[0]


@pytest.mark.parametrize("longest", [(), ("--serverless-max-duration", "90s")])
def test_a_run_that_may_go_on_for_so_long_says_nothing(at, longest):
    at(SHOP)

    found = begin(options_of("--serverless-extend", "30s", *longest), [shop()])

    assert (found.settings.extend_s, found.settings.notes) == (30, ())


def test_a_plan_that_is_too_long_by_itself_is_refused(at):
    at(SHOP)

    with pytest.raises(InvalidParameterError, match="60 s are planned, and 30 s are the most"):
        begin(options_of("--serverless-extend", "10m", "--serverless-max-duration", "30s"), [shop()])


def test_what_a_run_may_become_by_going_on_must_be_allowed_too(at):
    at(SHOP)

    with pytest.raises(InvalidParameterError, match="about 1,200 arrivals are planned, and 1,000"):
        begin(options_of("--serverless-extend", "60s", "--serverless-max-arrivals", "1000"), [shop()])
    # https://aws.amazon.com/lambda/pricing/: 600 s of 1 GB are $0.01, and twice that with what it may go on for.
    dear = ("--serverless-max-cost", "0.015")
    begin(options_of(*dear), [shop()])
    with pytest.raises(InvalidParameterError, match="the run was not begun"):
        begin(options_of(*dear, "--serverless-extend", "60s"), [shop()])


def test_how_long_an_invocation_is_expected_to_last_says_what_the_run_will_cost(at):
    at(SHOP)
    dear = ("--serverless-max-cost", "0.015")

    found = begin(options_of(*dear, "--serverless-expected-duration", "200ms"), [shop()])

    assert found.spending.duration_ms == pytest.approx(200)
    assert found.spending.expected({"Pay": 1000}).total < Decimal("0.005")
    with pytest.raises(InvalidParameterError, match="the run was not begun"):
        begin(options_of(*dear, "--serverless-expected-duration", "5s"), [shop()])


@pytest.mark.parametrize("text", ["0s", "soon"])
def test_a_duration_that_is_none_is_named_by_its_option(at, text):
    at(SHOP)

    with pytest.raises(InvalidParameterError, match="--serverless-expected-duration"):
        begin(options_of("--serverless-expected-duration", text), [shop()])


def test_the_local_platform_is_given_the_interpreter_of_its_functions(at):
    at(Reached(kind="local", measured=Target()))

    begin(options_of("--serverless-local", "--serverless-python", "/venv/bin/python"), [shop()])

    assert at.found[-1]["python"] == "/venv/bin/python"


# CloudWatch.


def test_cloudwatch_is_read_where_it_is_asked_for(at, monkeypatch):
    at(SHOP)
    given = []
    monkeypatch.setattr(beginning, "reader_of", lambda *found, **named: given.append((*found, named)) or "a reader")

    assert begin(options_of(), [shop()]).read is None
    found = begin(options_of("--serverless-cloudwatch", "--serverless-profile", "mine"), [shop(function="Pay")])

    assert found.read == "a reader"
    assert given == [(SHOP, ["Pay"], {"profile": "mine"})]


def test_cloudwatch_of_users_that_send_by_themselves_is_asked_afterwards(at):
    at(SHOP)

    with pytest.raises(InvalidParameterError, match="pytest-serverless load observe"):
        begin_watching(options_of("--serverless-cloudwatch"), None, ())


def test_what_a_run_will_cost_is_told_before_it(at):
    at(SHOP)

    told = begin(options_of("--serverless-expected-duration", "200ms"), [shop()]).forecast

    # 600 arrivals of 200 ms at 1 GB are 120 GB-s at $0.0000166667, and 600 requests at $0.20 a million; the HTTP API in
    # front takes $1.00 a million.
    assert told.startswith("the run is expected to cost $0.0027: ")
    assert "each of 600 calls takes 200 ms" in told
    alone = {"arrival_rate": None, "hold": None, "find": "idle"}
    assert begin(options_of(), [shop(**alone)]).forecast == ""
