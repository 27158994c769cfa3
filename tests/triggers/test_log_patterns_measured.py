"""Filter patterns against what TestMetricFilter and FilterLogEvents answered on 2026-09-13.

The messages, the patterns and the numbers of the messages that matched are recorded in
https://github.com/radkawar/stackd/blob/main/testdata/aws/logs/filters.json
"""

import pytest

from pytest_serverless.triggers.log_patterns import LogPattern

TERMS = [
    "ERROR ARGUMENTS REQUEST",
    "ERROR BAD REQUEST",
    "INFO ARGUMENTS",
    "INFO REQUEST",
    "error arguments request",
    "ERROR INTERNAL SERVER ERROR",
    "ERROR INTERNAL  SERVER ERROR",
    "INTERNAL SERVER error",
    "TERROR REQUEST",
    "[ERROR] REQUEST",
    "ERROR-REQUEST",
    "ERROR_ARGUMENTS",
    "ERROR\nARGUMENTS",
    "ARGUMENTS ERROR",
    "plain",
    'say "hello world" now',
    "hello-world",
    " ",
]
REGEXES = [
    "ERROR 500",
    "ERROR 50",
    "ERROR 5000",
    "WARN 404",
    "xERROR 500",
    "error 500",
    "color",
    "colour",
    "colouur",
    "10.10.0.1",
    "10010,051",
    "hello!",
    "hello(",
    "café",
    "aaab",
    "abab",
    "ERROR\n500",
]
SCALARS = [
    "{}",
    '{"v":null}',
    '{"v":"null"}',
    '{"v":true}',
    '{"v":false}',
    '{"v":"true"}',
    '{"v":"false"}',
    '{"v":0}',
    '{"v":1}',
    '{"v":1.0}',
    '{"v":1e0}',
    '{"v":"1"}',
    '{"v":"1.0"}',
    '{"v":-1}',
    '{"v":1.5}',
    '{"v":10}',
    '{"v":"10"}',
    '{"v":"Alpha"}',
    '{"v":"alpha"}',
    '{"v":"Alphabet"}',
    '{"v":"xAlpha"}',
    '{"v":""}',
    '{"v":[]}',
    '{"v":{}}',
    '{"v":[1,"Alpha",null]}',
    '{"v":"a*b"}',
    '{"v":"a?b"}',
    '{"v":1,"v":2}',
    '{"v":2,"v":1}',
    "not JSON",
    '[{"v":1}]',
    "{broken",
]
TEXTS_AND_NUMBERS = [2, *range(5, 22), *range(25, 29)]
PATHS = [
    '{"nested":{"value":"hit"},"cluster.name":"flat","cluster":{"name":"nested"},"items":[{"a":1,"b":0},{"a":0,"b":2}],'
    '"arr":["miss","hit"],"matrix":[[0,1],[2,3]],"a":1,"b":0,"c":0}',
    '{"nested":{"value":"miss"},"cluster.name":"nested","cluster":{"name":"flat"},"items":[{"a":1,"b":2}],'
    '"arr":["hit","miss"],"matrix":[[1,0]],"a":0,"b":2,"c":3}',
    '{"nested":null,"arr":[null],"items":[],"a":0,"b":2,"c":0}',
    '{"nested":{},"arr":[],"a":1,"b":2,"c":3}',
    '{"nested":{"value":null},"arr":"hit","a":0,"b":0,"c":3}',
    '{"nested":{"value":"null"},"other":"hit"}',
    '{"nested.value":"hit","arr":[["hit"]]}',
    '{"arr":["hit","hit"],"items":[{"a":1},{"b":2}]}',
    '{"arr":{"0":"hit"},"nested":[{"value":"hit"}]}',
    "{}",
]
FIELDS = [
    '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534',
    '127.0.0.2 - jane [10/Oct/2000:13:25:16 -0700] "GET /index.html HTTP/1.0" 410 0',
    '127.0.0.3 - frank [10/Oct/2000:13:25:17 -0700] "POST /api HTTP/1.0" 500 2048',
    '127.0.0.4 - frank [10/Oct/2000:13:25:18 -0700] "GET /index.html HTTP/1.0" 200 100',
    '127.0.0.5  -  frank [10/Oct/2000:13:25:19 -0700] "GET /index.html HTTP/1.0" 404 1534 extra',
    '127.0.0.6\t-\tfrank\t[10/Oct/2000:13:25:20 -0700]\t"GET /index.html HTTP/1.0"\t404\t1534',
    "ERROR request failed",
    "WARNING request",
    "INFO request accepted",
    "ERROR",
    'ERROR "two words"',
    'ERROR "unterminated words',
]


def numbers_of_matches(pattern, messages):
    parsed = LogPattern.parse(pattern)
    return [number for number, message in enumerate(messages) if parsed.matches(message)]


