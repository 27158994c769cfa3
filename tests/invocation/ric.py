"""Runs handlers under AWS's own runtime interface client, against a small Runtime API on the loopback."""

import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Answer:
    """What the client sent: to `response`, `error` or `init/error`; or how it ended without."""

    kind: str
    body: bytes
    exit_code: int | None = None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self):
        try:
            request_id, payload, headers = self.server.requests.get(timeout=30)
        except queue.Empty:
            return
        self.send_response(200)
        for name, value in {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": "4102444800000",
            "Content-Type": "application/json",
            "Content-Length": str(len(payload)),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else self._chunks()
        kind = self.path.partition("/runtime/")[2]
        self.server.answers.put(Answer("init/error" if kind == "init/error" else kind.rsplit("/", 1)[1], body))
        self.send_response(202)
        self.send_header("Content-Length", "16")
        self.end_headers()
        self.wfile.write(b'{"status":"OK"}\n')

    def _chunks(self):
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, *args):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests, self.answers = queue.Queue(), queue.Queue()

    def handle_error(self, request, client_address):
        """Stay quiet when a client is ended while it waits."""


class RuntimeClient:
    """One sandbox under `python -m awslambdaric`."""

    def __init__(self, handler, environment):
        self._server = _Server()
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        variables = {name: value for name, value in environment.items() if value is not None}
        variables |= {
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_port}",
            "PYTHONPATH": os.pathsep.join([str(CORPUS), *filter(None, [os.environ.get("PYTHONPATH")])]),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", handler],
            cwd=CORPUS,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def invoke(self, request_id, payload, **headers):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self._server.requests.put((request_id, body, headers))
        return self.answer()

    def answer(self):
        """Return what the client sends next, or how its process ended."""
        for _ in range(600):
            try:
                return self._server.answers.get(timeout=0.05)
            except queue.Empty:
                if self._process.poll() is not None and self._server.answers.empty():
                    return Answer("exit", b"", self._process.returncode)
        raise AssertionError("the runtime client neither answered nor ended")

    def close(self):
        """End the process, and return what it wrote."""
        self._process.kill()
        output = self._process.communicate()[0]
        self._server.shutdown()
        self._server.server_close()
        return output
