"""Condition operators, by the rules and examples of the IAM user guide.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import fnmatch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.audits.iam_conditions import read_conditions
from pytest_serverless.audits.iam_patterns import Request, all_of, compile_text

ABSENT = ()


def holds(operator, wanted, *values, key="aws:x"):
    """Hold one condition against a request; no value at all: nobody knows what the request has."""
    context = {key.lower(): tuple(value for value in values if value is not ABSENT)} if values else {}
    (condition,) = read_conditions({operator: {key: wanted}})
    return condition.holds(Request("s3:GetObject", "*", context))


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "expected"),
    [
        ("StringEquals", "JohnDoe", "JohnDoe", True),
        ("StringEquals", "JohnDoe", "johndoe", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", "a*", "ab", False),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringEqualsIgnoreCase", "JohnDoe", "johnDOE", True),
        ("StringNotEqualsIgnoreCase", "JohnDoe", "johnDOE", False),
        ("StringLike", "home/*/x?", "home/a/b/x1", True),
        ("StringLike", "HOME/*", "home/a", False),
        ("StringNotLike", "home/*", "home/a", False),
        ("StringNotLike", "home/*", "away/a", True),
        ("ArnEquals", "arn:aws:sns:*:*:topic", "arn:aws:sns:us-east-1:123456789012:topic", True),
        ("ArnLike", "arn:aws:sns:*:topic", "arn:aws:sns:us-east-1:123456789012:topic", False),
        ("ArnNotLike", "arn:aws:s3:::b", "arn:aws:s3:::c", True),
        ("ArnNotEquals", "arn:aws:s3:::b", "arn:aws:s3:::b", False),
        ("Bool", "true", "true", True),
        ("Bool", True, "true", True),
        ("Bool", "false", "true", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
        ("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "2001:db8:1234:5678::1", True),
        ("IpAddress", "203.0.113.0/24", "198.51.100.1", False),
        ("NotIpAddress", "203.0.113.0/24", "198.51.100.1", True),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericLessThan", 10, "9.5", True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", "10", "11", True),
        ("NumericGreaterThan", "10", "10", False),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("NumericEquals", "10", "ten", False),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-11-23T08:00:00Z", True),
        ("DateLessThan", "2026-01-01T00:00:00Z", "1735689600", True),
        ("DateEquals", "2025-01-01T00:00:00Z", "1735689600", True),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
    ],
)
def test_an_operator_compares(operator, wanted, value, expected):
    assert holds(operator, wanted, value) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringLike", False),
        ("NumericLessThan", False),
        ("Bool", False),
        ("IpAddress", False),
        ("StringNotEquals", True),
        ("ArnNotLike", True),
        ("NotIpAddress", True),
        ("StringEqualsIfExists", True),
        ("BoolIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
    ],
)
def test_a_key_that_the_request_has_not(operator, expected):
    assert holds(operator, "true", ABSENT) is expected


def test_if_exists_compares_what_exists():
    assert holds("StringEqualsIfExists", "a", "a") is True
    assert holds("StringEqualsIfExists", "a", "b") is False


def test_null_asks_whether_the_request_has_the_key():
    assert holds("Null", "true", ABSENT) is True
    assert holds("Null", True, "x") is False
    assert holds("Null", "false", "x") is True
    assert holds("Null", "false", ABSENT) is False


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "c"), False),
        ("ForAllValues:StringNotEquals", ("c", "d"), True),
        ("ForAllValues:StringNotEquals", ("c", "a"), False),
        ("ForAnyValue:StringEquals", ("a", "c"), True),
        ("ForAnyValue:StringEquals", ("c", "d"), False),
        ("ForAnyValue:StringNotEquals", ("a", "c"), True),
        ("ForAnyValue:StringNotEquals", ("a", "b"), False),
        ("ForAllValues:StringLike", ("a", "b"), True),
    ],
)
def test_set_operators_judge_every_value_or_any(operator, values, expected):
    assert holds(operator, ["a", "b"], *values) is expected


@pytest.mark.parametrize(
    "operator", ["StringEquals", "StringNotEquals", "StringEqualsIfExists", "Null", "ForAllValues:Bool"]
)
def test_a_key_of_which_nobody_knows_is_not_evaluated(operator):
    assert holds(operator, "true") is None


def test_a_key_of_another_service_is_in_no_request():
    assert holds("StringEquals", "x", key="dynamodb:Select") is False
    assert holds("StringEquals", "x", key="s3:prefix") is None


def test_keys_are_the_same_in_upper_and_lower_case():
    assert holds("StringEquals", "a", "a", key="AWS:PrincipalArn") is True


def test_every_condition_of_a_block_has_to_hold():
    block = {"StringEquals": {"aws:a": "1", "aws:b": "2"}, "Bool": {"aws:c": "true"}}

    def of(**values):
        return Request("s3:GetObject", "*", {f"aws:{key}": (value,) for key, value in values.items()})

    def judge(request):
        return all_of(condition.holds(request) for condition in read_conditions(block))

    assert judge(of(a="1", b="2", c="true")) is True
    assert judge(of(a="1", b="3")) is False
    assert judge(of(a="1", b="2")) is None


def test_a_variable_in_a_value_is_replaced():
    (condition,) = read_conditions({"StringLike": {"s3:prefix": "home/${aws:PrincipalTag/user}/*"}})

    def of(**more):
        return Request("s3:ListBucket", "*", {"s3:prefix": ("home/anna/x",), **more})

    assert condition.holds(of(**{"aws:principaltag/user": ("anna",)})) is True
    assert condition.holds(of(**{"aws:principaltag/user": ("*",)})) is False
    assert condition.holds(of()) is None


def test_an_escaped_wildcard_is_itself_where_nothing_is_a_wildcard():
    assert holds("StringEquals", "a${*}", "a*") is True


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.text("ab*?.", max_size=8), st.text("ab.\n", max_size=8))
def test_wildcards_are_those_of_the_shell(pattern, text):
    assert (compile_text(pattern).fullmatch(text) is not None) is fnmatch.fnmatchcase(text, pattern)
