"""The table of limits, and what is refused before anything runs.

What must be left unreserved: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html, and for
small accounts https://github.com/aws-samples/siem-on-amazon-opensearch-service/issues/175 (50) and
https://github.com/DataDog/datadog-serverless-functions/pull/621 (10).
"""

import pytest

from pytest_serverless.admission import LAMBDA, Admission, FunctionLimits
from pytest_serverless.errors import InvalidParameterError, PlatformError, UnknownNameError


def refusal(functions, **changes):
    with pytest.raises(PlatformError) as caught:
        Admission(LAMBDA.replaced(changes), functions)
    return str(caught.value)


def test_the_defaults_are_the_documented_quotas():
    assert (LAMBDA.account_concurrency, LAMBDA.unreserved_minimum) == (1000, 100)
    assert (LAMBDA.scaling_burst, LAMBDA.scaling_per_10_s, LAMBDA.requests_per_s_each) == (1000, 1000, 10)
    assert (LAMBDA.sync_payload_bytes, LAMBDA.async_payload_bytes) == (6_291_556, 1_048_576)


def test_texts_are_read_as_what_the_limit_is():
    limits = LAMBDA.replaced({"account_concurrency": "10", "idle_s": "0.5", "choice": "least_recently_used"})

    assert (limits.account_concurrency, limits.idle_s, limits.choice) == (10, 0.5, "least_recently_used")
    assert type(limits.account_concurrency) is int
    assert LAMBDA.account_concurrency == 1000


def test_a_misspelt_limit_names_the_nearest():
    with pytest.raises(UnknownNameError, match=r"named .acount_concurrency..+ Did you mean .account_c"):
        LAMBDA.replaced({"acount_concurrency": 5})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("account_concurrency", "ten", "account_concurrency is a whole number, not 'ten'"),
        ("account_concurrency", "1.5", "account_concurrency is a whole number, not '1.5'"),
        ("account_concurrency", 1.5, "account_concurrency is a whole number, not 1.5"),
        ("account_concurrency", -1, "account_concurrency is a number, 0 or more, not -1"),
        ("account_concurrency", True, "account_concurrency is a number, 0 or more, not True"),
        ("idle_s", "soon", "idle_s is a number, not 'soon'"),
        ("idle_s", "nan", "idle_s is a number, 0 or more, not nan"),
        ("choice", "random", "choice is one of most_recently_used, least_recently_used, not 'random'"),
        ("scaling_reason", "TooFast", "scaling_reason is one of as_concurrency, ConcurrentInvocationLimitExceeded"),
    ],
)
def test_a_value_that_cannot_be_is_refused(name, value, words):
    with pytest.raises(InvalidParameterError) as caught:
        LAMBDA.replaced({name: value})
    assert words in str(caught.value)


def test_a_hundred_must_be_left_to_functions_that_reserve_nothing():
    Admission(LAMBDA, {"a": FunctionLimits(reserved=800), "b": FunctionLimits(reserved=100), "c": FunctionLimits()})

    said = refusal({"a": FunctionLimits(reserved=800), "b": FunctionLimits(reserved=101)})

    assert "leave 99 of the account's 1000" in said
    assert "below its minimum value of [100]" in said
    assert "a 800, b 101" in said
    assert "account_concurrency or unreserved_minimum" in said


@pytest.mark.parametrize("account", [10, 50])
def test_a_small_account_can_reserve_nothing(account):
    said = refusal({"a": FunctionLimits(reserved=1)}, account_concurrency=account)

    assert f"below its minimum value of [{account}]" in said
    Admission(LAMBDA.replaced({"account_concurrency": account}), {"a": FunctionLimits(reserved=0)})
    Admission(
        LAMBDA.replaced({"account_concurrency": account, "unreserved_minimum": 0}), {"a": FunctionLimits(reserved=5)}
    )


def test_what_is_provisioned_without_being_reserved_is_taken_from_the_account_too():
    assert "leave 99" in refusal({"a": FunctionLimits(provisioned={"live": 901})})


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (FunctionLimits(reserved=1001), "a: reserved concurrency of 1001 is more than the account's 1000"),
        (FunctionLimits(reserved=-1), "a: reserved concurrency is -1"),
        (FunctionLimits(reserved=5, provisioned={"x": 3, "y": 3}), "provisioned concurrency of 6 is more than its res"),
        (FunctionLimits(provisioned={"$LATEST": 1}), "cannot be of $LATEST"),
        (FunctionLimits(provisioned={"live": -1}), "provisioned live is -1"),
        (FunctionLimits(per_sandbox=0), "per_sandbox is 0"),
        (FunctionLimits(queue_s=-1), "queue_s is -1"),
    ],
)
def test_a_function_that_wants_what_cannot_be_is_named(own, words):
    assert words in refusal({"a": own})
