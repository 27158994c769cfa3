"""A local platform as a child of this process, which it does not outlive."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from pytest_serverless.errors import PlatformError

__all__ = ["COMMAND", "Child"]

COMMAND = (sys.executable, "-m", "pytest_serverless.cli", "local")

_LOOK_S = 0.02
_SHOWN_CHARACTERS = 4_000


class Child:
    """A process that runs `pytest-serverless local`, in a session of its own.

    It ends when `stop` is called or this process ends, in whatever way: then its standard input does. What it writes
    goes to a file without a name, so that it never waits for a reader, and nothing is left.
    """

    def __init__(self, arguments: Sequence[str], *, command: Sequence[str] = COMMAND) -> None:
        self._command = [*command, *arguments]
        self._output: IO[bytes] | None = None
        self._ready = Path(tempfile.gettempdir(), f"serverless-platform-{uuid.uuid4()}.json")
        self._process: subprocess.Popen[bytes] | None = None
        self._written = ""

    @property
    def output(self) -> str:
        """What it has written until now, to its standard output and the other."""
        if self._output is None:
            return self._written
        file = self._output.fileno()  # where it is read from must not be where the child writes next
        return os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace")

    @property
    def is_running(self) -> bool:
        """Whether it was started, and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self, within_s: float) -> dict[str, Any]:
        """Start it, and wait until it is ready; return its addresses. PlatformError says why it is not."""
        command = [*self._command, "--ready-file", str(self._ready), "--until-eof"]
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  # `stop` closes it
        try:
            self._process = subprocess.Popen(  # noqa: S603  # ourselves
                command, stdin=subprocess.PIPE, stdout=self._output, stderr=subprocess.STDOUT, start_new_session=True
            )
            for _ in range(int(within_s / _LOOK_S)):  # counted: the clock may stand still in tests
                if self._ready.exists():
                    addresses: dict[str, Any] = json.loads(self._ready.read_text(encoding="utf-8"))
                    return addresses
                if not self.is_running:
                    break
                time.sleep(_LOOK_S)
            has_ended = not self.is_running
        except BaseException:
            self.stop()
            raise
        self.stop()
        said = self._written.strip().removeprefix("pytest-serverless: ")[-_SHOWN_CHARACTERS:] or "It said nothing."
        if has_ended:
            raise PlatformError(f"The local platform did not start. {said}")
        raise PlatformError(f"The local platform is not ready {within_s:g} s after its start. It said:\n{said}")

    def stop(self, within_s: float = 10.0) -> None:
        """End it, and all that it has started."""
        process, self._process = self._process, None
        if process is not None:
            _end(process, within_s)
            self._ready.unlink(missing_ok=True)  # it did so itself, unless it was killed
        if self._output is not None:
            self._written, output = self.output, self._output
            self._output = None
            output.close()


def _end(process: subprocess.Popen[bytes], within_s: float) -> None:
    assert process.stdin is not None  # noqa: S101  # it is a pipe
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left in it, as a rule
        os.killpg(process.pid, signal.SIGKILL)
