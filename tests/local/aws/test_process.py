"""How the process starts, refuses to start, and ends."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.local.aws.conftest import WITHIN_S, FakePlatform, started

pytestmark = pytest.mark.realtime

ROOT = Path(__file__).parents[3]
NOWHERE = FakePlatform(url="http://127.0.0.1:9")


def written(folder, text):
    (folder / "src").mkdir()
    (folder / "src" / "app.py").write_text("def handler(event, context): ...", encoding="utf-8")
    (folder / "template.yaml").write_text(text, encoding="utf-8")
    return folder / "template.yaml"


def refusal(template, **options):
    process, said = started(template, NOWHERE, **options)
    with process:
        process.stdin.close()
        assert process.wait(WITHIN_S) == 1
    return said["error"]


def test_it_ends_with_its_input(template):
    process, ready = started(template, NOWHERE)
    assert ready["pid"] == process.pid
    process.stdin.close()

    assert process.wait(WITHIN_S) == 0
    process.stdout.close()


def test_it_ends_with_whoever_started_it(template):
    """SIGKILL included: the parent has no time to tell anybody."""
    code = f"""
import sys
sys.path[:] = {[*sys.path, str(ROOT)]!r}
from pathlib import Path
from tests.local.aws.conftest import FakePlatform, started
process, ready = started(Path({str(template)!r}), FakePlatform(url="http://127.0.0.1:9"))
print(ready["pid"], flush=True)
import time
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        pid = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
        end = time.monotonic() + WITHIN_S
        while _is_alive(pid) and time.monotonic() < end:
            time.sleep(0.02)

    assert not _is_alive(pid)


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"  # one that has ended, and nobody asked of
    except OSError:
        return False


def test_a_terminal_that_interrupts_everybody_leaves_it_to_its_parent(template):
    process, _ = started(template, NOWHERE)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    process.terminate()

    assert process.wait(WITHIN_S) == -signal.SIGTERM
    process.stdin.close()
    process.stdout.close()


def test_a_template_with_faults_is_told(tmp_path):
    template = written(tmp_path, "Resources: {Jobs: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Nobody}}}")

    assert "Nobody" in refusal(template)


def test_what_a_service_would_refuse_is_told(tmp_path):
    template = written(tmp_path, "Resources: {Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: x}}}")

    assert "Bucket" in refusal(template)


def test_a_port_that_is_taken_is_told(template):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "Cannot listen" in refusal(template, port=taken.getsockname()[1])


def test_strangers_control_nothing(cloud):
    host, _, port = cloud.url.removeprefix("http://").partition(":")
    for headers in ({"Host": "rebound.example.com"}, {"Host": f"{host}:{port}", "Origin": "http://evil.example.com"}):
        connection = http.client.HTTPConnection(host, int(port), timeout=WITHIN_S)
        connection.request("POST", "/_serverless/reset", headers=headers)
        answer = connection.getresponse()
        assert (answer.status, list(json.loads(answer.read()))) == (403, ["message"])
        connection.close()


def test_what_is_tried_again_is_noted(template):
    process, ready = started(template, NOWHERE)
    connection = http.client.HTTPConnection("127.0.0.1", ready["port"], timeout=WITHIN_S)
    connection.request(
        "POST", "/_serverless/events", json.dumps({"function": "Work", "payload": "{}", "cause": "a test"})
    )
    assert connection.getresponse().status == 202
    connection.close()
    note = json.loads(process.stdout.readline())["note"]

    assert note == "retry: Work, by a test: again in 1 s"
    process.stdin.close()
    process.wait(WITHIN_S)
    process.stdout.close()
