"""What happens once before a run, and once after it."""

import dataclasses
import json
from pathlib import Path

import pytest

from pytest_serverless.errors import InvalidParameterError, ServerlessError, UnknownNameError
from pytest_serverless.load.auth import ApiKey
from pytest_serverless.load.results import Target
from pytest_serverless.load.scenarios.definition import define
from pytest_serverless.load.scenarios.setting_up import Setup, clean_up, set_up
from pytest_serverless.load.targets.reached import Reached
from tests.load.scenarios.doubles import TARGET


def shop(**attributes):
    return define("Shop", {"arrival_rate": 1, "hold": 1, "journey": lambda call: None, **attributes})


def test_set_up_returns_what_workers_will_be_told():
    assert set_up(shop(set_up=lambda target: {"users": ("ann", "bob")}), TARGET) == {"users": ["ann", "bob"]}


def test_a_scenario_need_not_be_set_up_or_cleaned_up():
    assert set_up(shop(), TARGET) is None
    clean_up(shop(), TARGET, None)


def test_clean_up_is_given_what_set_up_returned():
    given = []
    clean_up(shop(clean_up=lambda target, shared: given.append((target.ref("Orders"), shared))), TARGET, {"n": 1})

    assert given == [("stack-orders", {"n": 1})]


@pytest.mark.parametrize("returned", [object(), {"client": {1, 2}}, float("nan"), {("a",): 1}])
def test_what_workers_cannot_be_told_is_refused(returned):
    with pytest.raises(InvalidParameterError, match=r"Shop\.set_up returned .* every worker is told it as JSON"):
        set_up(shop(set_up=lambda target: returned), TARGET)


def test_what_set_up_raises_is_told_with_its_line_and_without_secrets():
    def fail(target):
        raise KeyError("k3y-of-tests")

    with pytest.raises(ServerlessError) as caught:
        set_up(shop(set_up=fail, auth=ApiKey("k3y-of-tests")), TARGET)

    said = str(caught.value)
    assert said.startswith("Shop.set_up raised KeyError: '***' (test_setting_up.py, line ")
    assert said.endswith("Nothing was sent.")
    assert isinstance(caught.value.__cause__, KeyError)


def test_what_clean_up_raises_is_told():
    with pytest.raises(ServerlessError, match=r"Shop\.clean_up raised ZeroDivisionError.*may still be there"):
        clean_up(shop(clean_up=lambda target, shared: 1 / 0), TARGET, None)


def test_the_line_is_the_authors_own_not_that_of_a_library():
    definition = define(
        "Shop",
        {"arrival_rate": 1, "hold": 1, "journey": lambda call: None, "set_up": lambda target: json.loads("{")},
        directory=Path(__file__).parent,
    )
    with pytest.raises(ServerlessError, match=r"\(test_setting_up\.py, line"):
        set_up(definition, TARGET)


def test_the_target_is_known_by_the_ids_of_its_template():
    target = Setup(dataclasses.replace(TARGET, environment={"AWS_REGION": "eu-central-1"}))

    assert target.url() == target.url("Api") == "https://api.example.com/prod"
    assert target.ref("Orders") == "stack-orders"
    assert target.function("Checkout") == "stack-Checkout-1A2B"
    assert target.environment == {"AWS_REGION": "eu-central-1"}
    with pytest.raises(UnknownNameError, match="Did you mean 'Orders'"):
        target.ref("Order")


LOCAL = dataclasses.replace(
    TARGET,
    kind="local",
    aws_url="http://127.0.0.1:9",
    environment={"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-3"},
)


def test_a_client_is_at_the_targets_own_endpoint_with_its_keys_whatever_profile_there_is():
    client = Setup(LOCAL, profile="there-is-none").client("dynamodb")

    assert client.meta.endpoint_url == "http://127.0.0.1:9"
    assert client.meta.region_name == "eu-west-3"
    assert client._get_credentials().access_key == "AKIA"


def test_a_client_of_a_stack_is_in_its_region_with_the_keys_of_the_profile(monkeypatch, tmp_path):
    (tmp_path / "keys").write_text("[staging]\naws_access_key_id = AKIASTAGING\naws_secret_access_key = x\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")

    client = Setup(TARGET, profile="staging").client("sqs")

    assert client.meta.region_name == "eu-central-1"
    assert client._get_credentials().access_key == "AKIASTAGING"


def test_an_address_alone_has_no_clients():
    reached = Reached(kind="url", measured=Target(url="https://x.example.com"), urls={"": "https://x.example.com"})

    with pytest.raises(InvalidParameterError, match=r"is an address alone.*--serverless-stack"):
        Setup(reached).client("dynamodb")


def test_a_platform_without_mocked_services_is_not_mistaken_for_aws():
    alone = dataclasses.replace(LOCAL, aws_url=None, invoke_url="http://127.0.0.1:8")

    assert Setup(alone).client("lambda").meta.endpoint_url == "http://127.0.0.1:8"
    with pytest.raises(InvalidParameterError, match="no sqs to ask"):
        Setup(alone).client("sqs")
