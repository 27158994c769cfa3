"""One HTTP API, function URL or load balancer of the application, at a port of its own."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable
from typing import Any
from urllib.parse import quote, urlsplit

from pytest_serverless.errors import InvalidParameterError, ServerlessError, ThrottledError
from pytest_serverless.local.concurrency import alias_of
from pytest_serverless.local.surfaces.contract import Platform
from pytest_serverless.local.surfaces.failures import told
from pytest_serverless.local.surfaces.gateway_rates import GatewayRates
from pytest_serverless.local.trace_header import Trace
from pytest_serverless.local.wire.messages import Asked, Reply
from pytest_serverless.outcome import Outcome
from pytest_serverless.web.call import Planned
from pytest_serverless.web.gateway import Gateway
from pytest_serverless.web.headers import Headers
from pytest_serverless.web.refusals import page, throttled
from pytest_serverless.web.request import Request
from pytest_serverless.web.response import Response
from pytest_serverless.web.routes import Api

__all__ = ["Front"]

_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class Front:
    """Answers the requests to one API."""

    def __init__(self, platform: Platform, gateway: Gateway, api: Api, rates: GatewayRates) -> None:
        self.api = api
        self._platform = platform
        self._gateway = gateway
        self._rates = rates
        self._running: set[asyncio.Future[Outcome]] = set()
        functions = {route.function for route in api.routes}
        self._aliases = {function: alias_of(platform.app, function) for function in functions}

    def __call__(self, asked: Asked) -> Reply | Awaitable[Reply]:
        """Answer a request: at once where no function is called."""
        try:
            request = _request(asked, self.api.id)
            planned = self._gateway.plan(request)
        except (ServerlessError, ValueError) as error:  # no event can be made of it
            return _reply(page(400, str(error)))
        route = planned.route if isinstance(planned, Planned) else None
        if not self._rates.admit(self.api.id, route, time.monotonic()):
            refused = planned.throttled("gateway") if isinstance(planned, Planned) else throttled(self.api.front)
            return _reply(refused)
        if isinstance(planned, Response):
            return _reply(planned)
        return self._run(planned, f"{asked.method} {asked.path}")

    async def close(self) -> None:
        """Cancel what runs on after its client has had an answer."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, planned: Planned, cause: str) -> Reply:
        task = asyncio.ensure_future(self._invoke(planned, cause))
        self._running.add(task)
        task.add_done_callback(self._ended)
        wait_s = None if planned.timeout_ms is None else planned.timeout_ms / 1000
        done, _ = await asyncio.wait({task}, timeout=wait_s)  # the function runs on, whoever waits no more
        if not done:
            return _reply(planned.timed_out())
        try:
            return _reply(planned.finish(task.result()))
        except ThrottledError:
            return _reply(planned.throttled())
        except Exception as error:  # noqa: BLE001  # the client gets the gateway's answer, and the log the reason
            return _reply(planned.failed(told(error)))

    async def _invoke(self, planned: Planned, cause: str) -> Outcome:
        event, function = planned.event, planned.function_id
        context: dict[str, Any] = event["requestContext"]
        sent = event.get("headers") or {}
        trace = sent.get("X-Amzn-Trace-Id") or sent.get("x-amzn-trace-id") or ""
        return await self._platform.invoke(
            function,
            json.dumps(event, ensure_ascii=False).encode("utf-8", errors="replace"),
            cause=cause,
            qualifier=self._aliases[function],
            request_id=context.get("requestId") if planned.front == "function_url" else None,
            trace_id=Trace(trace).through(function),
        )

    def _ended(self, task: asyncio.Future[Outcome]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # it was told of, or came too late for anybody


def _request(asked: Asked, api: str) -> Request:
    """Return a request as the gateways take it: encoded as it was sent."""
    target = asked.target
    if not target.startswith("/"):
        parts = urlsplit(target)
        if parts.scheme not in {"http", "https"}:
            raise InvalidParameterError(f"A request is for a path, got {target!r}.")
        target = target[len(f"{parts.scheme}://{parts.netloc}") :]
        target = target if target.startswith("/") else f"/{target}"
    if not target.isascii():
        target = quote(target.encode("latin-1"), safe=_PRINTABLE)
    path, _, query = target.partition("#")[0].partition("?")
    host = urlsplit(f"//{asked.header('host')}").hostname
    return Request(
        method=asked.method,
        path=path,
        query=query,
        headers=Headers(asked.headers),
        body=asked.body,
        host=host,
        api=api,
        source_ip=asked.peer.partition("%")[0] or None,
    )


def _reply(response: Response) -> Reply:
    return Reply(response.status, response.body, response.headers.pairs)
