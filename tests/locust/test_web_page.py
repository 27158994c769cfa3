"""Locust's own web page: runs are started there, and a tab tells how they stand."""

import json
import signal
import socket
import time
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from tests.locust.stage import simulated, start, wait


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def asked(url, data=None):
    with urlopen(url, None if data is None else urlencode(data).encode(), timeout=10) as answer:
        return answer.read()


def until(holds, within_s=40):
    for _ in range(within_s * 5):
        try:
            if found := holds():
                return found
        except (URLError, OSError):
            pass
        time.sleep(0.2)
    raise AssertionError("it never was so")


def rows(url):
    tables = json.loads(asked(f"{url}/stats/requests")).get("extended_stats") or [{"data": []}]
    return {row["metric"]: row["value"] for row in tables[0]["data"]}


def test_a_run_from_the_web_page_shows_in_its_tab_and_may_be_repeated(tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = start(tmp_path, *simulated("5ms"), "--headful", "--web-port", str(port), "-t", "2s")
    result = tmp_path / "serverless-result.json"
    try:
        assert b"Serverless" in until(lambda: asked(url))
        for _ in range(2):
            asked(f"{url}/swarm", {"user_count": 1, "spawn_rate": 1})
            until(result.exists)
            shown = rows(url)
            assert int(shown["sent"]) > 0
            assert "latency.p50" in shown
            until(lambda: json.loads(asked(f"{url}/stats/requests"))["state"] == "stopped")
            result.unlink()
        process.send_signal(signal.SIGTERM)
        ran = wait(process, tmp_path)
    finally:
        process.kill()
    assert ran.out.count("thresholds") + ran.out.count("no thresholds") >= 2
    assert "Traceback" not in ran.out
