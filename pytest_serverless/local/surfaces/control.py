"""The control endpoints, under `/_serverless/` at the Invoke API's port: health, truth, reset, functions, events.

They answer on this machine alone: a page in a browser, or a name that somebody made point here, gets a 403.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from pytest_serverless.errors import PlatformError, ThrottledError
from pytest_serverless.local.aws.messages import Delivery, encode_outcome, encode_throttle
from pytest_serverless.local.surfaces.contract import Platform
from pytest_serverless.local.surfaces.failures import told
from pytest_serverless.local.surfaces.recent_events import RecentEvents
from pytest_serverless.local.wire.messages import Asked, Reply
from pytest_serverless.local.wire.strangers import stranger

__all__ = ["PREFIX", "Control"]

PREFIX = "/_serverless/"

_JSON = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


class Control:
    """Answers for one platform, listened for at `host`.

    `describe` tells of the functions and where they are asked, `state` of what is on its way between services. `reset`
    is called after the platform's own. Nothing is healthy until `is_ready` is set; before it, and during a reset, no
    delivery is run: it would belong to what is forgotten.
    """

    def __init__(
        self,
        platform: Platform,
        *,
        host: str,
        describe: Callable[[], Mapping[str, Any]],
        reset: Callable[[], Awaitable[None]] | None = None,
        state: Callable[[], Awaitable[Any]] | None = None,
    ) -> None:
        self.is_ready = False
        self._platform = platform
        self._host = host
        self._describe = describe
        self._reset_more = reset
        self._state = state
        self._resetting = 0
        self._events = RecentEvents(platform.events)
        self._routes: dict[tuple[str, str], Callable[[Asked], Reply | Awaitable[Reply]]] = {
            ("GET", "health"): self._health,
            ("GET", "truth"): lambda _: _json(200, platform.truth()),
            ("POST", "reset"): self._reset,
            ("GET", "functions"): lambda _: _json(200, describe()),
            ("GET", "events"): self._recent,
            ("GET", "state"): self._ask_state,
            ("POST", "invoke"): self._invoke,
        }

    def __call__(self, asked: Asked) -> Reply | Awaitable[Reply]:
        """Answer a request whose path begins with the prefix."""
        refusal = stranger(asked, self._host)
        if refusal:
            return _json(403, {"error": refusal})
        name = asked.path.removeprefix(PREFIX).rstrip("/")
        route = self._routes.get((asked.method, name))
        if route is not None:
            answer = route(asked)
            return answer if isinstance(answer, Reply) else _explained(answer)
        methods = [method for method, known in self._routes if known == name]
        if methods:
            allow = ", ".join(methods)
            return Reply(405, _dumped({"error": f"{PREFIX}{name} takes {allow}."}), [*_JSON, ("Allow", allow)])
        known = ", ".join(f"{method} {PREFIX}{known}" for method, known in self._routes)
        return _json(404, {"error": f"There is no {asked.path} here. There are: {known}."})

    def _health(self, asked: Asked) -> Reply:
        if not self.is_ready:
            return _json(503, {"status": "starting"})
        return _json(200, {"status": "ok", "provider": self._platform.app.provider, "app": self._platform.app.name})

    async def _reset(self, asked: Asked) -> Reply:
        self._resetting += 1
        try:
            await self._platform.reset()
            if self._reset_more is not None:
                await self._reset_more()
        finally:
            self._resetting -= 1
        return _json(200, {"status": "ok"})

    async def _ask_state(self, asked: Asked) -> Reply:
        return _json(200, {"quiet": True} if self._state is None else await self._state())

    def _recent(self, asked: Asked) -> Reply:
        after = parse_qs(asked.query).get("after", ["0"])[0]
        if not (after.isascii() and after.isdigit()):
            return _json(400, {"error": f"after is the number of an event, got {after!r}."})
        return _json(200, self._events.after(int(after)))

    async def _invoke(self, asked: Asked) -> Reply:
        """Run a function for a delivery, and answer with all that it came to."""
        if self._resetting or not self.is_ready:
            return _json(503, {"error": "The local platform is starting, being reset, or ending."})
        try:
            delivery = Delivery.decode(asked.body)
        except ValueError as error:
            return _json(400, {"error": str(error)})
        if delivery.function not in self._platform.app.functions:
            return _json(404, {"error": f"There is no function {delivery.function!r}."})
        try:
            outcome = await self._platform.invoke(
                delivery.function,
                delivery.payload,
                cause=delivery.cause,
                synchronous=delivery.synchronous,
                qualifier=delivery.qualifier,
                request_id=delivery.request_id,
                trace_id=delivery.trace_id,
            )
        except ThrottledError as error:
            return Reply(429, encode_throttle(error.reason), _JSON)
        except Exception as error:  # noqa: BLE001  # who asked gets an answer, and the log the reason
            return _json(500, {"error": told(error)})
        return Reply(200, encode_outcome(outcome), _JSON)


async def _explained(answer: Awaitable[Reply]) -> Reply:
    """Return an answer, or why there can be none: a part of the platform has gone."""
    try:
        return await answer
    except PlatformError as error:
        return _json(503, {"error": str(error)})


def _json(status: int, value: Any) -> Reply:
    return Reply(status, _dumped(value), _JSON)


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()
