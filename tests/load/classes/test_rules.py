"""Rules of the user's own: before ours, from a mapping or a file, with every fault told at once."""

import json

import pytest

from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.load.classes import TABLES, Classifier, parse_rules, read_rules, statuses


def test_a_rule_of_the_users_comes_before_ours():
    rules = parse_rules([{"status": 503, "text": "queue is full", "kind": "throttled", "reason": "our queue"}])
    classify = Classifier("http_api", rules)

    assert classify(503, {}, b"the QUEUE is full")[:2] == ("throttled", "our queue")
    assert classify(503, {}, b'{"message":"Service Unavailable"}').kind == "ambiguous"


def test_a_rule_may_be_about_one_path_alone():
    rules = parse_rules([{"path": "alb", "status": "4xx", "kind": "ok"}])

    assert Classifier("alb", rules)(404, {}).kind == "ok"
    assert Classifier("http", rules)(404, {}).kind == "refused"


def test_a_rule_may_make_an_ordinary_status_a_failure():
    rules = parse_rules([{"status": 200, "json": {"result.ok": False}, "kind": "function_error", "reason": "said so"}])
    classify = Classifier("http", rules)

    assert classify(200, {}, b'{"result": {"ok": false}}').kind == "function_error"
    for body in (b'{"result": {"ok": true}}', b'{"result": []}', b"[1]", b"no JSON", b"", b"\xff"):
        assert classify(200, {}, body).kind == "ok"


@pytest.mark.parametrize(
    ("headers", "sent", "holds"),
    [
        ({"Retry-After": True}, {"retry-after": "1"}, True),
        ({"Retry-After": True}, {}, False),
        ({"x-cache": False}, {}, True),
        ({"x-cache": False}, {"x-cache": "Hit"}, False),
        ({"x-cache": ["Hit", "Miss"]}, {"x-cache": "miss from cloudfront"}, True),
        ({"x-cache": "Hit"}, {"x-cache": "Miss"}, False),
        ({"x-cache": "Hit"}, {}, False),
        ({"a": True, "b": "c"}, {"a": "1", "b": "cd"}, True),
        ({"a": True, "b": "c"}, {"a": "1"}, False),
    ],
)
def test_conditions_on_headers(headers, sent, holds):
    classify = Classifier("http", parse_rules([{"status": 503, "headers": headers, "kind": "throttled"}]))

    assert (classify(503, sent).kind == "throttled") is holds


def test_all_conditions_must_hold():
    rule = {"status": [503], "headers": {"server": "us"}, "json": {"code": [1, 2]}, "text": "busy", "kind": "throttled"}
    classify = Classifier("http", parse_rules([rule]))

    assert classify(503, {"server": "us"}, b'{"code": 2, "why": "Busy"}').kind == "throttled"
    assert classify(503, {"server": "us"}, b'{"code": 3, "why": "Busy"}').kind == "ambiguous"
    assert classify(503, {"server": "us"}, b'{"code": 2, "why": "bored"}').kind == "ambiguous"
    assert classify(503, {"server": "them"}, b'{"code": 2, "why": "Busy"}').kind == "ambiguous"


def test_the_probe_may_be_a_condition():
    rules = parse_rules([{"status": 503, "probe": False, "kind": "throttled", "reason": "front"}])

    assert Classifier("http", rules)(503, {}).reason == "front"
    assert Classifier("http", rules)(503, {"x-serverless-probe": "v1;instance=1"}).reason == "handler_error"


def test_a_large_body_is_read_in_part():
    rules = parse_rules([{"status": 500, "text": "needle", "kind": "throttled"}])
    classify = Classifier("http", rules)

    assert classify(500, {}, b" " * 60_000 + b"needle").kind == "throttled"
    assert classify(500, {}, b" " * 70_000 + b"needle").kind == "function_error"


def test_deeply_nested_json_is_no_json():
    rules = parse_rules([{"status": 500, "json": {"a": 1}, "kind": "throttled"}])

    assert Classifier("http", rules)(500, {}, b'{"a":' * 20_000).kind == "function_error"


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"sttus": 500, "kind": "ok"}, "no condition 'sttus'; did you mean 'status'?"),
        ({"kind": "ok"}, "it has no status"),
        ({"status": 500}, "it has no kind"),
        ({"status": 99, "kind": "ok"}, "not 99"),
        ({"status": "abc", "kind": "ok"}, "not 'abc'"),
        ({"status": "", "kind": "ok"}, "not ''"),
        ({"status": True, "kind": "ok"}, "not True"),
        ({"status": [], "kind": "ok"}, "about no status"),
        ({"status": 500, "kind": "throttle"}, "kind is 'ok', 'function_error', 'throttled'"),
        ({"status": 500, "kind": "ok", "whose": "theirs"}, "whose is 'target' or 'ours', not 'theirs'"),
        ({"status": 500, "kind": "ok", "probe": "yes"}, "probe is true or false, not 'yes'"),
        ({"status": 500, "kind": "ok", "text": [1]}, "text is a text, not 1"),
        ({"status": 500, "kind": "ok", "headers": {"a": 1}}, "headers.a is a text, not 1"),
        ({"status": 500, "kind": "ok", "headers": ["a"]}, "headers has names and values"),
        ({"status": 500, "kind": "ok", "json": "a"}, "json has names and values"),
        ("429", "it must have names and values"),
    ],
)
def test_a_fault_says_what_is_wrong(rule, said):
    with pytest.raises(InvalidParameterError) as caught:
        parse_rules([{"status": 500, "kind": "ok"}, rule])

    assert "rule 2: " in str(caught.value)
    assert said in str(caught.value)


def test_every_fault_is_told():
    with pytest.raises(InvalidParameterError, match=r"rule 1: .*\n.*rule 3: "):
        parse_rules([{"status": 500}, {"status": 500, "kind": "ok"}, {"kind": "ok"}])


def test_a_path_that_there_is_not_is_told():
    with pytest.raises(InvalidParameterError, match=r"no path 'rest'; did you mean 'rest_api'\?"):
        parse_rules([{"path": "rest", "status": 500, "kind": "ok"}], paths=TABLES)
    with pytest.raises(UnknownNameError, match="no path named 'lambda_url'"):
        Classifier("lambda_url")


TOML = '[[rules]]\nstatus = ["5xx", 429]\nheaders = { Retry-After = true }\nkind = "throttled"\n'
JSON = json.dumps({"rules": [{"status": ["5xx", 429], "headers": {"Retry-After": True}, "kind": "throttled"}]})


@pytest.mark.parametrize(("name", "text"), [("rules.toml", TOML), ("rules.json", JSON)])
def test_rules_from_a_file(tmp_path, name, text):
    (tmp_path / name).write_text(text)

    [rule] = read_rules(tmp_path / name)

    assert rule.status == statuses("5xx", 429)
    assert rule.headers == {"retry-after": True}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rules]\n", "cannot be read"),
        ("", "must have `rules` and nothing else; it has nothing"),
        ("[[rule]]\nstatus=1\n", "it has 'rule'"),
        ("[rules]\nstatus=1\n", "must be a list of rules"),
        ("[[rules]]\nstatus=1\n", "rule 1: "),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, text, said):
    path = tmp_path / "mine.toml"
    path.write_text(text)

    with pytest.raises(InvalidParameterError) as caught:
        read_rules(path)

    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidParameterError, match=r"none\.toml cannot be read"):
        read_rules(tmp_path / "none.toml")
