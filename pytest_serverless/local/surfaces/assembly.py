"""Every surface of one platform, opened and closed together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.local.concurrency import function_limits
from pytest_serverless.local.surfaces.contract import Later, Platform
from pytest_serverless.local.surfaces.control import PREFIX, Control
from pytest_serverless.local.surfaces.credentials import credentials
from pytest_serverless.local.surfaces.front import Front
from pytest_serverless.local.surfaces.gateway_rates import GatewayRates
from pytest_serverless.local.surfaces.invoke_api import InvokeApi
from pytest_serverless.local.wire.listener import Listener, address_of
from pytest_serverless.local.wire.messages import Asked, Handler, Reply
from pytest_serverless.local.wire.strangers import foreign_page
from pytest_serverless.web.gateway import Gateway
from pytest_serverless.web.lambda_invoke import Refusal
from pytest_serverless.web.rules import DEFAULT, Rules

__all__ = ["Surfaces"]

_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # what is asked instead


class Surfaces:
    """The Invoke API with the control endpoints at one port, and each HTTP API of the application at another.

    The APIs stand in the order of the template. They are at the ports after `port`; 0 takes free ones. `later` takes
    what is invoked asynchronously; `reset` is called after the platform's own, `state` returns what is on its way.
    """

    def __init__(
        self,
        platform: Platform,
        later: Later,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        rules: Rules = DEFAULT,
        reset: Callable[[], Awaitable[None]] | None = None,
        state: Callable[[], Awaitable[Any]] | None = None,
    ) -> None:
        self._platform = platform
        self._host = host
        rules = replace(rules, payload_bytes=platform.limits.sync_payload_bytes)
        gateway = Gateway(platform.app, rules=rules, authorize=credentials)
        rates = GatewayRates(platform.app, gateway.apis, platform.limits)

        async def reset_all() -> None:
            rates.reset()
            if reset is not None:
                await reset()

        self._invoke_api = self._when_ready(InvokeApi(platform, later))
        self._control = Control(platform, host=host, describe=self.describe, reset=reset_all, state=state)
        self._fronts = {id_: Front(platform, gateway, api, rates) for id_, api in gateway.apis.items()}
        handlers: list[Handler] = [self._answer, *map(self._when_ready, self._fronts.values())]
        self._listeners = [
            Listener(handler, host=host, port=port + number if port else 0) for number, handler in enumerate(handlers)
        ]

    @property
    def invoke_url(self) -> str:
        """Where the Invoke API is: what an SDK takes as `endpoint_url`."""
        return self._url(self._listeners[0])

    @property
    def urls(self) -> dict[str, str]:
        """Where each HTTP API, function URL and load balancer is, by its id."""
        return {id_: self._url(listener) for id_, listener in zip(self._fronts, self._listeners[1:], strict=True)}

    async def open(self) -> Surfaces:
        """Listen at every port, or at none: raises AddressInUseError where one is taken."""
        try:
            for listener in self._listeners:
                await listener.open()
        except BaseException:
            await self.close()
            raise
        return self

    def ready(self) -> None:
        """Run functions from now on, and tell whoever asks for its health so."""
        self._control.is_ready = True

    def unready(self) -> None:
        """Run no more functions: before the start and towards the end, whoever asks is told to come again."""
        self._control.is_ready = False

    async def close(self) -> None:
        """Listen no more, drop every connection, and wait for what is cancelled by that."""
        self.unready()
        for listener in self._listeners:
            listener.close()
        for front in self._fronts.values():
            await front.close()
        await asyncio.sleep(0)  # transports that were dropped are closed in the loop's next round

    def describe(self) -> dict[str, Any]:
        """Return the functions by their ids, with their settings, and the APIs, each with where it is asked."""
        app, urls = self._platform.app, self.urls
        limits = function_limits(app)
        functions: dict[str, dict[str, Any]] = {}
        for id_, function in app.functions.items():
            settings = function.settings if isinstance(function.settings, LambdaSettings) else LambdaSettings()
            resource = app.resources.get(id_)
            architectures = resource.properties.get("Architectures") if resource else None
            functions[id_] = {
                "name": function.name,
                "arn": settings.invoked_arn(function.name),
                "handler": function.handler,
                "urls": [urls[api] for api, front in self._fronts.items() if _leads_to(front, id_)],
                "runtime": settings.runtime,
                "architecture": (architectures or ["x86_64"])[0],
                "memory_mb": function.memory_mb,
                "reserved": limits[id_].reserved,
                "provisioned": dict(limits[id_].provisioned),
            }
        apis = {id_: {"front": front.api.front, "url": urls[id_]} for id_, front in self._fronts.items()}
        return {"invoke": self.invoke_url, "functions": functions, "apis": apis}

    def _when_ready(self, handler: Handler) -> Handler:
        def answer(asked: Asked) -> Reply | Awaitable[Reply]:
            return handler(asked) if self._control.is_ready else _NOT_READY

        return answer

    def _answer(self, asked: Asked) -> Reply | Awaitable[Reply]:
        if asked.target.startswith(PREFIX):
            return self._control(asked)
        foreign = foreign_page(asked)
        if foreign:
            refusal = Refusal(403, "AccessDeniedException", foreign)
            return Reply(refusal.status, refusal.body, refusal.headers.items())
        return self._invoke_api(asked)

    def _url(self, listener: Listener) -> str:
        return f"http://{address_of(_EVERYWHERE.get(self._host, self._host), listener.port)}"


_NOT_READY = Reply(
    503,
    b'{"message": "The local platform is starting, or ending."}',
    [("Content-Type", "application/json"), ("Retry-After", "1"), ("x-amzn-ErrorType", "ServiceUnavailableException")],
)


def _leads_to(front: Front, function: str) -> bool:
    return any(route.function == function for route in front.api.routes)
