"""What a reply tells of its answer."""

import pytest

from pytest_serverless.load.classes import Verdict
from pytest_serverless.load.drivers.contract import Exchange, Sent
from pytest_serverless.load.scenarios.reply import Reply


def reply(body=b"", status=200, verdict=None, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    exchange = Exchange(0.0, 0.02, status, names, body)
    return Reply(Sent(exchange, verdict or Verdict("ok")), "GET /a", 20.0)


def test_headers_are_found_in_any_case():
    headers = reply(content_type="text/html", etag='"1"').headers

    assert headers["Content-Type"] == "text/html"
    assert "ETag" in headers
    assert headers.get("Location") is None
    assert dict(headers) == {"content-type": "text/html", "etag": '"1"'}
    assert len(headers) == 2


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("grün".encode(), "text/html", "grün"),
        ("grün".encode("latin-1"), 'text/html; Charset="ISO-8859-1"; x=1', "grün"),
        (b"a\xff", "text/html", "a\ufffd"),
        (b"abc", "text/html; charset=no-such", "abc"),
    ],
)
def test_text_is_read_in_the_character_set_that_the_answer_names(body, content_type, text):
    assert reply(body, content_type=content_type).text == text


def test_json_is_read_and_what_is_none_is_told_with_its_beginning():
    assert reply(b'{"a": [1]}').json() == {"a": [1]}
    with pytest.raises(ValueError, match=r"The answer to GET /a \(502\) is not JSON: .*It begins '<html>"):
        reply(b"<html>", 502).json()


def test_an_answer_that_never_came_has_no_status():
    never = reply(status=None, verdict=Verdict("failed", "reset"))

    assert (never.status, never.is_ok, never.text) == (None, False, "")
    assert repr(never) == "<Reply to GET /a: no status, failed: reset, 20.0 ms>"
    with pytest.raises(ValueError, match=r"The answer to GET /a \(reset\) is not JSON"):
        never.json()
