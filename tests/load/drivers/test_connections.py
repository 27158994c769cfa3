"""Real exchanges on the loopback: what is told of each, and that nothing is sent twice or waits unseen.

They run in processes of their own, for gevent must not come into this one; once as it is, once with the standard
library patched as under Locust.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.load.drivers.test_lambda_driver import judged

NEEDED = ("geventhttpclient", "cryptography")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
ROOT = Path(__file__).parents[3]

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.xdist_group("realtime"),
    pytest.mark.skipif(bool(MISSING), reason=f"{' and '.join(MISSING)} not installed: it comes with the extra [load]"),
]


def child(module, *arguments):
    """Run a module in a process of its own; return the JSON it prints."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "RES_OPTIONS": "attempts:1 timeout:1"}
    command = [sys.executable, "-m", f"tests.load.drivers.{module}", *arguments]
    ended = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.fixture(scope="module", params=["plain", "patched"])
def found(request):
    return child("exchanging", request.param)


@pytest.mark.parametrize(
    ("what", "reason", "wire_attempts"),
    [
        ("refused", "refused", 0),
        ("dns", "dns", 0),
        ("a name that is none", "dns", 0),
        ("reset", "reset", 1),
        ("reset while it is sent", "reset", 1),
        ("closed before an answer", "closed", 1),
        ("half a body", "closed", 1),
        ("half a chunk", "closed", 1),
        ("half a head", "closed", 1),
        ("an interim answer alone", "closed", 1),
        ("garbage", "protocol", 1),
        ("two answers", "protocol", 1),
        ("broken gzip", "protocol", 1),
        ("an unknown authority", "tls", 0),
        ("another host's certificate", "tls", 0),
        ("no TLS at all", "tls", 0),
        ("silence", "timeout", 1),
        ("silence over TLS", "timeout", 1),
        ("drop by drop", "timeout", 1),
        ("a body nobody reads", "timeout", 1),
        ("no handshake", "timeout", 0),
    ],
)
def test_why_there_is_no_answer_is_told(found, what, reason, wire_attempts):
    exchange = found[what]
    assert (exchange["status"], exchange["reason"], exchange["wire_attempts"]) == (None, reason, wire_attempts)


@pytest.mark.parametrize("what", ["silence", "silence over TLS", "drop by drop", "a body nobody reads", "no handshake"])
def test_the_time_limit_is_for_the_whole_exchange(found, what):
    assert 0.19 < found[what]["seconds"] < 1.5


@pytest.mark.parametrize(
    ("what", "status", "body"),
    [
        ("plain", 200, "ok"),
        ("in two parts", 200, "ok"),
        ("until closed", 200, "all of it"),
        ("in chunks", 200, "ok!"),
        ("after an interim one", 200, "ok"),
        ("in gzip", 200, "zipped" * 100),
        ("with two cookies", 204, ""),
        ("before all was sent", 413, ""),
        ("an authority that is named", 200, "ok"),
        ("anybody", 200, "ok"),
    ],
)
def test_answers_come_whole(found, what, status, body):
    exchange = found[what]
    assert (exchange["status"], exchange["body"], exchange["error"]) == (status, body, None)


def test_names_of_headers_are_in_lower_case_and_lines_are_joined(found):
    assert found["with two cookies"]["headers"] == {"set-cookie": "a=1, b=2"}


def test_a_large_answer_is_read(found):
    assert found["of eight megabytes"]["status"] == 200


def outlined(exchanges):
    return [(each["status"], each["new_connection"], each["wire_attempts"]) for each in exchanges]


@pytest.mark.parametrize("what", ["kept open", "kept open over TLS"])
def test_a_connection_is_kept_open_and_only_the_first_exchange_is_on_a_new_one(found, what):
    assert found[what]["connections"] == 1
    assert outlined(found[what]["exchanges"]) == [(200, True, 1), (200, False, 1), (200, False, 1)]


@pytest.mark.parametrize("what", ["closed while idle", "closed while idle, over TLS", "closed as it was said"])
def test_a_connection_that_was_closed_is_not_used(found, what):
    assert (found[what]["connections"], found[what]["requests"]) == (3, 3)
    assert outlined(found[what]["exchanges"]) == [(200, True, 1)] * 3


