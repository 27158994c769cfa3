"""Locust in a process of its own: the one that asks must not be patched by it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_serverless.errors import InvalidParameterError, MeasurementError, MissingExtraError
from pytest_serverless.load.measuring.measurement import Measurement
from pytest_serverless.load.results import Result, read
from pytest_serverless.load.results.verdict import INVALID

__all__ = ["ChildRun"]

_USAGE = 2
_SHOWN = 6_000
_SPARE_S = 15.0
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRun:
    """A run of Locust that is to be made.

    `locustfile` is a file or a folder; `scenarios` names those to run, where it has several. One of `host`, `stack` and
    `local` (a template) is the target. `python` is the interpreter to run it by, which needs the toolkit with its extra
    `load`. `processes` send; `options` are further ones of Locust's command line, `env` further variables.
    """

    locustfile: Path
    scenarios: Sequence[str] = ()
    host: str | None = None
    stack: str | None = None
    local: Path | None = None
    arrival_rate: float | None = None
    hold: str | None = None
    processes: int = 1
    python: str = sys.executable
    options: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    within_s: float | None = None

    def measure(self) -> Measurement:
        """Run it, and return what it measured.

        Raises InvalidParameterError for what cannot be run, MeasurementError for a run that is INVALID, was cut off, or
        did not end within `within_s` seconds; it has the `result`, where there is one.
        """
        if not self.locustfile.exists():
            raise InvalidParameterError(f"There is no locustfile {self.locustfile}.")
        with tempfile.TemporaryDirectory(prefix="serverless-load-") as folder:
            written = Path(folder, "result.json")
            code, said = self._run(written)
            if not written.exists():
                raise self._not_run(code, said)
            return _believed(read(written), said)

    def _run(self, written: Path) -> tuple[int, str]:
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            process = subprocess.Popen(  # noqa: S603  # the interpreter that was chosen
                self._command(written),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.env},
                start_new_session=True,
            )
            with _ended(process):
                try:
                    code = process.wait(self.within_s)
                except subprocess.TimeoutExpired:
                    raise MeasurementError(f"The run did not end within {self.within_s:g} s.") from None
            output.seek(0)
            return code, output.read().strip()

    def _command(self, written: Path) -> list[str]:
        given = {
            "--host": self.host,
            "--serverless-stack": self.stack,
            "--serverless-local": self.local,
            "--serverless-arrival-rate": self.arrival_rate,
            "--serverless-hold": self.hold,
            "--serverless-result": written,
            **(_apart(self.processes) if self.processes > 1 else {}),
        }
        options = [part for name, value in given.items() if value is not None for part in (name, str(value))]
        locust = [self.python, "-m", "locust", "-f", str(self.locustfile), "--headless", "--only-summary"]
        return [*locust, *options, *self.options, *self.scenarios]

    def _not_run(self, code: int, said: str) -> Exception:
        if "No module named locust" in said:
            return MissingExtraError(module="locust", extra="load", needed_for=f"A load test, run by {self.python},")
        if code == _USAGE:
            return InvalidParameterError(_last(said).removeprefix("pytest-serverless: "))
        return MeasurementError(f"Locust ended with exit code {code} and no result. It said:\n{said[-_SHOWN:]}")


def _apart(processes: int) -> dict[str, object]:
    """Return how several processes find each other, and none of another run at the same time."""
    with socket.create_server((_LOOPBACK, 0)) as free:
        port = free.getsockname()[1]
    bound = {"--master-bind-host": _LOOPBACK, "--master-bind-port": port}
    return {"--processes": processes, **bound, "--master-host": _LOOPBACK, "--master-port": port}


def _believed(result: Result, said: str) -> Measurement:
    """Return a measurement, unless nothing it says can be believed."""
    if result.exit_code == INVALID:
        why = "; ".join([*result.validity.reasons, *result.notes])
        raise MeasurementError(f"The measurement is INVALID: {why}.", result=result, said=said[-_SHOWN:])
    if not result.complete:
        why = "; ".join(result.notes[:1])
        raise MeasurementError(f"The run was cut off: {why}.", result=result, said=said[-_SHOWN:])
    return Measurement(result)


def _last(said: str) -> str:
    return next((line for line in reversed(said.splitlines()) if line.strip()), "it said nothing")


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the process and whatever it has started, however the block ends: first so that it can clean up."""
    try:
        yield
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_SPARE_S)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
