"""A local platform that runs beside a test, and what the test asks of it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from http.client import HTTPException
from types import TracebackType
from typing import Any
from urllib.parse import quote

from pytest_serverless.child import Child
from pytest_serverless.errors import InvocationError, PlatformError, ThrottledError, UnknownNameError, or_list
from pytest_serverless.local import supported
from pytest_serverless.local.http_client import exchange
from pytest_serverless.local.settings import Settings
from pytest_serverless.web.request import Request
from pytest_serverless.web.response import Response

__all__ = ["RunningPlatform"]

_LOOK_S = 0.05


class RunningPlatform:
    """An application on a local platform of its own, from `start` to `stop`, or for a `with` block.

    `settings` are those of the `local` command. A `quiet` one keeps no logs but warnings, which saves time.
    """

    def __init__(self, settings: Settings, *, quiet: bool = False) -> None:
        self.settings = settings
        self._child = Child([*arguments_of(settings), *(["--quiet"] if quiet else [])])
        self._addresses: dict[str, Any] = {}
        self._clients: Any = None
        self._read_to = 0

    def start(self, within_s: float = 60.0) -> RunningPlatform:
        """Start it, and wait until it answers; PlatformError with what it said where it does not."""
        supported.require()
        self._addresses = self._child.start(within_s)
        self._read_to = len(self._child.output)
        return self

    def stop(self) -> None:
        """End it, with every process it has started."""
        if self._clients is not None:
            self._clients.close()
            self._clients = None
        self._child.stop()

    def __enter__(self) -> RunningPlatform:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    # Where it is

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child.is_running

    @property
    def addresses(self) -> dict[str, Any]:
        """What `local` writes when it is ready: URLs (`invoke`, `control`, `aws`, `apis`), names, `pid`."""
        return self._addresses

    @property
    def pid(self) -> int:
        """The process of its server."""
        return int(self._addresses["pid"])

    @property
    def environment(self) -> dict[str, str]:
        """The variables under which an SDK, in whatever process, talks to it: endpoint, credentials, region."""
        return dict(self._addresses["environment"])

    @property
    def functions(self) -> dict[str, str]:
        """The names of the functions by their ids."""
        return dict(self._addresses["functions"])

    def ref(self, id: str) -> str:  # noqa: A002  # the template's word for it
        """Return what `Ref` of that id gives: a bucket's or table's name, a queue's URL, a topic's ARN."""
        known: dict[str, str] = self._addresses["resources"]
        if id not in known:
            raise UnknownNameError("resource", id, known)
        return known[id]

    def url(self, api: str | None = None) -> str:
        """Return where an HTTP API is, by its id; `api` may be left out where there is one."""
        apis: dict[str, str] = self._addresses["apis"]
        if api is None and len(apis) == 1:
            return next(iter(apis.values()))
        if api is None:
            known = f"Say which: {or_list(list(apis))}." if apis else "The template has none."
            raise PlatformError(f"There is no one HTTP API. {known}")
        if api not in apis:
            raise UnknownNameError("HTTP API", api, apis)
        return apis[api]

    # What a test does

    def request(self, method: str, path: str, *, timeout_s: float = 30.0, **given: Any) -> Response:
        """Ask an HTTP API: `request("POST", "/items", json={"id": "42"})`.

        `headers`, `params`, `cookies`, `json` or `data`, and `api` where there are several, are as for `serverless`.
        """
        asked = Request.make(method, path, **given)
        return _ask(self.url(asked.api), asked, timeout_s)

    def client(self, service: str, **options: Any) -> Any:
        """Return a boto3 client that talks to the platform; one of Lambda tries each invocation once."""
        if self._clients is None:
            from pytest_serverless.backends.endpoint_clients import EndpointClients

            region = self.environment.get("AWS_DEFAULT_REGION") or "us-east-1"
            self._clients = EndpointClients(region, self._url_of)
        return self._clients.client(service, **options)

    def invoke(
        self, function: str, event: Any = None, *, qualifier: str | None = None, timeout_s: float = 905.0
    ) -> Any:
        """Invoke a function by its id or name, and return what it returned.

        Raises ThrottledError where there is no room, and InvocationError with the function's own words where it fails.
        """
        name = self.functions.get(function, function)
        if name not in self.functions.values():
            raise UnknownNameError("function", function, self.functions)
        path = f"/2015-03-31/functions/{name}/invocations" + (f"?Qualifier={quote(qualifier)}" if qualifier else "")
        response = _ask(self._addresses["invoke"], Request.make("POST", path, data=_payload(event)), timeout_s)
        content = response.json() if response.content else None
        if response.status == 429:
            raise ThrottledError(response.json().get("Reason", "TooManyRequestsException"), function)
        if not response.ok:
            raise InvocationError(f"{function} was not invoked: {response.status} {response.text}")
        if "x-amz-function-error" in response.headers:
            said = content if isinstance(content, dict) else {}
            raise InvocationError(f"{function} failed: {said.get('errorType')}: {said.get('errorMessage')}")
        return content

    def truth(self) -> dict[str, Any]:
        """Return what was counted since the start, or the last reset: arrivals, cold starts, throttles, sandboxes."""
        found: dict[str, Any] = self._control("GET", "truth")
        return found

    def reset(self) -> None:
        """Begin anew: no sandbox, nothing counted, the mocked services as at the start."""
        self._control("POST", "reset")
        self._read_to = len(self._child.output)

    def wait_quiet(self, timeout_s: float = 30.0) -> None:
        """Wait until nothing that was caused is on its way to a function; PlatformError after `timeout_s`."""
        state: dict[str, Any] = {"quiet": not self.settings.backends}  # without them nothing is delivered
        for _ in range(int(timeout_s / _LOOK_S) + 1):  # counted: the clock may stand still in tests
            state = state if state.get("quiet") else self._control("GET", "state")
            if state.get("quiet"):
                return
            time.sleep(_LOOK_S)
        left = {name: state.get(name) for name in ("in_flight", "left")}
        raise PlatformError(f"The platform is not quiet after {timeout_s:g} s: {left}")

    @property
    def logs(self) -> str:
        """What was written since the start, or the last reset, as `local` prints it; it is there before answers."""
        return self._child.output[self._read_to :]

    def last_logs(self, lines: int = 60) -> str:
        """Return the end of the logs."""
        found = self.logs.splitlines()[-lines:]
        return "".join(f"{line}\n" for line in found)

    def _url_of(self, service: str) -> str:
        url: str | None = self._addresses["invoke"] if service == "lambda" else self._addresses["aws"]
        if url is None:
            raise PlatformError(f"There is no {service}: the platform was started without the mocked services.")
        return url

    def _control(self, method: str, what: str) -> Any:
        response = _ask(self._addresses["control"], Request.make(method, f"/{what}"), 60.0)
        if not response.ok:
            raise PlatformError(f"The local platform answered {method} {what} with {response.status} {response.text}")
        return response.json() if response.body else None


def arguments_of(settings: Settings) -> list[str]:
    """Return the arguments of the `local` command that stand for settings; port 0 unless they name one."""
    choices = settings.choices
    pairs = [("--parameter", choices.get("parameters")), ("--import", choices.get("imports"))]
    pairs += [("--limit", settings.limits), ("--env", settings.env)]
    found = [f"{option}={name}={value}" for option, values in pairs for name, value in (values or {}).items()]
    texts: Mapping[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "simulate": settings.simulate,
        "simulate-init": settings.simulate_init,
        "simulate-proactive": settings.simulate_proactive or None,
        "simulate-idle": settings.simulate_idle,
        "simulate-stall": settings.simulate_stall,
        "seed": settings.seed,
        "node": settings.node,
        **{name: choices.get(name) for name in ("environment", "region", "account")},
    }
    found += [f"--{name}={value}" for name, value in texts.items() if value is not None]
    flags = {
        "--no-backends": not settings.backends,
        "--skip-idle": settings.skip_idle,
        "--no-reload": not settings.reload,
        "--coverage": settings.coverage,
    }
    return [str(settings.template), *found, *(flag for flag, is_set in flags.items() if is_set)]


def _payload(event: Any) -> bytes:
    return event if isinstance(event, bytes) else json.dumps({} if event is None else event).encode()


def _ask(base: str, asked: Request, timeout_s: float) -> Response:
    """Send a request to an address, and return the answer."""
    given: dict[str, Any] = {"headers": asked.headers.pairs, "body": asked.body, "timeout_s": timeout_s}
    try:
        return exchange(base, asked.method, asked.target, **given)
    except (OSError, HTTPException) as error:
        raise PlatformError(f"{asked.method} {base}{asked.path}: {error!r}. Does the platform still run?") from error