def test_a_connection_that_is_to_be_closed_is_not_used_even_if_its_server_forgets(found):
    assert outlined(found["said to be closed, and is not"]["exchanges"]) == [(200, True, 1)] * 2


def test_what_a_server_says_unasked_is_no_answer_to_the_next_request(found):
    assert outlined(found["spoken to while idle"]["exchanges"]) == [(200, True, 1)] * 2


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_nothing_is_sent_again_where_a_connection_breaks_in_use(found, method):
    outcome = found[f"closed when it is used again, {method}"]
    assert (outcome["connections"], outcome["requests"]) == (1, 2)
    assert outlined(outcome["exchanges"]) == [(200, True, 1), (None, False, 1)]
    assert outcome["exchanges"][1]["reason"] == "closed"


def test_a_head_has_no_body_and_keeps_its_connection(found):
    assert found["to HEAD"]["connections"] == 1
    assert outlined(found["to HEAD"]["exchanges"]) == [(200, True, 1), (200, False, 1)]


def test_redirects_are_not_followed(found):
    assert (found["that leads elsewhere"]["exchanges"][0]["status"], found["that leads elsewhere"]["requests"]) == (
        302,
        1,
    )


@pytest.mark.parametrize("what", ["opened before", "opened before, over TLS"])
def test_connections_are_opened_before_they_are_needed_without_a_request(found, what):
    outcome = found[what]
    assert outcome["opened"] == [3, 5]
    assert (outcome["sent"], outcome["connections"]) == (0, 5)
    assert outcome["new"] == [False] * 5
    assert outcome["statuses"] == [200] * 5


@pytest.mark.parametrize(("whom", "why"), [("nobody", "refused"), ("no name", "dns"), ("a stranger", "tls")])
def test_why_connections_could_not_be_opened_is_told_without_a_request(found, whom, why):
    assert found[f"opened to {whom}"] == [0, why]
    assert found["opened to somebody"] == [2, None]


def test_nobody_waits_for_a_connection(found):
    first, second, third = found["all in use"]["exchanges"]
    assert (first["status"], second["status"]) == (200, 200)
    assert (third["status"], third["wire_attempts"]) == (None, 0)
    assert third["seconds"] < 0.1
    assert "2 connections" in third["message"]


def test_too_few_connections_are_the_generator_s_fault(found):
    assert found["all in use"]["verdicts"][1] == ["failed", "generator", "ours", False]


def test_who_is_stopped_leaves_no_half_read_connection(found):
    assert (found["given up"]["status"], found["given up"]["new_connection"]) == (200, True)


def test_closed_connections_are_not_used(found):
    assert (found["closed by us"]["status"], found["closed by us"]["new_connection"]) == (200, True)


def test_a_round_trip_is_measured_without_a_request(found):
    assert 0 < found["a round trip"]["ms"] < 100
    assert found["a round trip"]["sent"] == 0
    assert found["no round trip"] is None


def test_a_name_is_looked_up_once_and_each_of_its_addresses_is_tried(found):
    outcome = found["a name of two addresses"]
    assert outcome["looked_up"] == ["shop.example"]
    assert outcome["opened"] == 4
    assert outcome["statuses"] == [200] * 6


def test_one_origin_has_one_pool_however_it_is_written(found):
    assert found["a name of two addresses"]["again"]["new_connection"] is False


def test_a_file_without_certificates_is_refused_at_once(found):
    not_one, not_there = found["a file without certificates"]
    assert "exchanging.py" in not_one
    assert "/nowhere/ca.pem" in not_there


def test_there_is_one_tls_context(found):
    assert found["one context"] is True


def test_the_signature_is_over_what_stands_on_the_wire():
    auth = pytest.importorskip("botocore.auth")
    request = child("invoking")
    names = dict(line.split(": ", 1) for line in request["head"].split("\r\n")[1:])
    method, target, _ = request["head"].split("\r\n")[0].split(" ")
    signed = names["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    headers = {name: value for name, value in names.items() if name.lower() in {*signed, "authorization"}}

    assert {"host", "x-amz-date", "x-amz-log-type", "x-amz-security-token"} <= set(signed)
    judged(auth, method, f"http://{names['Host']}{target}", headers, request["body"].encode())
