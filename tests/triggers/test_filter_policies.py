"""Filter policies of SNS: by its pages (https://docs.aws.amazon.com/sns/latest/dg/, 2026-11) and recordings of it.

The recordings are of May 2024, with their policies and messages:
https://github.com/localstack/localstack/blob/main/tests/aws/services/sns/test_sns_filter_policy.py
"""

import json

import pytest

from pytest_serverless.errors import InvalidPatternError
from pytest_serverless.triggers.filter_policies import FilterPolicy


def published(kind, value):
    return {"DataType": kind, "StringValue": value}


# string-value-matching.html, numeric-value-matching.html, attribute-key-matching.html
DOCUMENTED = [
    (["rugby", "tennis"], published("String", "rugby"), True),
    (["rugby", "tennis"], published("String.Array", '["rugby", "tennis"]'), True),
    (["rugby", "tennis"], published("String", "baseball"), False),
    (["rugby", "tennis"], published("String.Array", '["baseball"]'), False),
    ([{"anything-but": ["rugby", "tennis"]}], published("String", "football"), True),
    ([{"anything-but": ["rugby", "tennis"]}], published("String.Array", '["rugby", "baseball"]'), True),
    ([{"anything-but": ["rugby", "tennis"]}], published("String", "rugby"), False),
    ([{"anything-but": ["rugby", "tennis"]}], published("String.Array", '["rugby"]'), False),
    ([{"anything-but": {"prefix": "order-"}}], published("String", "data-entry"), True),
    ([{"anything-but": {"prefix": "order-"}}], published("String", "order_number"), True),
    ([{"anything-but": {"prefix": "order-"}}], published("String", "order-cancelled"), False),
    ([{"anything-but": {"suffix": "ball"}}], published("String.Array", '["hockey", "rugby"]'), True),
    ([{"anything-but": {"suffix": "ball"}}], published("String.Array", '["baseball", "basketball"]'), False),
    ([{"anything-but": {"wildcard": "*ball"}}], published("String.Array", '["hockey", "rugby"]'), True),
    ([{"anything-but": {"wildcard": "*ball"}}], published("String.Array", '["baseball", "basketball"]'), False),
    ([{"equals-ignore-case": "tennis"}], published("String", "TENNIS"), True),
    ([{"cidr": "10.0.0.0/24"}], published("String", "10.0.0.255"), True),
    ([{"cidr": "10.0.0.0/24"}], published("String", "10.1.1.0"), False),
    ([{"prefix": "bas"}], published("String", "baseball"), True),
    ([{"prefix": "bas"}], published("String", "rugby"), False),
    ([{"suffix": "ball"}], published("String", "basketball"), True),
    ([{"suffix": "ball"}], published("String", "rugby"), False),
    ([{"wildcard": "*ball"}], published("String.Array", '["baseball", "basketball"]'), True),
    ([{"numeric": ["=", 301.5]}], published("Number", "301.5"), True),
    ([{"numeric": ["=", 301.5]}], published("Number", "3.015e2"), True),
    ([{"numeric": ["<", 0]}], published("Number", "-1"), True),
    ([{"numeric": [">", 0, "<=", 150]}], published("Number", "150"), True),
    ([{"numeric": [">", 0, "<=", 150]}], published("Number", "150.5"), False),
    ([{"numeric": [">", 0, "<=", 150]}], published("String", "100"), False),
    ([{"anything-but": [100, 500]}], published("Number", "101"), True),
    ([{"anything-but": [100, 500]}], published("Number", "100.0"), False),
    ([{"anything-but": [100, 500]}], published("Number.Array", "[100, 50]"), True),
    ([100], published("Number", "100"), True),
    (["100"], published("Number", "100"), False),
    ([100], published("String", "100"), False),
    ([True], published("String.Array", "[true, null]"), True),
    ([None], published("String.Array", "[true, null]"), True),
    ([{"exists": True}], published("String", "x"), True),
    ([{"exists": False}], published("String", "x"), False),
    ([{"exists": True}], {"DataType": "Binary", "BinaryValue": b"x"}, False),
    ([{"exists": False}], {"Type": "Binary", "Value": "eA=="}, True),
]


