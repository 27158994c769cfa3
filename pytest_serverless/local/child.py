"""A local platform as a child of this process, which it does not outlive."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytest_serverless.errors import PlatformError

__all__ = ["COMMAND", "Child"]

COMMAND = (sys.executable, "-m", "pytest_serverless.cli", "local")

_LOOK_S = 0.02
_SHOWN_CHARACTERS = 4_000


class Child:
    """A process that runs `pytest-serverless local`, in a session of its own.

    It ends when `stop` is called or this process ends, in whatever way: then its standard input does. What it writes
    goes to a file, so that it never waits for a reader.
    """

    def __init__(self, arguments: Sequence[str], *, command: Sequence[str] = COMMAND) -> None:
        self._command = [*command, *arguments]
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._written = ""

    @property
    def output(self) -> str:
        """What it has written until now, to its standard output and the other."""
        if self._folder is None:
            return self._written
        return (self._folder / "output").read_text(encoding="utf-8", errors="replace")

    @property
    def is_running(self) -> bool:
        """Whether it was started, and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self, within_s: float) -> dict[str, Any]:
        """Start it, and wait until it is ready; return its addresses. PlatformError says why it is not."""
        self._folder = folder = Path(tempfile.mkdtemp(prefix="serverless-platform-"))
        ready = folder / "ready.json"
        command = [*self._command, "--ready-file", str(ready), "--until-eof"]
        with (folder / "output").open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  # ourselves
                command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            for _ in range(int(within_s / _LOOK_S)):  # counted: the clock may stand still in tests
                if ready.exists():
                    addresses: dict[str, Any] = json.loads(ready.read_text(encoding="utf-8"))
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
        if self._folder is not None:
            self._written, folder = self.output, self._folder
            self._folder = None
            shutil.rmtree(folder, ignore_errors=True)


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
