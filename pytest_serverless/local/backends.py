"""The mocked services as the server sees them: a process of their own, asked over HTTP."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from typing import Any

from pytest_serverless.errors import PlatformError
from pytest_serverless.local.aws.configuration import Configuration
from pytest_serverless.local.http_client import exchange

__all__ = ["Backends"]

_READY_WITHIN_S = 60.0
_GRACE_S = 5.0
_ANSWERS_WITHIN_S = 30.0
_JSON = (("Content-Type", "application/json"),)


class Backends:
    """The process of `local.aws`, which ends when its standard input does, however the server ended.

    `note` is told, in words, what was dropped, tried again or kept as a dead letter, and where it ended by itself; from
    a thread.
    """

    def __init__(self, configuration: Configuration, *, note: Callable[[str], None]) -> None:
        self._configuration = configuration
        self._note = note
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._listener: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the services are."""
        return f"http://{self._configuration.host}:{self._port}"

    async def start(self) -> None:
        """Start it, and wait until it answers; raises PlatformError where it does not."""
        process = self._process = subprocess.Popen(
            [sys.executable, "-m", "pytest_serverless.local.aws"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        timer = threading.Timer(_READY_WITHIN_S, process.kill)
        timer.start()
        try:
            ready = await asyncio.to_thread(self._begun, process)
        finally:
            timer.cancel()
        if "port" not in ready:
            await self.close()
            raise PlatformError(ready.get("error") or "The mocked services did not start; see what they wrote above.")
        self._port = int(ready["port"])
        self._listener = threading.Thread(target=self._listen, args=(process,), name="serverless-notes", daemon=True)
        self._listener.start()

    def _begun(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        assert process.stdin is not None  # noqa: S101  # both are pipes
        assert process.stdout is not None  # noqa: S101
        with suppress(BrokenPipeError):  # it has ended: what it said, or did not, is read next
            process.stdin.write(self._configuration.encode())
            process.stdin.flush()
        line = process.stdout.readline()
        found: dict[str, Any] = json.loads(line) if line.strip() else {}
        return found

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        for line in process.stdout:
            self._note(json.loads(line).get("note", ""))
        if self._process is process:  # nobody has ended it
            self._note(f"The mocked services have ended ({_status(process.wait())}): start the platform anew.")

    async def ask(self, method: str, path: str, content: bytes | None = None) -> Any:
        """Ask a control endpoint, and return the JSON that it answers; raises PlatformError where it does not."""
        return await asyncio.to_thread(self._ask, method, path, content)

    def _ask(self, method: str, path: str, content: bytes | None) -> Any:
        try:
            response = exchange(self.url, method, path, headers=_JSON, body=content or b"", timeout_s=_ANSWERS_WITHIN_S)
        except (OSError, HTTPException) as error:
            raise PlatformError(f"The mocked services do not answer {method} {path}: {error!r}.") from error
        if not response.ok:
            text = response.text
            raise PlatformError(f"The mocked services answered {method} {path} with {response.status}: {text}.")
        return response.json() if response.body else None

    async def close(self) -> None:
        """Let it end, and see that it has."""
        process, self._process = self._process, None
        if process is not None:
            await asyncio.to_thread(self._end, process)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
        try:
            process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._listener is not None:
            self._listener.join(_GRACE_S)
        if process.stdout is not None:
            process.stdout.close()


def _status(code: int) -> str:
    return f"exit status {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
