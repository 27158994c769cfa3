"""Event patterns, judged by what the service was seen to answer and by what its pages and its rule engine say."""

import json

import pytest

from pytest_serverless.errors import InvalidPatternError
from pytest_serverless.triggers.patterns import Pattern

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html and eb-event-patterns*.html
# (2026-11), and answers of TestEventPattern that were recorded in December 2024:
# https://github.com/localstack/localstack/tree/main/tests/aws/services/events/event_pattern_templates
ANSWERED = [
    ({"a": ["x", "y"]}, {"a": "y"}, True),
    ({"a": ["x"]}, {"a": "X"}, False),
    ({"A": ["x"]}, {"a": "x"}, False),
    ({"a": [""]}, {"a": ""}, True),
    ({"a": [""]}, {"a": None}, False),
    ({"a": [""]}, {}, False),
    ({"a": [None]}, {"a": None}, True),
    ({"a": [None]}, {"a": ""}, False),
    ({"a": [None]}, {}, False),
    ({"resources": [None]}, {"resources": []}, False),
    ({"a": [True]}, {"a": True}, True),
    ({"a": [True]}, {"a": "true"}, False),
    ({"a": [True]}, {"a": 1}, False),
    ({"a": [1]}, {"a": True}, False),
    ({"a": [0]}, {"a": False}, False),
    ({"a": [300]}, {"a": 300.0}, True),
    ({"a": [300]}, {"a": 3.0e2}, True),
    ({"a": [300]}, {"a": "300"}, False),
    ({"a": ["300"]}, {"a": 300}, False),
    ({"account": [123456789012]}, {"account": 123456789012}, True),
    ({"a": ["y"]}, {"a": ["x", "y"]}, True),
    ({"a": ["z"]}, {"a": ["x", "y"]}, False),
    ({"a": {"b": ["x"]}}, {"a": {"b": "x"}}, True),
    ({"a": {"b": ["x"]}}, {"a": "x"}, False),
    ({"a": ["x"]}, {"a": {"x": 1}}, False),
    ({"a.b": ["x"]}, {"a": {"b": "x"}}, True),
    ({"a": {"b": ["x"]}}, {"a.b": "x"}, True),
    ({"a": {"b.c": ["x"]}}, {"a.b": {"c": "x"}}, True),
    ({"a": {"b.c": {"c": ["x"]}}}, {"a": {"b": {"c": "x"}}}, False),
    ({"a": {"b": {"c": ["x"]}}}, {"a": {"b.c": {"c": "x"}}}, False),
    ({"a": {"N": [{"numeric": [">", 100]}, {"anything-but": "101"}]}}, {"a": {"N": "42"}}, True),
    ({"a": {"N": [{"numeric": [">", 100]}, {"anything-but": "101"}]}}, {"a": {"N": "101"}}, False),
    ({"a": {"id": [{"exists": True}]}}, {"a": [{"k": "v"}, {"id": "there"}]}, True),
    ({"a": [{"exactly": "x"}]}, {"a": "x"}, True),
    ({"a": [{"prefix": "2017-10-02"}]}, {"a": "2017-10-02T18:43:48Z"}, True),
    ({"a": [{"prefix": "Eventb"}]}, {"a": "EventBridge"}, False),
    ({"a": [{"prefix": "1"}]}, {"a": 12}, False),
    ({"a": [{"prefix": ""}]}, {"a": ""}, True),
    ({"a": [{"prefix": {"equals-ignore-case": "EventB"}}]}, {"a": "eventbridge"}, True),
    ({"a": [{"suffix": ".png"}]}, {"a": "cat.png"}, True),
    ({"a": [{"suffix": ".png"}]}, {"a": "cat.PNG"}, False),
    ({"a": [{"suffix": {"equals-ignore-case": ".png"}}]}, {"a": "cat.PNG"}, True),
    ({"a": [{"suffix": "2"}]}, {"a": 12}, False),
    ({"a": [{"equals-ignore-case": "alice"}]}, {"a": "ALICE"}, True),
    ({"a": [{"equals-ignore-case": "alice"}]}, {"a": "malice"}, False),
    ({"a": [{"equals-ignore-case": ""}]}, {"a": ""}, True),
    ({"a": [{"equals-ignore-case": ""}]}, {"a": " "}, False),
    ({"a": [{"anything-but": "x"}]}, {"a": "y"}, True),
    ({"a": [{"anything-but": "x"}]}, {"a": "x"}, False),
    ({"a": [{"anything-but": "x"}]}, {"a": None}, True),
    ({"a": [{"anything-but": "x"}]}, {"a": 1}, True),
    ({"a": [{"anything-but": "x"}]}, {}, False),
    ({"a": [{"anything-but": ["x", "y"]}]}, {"a": "y"}, False),
    ({"a": [{"anything-but": ["x", "y"]}]}, {"a": None}, True),
    ({"a": [{"anything-but": ["x", "y"]}]}, {"a": ["x", "z"]}, True),
    ({"a": [{"anything-but": ["x", "y"]}]}, {"a": ["x", "y"]}, False),
    ({"a": [{"anything-but": 123}]}, {"a": 123.0}, False),
    ({"a": [{"anything-but": 123}]}, {"a": "123"}, True),
    ({"a": [{"anything-but": 0}]}, {"a": 0}, False),
    ({"a": [{"anything-but": 0}]}, {"a": False}, True),
    ({"a": [{"anything-but": [100, 200, 300]}]}, {"a": 201}, True),
    ({"a": [{"anything-but": [100, 200, 300]}]}, {"a": 200}, False),
    ({"a": [{"anything-but": {"prefix": "init"}}]}, {"a": "initializing"}, False),
    ({"a": [{"anything-but": {"prefix": "init"}}]}, {"a": "post-init"}, True),
    ({"a": [{"anything-but": {"prefix": "init"}}]}, {"a": 12}, True),
    ({"a": [{"anything-but": {"prefix": "init"}}]}, {"a": None}, True),
    ({"a": [{"anything-but": {"prefix": "init"}}]}, {}, False),
    ({"a": [{"anything-but": {"prefix": ["init", "error"]}}]}, {"a": "error-1"}, False),
    ({"a": [{"anything-but": {"prefix": ["init", "error"]}}]}, {"a": "post-init"}, True),
    ({"a": [{"anything-but": {"suffix": ".txt"}}]}, {"a": "f.txt"}, False),
    ({"a": [{"anything-but": {"suffix": [".txt", ".rtf"]}}]}, {"a": "f.txt.bak"}, True),
    ({"a": [{"anything-but": {"suffix": [".txt", ".rtf"]}}]}, {"a": "f.rtf"}, False),
    ({"a": [{"anything-but": {"equals-ignore-case": "init"}}]}, {"a": "INIT"}, False),
    ({"a": [{"anything-but": {"equals-ignore-case": "init"}}]}, {"a": None}, True),
    ({"a": [{"anything-but": {"equals-ignore-case": ["init", "stop"]}}]}, {"a": "Stop"}, False),
    ({"a": [{"anything-but": {"wildcard": "*/lib/*"}}]}, {"a": "dir/lib/x"}, False),
    ({"a": [{"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}]}, {"a": "dir/src/x"}, True),
    ({"a": [{"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}]}, {"a": "dir/bin/x"}, False),
    ({"a": [{"anything-but": {"wildcard": ""}}]}, {"a": "x"}, True),
    ({"a": [{"numeric": ["=", 301.8]}]}, {"a": 3.018e2}, True),
    ({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 5}, True),
    ({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 0}, False),
    ({"a": [{"numeric": [">=", 0, "<", 5]}]}, {"a": 0}, True),
    ({"a": [{"numeric": [">=", 0, "<", 5]}]}, {"a": 5.0}, False),
    ({"a": [{"numeric": ["<", 10]}]}, {"a": -3.5}, True),
    ({"a": [{"numeric": ["<=", 10]}]}, {"a": 10}, True),
    ({"a": [{"numeric": [">", 10]}]}, {"a": 10}, False),
    ({"a": [{"numeric": [">", 10]}]}, {"a": "11"}, False),
    ({"a": [{"numeric": [">", 10]}]}, {"a": None}, False),
    ({"a": [{"numeric": [">", 0]}]}, {"a": True}, False),
    ({"a": [{"numeric": [">", 10]}]}, {"a": 6_000_000_000}, False),
    ({"a": [{"numeric": ["<", 10]}]}, {"a": -6_000_000_000}, False),
    ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.0.255"}, True),
    ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.1.0"}, False),
    ({"a": [{"cidr": "10.0.0.77/24"}]}, {"a": "10.0.0.1"}, True),
    ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "no address"}, False),
    ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": 10}, False),
    ({"a": [{"cidr": "0.0.0.0/0"}]}, {"a": "255.255.255.255"}, True),
    ({"a": [{"cidr": "0.0.0.0/0"}]}, {"a": "::1"}, False),
    ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "::ffff:a00:1"}, True),
    ({"a": [{"cidr": "2001:db8:1234:1a00::/56"}]}, {"a": "2001:0db8:1234:1a00:0000:0000:0000:0001"}, True),
    ({"a": [{"cidr": "2001:db8:1234:1a00::/56"}]}, {"a": "2001:db8:1234:1b00::1"}, False),
    ({"a": ["2001:db8::1"]}, {"a": "2001:0DB8:0:0:0:0:0:1"}, True),
    ({"a": ["10.0.0.1"]}, {"a": "10.0.0.2"}, False),
    ({"a": [{"exists": True}]}, {"a": None}, True),
    ({"a": [{"exists": True}]}, {}, False),
    ({"a": [{"exists": True}]}, {"a": {"b": 1}}, False),
    ({"a": [{"exists": True}]}, {"a": []}, False),
    ({"a": [{"exists": False}]}, {}, True),
    ({"a": [{"exists": False}]}, {"a": None}, False),
    ({"a": [{"exists": False}]}, {"a": {"b": 1}}, True),
    ({"a": [{"exists": False}]}, {"a": []}, True),
    ({"a": {"S": [{"anything-but": ["roses"]}, {"exists": False}]}}, {"a": {"N": "789"}}, True),
    ({"a": {"S": [{"anything-but": ["roses"]}, {"exists": False}]}}, {"a": {"S": "roses"}}, False),
    ({"a": {"S": [{"anything-but": ["roses"]}, {"exists": False}]}}, {"b": 1}, True),
    ({"a": [{"exists": True}, {"prefix": "no"}]}, {"a": "x"}, True),
    ({"a": [{"wildcard": "dir/*.png"}]}, {"a": "dir/cat.png"}, True),
    ({"a": [{"wildcard": "dir/*.png"}]}, {"a": "dir/.png"}, True),
    ({"a": [{"wildcard": "dir/*.png"}]}, {"a": "dir/cat.png.bak"}, False),
    ({"a": [{"wildcard": "*"}]}, {"a": ""}, True),
    ({"a": [{"wildcard": "a*a"}]}, {"a": "a"}, False),
    ({"a": [{"wildcard": "*ab*ab"}]}, {"a": "abab"}, True),
    ({"a": [{"wildcard": "*abc*bc"}]}, {"a": "abc"}, False),
    ({"a": [{"wildcard": "a*b"}]}, {"a": "a\nb"}, True),
    ({"a": [{"wildcard": "a\\*b"}]}, {"a": "a*b"}, True),
    ({"a": [{"wildcard": "a\\*b"}]}, {"a": "axb"}, False),
    ({"a": [{"wildcard": "a\\\\*"}]}, {"a": "a\\b"}, True),
    ({"a": [{"wildcard": "1*"}]}, {"a": 12}, False),
]


@pytest.mark.parametrize(("pattern", "event", "matches"), ANSWERED, ids=json.dumps)
def test_patterns_match_as_the_service_says(pattern, event, matches):
    parsed = Pattern.parse(json.dumps(pattern))

    assert parsed.matches(event) is matches
    assert (parsed.why_not(event) is None) is matches
    assert Pattern.parse(pattern).matches(event) is matches


# The page's own example of arrays, and the rule engine's: https://github.com/aws/event-ruler#json-array-matching
EMPLOYEES = {
    "employees": [
        {"firstName": "John", "lastName": "Doe"},
        {"firstName": "Anna", "lastName": "Smith"},
        {"firstName": "Peter", "lastName": "Jones"},
    ]
}


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        ({"firstName": ["Anna"]}, True),
        ({"firstName": ["Anna"], "lastName": ["Smith"]}, True),
        ({"firstName": ["Anna"], "lastName": ["Jones"]}, False),
        ({"firstName": ["Anna", "Peter"], "lastName": ["Jones"]}, True),
        ({"firstName": ["Anna"], "lastName": [{"anything-but": "Smith"}]}, False),
    ],
)
@pytest.mark.parametrize(
    "wrap", [lambda people: people, lambda people: [people], lambda people: [people[:2], people[2:]]]
)
def test_fields_match_in_one_element_of_an_array(wanted, matches, wrap):
    event = {"employees": wrap(EMPLOYEES["employees"])}

    assert Pattern.parse({"employees": wanted}).matches(event) is matches


# Cases of the rule engine's own tests: src/test/resources/correctness-cases.json
@pytest.mark.parametrize(
    ("pattern", "event", "matches"),
    [
        (
            {"d": {"a": [{"exists": True}], "b": [{"exists": True}]}},
            {"d": [{"a": 1}, {"b": 2}, {"a": 3, "b": 4}]},
            True,
        ),
        ({"d": {"a": [{"exists": True}], "b": [{"exists": True}]}}, {"d": [{"a": 1}, {"b": 2}]}, False),
        ({"u": {"t": {"k": ["c"], "v": ["b"]}}}, {"u": [{"t": [{"k": "c", "v": "b"}]}]}, True),
        ({"u": {"t": {"k": ["c"], "v": ["b"]}}}, {"u": [{"t": [{"k": "c"}, {"v": "b"}]}]}, False),
        (
            {"d": {"name": [{"exists": True}], "info": {"x": ["1"]}}},
            {"d": [{"name": "a"}, {"info": {"x": "1"}}]},
            False,
        ),
        ({"d": {"a": [{"exists": True}], "b": [{"exists": False}]}}, {"d": [{"a": 1}]}, True),
        ({"d": {"a": [{"exists": True}], "b": [{"exists": False}]}}, {"d": [{"a": 1, "b": 2}]}, False),
        ({"d": {"a": [{"exists": True}], "b": [{"exists": False}]}}, {"d": [{"a": 1, "b": 2}, {"a": 3}]}, True),
        (
            {"u": {"s": [{"anything-but": "banned"}], "n": [{"exists": True}]}},
            {"u": [{"n": "a", "s": "banned"}]},
            False,
        ),
        ({"d": {"tags": ["a"], "type": ["G"]}}, {"d": {"tags": ["b", "a"], "type": "G"}}, True),
        ({"tags": ["a"], "cats": ["x"], "v": ["1"]}, {"tags": ["b", "a"], "cats": ["y", "x"], "v": "1"}, True),
        ({"d": {"a": [{"exists": True}]}}, {"d": []}, False),
        ({"a": {"x": ["1"]}, "b": {"x": ["1"]}}, {"a": [{"x": "2"}, {"x": "1"}], "b": [{"x": "1"}]}, True),
    ],
    ids=json.dumps,
)
def test_arrays_of_objects_are_matched_as_the_rule_engine_does(pattern, event, matches):
    assert Pattern.parse(pattern).matches(event) is matches


# ACFinder.java and Event.java of the rule engine: fields are taken in the order of their names, and one is absent if it
# is not in the elements chosen so far; a value that stands in an array itself is in no element of it.
@pytest.mark.parametrize(
    ("pattern", "event", "matches"),
    [
        ({"d": {"a": [{"exists": True}], "b": [{"exists": False}]}}, {"d": [{"a": 1}, {"b": 2}]}, True),
        ({"d": {"b": [{"exists": True}], "a": [{"exists": False}]}}, {"d": [{"b": 1}, {"a": 2}]}, False),
        ({"a": ["x"], "a.b": [1]}, {"a": ["x", {"b": 1}]}, True),
    ],
    ids=json.dumps,
)
def test_what_the_rule_engine_sees_of_elements(pattern, event, matches):
    assert Pattern.parse(pattern).matches(event) is matches


def test_one_list_that_stands_twice_in_an_event_is_two_arrays():
    shared = [{"x": 1}, {"x": 2}]

    assert Pattern.parse({"a": {"x": [1]}, "b": {"x": [2]}}).matches({"a": shared, "b": shared})


OR = {
    "source": ["aws.cloudwatch"],
    "$or": [
        {"metricName": ["CPUUtilization", "ReadLatency"]},
        {"metricType": ["MetricType"], "namespace": ["AWS/EC2"], "$or": [{"metricId": [1234]}, {"spaceId": [1000]}]},
        {"scope": ["Service"]},
    ],
}


@pytest.mark.parametrize(
    ("event", "matches"),
    [
        ({"source": "aws.cloudwatch", "metricName": "ReadLatency"}, True),
        ({"source": "aws.cloudwatch", "scope": "Service"}, True),
        ({"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "AWS/EC2", "spaceId": 1000}, True),
        ({"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "AWS/EC2"}, False),
        ({"source": "aws.cloudwatch", "metricType": "MetricType", "spaceId": 1000}, False),
        ({"source": "aws.cloudwatch"}, False),
        ({"source": "aws.ec2", "scope": "Service"}, False),
    ],
)
def test_or_joins_alternatives_with_the_fields_around_them(event, matches):
    assert Pattern.parse(OR).matches(event) is matches


def test_what_follows_an_or_holds_for_each_of_its_branches():
    pattern = Pattern.parse({"$or": [{"a": [1]}, {"b": [1]}], "d": {"$or": [{"x": [1]}, {"y": [1]}], "z": [1]}})

    assert pattern.matches({"b": 1, "d": {"y": 1, "z": 1}})
    assert not pattern.matches({"b": 1, "d": {"y": 1, "z": 2}})
    assert not pattern.matches({"c": 1, "d": {"y": 1, "z": 1}})


def test_a_branch_of_or_replaces_what_the_pattern_said_of_the_same_field():
    # https://github.com/aws/event-ruler, JsonRuleCompiler.writeRules: a rule has one list of values for a path
    pattern = Pattern.parse({"a": ["x"], "$or": [{"a": ["y"]}, {"b": [1]}]})

    assert pattern.matches({"a": "y"})
    assert pattern.matches({"a": "x", "b": 1})
    assert not pattern.matches({"a": "x"})


# https://github.com/aws/event-ruler, README: "The backward compatibility of using $or as filed name in the rule"
@pytest.mark.parametrize(
    ("pattern", "event"),
    [
        ({"$or": {"a": ["x"]}}, {"$or": {"a": "x"}}),
        ({"$or": ["x", "y"]}, {"$or": "y"}),
        ({"$or": [{"prefix": "abc"}, {"numeric": ["=", 123]}]}, {"$or": "abcd"}),
        ({"$or": [{"prefix": "abc"}]}, {"$or": "abcd"}),
        ({"$or": [{"anything-but": ["other"]}, {"numeric": ["=", 123]}]}, {"$or": "abcd"}),
    ],
)
def test_an_or_that_cannot_be_the_operator_is_the_name_of_a_field(pattern, event):
    parsed = Pattern.parse(pattern)

    assert parsed.matches(event)
    assert not parsed.matches({"$or": "other"})


def test_a_key_that_stands_twice_in_a_pattern_adds_its_fields():
    # https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html, "Filtering with Boolean expressions"
    pattern = Pattern.parse('{"d": {"New": {"S": ["a"]}}, "d": {"Old": {"S": ["b"]}}}')

    assert pattern.matches({"d": {"New": {"S": "a"}, "Old": {"S": "b"}}})
    assert not pattern.matches({"d": {"New": {"S": "a"}}})
    assert not pattern.matches({"d": {"Old": {"S": "b"}}})


@pytest.mark.parametrize(
    ("pattern", "event", "said"),
    [
        ({"a": ["x"]}, {"a": "y"}, """'a' was "y", wanted "x\""""),
        (
            {"a": ["x"], "b": [{"prefix": "p"}, None]},
            {"a": "x"},
            """'b' was not there, wanted {"prefix": "p"} or null""",
        ),
        ({"a": {"b": ["x"]}}, {"a": {"b": {"c": 1}}}, """'a.b' was an object, wanted "x\""""),
        ({"a": ["x"]}, {"a": []}, """'a' was an empty array, wanted "x\""""),
        ({"a": [1]}, {"a": ["x", None]}, """'a' was "x", null, wanted 1"""),
        ({"a": [{"exists": False}]}, {"a": 0}, """'a' was 0, wanted {"exists": false}"""),
        ({"d": {"a": [{"exists": False}]}}, {"d": [{"a": 0}]}, """'d.a' was 0, wanted {"exists": false}"""),
        ({"$or": [{"a": [{"exists": False}]}, {"b": [1], "c": [1]}]}, {"a": 0, "c": 1}, "'b' was not there, wanted 1"),
        (
            {"employees": {"firstName": ["Anna"], "lastName": ["Jones"]}},
            EMPLOYEES,
            "'employees.firstName' and 'employees.lastName' match, but not together in one element of an array",
        ),
        (
            OR,
            {"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "X"},
            """'namespace' was "X", wanted""",
        ),
    ],
)
def test_the_nearest_miss_is_told(pattern, event, said):
    assert said in Pattern.parse(pattern).why_not(event)


def test_a_pattern_that_is_too_long_is_refused():
    with pytest.raises(InvalidPatternError, match="Member must have length less than or equal to 4096"):
        Pattern.parse(json.dumps({"a": ["x" * 4096]}))
