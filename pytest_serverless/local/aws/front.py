"""The port of the mocked services: SDKs' requests, and what the platform's server asks beside them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from pytest_serverless.errors import PlatformError, UnknownNameError
from pytest_serverless.local.aws.long_polls import LongPolls, parameters_of_receive
from pytest_serverless.local.aws.messages import Delivery
from pytest_serverless.local.aws.platform_client import PlatformClient, is_of_functions
from pytest_serverless.local.aws.services import Services
from pytest_serverless.local.wire.messages import Asked, Reply
from pytest_serverless.local.wire.strangers import stranger

__all__ = ["CONTROL", "Front"]

CONTROL: Final = "/_serverless/"
"""What the paths of control endpoints begin with; no bucket can be called that.

`POST events` takes a `Delivery` for asynchronous invocation, `POST outcomes` the `Outcome` of any invocation, whose log
somebody may subscribe to; `POST reset` puts the state back; `GET state` returns what `Services.state` does.
"""

_MOST_REQUESTS: Final = 128
_MOST_FORWARDED: Final = 1_000

T = TypeVar("T")


class Front:
    """Answers what comes to the port at `host`; `services` are asked in threads. Made while the loop runs."""

    def __init__(self, services: Services, platform: PlatformClient, *, host: str) -> None:
        self._host = host
        self._services = services
        self._platform = platform
        self._requests = ThreadPoolExecutor(_MOST_REQUESTS, "serverless-request")
        self._forwards = ThreadPoolExecutor(_MOST_FORWARDED, "serverless-forward")
        self._polls = LongPolls(
            self._answer,
            queue_wait=lambda url: self._asked(services.queue_wait, url),
            queue_state=lambda url: self._asked(services.queue_state, url),
        )
        services.on_change(self._polls.changed)

    def __call__(self, asked: Asked) -> Awaitable[Reply]:
        """Answer a request."""
        if asked.path.startswith(CONTROL):
            return self._control(asked)
        if is_of_functions(asked):
            return asyncio.get_running_loop().run_in_executor(self._forwards, self._forward, asked)
        parameters = parameters_of_receive(asked)
        return self._answer(asked) if parameters is None else self._polls.answered(asked, parameters)

    def _answer(self, asked: Asked) -> Awaitable[Reply]:
        return self._asked(self._services.answer, asked)

    def _asked(self, ask: Callable[..., T], *given: Any) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self._requests, ask, *given)

    def _forward(self, asked: Asked) -> Reply:
        try:
            return self._platform.forward(asked)
        except PlatformError as error:
            return _json(502, {"Type": "Service", "message": str(error)})

    async def _control(self, asked: Asked) -> Reply:
        refusal = stranger(asked, self._host)
        if refusal:
            return _json(403, {"message": refusal})
        services, what = self._services, (asked.method, asked.path.removeprefix(CONTROL))
        try:
            if what == ("POST", "events"):
                await self._asked(services.submit, Delivery.decode(asked.body))
                return _json(202, {})
            if what == ("POST", "outcomes"):
                await self._asked(services.wrote, asked.body)
                return _json(202, {})
            if what == ("POST", "reset"):
                await self._asked(services.reset)
                return _json(200, {})
            if what == ("GET", "state"):
                return _json(200, await self._asked(services.state))
        except (UnknownNameError, ValueError) as error:
            return _json(400, {"message": str(error)})
        return _json(404, {"message": f"There is no {asked.method} {asked.path} here."})


def _json(status: int, content: Any) -> Reply:
    return Reply(status, json.dumps(content).encode(), [("Content-Type", "application/json")])
