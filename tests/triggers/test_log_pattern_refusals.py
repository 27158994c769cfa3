"""Filter patterns that the service refuses, with its words, and that nothing else is ever raised."""

import json
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.errors import InvalidPatternError
from pytest_serverless.triggers.log_patterns import LogPattern

# Recorded of TestMetricFilter and FilterLogEvents on 2026-09-13:
# https://github.com/radkawar/stackd/blob/main/testdata/aws/logs/filters.json
RECORDED = [
    ("ERR*", "Invalid character(s) in term '*'"),
    ('"ERROR', "Invalid character(s) in term '\"ERROR'"),
    ("%^(ERROR|WARN)%", "Invalid character(s) in term '%^('"),
    ("%hello!%", "Invalid character(s) in term '%hello!'"),
    ("%café%", "Invalid character(s) in term '%café'"),
    ("%ERROR(?= 500)%", "Invalid character(s) in term '%ERROR('"),
    ("%[abc%", "Failed to compile regular expression."),
    ("{ $.v = null }", "Invalid filter pattern"),
    ("{ $.v EXISTS }", "Invalid filter pattern"),
    ("{ $.v IS NOT NULL }", "Invalid filter pattern"),
    ("{ $.v == 1 }", "Invalid filter pattern"),
    ("{ $.v > 0 AND $.v < 2 }", "Invalid filter pattern"),
    ('{ $.v > "Alpha" }', "Invalid character(s) in term '\"Alpha\"'"),
    ("{ $.v = %(Alpha|Beta)% }", "Invalid character(s) in term '%('"),
    (
        "{ $.items[*].* = 1 }",
        "Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard allowed per json selector",
    ),
    ('{ $..value = "hit" }', "Invalid character(s) in term '$..'"),
    ('{ $.arr[-1] = "hit" }', "Invalid character(s) in term '[-'"),
    ('{ $.arr[0:2] = "hit" }', "Invalid character(s) in term '[0:'"),
    (
        '{ $.arr[*] = "hit" || $.items[*].a = 1 || $.* = "hit" || $.matrix[*][0] = 0 }',
        "Your input has exceeded the maximum of 3 JSON wildcard selectors allowed per filter pattern.",
    ),
    (
        "{ $.v = %Alpha% || $.v = %Beta% || $.v = %Gamma% }",
        "Your input has exceeded the maximum of 2 regular expressions per filter pattern.",
    ),
    ("[..., status, ...]", "Duplicate field '...'"),
    ("[word, word]", "Duplicate field 'word'"),
    # Reported: https://github.com/jorgebastida/awslogs/issues/210
    ('{$.a="b" && ', "If a filter pattern starts with '{' it must end with '}'"),
    # Reported: https://github.com/newrelic/serverless-newrelic-lambda-layers/issues/36
    ('?"?REPORT ?NR_LAMBDA_MONITORING ?"Task timed out""', "Invalid filter pattern"),
    # Reported: https://github.com/dougmoscrop/serverless-plugin-log-subscription/issues/47 and others
    ("?Status: timeout", "Invalid character(s) in term ':'"),
    ("a`", "Invalid character(s) in term '`'"),
    ('{ $."sc-status" = 5* }', "Invalid character(s) in term '$.\"'"),
]


def refusal_of(pattern):
    with pytest.raises(InvalidPatternError) as caught:
        LogPattern.parse(pattern)
    return str(caught.value)


@pytest.mark.parametrize(("pattern", "said"), RECORDED)
def test_refusals_begin_with_the_words_of_the_service(pattern, said):
    assert refusal_of(pattern).startswith(said)


NO_JSON_PATTERNS = """
{ !($.v = 1) }
{ "v": [1] }
{ }
{ $.a }
{ $.a = }
{ a = 1 }
{ ($.a = 1 }
{ $.a = 1) }
{ $.a = 1 && }
{ $.a IS MAYBE }
{ $.a IS null }
{ $.a = 1 } }
{ $.a = "x }
{ $.a[x] = 1 }
{ $.a. = 1 }
{ $ = 1 }
{ $.a < %1% }
"""
NO_FIELDS = """
[timestamp=*Z && request_id=“*-*“ && type && event="x"]
[a = ]
[a = 1 ||]
[a b]
[a, b=x || c=y]
[a] b]
[a
[a IS NULL]
[(a = 1]
[(a]
[a > x]
[a,, a]
"""
NO_TERMS = ["%%", "%abc", "%a{3,2}%", "%*%", "%a++%", r"%\p%", r"%\(%", "%a{99999999999}%", "% %x"]
NO_TERMS += ["?", "-", "a -", "--a", '"a"b', "a-b", "a?", "é", "(a)", "a.b", '""a']


