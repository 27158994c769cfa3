"""Filter patterns against the examples of the guide.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html and, for fields,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html (2026-11); where a
test says "until 2022", the page as it was then:
https://github.com/awsdocs/amazon-cloudwatch-logs-user-guide/blob/main/doc_source/FilterAndPatternSyntax.md
"""

import json

import pytest

from pytest_serverless.triggers.log_patterns import LogPattern

BAD = "[ERROR 400] BAD REQUEST"
UNAUTHORIZED = "[ERROR 401] UNAUTHORIZED REQUEST"
MISSING = "[ERROR 419] MISSING ARGUMENTS"
INVALID = "[ERROR 420] INVALID ARGUMENTS"
INTERNAL = "[ERROR 500] INTERNAL SERVER ERROR"
AUTHORIZED = "[SUCCESS 200] AUTHORIZED REQUEST"
FAILED = "[INFO] REQUEST FAILED"
LINES = [BAD, UNAUTHORIZED, MISSING, INVALID, INTERNAL, AUTHORIZED, FAILED]


def those_that_match(pattern, lines):
    parsed = LogPattern.parse(pattern)
    return [line for line in lines if parsed.matches(line)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("ERROR", [BAD, UNAUTHORIZED, MISSING, INVALID, INTERNAL]),
        ("ERROR ARGUMENTS", [MISSING, INVALID]),
        ("?ERROR ?ARGUMENTS", [BAD, UNAUTHORIZED, MISSING, INVALID, INTERNAL]),
        ("?ERROR ?ARGUMENTS REQUEST", [BAD, UNAUTHORIZED, AUTHORIZED, FAILED]),
        ('"INTERNAL SERVER ERROR"', [INTERNAL]),
        ("ERROR -ARGUMENTS", [BAD, UNAUTHORIZED, INTERNAL]),
        ("%AUTHORIZED%", [UNAUTHORIZED, AUTHORIZED]),
        ('" "', LINES),
        ("", LINES),
        ("  ", LINES),
    ],
)
def test_terms_are_looked_for_as_the_guide_shows(pattern, expected):
    assert those_that_match(pattern, LINES) == expected


def test_a_minus_may_stand_apart_from_what_it_excludes():
    """As the guide's third example did until 2022."""
    lines = ["[ERROR] A fatal exception has occurred", "Exiting with ERRORCODE: -1"]

    assert those_that_match('"ERROR" - "Exiting"', lines) == lines[:1]


@pytest.mark.parametrize(
    ("regex", "found", "not_found"),
    [
        ("^[hc]at", ["hat", "cat"], ["a hat"]),
        ("[hc]at$", ["a hat", "cat"], ["hats"]),
        ("colou?r", ["color", "colour"], ["colouur"]),
        ("[abcx-z]", ["a", "y"], ["d", "w"]),
        ("^a{3,5}$", ["aaa", "aaaaa"], ["aa", "aaaaaa"]),
        ("^a{,2}$", ["", "aa"], ["aaa"]),
        ("^a{2,}$", ["aa", "aaaaaaa"], ["a"]),
        ("gra|ey", ["gray", "grey"], ["grow"]),
        ("^starting|^initializing|^shutting down", ["starting", "shutting down"], ["skipping initializing"]),
        ("abcc|ab[^c]$", ["abcc ...", "aba"], ["aac"]),
        (r"\[.\]", ["[a]", "[7]", "[]]", "[ ]"], ["[]", "a"]),
        (r"10\.10\.0\.1", ["10.10.0.1"], ["10010,051"]),
        ("10.10.0.1", ["10.10.0.1", "10010,051"], []),
        ("ab[0-9]*", ["ab", "ab0", "ab129"], ["a0"]),
        ("ab+c", ["abc", "abbbc"], ["ac"]),
        (".at", ["hat", "4at", "#at", " at"], ["at"]),
        (r"^\d\D$", ["1a"], ["a1", "٣a"]),
        (r"^\s\S$", [" x", "\tx", "\nx"], ["xx"]),
        (r"^\w\W$", ["_ ", "Z:"], [":_", "éa"]),
        (r"\x3A", [":"], ["3A"]),
        (r"\x28", ["f(x)"], ["fx"]),
    ],
)
def test_regular_expressions_mean_what_the_guide_says(regex, found, not_found):
    assert those_that_match(f"%{regex}%", [*found, *not_found]) == found


