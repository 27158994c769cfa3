"""What cannot be run, and targets that cannot be measured: each is told, by its exit code too."""

import os
import signal

import pytest

from tests.load.drivers.servers import authority_and_context
from tests.locust.servers import Server, answering, recording, resetting, unheard
from tests.locust.stage import simulated, wait

STEADY = """
from pytest_serverless.locust import Scenario

class Steady(Scenario):
    arrival_rate = 60
    hold = "4s"

    def journey(self, call):
        call.get("/")
"""
LONG = STEADY.replace('"4s"', '"60s"')
USAGE, INVALID = 2, 3


def check_cut_off(ran, why):
    assert not ran.result.complete
    assert not ran.result.validity.is_valid
    assert "The run was cut off" in ran.out
    assert why in ran.out
    assert ran.code == INVALID, ran.out


def test_a_host_that_does_not_listen(run_locust):
    ran = run_locust("--host", unheard(), file=STEADY)

    check_cut_off(ran, "nothing accepted connections at the address")
    assert ran.dispatch.planned == 0
    assert ran.result.validity.generation.planned == 240


def test_a_host_that_there_is_not(run_locust):
    ran = run_locust("--host", "http://does-not-exist.invalid", file=STEADY)

    check_cut_off(ran, "the name of the host was not found")


def test_a_certificate_that_is_not_trusted(run_locust, tmp_path):
    ca_file, context = authority_and_context(tmp_path)
    server = Server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), tls=context)

    ran = run_locust("--host", server.url, file=STEADY)
    check_cut_off(ran, "the TLS handshake failed")
    assert "--serverless-ca-file" in ran.out
    assert "--serverless-insecure" in ran.out

    trusting = run_locust("--host", server.url, "--serverless-ca-file", ca_file, file=STEADY)
    assert trusting.code == 0, trusting.out


def test_a_host_that_leads_elsewhere(run_locust):
    answer = b"HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example.com/\r\nContent-Length: 0\r\n\r\n"

    ran = run_locust("--host", Server(answering(answer)).url, file=STEADY)

    assert "requests came to no function" in ran.out
    assert "redirect" in ran.out
    assert ran.code == INVALID, ran.out


def test_a_host_that_closes_connections_ends_the_run(run_locust):
    ran = run_locust("--host", Server(resetting).url, file=LONG)

    check_cut_off(ran, "a storm of errors")
    assert "failed (reset)" in ran.out
    assert ran.dispatch.sent < 2_000


@pytest.mark.parametrize(
    ("journey", "answer"),
    [
        ('call.get("/")', b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"),
        (
            'call.invoke("Hello")',
            b"HTTP/1.1 403 Forbidden\r\nx-amzn-ErrorType: UnrecognizedClientException\r\nContent-Length: 69\r\n\r\n"
            b'{"message":"The security token included in the request is invalid."}\n',
        ),
    ],
    ids=["token", "keys"],
)
def test_credentials_that_are_not_accepted_end_the_run(run_locust, monkeypatch, journey, answer):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-somebody-else")

    ran = run_locust("--host", Server(answering(answer)).url, file=LONG.replace('call.get("/")', journey))

    check_cut_off(ran, "credentials are refused")
    assert "of-somebody-else" not in ran.out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("arrival_rate", 'treshold = "throttles < 1%"\n    arrival_rate'), "did you mean 'thresholds'?"),
        (("60", "-1"), "Scenario Steady: arrival_rate"),
        (('"4s"', '"for a while"'), "Scenario Steady: hold"),
        (("arrival_rate", "only_when_named = True\n    arrival_rate"), "All scenarios run only when they are named"),
        (("arrival_rate", 'thresholds = ("throttels < 1%",)\n    arrival_rate'), "throttels"),
        (("arrival_rate", 'data = "users.csv"\n    arrival_rate'), "Scenario Steady: Data is"),
    ],
    ids=["attribute", "rate", "hold", "only-when-named", "threshold", "data"],
)
def test_a_scenario_that_cannot_be_one(run_locust, change, said):
    ran = run_locust("--host", unheard(), file=STEADY.replace(*change))

    assert said in ran.out
    assert "Traceback" not in ran.out
    assert ran.code == USAGE, ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--serverless-reslut", "there.json"], "--serverless-reslut"),
        (["--serverless-max-arrivals", "many"], "--serverless-max-arrivals"),
        (["--serverless-extend", "long"], "--serverless-extend"),
        (["--serverless-threshold", "p99 < 3"], "Did you mean"),
        (["--serverless-result", "nowhere/result.json"], "there is no folder nowhere"),
        (["--serverless-html", "loadtests"], "--serverless-html: loadtests is a folder"),
        (["--serverless-max-arrivals", "10"], "--serverless-max-arrivals: about 240 arrivals are planned"),
        (["--serverless-max-duration", "1s"], "--serverless-max-duration: 4 s are planned"),
        (["--serverless-abort-on", "failed"], "failed"),
        (["--serverless-local", "elsewhere.yaml"], "--host"),
        (["--serverless-stack-tag", "stage"], "--serverless-stack-tag"),
        (["--host", "ftp://127.0.0.1"], "requests are sent by http or https"),
    ],
    ids=lambda each: each[-1] if isinstance(each, list) else "",
)
def test_options_that_cannot_be(run_locust, arguments, said):
    ran = run_locust("--host", unheard(), *arguments, file=STEADY)

    assert said in ran.out
    assert "Traceback" not in ran.out
    assert ran.code == USAGE, ran.out
    assert not (ran.folder / "serverless-result.json").exists()


