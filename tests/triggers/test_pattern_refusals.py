"""Patterns that the service refuses, with its words: recorded from TestEventPattern, or of its rule engine."""

import json

import pytest

from pytest_serverless.errors import InvalidPatternError
from pytest_serverless.triggers.patterns import Pattern

# Recorded in November and December 2024:
# https://github.com/localstack/localstack/blob/main/tests/aws/services/events/test_events_patterns.snapshot.json
RECORDED = [
    ('{"int": 42}', '"int" must be an object or an array'),
    ('{"string": "my-value"}', '"string" must be an object or an array'),
    ('{"resources": []}', "Empty arrays are not allowed"),
    ('{"my_key": [{"EXISTS": true}]}', "Unrecognized match type EXISTS"),
    ('{"detail": {"equal": [{"NUMERIC": ["=", 5]}]}}', "Unrecognized match type NUMERIC"),
    ('{"detail": {"c": [{"numeric": [">", 0, ">", 0]}]}}', "Bad numeric range operator: >"),
    ('{"detail": {"c": [{"numeric": [">", 0, "<"]}]}}', "Value of < must be numeric"),
    ('{"a": [{"wildcard": "arn:aws:events:us-east-1:**:event-bus/*"}]}', "Consecutive wildcard characters at pos 26"),
    ('{"a": [{"wildcard": 123}]}', "wildcard match pattern must be a string"),
    ('{"a": [{"wildcard": ["a*"]}]}', "wildcard match pattern must be a string"),
    ('{"a": [{"equals-ignore-case": ["x"]}]}', "equals-ignore-case match pattern must be a string"),
    ('{"a": [{"equals-ignore-case": {"prefix": "ec2"}}]}', "equals-ignore-case match pattern must be a string"),
    ('{"a": [{"prefix": ["2022-07-13"]}]}', "prefix match pattern must be a string"),
    ('{"a": [{"prefix": 123}]}', "prefix match pattern must be a string"),
    ('{"a": [{"suffix": [".png"]}]}', "suffix match pattern must be a string"),
    ('{"a": [{"suffix": 123}]}', "suffix match pattern must be a string"),
    ('{"a": [{"cidr": ["bad-type"]}]}', "prefix match pattern must be a string"),
    ('{"a": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required"),
    ('{"a": [{"cidr": "10.0.0.0/xx"}]}', "Malformed CIDR, mask bits must be an integer"),
    ('{"a": [{"cidr": "xx.11.xx/8"}]}', "Nonstandard IP address: xx.11.xx"),
    ('{"a": [{"cidr": "xxxx:db8:1234:1a00::/56"}]}', "Nonstandard IP address: xxxx:db8:1234:1a00::"),
    (
        '{"a": [{"anything-but": {"equals-ignore-case": 123}}]}',
        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
    ),
    (
        '{"a": [{"anything-but": {"equals-ignore-case": [123, 456]}}]}',
        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
    ),
    ('{"a": [{"anything-but": {"wildcard": 123}}]}', "wildcard match pattern must be a string"),
    ('{"a": [{"anything-but": {"wildcard": [123, "*/dir/*"]}}]}', "wildcard match pattern must be a string"),
    ('{"a": [{"anything-but": {"prefix": 123}}]}', "prefix/suffix match pattern must be a string"),
    ('{"a": [{"anything-but": {"suffix": [123, ".txt"]}}]}', "prefix/suffix match pattern must be a string"),
    (
        '{"a": [{"anything-but": {"prefix": {"equals-ignore-case": "file"}}}]}',
        "Value of anything-but must be an array or single string/number value.",
    ),
    ('["not", "a", "dict", "but valid json"]', "Filter is not an object"),
    (
        "this is valid json but not a dict",
        "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or "
        "'false')",
    ),
    (
        "{'bad': 'quotation'}",
        "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
    ),
    (
        '{"not": closed mark"',
        "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or "
        "'false')",
    ),
]

# https://github.com/aws/event-ruler, JsonRuleCompiler.java and CIDR.java
OF_THE_ENGINE = [
    ("{}", "Empty objects are not allowed"),
    ('{"a": {}}', "Empty objects are not allowed"),
    ('{"a": [{}]}', "Match expression name not found"),
    ('{"a": [["x"]]}', "Match value must be String, number, true, false, or null"),
    ('{"a": [{"prefix": "x", "suffix": "y"}]}', "Only one key allowed in match expression"),
    ('{"a": [{"prefix": {}}]}', "Prefix expression name not found"),
    ('{"a": [{"suffix": {"wildcard": "x"}}]}', "Unsupported suffix pattern: wildcard"),
    ('{"a": [{"prefix": {"equals-ignore-case": 1}}]}', "equals-ignore-case match pattern must be a string"),
    ('{"a": [{"exactly": 1}]}', "exact match pattern must be a string"),
    ('{"a": [{"exists": "yes"}]}', "exists match pattern must be either true or false."),
    ('{"a": [{"exists": true, "x": 1}]}', "Only one key allowed in match expression"),
    ('{"a": [{"anything-but": {}}]}', "Anything-But expression name not found"),
    ('{"a": [{"anything-but": {"numeric": 1}}]}', "Unsupported anything-but pattern: numeric"),
    ('{"a": [{"anything-but": {"prefix": ""}}]}', "Null prefix/suffix not allowed"),
    ('{"a": [{"anything-but": {"suffix": ["a", ""]}}]}', "Null prefix/suffix not allowed"),
    ('{"a": [{"anything-but": null}]}', "Value of anything-but must be an array or single string/number value."),
    ('{"a": [{"anything-but": true}]}', "Value of anything-but must be an array or single string/number value."),
    ('{"a": [{"anything-but": [null]}]}', "Inside anything but list, start|null|boolean is not supported."),
    ('{"a": [{"anything-but": ["x", 1]}]}', "Inside anything but list, either all values are number or string, mixed"),
    ('{"a": [{"anything-but": []}]}', "Inside anything but list, either all values are number or string, mixed"),
    ('{"a": [{"anything-but": "x", "y": 1}]}', "Too many elements in numeric expression"),
    ('{"a": [{"anything-but": {"wildcard": "a**"}}]}', "Consecutive wildcard characters at pos 2"),
    ('{"a": [{"numeric": 1}]}', "Value of numeric must be an array."),
    ('{"a": [{"numeric": []}]}', "Invalid member in numeric match: ]"),
    ('{"a": [{"numeric": [1]}]}', "Invalid member in numeric match: 1"),
    ('{"a": [{"numeric": ["<>", 1]}]}', "Unrecognized numeric range operator: <>"),
    ('{"a": [{"numeric": ["="]}]}', "Value of equals must be numeric"),
    ('{"a": [{"numeric": ["=", true]}]}', "Value of equals must be numeric"),
    ('{"a": [{"numeric": [">", "1"]}]}', "Value of > must be numeric"),
    ('{"a": [{"numeric": ["<", 1, ">", 0]}]}', "Too many elements in numeric expression"),
    ('{"a": [{"numeric": [">", 1, 2]}]}', "Bad value in numeric range: 2"),
    ('{"a": [{"numeric": [">", 1, "<", 2, 3]}]}', "Too many terms in numeric range expression"),
    ('{"a": [{"numeric": [">", 1, "<", 1]}]}', "Bottom must be less than top"),
    ('{"a": [{"numeric": ["=", 2.0e22]}]}', "Value must be between -5.0E9 and 5.0E9, inclusive"),
    ('{"a": [{"numeric": [">", 0, "<", 5000000001]}]}', "Value must be between -5.0E9 and 5.0E9, inclusive"),
    ('{"a": [{"anything-but": 5000000001}]}', "Value must be between -5.0E9 and 5.0E9, inclusive"),
    ('{"a": [{"cidr": "10.0.0.0/8/8"}]}', "Malformed CIDR, one '/' required"),
    ('{"a": [{"cidr": "10.0.0.0/-1"}]}', "Malformed CIDR, mask bits must not be negative"),
    ('{"a": [{"cidr": "10.0.0.0/32"}]}', "IPv4 mask bits must be < 32"),
    ('{"a": [{"cidr": "::/128"}]}', "IPv6 mask bits must be < 128"),
    ('{"a": [{"cidr": "1:2:3/8"}]}', "Invalid IP address: 1:2:3"),
    ('{"a": [{"wildcard": "a\\\\b"}]}', "Invalid escape character at pos 2"),
    ('{"a": [{"wildcard": "é\\\\"}]}', "Invalid escape character at pos 3"),
    ('{"$or": [{"a": ["x"]}]}', "Unrecognized match type a"),
    ('{"$or": [{"a": ["x"]}, ["y"]]}', "Unrecognized match type a"),
    ('{"a": "x", "$or": []}', '"a" must be an object or an array'),
    ('{"a": ["x"]', "Unexpected end-of-input"),
    ("", "Unexpected end-of-input"),
    ('{"a": [NaN]}', "Non-standard token 'NaN'"),
]


@pytest.mark.parametrize(("pattern", "reason"), RECORDED + OF_THE_ENGINE)
def test_a_malformed_pattern_is_refused_in_the_words_of_the_service(pattern, reason):
    with pytest.raises(InvalidPatternError) as refused:
        Pattern.parse(pattern)

    assert str(refused.value).startswith(f"Event pattern is not valid. Reason: {reason}")


def test_a_pattern_that_is_parsed_already_is_refused_in_the_same_words():
    for text, _ in RECORDED + OF_THE_ENGINE:
        try:
            pattern = json.loads(text)
        except ValueError:
            continue
        if "NaN" in text:
            continue  # Python's parser takes it
        with pytest.raises(InvalidPatternError) as refused_text:
            Pattern.parse(text)
        with pytest.raises(InvalidPatternError) as refused:
            Pattern.parse(pattern)
        assert str(refused.value).split(",")[0] == str(refused_text.value).split(",")[0]


def test_what_json_cannot_hold_is_refused():
    with pytest.raises(InvalidPatternError, match="not set"):
        Pattern.parse({"a": [{1, 2}]})