@pytest.mark.parametrize(("wanted", "attribute", "matches"), DOCUMENTED)
def test_attributes_are_matched_as_the_pages_say(wanted, attribute, matches):
    policy = FilterPolicy.parse(json.dumps({"key": wanted}))
    delivered = {"Type": attribute.get("DataType", "Binary"), "Value": attribute.get("StringValue", "eA==")}

    assert policy.matches({"key": attribute}, "not json") is matches
    assert policy.matches({"key": delivered, "other": published("String", "x")}, "") is matches
    assert (policy.why_not({"key": attribute}, "") is None) is matches


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        ([{"exists": False}], True),
        ([{"exists": True}], False),
        ([{"anything-but": "x"}], False),
        ([None, {"anything-but": "whatever"}], False),
        ([{"anything-but": "x"}, {"exists": False}], True),
    ],
)
def test_a_missing_attribute_matches_absence_alone(wanted, matches):
    assert FilterPolicy.parse({"key": wanted}).matches({}, "{}") is matches


def test_every_key_of_a_policy_must_match():
    policy = FilterPolicy.parse({"store": ["a"], "price": [{"numeric": [">=", 100]}]})

    assert policy.matches({"store": published("String", "a"), "price": published("Number", "100")}, "")
    assert not policy.matches({"store": published("String", "a"), "price": published("Number", "99")}, "")
    assert not policy.matches({"store": published("String", "a")}, "")


def test_or_works_on_attributes():
    # and-or-logic.html
    policy = FilterPolicy.parse({"source": ["cw"], "$or": [{"metric": ["CPU"]}, {"namespace": ["EC2", "ES"]}]})

    assert policy.matches({"source": published("String", "cw"), "namespace": published("String", "ES")}, "")
    assert not policy.matches({"source": published("String", "cw")}, "")


@pytest.mark.parametrize(
    ("body", "matches"),
    [
        ({"object": {"key": "auto-test"}}, True),
        ({"object": {"key": "hardcodedvalue"}}, True),
        ({"object": {"key": "test-auto"}}, False),
        ({"object": {"key": "auto-test"}, "test": "just-exists"}, False),
        ({"object": {"key": "auto-test", "nested_key": "just-exists"}}, False),
        ({"object": {"test": "auto-test"}}, False),
        ({"test": "auto-test"}, False),
        ("Regular string message", False),
        ([{"object": {"key": "auto-test"}}], False),
    ],
)
def test_bodies_are_matched_as_recorded(body, matches):
    policy = FilterPolicy.parse(
        {
            "object": {"key": [{"prefix": "auto-"}, "hardcodedvalue"], "nested_key": [{"exists": False}]},
            "test": [{"exists": False}],
        },
        scope="MessageBody",
    )

    assert policy.matches({}, json.dumps(body)) is matches
    assert (policy.why_not({}, json.dumps(body)) is None) is matches


def test_a_body_that_is_no_json_matches_nothing():
    policy = FilterPolicy.parse({"a": [{"exists": False}]}, scope="MessageBody")

    assert not policy.matches({}, "Regular string message")
    assert policy.why_not({}, "Regular string message") == "the body is not a JSON object"


@pytest.mark.parametrize(
    ("records", "matches"),
    [
        ([("ObjectCreated:Put", [[{"key": "auto-1.xml"}]]), ("ObjectRemoved:Delete", {"key": "home-1.xml"})], True),
        ([("ObjectRemoved:Delete", {"key": "auto-1.xml"})], False),
        ([("ObjectCreated:Put", {"key": "home-1.xml"})], False),
        ([("ObjectCreated:Put", {"key": "auto-1.xml"})], True),
    ],
)
def test_arrays_in_bodies_are_matched_as_recorded(records, matches):
    wanted = {
        "Records": {"s3": {"object": {"key": [{"prefix": "auto-"}]}}, "eventName": [{"prefix": "ObjectCreated:"}]}
    }
    body = {"Records": [{"eventName": name, "s3": {"object": value}} for name, value in records]}

    assert FilterPolicy.parse(wanted, scope="MessageBody").matches({}, json.dumps(body)) is matches


@pytest.mark.parametrize(
    "body",
    [
        {"object": {"nested": {"test": "string.value"}}},
        {"object.nested.test": "string.value"},
        {"object.nested": {"test": "string.value"}},
        {"object": {"nested.test": "string.value"}},
    ],
)
def test_dots_in_names_are_matched_as_recorded(body):
    policy = FilterPolicy.parse({"object.nested.test": ["string.value"]}, scope="MessageBody")

    assert policy.matches({}, json.dumps(body))