EVENT = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "cluster.name": "c",
        "ThisFlag": True,
    },
    indent=2,
)


@pytest.mark.parametrize(
    "condition",
    [
        '$.eventType = "UpdateTrail"',
        "$.eventType = UpdateTrail",
        '$.eventType = "*" && $.sourceIPAddress != 123.123.*',
        "$.sourceIPAddress != 123.123.*",
        '$.arrayKey[0] = "value"',
        "$.eventType = %Trail%",
        "$.arrayKey[*] = %val.{2}%",
        r"$.* = %111\.111\.111\.1[0-9]{1,2}%",
        "$.['cluster.name'] = \"c\"",
        "$.objectList[1].id = 2",
        "$.SomeObject IS NULL",
        "$.SomeOtherObject NOT EXISTS",
        "$.ThisFlag IS TRUE",
    ],
)
def test_conditions_of_the_guide_match_its_event(condition):
    assert LogPattern.parse(f"{{ {condition} }}").matches(EVENT)


@pytest.mark.parametrize(
    "condition",
    [
        '$.eventType = "updateTrail"',
        "$.sourceIPAddress != 111.*",
        '$.arrayKey[1] = "value"',
        '$.arrayKey[2] = "value"',
        "$.arrayKey = value",
        "$.arrayKey != value",
        "$.cluster.name = c",
        "$.eventType IS NULL",
        "$.SomeOtherObject IS NULL",
        "$.SomeObject NOT EXISTS",
        "$.ThisFlag IS FALSE",
        "$.missing != anything",
    ],
)
def test_conditions_that_its_event_does_not_fulfil(condition):
    assert not LogPattern.parse(f"{{ {condition} }}").matches(EVENT)


COMPOUND = json.dumps(
    {
        "user": {"id": 1, "email": "John.Stiles@example.com"},
        "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
        "actions": ["GET", "PUT", "DELETE"],
        "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
    }
)
STILES = '$.user.email = "John.Stiles@example.com"'


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('($.user.id = 1) && ($.users[0].email = "John.Doe@example.com")', True),
        (f'{STILES} || $.coordinates[0][1] = "nonmatch" && $.actions[2] = "nonmatch"', True),
        (f'({STILES} || $.coordinates[0][1] = "nonmatch") && $.actions[2] = "nonmatch"', False),
        ('($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET"', False),
    ],
)
def test_compound_conditions_bind_as_the_guide_shows(condition, expected):
    assert LogPattern.parse(f"{{ {condition} }}").matches(COMPOUND) is expected


@pytest.mark.parametrize(
    ("condition", "fulfilled", "unfulfilled"),
    [
        ("$.v > 75", "75.5", "75"),
        ("$.v < 50", "49", "50"),
        ("$.v >= 60", "60", "59.9"),
        ("$.v <= 5", "5", "5.1"),
        ("$.v = 400", "400", "401"),
        ("$.v != 500", "400", "500"),
        ("$.v = 1e+3", "1000", "1"),
        ("$.v != 1e-3", "1", "0.001"),
        ("$.v < 10e3", "9999.5", "10000"),
        ("$.v < 10e-3", "0.001", "0.01"),
        ("$.v > +1000", "1001", "1000"),
        ("$.v = 4*", "404", "504"),
    ],
)
def test_numbers_are_compared_as_the_guide_shows(condition, fulfilled, unfulfilled):
    pattern = LogPattern.parse(f"{{ {condition} }}")

    assert pattern.matches(f'{{"v": {fulfilled}}}')
    assert not pattern.matches(f'{{"v": {unfulfilled}}}')


@pytest.mark.parametrize(
    ("text", "values"),
    [("*Event", ["PutEvent", "GetEvent"]), ("Event*", ["EventId", "EventName"]), ("Ev*ent", ["Ev*ent"])],
)
def test_an_asterisk_is_a_wildcard_at_the_ends_alone(text, values):
    """The guide's examples until 2022."""
    everything = ["PutEvent", "GetEvent", "EventId", "EventName", "Ev*ent", "Evilent"]
    pattern = LogPattern.parse(f'{{ $.name = "{text}" }}')

    assert [value for value in everything if pattern.matches(json.dumps({"name": value}))] == values