def test_a_template_that_there_is_not(run_locust):
    ran = run_locust("--serverless-local", "elsewhere.yaml")

    assert "elsewhere.yaml" in ran.out
    assert "Traceback" not in ran.out
    assert ran.code == USAGE, ran.out


def test_the_local_platform_without_what_it_needs(run_locust, monkeypatch, tmp_path):
    (tmp_path / "without").mkdir()
    (tmp_path / "without/sitecustomize.py").write_text(
        "import sys\nsys.modules['uvloop'] = sys.modules['httptools'] = None\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'without'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")

    ran = run_locust(*simulated())

    assert "pytest-serverless-toolkit[local]" in ran.out
    assert ran.code == USAGE, ran.out


def test_a_file_that_is_no_python_is_named(run_locust):
    ran = run_locust("--host", unheard(), file=STEADY + "    def other(self\n")

    assert "shop.py" in ran.out
    assert "SyntaxError" in ran.out
    assert ran.code not in {0, 3, 4}


def test_a_file_without_a_scenario(run_locust):
    ran = run_locust("--host", unheard(), file="from pytest_serverless.locust import Scenario\n")

    assert "No User class found" in ran.out
    assert ran.code == 1


def test_a_name_that_no_scenario_has(run_locust):
    ran = run_locust("--host", unheard(), "Shoop")

    assert "Shoop" in ran.out
    assert ran.code == 1


def test_a_result_that_cannot_be_written_in_the_end_is_no_pass(start_locust, tmp_path):
    url, seen = recording()
    (tmp_path / "results").mkdir()
    process = start_locust("--host", url, "--serverless-result", "results/it.json", file=STEADY)
    seen.wait_for(20, unless=process)

    (tmp_path / "results").rmdir()
    ran = wait(process, tmp_path)

    assert "results/it.json cannot be written" in ran.out
    assert "VALID, no thresholds" in ran.out
    assert ran.code == INVALID, ran.out


def children(process):
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as told:
        return [int(each) for each in told.read().split()]


def test_a_worker_that_dies_ends_the_run_with_what_was_measured(start_locust, tmp_path):
    url, seen = recording()
    process = start_locust("--host", url, "--processes", "2", file=LONG)
    seen.wait_for(60 * 5, unless=process)  # of five seconds: all have reported

    os.kill(children(process)[0], signal.SIGKILL)
    ran = wait(process, tmp_path)

    check_cut_off(ran, "lost while it ran: worker")
    assert "1 of the worker processes did not report at the end" in ran.out
    assert 0 < ran.dispatch.sent <= len(seen.times)


def test_set_up_that_fails_sends_nothing(run_locust):
    url, seen = recording()
    file = STEADY + '    def set_up(self, target):\n        raise ValueError("no table")\n'

    ran = run_locust("--host", url, file=file)

    check_cut_off(ran, "Steady.set_up raised ValueError: no table")
    assert not seen.times