@pytest.mark.parametrize("nothing", [None, "", "{}", {}])
def test_without_a_policy_every_message_passes(nothing):
    policy = FilterPolicy.parse(nothing, scope="MessageBody")

    assert policy.matches({}, "any")
    assert policy.why_not({}, "any") is None


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"key": [["value"]]}, "FilterPolicy: Match value must be String, number, true, false, or null"),
        ({"key": [{"wrong-operator": True}]}, "FilterPolicy: Unrecognized match type wrong-operator"),
        ({"key": [{"suffix": "a", "prefix": "b"}]}, "FilterPolicy: Only one key allowed in match expression"),
        ({"key": {"suffix": "value"}}, 'FilterPolicy: "suffix" must be an object or an array'),
        ({"key_a": "value_one"}, 'FilterPolicy: "key_a" must be an object or an array'),
        ({"key": [{"numeric": ["<", 100, ">", 10]}]}, "FilterPolicy: Too many elements in numeric expression"),
        ({"key": [{"numeric": [">", 3, "<", 1]}]}, "FilterPolicy: Bottom must be less than top"),
        ({"key": [{"exists": None}]}, "FilterPolicy: exists match pattern must be either true or false."),
        ({"key": [{"anything-but": {"exists": False}}]}, "FilterPolicy: Unsupported anything-but pattern: exists"),
        ({"key": [f"value{i}" for i in range(151)]}, "FilterPolicy: Filter policy is too complex"),
        ({"a": list(range(100)), "b": list(range(51))}, "FilterPolicy: Filter policy is too complex"),
        ({f"key{i}": ["value"] for i in range(6)}, "FilterPolicy: Filter policy can not have more than 5 keys"),
        (
            {"a": {"b": [{"prefix": "auto-"}]}},
            "Filter policy scope MessageAttributes does not support nested filter policy",
        ),
        (
            {"key": [{"numeric": ["<", 1_000_000_001]}]},
            "FilterPolicy: Value must be between -1.0E9 and 1.0E9, inclusive",
        ),
    ],
)
def test_a_policy_is_refused_in_the_words_of_the_service(policy, said):
    with pytest.raises(InvalidPatternError) as refused:
        FilterPolicy.parse(json.dumps(policy))

    assert str(refused.value) == f"Invalid parameter: {said}"


def test_an_unknown_scope_is_refused_in_the_words_of_the_service():
    with pytest.raises(InvalidPatternError) as refused:
        FilterPolicy.parse({"a": ["x"]}, scope="RandomValue")

    said = "FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or MessageAttributes"
    assert str(refused.value) == f"Invalid parameter: {said}"


# How the recorded policies are counted: (source * metricName) + (source * metricType * metricId) + …, and each value
# of a nested key as many times as it is deep.
def branches(sources, spaces):
    return {
        "source": [str(i) for i in range(sources)],
        "$or": [
            {"metricName": [str(i) for i in range(6)]},
            {
                "metricType": [str(i) for i in range(4)],
                "$or": [{"metricId": [1, 2, 3, 4]}, {"spaceId": list(range(spaces))}],
            },
        ],
    }


def nested(types):
    return {
        "$or": [{"metricName": ["a", "b", "c"]}, {"namespace": ["a", "b"]}],
        "detail": {"scope": ["a", "b"], "$or": [{"source": ["a"]}, {"type": [str(i) for i in range(types)]}]},
    }


DEEP = {
    "key_a": {"key_b": {"key_c": ["one", "two", "three", "four"]}},
    "key_d": {"key_e": ["one", "two", "three"]},
    "key_f": ["one", "two", "three"],
}


@pytest.mark.parametrize(
    ("policy", "scope", "accepted"),
    [
        (branches(4, 4), "MessageAttributes", False),
        (branches(3, 7), "MessageAttributes", True),
        (nested(3), "MessageBody", False),
        (nested(2), "MessageBody", True),
        (DEEP, "MessageBody", False),
        ({**DEEP, "key_f": ["one", "two"]}, "MessageBody", True),
        ({"key": [str(i) for i in range(150)]}, "MessageAttributes", True),
    ],
)
def test_combinations_are_counted_as_the_service_counts_them(policy, scope, accepted):
    if accepted:
        FilterPolicy.parse(policy, scope=scope)
    else:
        with pytest.raises(InvalidPatternError, match="Filter policy is too complex"):
            FilterPolicy.parse(policy, scope=scope)