def test_alternatives_in_json():
    """The guide's example until 2022."""
    lines = ['{"foo": "bar"}', '{"foo": "baz"}', '{"foo": "qux"}']

    assert those_that_match("{$.foo = bar || $.foo = baz }", lines) == lines[:2]


ACCESS = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    "pattern",
    [
        r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]",
        "[..., request =*.html*, status_code = 4*, bytes]",
        "[ip, user, username, timestamp, request =*.html*, status_code = 404 || status_code = 410, bytes]",
        "[ip, server, username, timestamp, request, status_code, bytes > 1000]",
        "[ip, user, ..., status_code, bytes]",
        "[ip, user, ...]",
        '[..., request = "GET /index.html HTTP/1.0", status_code, bytes]',
        "[..., status_code >= 400 && status_code < 500, bytes]",
        "[..., (status_code = 1 || status_code = 404) && status_code != 500, bytes]",
    ],
)
def test_patterns_of_fields_match_the_line_of_the_guide(pattern):
    assert LogPattern.parse(pattern).matches(ACCESS)


@pytest.mark.parametrize(
    "pattern",
    [
        "[..., status_code = 5*, bytes]",
        "[ip, server, username, timestamp, request, status_code, bytes > 1534]",
        "[a, b, c, d, e, f, g, h]",
        "[a, b, c, d, ..., e, f, g, h]",
        "[ip, user > 5, ...]",
    ],
)
def test_patterns_of_fields_that_the_line_does_not_match(pattern):
    assert not LogPattern.parse(pattern).matches(ACCESS)


def test_words_in_order():
    info, resource, warning, error = lines = [
        "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200",
        "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310",
        "WARNING 09/25/2014 12:00:02 Invalid user request",
        "ERROR 09/25/2014 12:00:02 Failed to process request",
    ]
    names = "logLevel, date, time, method, url"

    assert those_that_match("[w1=ERROR, w2]", lines) == [error]
    assert those_that_match("[w1=ERROR || w1=WARNING, w2]", lines) == [warning, error]
    assert those_that_match("[w1=ERROR || w1=%WARN%, w2]", lines) == [warning, error]
    assert those_that_match("[w1!=ERROR && w1!=WARNING, w2]", lines) == [info, resource]
    assert those_that_match(f"[{names}=%/service/resource/[0-9]+$%, response_time]", lines) == [info]
    assert those_that_match(f"[{names}=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]", lines) == [resource]


def test_fields_are_extracted_under_their_names():
    pattern = LogPattern.parse("[ip, server, username, timestamp, request, status_code, bytes > 1000]")

    assert pattern.extract(ACCESS) == {
        "$ip": "127.0.0.1",
        "$server": "Prod",
        "$username": "frank",
        "$timestamp": "10/Oct/2000:13:25:15 -0700",
        "$request": "GET /index.html HTTP/1.0",
        "$status_code": "404",
        "$bytes": "1534",
    }


def test_fields_without_a_name_are_extracted_under_their_place():
    """The guide's example until 2022, where a comma at the end makes such a field."""
    assert LogPattern.parse("[..., request=*.html*, status_code=4*,]").extract(ACCESS) == {
        "$1": "127.0.0.1",
        "$2": "Prod",
        "$3": "frank",
        "$4": "10/Oct/2000:13:25:15 -0700",
        "$request": "GET /index.html HTTP/1.0",
        "$status_code": "404",
        "$7": "1534",
    }


@pytest.mark.parametrize("pattern", ["[..., status_code = 5*, bytes]", "frank", "", "{ $.a = 1 }"])
def test_nothing_is_extracted_where_a_pattern_has_no_fields_or_does_not_match(pattern):
    assert LogPattern.parse(pattern).extract(ACCESS) == {}


def test_a_pattern_is_known_by_its_text():
    assert LogPattern.parse("ERROR") == LogPattern.parse("ERROR") != LogPattern.parse("WARN")
    assert repr(LogPattern.parse("ERROR")) == "LogPattern(text='ERROR')"