@pytest.mark.parametrize("pattern", [*NO_JSON_PATTERNS.strip().split("\n"), *NO_FIELDS.strip().split("\n"), *NO_TERMS])
def test_what_is_no_pattern_is_refused(pattern):
    assert refusal_of(pattern)


def test_a_refusal_says_where_the_pattern_stops_making_sense():
    assert refusal_of("{ $.v == 1 }") == "Invalid filter pattern. Character 8 is not expected there: '= 1 }'"
    assert refusal_of("a -") == "Invalid filter pattern. It ends where more is expected: 'a -'"
    assert refusal_of("a.b").endswith("in quotation marks")


def test_a_pattern_has_at_most_1024_characters():
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html (2026-11)."""
    assert LogPattern.parse("a" * 1024).matches("a" * 1024)
    assert refusal_of("a" * 1025).endswith("The filter pattern has 1025 characters")


def test_parentheses_stand_as_deep_as_a_pattern_can_be_evaluated():
    pattern = LogPattern.parse("{" + "(" * 64 + "$.a = 1" + " && $.a = 1)" * 64 + "}")

    assert pattern.matches('{"a": 1}')
    assert LogPattern.parse("{" + " && ".join(["($.a = 1)"] * 70) + "}").matches('{"a": 1}')
    assert "64 deep" in refusal_of("{" + "(" * 500 + "$.a = 1" + ")" * 500 + "}")


@pytest.mark.parametrize(
    "message", ["[" * 100_000, '{"a": NaN}', '{"a": ' + "9" * 10_000 + "}", '{"a": 1e999}', "\ud800"]
)
def test_messages_of_any_kind_are_only_looked_at(message):
    matches = LogPattern.parse("{ $.a < 5 }").matches(message)

    assert matches is False


def test_numbers_that_json_does_not_have_make_a_message_no_json():
    assert not LogPattern.parse("{ $.b NOT EXISTS }").matches('{"a": NaN}')


def test_brackets_in_brackets_are_no_matter_for_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert LogPattern.parse("%[[a]%").matches("[")


def test_a_text_in_quotation_marks_may_have_escaped_ones():
    assert LogPattern.parse(r'"say \"hi\" \\o"').matches(r'I say "hi" \o to all')
    assert LogPattern.parse(r'{ $.a = "\"x\"" }').matches(json.dumps({"a": '"x"'}))


SIGNS = "{ } [ ] ( ) % ? - + * . , = < > ! & | $ \" ' \\ : é && || != >= ... $. $.a [*] [0] ['b'] a w1 4* 1e3 \\d \\x41"
PARTS = [" ", "\n", "IS NULL", "NOT EXISTS", "IS TRUE", "%a|b+%", '"a b"', "{ $.a ", " }", "[a, ", " = 1", "a = 4*, "]
TOKENS = st.sampled_from([*SIGNS.split(), *PARTS])
MESSAGES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(['{"a": [1, "a b", null]}', '{"a": {"b": 1e3}}', 'a "b c" [d] 400', "[x", ""]),
)


@settings(deadline=None, max_examples=300, derandomize=True)
@given(st.one_of(st.text(max_size=40), st.lists(TOKENS, max_size=12).map("".join)), MESSAGES)
def test_any_text_is_a_pattern_or_refused(text, message):
    try:
        pattern = LogPattern.parse(text)
    except InvalidPatternError:
        return
    assert pattern.matches(message) in {True, False}
    assert not pattern.extract(message) or pattern.matches(message)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.text(alphabet=st.characters(exclude_characters='"\\'), max_size=20), st.text(), st.text())
def test_any_text_in_quotation_marks_is_found_where_it_stands(term, before, after):
    assert LogPattern.parse(f'"{term}"').matches(before + term + after)
    assert LogPattern.parse(f'-"{term}"').matches(before) is (term not in before)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_numbers_have_the_order_of_numbers(left, right):
    orders = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
    for sign, expected in (orders | {"=": left == right, "!=": left != right}).items():
        assert LogPattern.parse(f"{{ $.a {sign} {right} }}").matches(f'{{"a": {left}}}') is expected
        assert LogPattern.parse(f"[a {sign} {right}, b]").matches(f"{left} x") is expected
