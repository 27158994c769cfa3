"""What may be driven, and what may be throttled."""

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.results import Target, TargetFunction
from pytest_serverless.load.safety import permitted, tags_of, until_throttled
from pytest_serverless.load.targets import Reached, reach_url

STAGING, PRODUCTION = "111111111111", "999999999999"


def stack(*functions, **facts):
    given = {"account": STAGING, "tags": {"stage": "test", "team": "shop"}, **facts}
    measured = Target(url="https://a1.execute-api.eu-west-1.amazonaws.com", functions=functions, region="eu-west-1")
    return Reached(kind="stack", measured=measured, functions={"Pay": "shop-Pay"}, **given)


def test_nothing_restricts_unless_it_is_asked_for():
    permitted(stack())
    permitted(reach_url("https://example.com"))


def test_a_stack_in_an_allowed_account_with_all_tags_may_be_driven():
    permitted(stack(), accounts=[PRODUCTION, "1111-1111-1111"], tags={"stage": "test"})


def test_another_account_is_refused_with_what_was_found_and_what_is_allowed():
    with pytest.raises(InvalidParameterError, match=r"in the AWS account 999999999999, and '111111111111' alone"):
        permitted(stack(account=PRODUCTION), accounts=[STAGING])


@pytest.mark.parametrize("tags", [{"stage": "prod"}, {"stage": "test", "owner": "me"}])
def test_a_stack_without_one_of_the_tags_is_refused_with_those_it_has(tags):
    with pytest.raises(InvalidParameterError, match=r"It has stage=test, team=shop\.") as error:
        permitted(stack(), tags=tags)

    assert all(f"{name}={value}" in str(error.value) for name, value in tags.items())
    with pytest.raises(InvalidParameterError, match=r"It has none\."):
        permitted(stack(tags={}), tags=tags)


@pytest.mark.parametrize(
    ("url", "is_said"), [("https://lambda.eu-west-1.amazonaws.com", False), ("https://signed.example.com", True)]
)
def test_an_address_that_is_called_with_aws_credentials_needs_their_account(url, is_said):
    lambdas = reach_url(url)

    with pytest.raises(InvalidParameterError, match=r"account .* is not known.*sts:GetCallerIdentity"):
        permitted(lambdas, accounts=[STAGING], with_aws_credentials=is_said)
    with pytest.raises(InvalidParameterError, match="account 999999999999"):
        permitted(lambdas, accounts=[STAGING], account=PRODUCTION, with_aws_credentials=True)
    permitted(lambdas, accounts=[STAGING], account=STAGING, with_aws_credentials=True)


def test_of_an_address_that_is_asked_without_them_no_account_can_be_known():
    permitted(reach_url("https://staging.example.com"), accounts=[STAGING])


def test_tags_are_those_of_a_stack():
    with pytest.raises(
        InvalidParameterError, match=r"is an address, and stacks with stage=test alone.*--serverless-stack"
    ):
        permitted(reach_url("https://staging.example.com"), tags={"stage": "test"})


def test_what_runs_on_this_machine_is_ones_own():
    permitted(reach_url("http://localhost:3000"), accounts=[STAGING], tags={"stage": "test"}, with_aws_credentials=True)
    permitted(
        Reached(kind="local", measured=Target(provider="local"), account="123456789012"),
        accounts=[STAGING],
        tags={"stage": "test"},
    )


@pytest.mark.parametrize("account", ["staging", "12345", "1234567890123", "١١١١١١١١١١١١x"])
def test_an_account_has_twelve_digits(account):
    with pytest.raises(InvalidParameterError, match="an AWS account has 12 digits"):
        permitted(stack(), accounts=[account])


def test_tags_are_read_from_names_and_values():
    assert tags_of(["stage=test", "query=a=b", "empty="]) == {"stage": "test", "query": "a=b", "empty": ""}
    for text in ("stage", "=test"):
        with pytest.raises(InvalidParameterError, match="takes NAME=VALUE"):
            tags_of([text])


PAY = TargetFunction(name="shop-Pay", reserved=5)
FREE = TargetFunction(name="shop-Free")


def test_functions_with_concurrency_of_their_own_may_be_throttled():
    until_throttled(stack(PAY), ["Pay"])
    until_throttled(stack(PAY, FREE), ["Pay:live"])
    until_throttled(stack(PAY, FREE), ["shop-Pay:live"])
    until_throttled(stack(PAY))
    run = TargetFunction(name="run", most_instances=3)
    until_throttled(Reached(kind="url", measured=Target(functions=(run,)), urls={"": "https://run.example.com"}))


@pytest.mark.parametrize("driven", [["Pay", "shop-Free"], ["shop-Free"], []])
def test_one_function_without_is_enough_to_take_what_the_account_has(driven):
    with pytest.raises(InvalidParameterError) as error:
        until_throttled(stack(PAY, FREE), driven)

    said = str(error.value)
    assert "shop-Free has no reserved concurrency. It would take all the concurrency that the account" in said
    assert f"account {STAGING} has in eu-west-1, and every other function there" in said
    assert "shop-Pay" not in said
    assert "--serverless-until-throttled" in said
    until_throttled(stack(PAY, FREE), driven, allowed=True)


def test_what_is_not_known_has_no_limit():
    with pytest.raises(InvalidParameterError, match="shop-Other has no reserved concurrency, or whether it has"):
        until_throttled(stack(PAY), ["shop-Other"])
    with pytest.raises(InvalidParameterError, match=r"what stands at https://example\.com has no reserved"):
        until_throttled(reach_url("https://example.com"))


@pytest.mark.parametrize("invoke_url", [None, "https://lambda.eu-west-1.amazonaws.com"])
def test_what_is_here_in_part_or_nowhere_is_not_ones_own(invoke_url):
    urls = {"": "http://localhost:3000"} if invoke_url else {}

    with pytest.raises(InvalidParameterError, match="has no reserved concurrency"):
        until_throttled(Reached(kind="url", measured=Target(), urls=urls, invoke_url=invoke_url))


def test_this_machine_may_be_throttled():
    until_throttled(reach_url("http://127.0.0.1:3000"))
    until_throttled(Reached(kind="local", measured=Target(functions=(FREE,), provider="local")))