def but(numbers, *without):
    return [number for number in numbers if number not in without]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", list(range(18))),
        ('" "', [*range(10), 13, 15, 17]),
        ("ERROR", [0, 1, 5, 6, *range(8, 14)]),
        ("ERROR ARGUMENTS", [0, 11, 12, 13]),
        ("?ERROR ?ARGUMENTS", [0, 1, 2, 5, 6, *range(8, 14)]),
        ("?ERROR ?ARGUMENTS REQUEST", [0, 1, 3, 8, 9, 10]),
        ("?ERROR ?ARGUMENTS -REQUEST", [2, 4, 5, 6, 7, *range(11, 18)]),
        ("ERROR -ARGUMENTS", [1, 5, 6, 8, 9, 10]),
        ("-ERROR", [2, 3, 4, 7, 14, 15, 16, 17]),
        ('"INTERNAL SERVER ERROR"', [5]),
        ("error", [4, 7]),
        ('"hello-world"', [16]),
        ('ERROR -"BAD REQUEST"', [0, 5, 6, *range(8, 14)]),
    ],
)
def test_terms(pattern, expected):
    assert numbers_of_matches(pattern, TERMS) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"%^ERROR\s[0-9]{3}$%", [0, 16]),
        ("%ERROR|WARN%", [0, 1, 2, 3, 4, 16]),
        ("%^colou?r$%", [6, 7]),
        (r"%10\.10\.0\.1%", [9]),
        ("%10.10.0.1%", [9, 10]),
        (r"%\x21%", [11]),
        ("%^[^a-z]+$%", [0, 1, 2, 3, 9, 10, 16]),
        ("%^a*b$%", [14]),
    ],
)
def test_regular_expressions(pattern, expected):
    assert numbers_of_matches(pattern, REGEXES) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("= 1", [8, 9, 10, 11, 28]),
        ("!= 1", but(TEXTS_AND_NUMBERS, 8, 9, 10, 11, 28)),
        ("> 1", [14, 15, 27]),
        ("< 1", [7, 13]),
        (">= 1", [8, 9, 10, 14, 15, 27, 28]),
        ("<= 1", [7, 8, 9, 10, 13, 28]),
        ("= 1e+0", [8, 9, 10, 28]),
        ("= -1", [13]),
        ('= "1"', [8, 11, 28]),
        ('= "Alpha"', [17]),
        ('!= "Alpha"', but(TEXTS_AND_NUMBERS, 17)),
        ('= "Alpha*"', [17, 19]),
        ('= "*Alpha"', [17, 20]),
        ("= %^Al.*%", [17, 19]),
        ("IS NULL", [1, 24]),
        ("NOT EXISTS", [0]),
        ("IS TRUE", [3]),
        ("IS FALSE", [4]),
        ("= true", [5]),
        ("= *", TEXTS_AND_NUMBERS),
    ],
)
def test_values_in_json(condition, expected):
    assert numbers_of_matches(f"{{ $.v {condition} }}", SCALARS) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('$.nested.value = "hit"', [0]),
        ("$.['cluster.name'] = \"flat\"", [0]),
        ('$.arr[0] = "hit"', [1, 7]),
        ('$.arr[*] = "hit"', [0, 1, 7, 8]),
        ('$.* = "hit"', [4, 5, 6]),
        ("$.matrix[0][1] = 1", [0]),
        ("$.items[*].a = 1 && $.items[*].b = 2", [0, 1, 7]),
        ("$.a = 1 && $.c = 3", [3]),
        ("$.a = 1 || $.b = 2 && $.c = 3", [0, 1, 3]),
        ("($.a = 1 || $.b = 2) && $.c = 3", [1, 3]),
        ("$.nested.value NOT EXISTS", [2, 3, 6, 7, 8, 9]),
        ("$.nested.value IS NULL", [4]),
    ],
)
def test_paths_in_json(condition, expected):
    assert numbers_of_matches(f"{{ {condition} }}", PATHS) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ip, identity, user, timestamp, request, status, bytes]", list(range(6))),
        ("[ip, identity, user, timestamp, request, status >= 400, bytes > 1000]", [0, 2, 5]),
        ("[..., request = *.html*, status = 4*, bytes]", [0, 1, 5]),
        ("[..., status = 404 || status = 410, bytes]", [0, 1, 5]),
        (r"[ip = %127\.0\.0\.[1-3]%, identity, user, timestamp, request, status, bytes]", [0, 1, 2]),
        ("[..., bytes]", list(range(12))),
        ("[ip, ..., status, bytes]", [*range(7), 8, 11]),
        ("[]", list(range(12))),
        ("[w1=ERROR, w2]", [6, 10, 11]),
        ("[w1!=ERROR && w1!=WARNING, w2]", [*range(6), 8]),
    ],
)
def test_fields(pattern, expected):
    assert numbers_of_matches(pattern, FIELDS) == expected


REQUEST = {"$request": "GET /index.html HTTP/1.0", "$identity": "-", "$user": "frank"}


@pytest.mark.parametrize(
    ("pattern", "number", "expected"),
    [
        ("[w1=ERROR, w2]", 6, {"$w1": "ERROR", "$w2": "request failed"}),
        ("[w1=ERROR, w2]", 10, {"$w1": "ERROR", "$w2": "two words"}),
        ("[w1=ERROR, w2]", 11, {"$w1": "ERROR", "$w2": '"unterminated words'}),
        ("[ip, ..., status, bytes]", 6, {"$ip": "ERROR", "$status": "request", "$bytes": "failed"}),
        ("[..., bytes]", 9, {"$bytes": "ERROR"}),
        ("[..., bytes]", 11, {"$1": "ERROR", "$2": '"unterminated', "$bytes": "words"}),
        ("[]", 11, {"$1": "ERROR", "$2": '"unterminated', "$3": "words"}),
        (
            "[w1!=ERROR && w1!=WARNING, w2]",
            4,
            {
                "$w1": "127.0.0.5",
                "$w2": '-  frank [10/Oct/2000:13:25:19 -0700] "GET /index.html HTTP/1.0" 404 1534 extra',
            },
        ),
        (
            "[ip, identity, user, timestamp, request, status, bytes]",
            4,
            REQUEST
            | {"$ip": "127.0.0.5", "$timestamp": "10/Oct/2000:13:25:19 -0700"}
            | {"$status": "404", "$bytes": "1534 extra"},
        ),
    ],
)
def test_extracted_fields(pattern, number, expected):
    assert LogPattern.parse(pattern).extract(FIELDS[number]) == expected
