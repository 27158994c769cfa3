"""The local platform as a target: a child process, met by HTTP as any other server is."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit

from pytest_serverless.child import Child
from pytest_serverless.errors import InvalidParameterError, PlatformError
from pytest_serverless.load.results import Target, TargetFunction
from pytest_serverless.load.targets.reached import Reached

__all__ = ["LocalPlatformTarget"]

_ANSWER_S: Final = 30.0
_OURS: Final = ("--ready-file", "--until-eof")


class LocalPlatformTarget:
    """An application on a local platform of its own, from `start` to `stop`, or for a `with` block.

    `template` is a file or a folder, None for the template of this folder. `arguments` are those of `pytest-serverless
    local`: `["--simulate", "20ms"]`, or the same as one text. `python` is the interpreter that the functions need,
    where they are not installed beside Locust; the toolkit must be installed there with its extra `local`.

    It does not outlive this process, however that ends.
    """

    def __init__(
        self,
        template: str | Path | None = None,
        arguments: Sequence[str] | str = (),
        *,
        python: str | Path | None = None,
    ) -> None:
        given = _words(arguments)
        named = [str(template)] if template is not None else []
        command = [str(python or sys.executable), "-m", "pytest_serverless.cli", "local"]
        self._child = Child([*named, "--port=0", "--quiet", *given], command=command)
        self._reached: Reached | None = None
        self._control = ""

    def start(self, within_s: float = 60.0) -> Reached:
        """Start it, and wait until it answers; PlatformError with what it said where it does not."""
        if sys.platform == "win32":
            raise PlatformError(
                "The local platform does not run on Windows. Run Locust in WSL 2, or measure what is deployed: --host "
                "or --serverless-stack."
            )
        try:
            addresses = self._child.start(within_s)
        except OSError as error:
            raise PlatformError(f"The local platform did not start: {error}.") from error
        try:
            self._control = addresses["control"]
            self._reached = _reached(addresses, self._ask("functions"))
        except BaseException:
            self.stop()
            raise
        return self._reached

    @property
    def reached(self) -> Reached:
        """What `start` returned."""
        if self._reached is None:
            raise PlatformError("The local platform was not started.")
        return self._reached

    @property
    def is_running(self) -> bool:
        """Whether it was started, and has not ended."""
        return self._child.is_running

    @property
    def output(self) -> str:
        """What it has printed: warnings, and why it ended."""
        return self._child.output

    def truth(self) -> dict[str, Any]:
        """Return what the platform itself has counted: arrivals, cold starts, throttles, sandboxes."""
        return self._ask("truth")

    def stop(self) -> None:
        """End it, and all that it has started."""
        self._child.stop()

    def __enter__(self) -> Reached:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _ask(self, what: str) -> dict[str, Any]:
        parts = urlsplit(f"{self._control}/{what}")
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_ANSWER_S)
        try:
            connection.request("GET", parts.path)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as error:
            said = f" It said:\n{self.output[-2000:]}" if not self.is_running else ""
            raise PlatformError(f"The local platform does not answer: {error!r}.{said}") from error
        finally:
            connection.close()
        if answer.status != 200:
            raise PlatformError(f"The local platform answered {answer.status} for {what}: {body[:500]!r}")
        found: dict[str, Any] = json.loads(body)
        return found


def _words(arguments: Sequence[str] | str) -> list[str]:
    try:
        words = shlex.split(arguments) if isinstance(arguments, str) else [str(each) for each in arguments]
    except ValueError as error:
        raise InvalidParameterError(f"Arguments of the local platform: {error}: {arguments!r}.") from None
    taken = [word for word in words if word.partition("=")[0] in _OURS]
    if taken:
        raise InvalidParameterError(f"{taken[0]} is set by what starts the local platform. Leave it out.")
    return words


def _reached(addresses: Mapping[str, Any], told: Mapping[str, Any]) -> Reached:
    functions: Mapping[str, Mapping[str, Any]] = told["functions"]
    account, region = _place(functions)
    return Reached(
        kind="local",
        measured=Target(
            functions=tuple(_function(each) for each in functions.values()), provider="local", region=region
        ),
        urls=addresses["apis"],
        paths={id_: api["front"] for id_, api in told["apis"].items()},
        invoke_url=addresses["invoke"],
        functions=addresses["functions"],
        resources=addresses["resources"],
        aws_url=addresses["aws"],
        environment=addresses["environment"],
        account=account,
        notes=tuple(_aliases(functions)),
    )


def _place(functions: Mapping[str, Mapping[str, Any]]) -> tuple[str | None, str | None]:
    """Return the account and the region, which stand in every function's ARN."""
    arn = next((each["arn"].split(":") for each in functions.values()), None)
    return (arn[4], arn[3]) if arn else (None, None)


def _function(told: Mapping[str, Any]) -> TargetFunction:
    return TargetFunction(
        name=told["name"],
        runtime=told["runtime"],
        architecture=told["architecture"],
        memory_mb=told["memory_mb"],
        reserved=told["reserved"],
        provisioned=sum(told["provisioned"].values()) or None,
    )


def _aliases(functions: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [
        f"Provisioned concurrency of {each['name']} is on {each['name']}:{alias}, and serves none who invoke it by its "
        "name alone."
        for each in functions.values()
        for alias in each["provisioned"]
    ]
