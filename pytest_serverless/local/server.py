"""The server of the local platform: everything is started in its order, and ended in the other."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

from pytest_serverless.admission import LAMBDA, Limits, Personality
from pytest_serverless.admission.durations import Durations
from pytest_serverless.admission.personality import Stalls
from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import App
from pytest_serverless.errors import InvalidParameterError, PlatformError
from pytest_serverless.local.aws.configuration import Configuration
from pytest_serverless.local.aws.messages import Delivery, encode_outcome
from pytest_serverless.local.backends import Backends
from pytest_serverless.local.functions import Platform
from pytest_serverless.local.invocations import SandboxMaker
from pytest_serverless.local.platform_events import PlatformEvent
from pytest_serverless.local.reload import watch
from pytest_serverless.local.sandboxes.maker import ProcessSandboxes, SandboxSettings
from pytest_serverless.local.settings import Addresses, Settings
from pytest_serverless.local.simulated import SimulatedSandboxes
from pytest_serverless.local.surfaces.assembly import Surfaces

__all__ = ["LocalServer", "run", "serve"]


class LocalServer:
    """One application on this machine. Raises what is wrong with the settings or the template when it is made.

    `early` are the notes from before it was ready, when nobody listened yet.
    """

    def __init__(self, settings: Settings) -> None:
        from pytest_serverless.templates import load

        self.settings = settings
        self.app: App = _with_variables(load(settings.template, **settings.choices), settings.env)
        if not self.app.functions:
            raise PlatformError(f"{settings.template} has no functions: there is nothing to run.")
        self._variables: dict[str, str] = {}
        self._is_ready = self._is_ending = False
        self._processes: ProcessSandboxes | None = None
        self._backends: Backends | None = None
        limits = LAMBDA.replaced(settings.limits)
        self.platform = Platform(self.app, limits=limits, make=self._maker(limits), personality=_personality(settings))
        self.early: list[PlatformEvent] = []
        self.platform.events.listen(self._remember)
        self._surfaces = Surfaces(
            self.platform, self._later, host=settings.host, port=settings.port, reset=self._reset, state=self.state
        )
        self._closing = AsyncExitStack()
        self._telling: set[asyncio.Future[Any]] = set()

    async def start(self) -> Addresses:
        """Start everything, and return where it is; where something cannot be started, nothing is."""
        try:
            return await self._started()
        except BaseException:
            await self.close()
            raise

    async def _started(self) -> Addresses:
        closing = self._closing
        if self._processes is not None:
            self._processes.require(self.app.functions.values())
        await self._surfaces.open()
        closing.push_async_callback(self._surfaces.close)
        if self.settings.backends and self.settings.simulate is None:
            await self._start_backends()
        self._variables |= self._environment()
        if self._processes is not None:
            closing.push_async_callback(self._processes.close)
            await self._processes.open()
        closing.push_async_callback(self.platform.close)
        await self.platform.start()
        if self.settings.reload and self.settings.simulate is None:
            watching = asyncio.ensure_future(self._watch())
            closing.push_async_callback(_cancelled, watching)
        self._surfaces.ready()
        self._is_ready = True
        closing.callback(self._end_deliveries)
        return self._addresses()

    async def close(self) -> None:
        """End everything that was started."""
        await self._closing.aclose()

    async def state(self) -> dict[str, Any]:
        """Return what is on its way between the services."""
        if self._backends is None:
            return {"quiet": True}
        found: dict[str, Any] = await self._backends.ask("GET", "/_serverless/state")
        return found

    # Its parts

    def _maker(self, limits: Limits) -> SandboxMaker:
        settings = self.settings
        if settings.simulate is not None:
            return SimulatedSandboxes(
                service=settings.simulate,
                init=settings.simulate_init,
                seed=settings.seed,
                init_limit_s=limits.init_limit_s,
            )
        self._processes = ProcessSandboxes(
            SandboxSettings(
                variables=self._variables,
                init_limit_s=limits.init_limit_s,
                provisioned_init_limit_s=limits.provisioned_init_limit_s,
                shutdown_s=limits.shutdown_limit_ms / 1000,
                coverage=settings.coverage,
                node=settings.node,
            ),
            note=self._note,
        )
        return self._processes

    async def _start_backends(self) -> None:
        configuration = Configuration(
            template=self.settings.template,
            platform=self._surfaces.invoke_url,
            choices=self.settings.choices,
            skip_idle=self.settings.skip_idle,
        )
        loop = asyncio.get_running_loop()

        def note(text: str) -> None:
            if not self._is_ending:  # nothing is delivered any more, and nobody needs to know
                loop.call_soon_threadsafe(self._note, text)

        self._backends = Backends(configuration, note=note)
        self._closing.push_async_callback(self._backends.close)
        await self._backends.start()
        if any(resource.type == "AWS::Logs::SubscriptionFilter" for resource in self.app.resources.values()):
            self.platform.events.listen(self._tell_of_logs)

    async def _watch(self) -> None:
        def changed(functions: list[str]) -> None:
            for function in functions:
                if self._processes is not None:
                    self._processes.reloaded(self.app.functions[function])
            self.platform.reload(functions)

        template = self.settings.template
        changing = f"{template} has changed: restart to run what it says."
        try:
            await watch(self.app, changed=changed, template_changed=lambda: self._note(changing))
        except Exception as error:  # noqa: BLE001  # no more files may be watched, say: the platform goes on without
            self._note(f"The functions' code is not watched: {error}. Restart to run what has changed.")

    def _end_deliveries(self) -> None:
        self._is_ending = True
        self._surfaces.unready()

    # What they ask of each other

    async def _later(
        self,
        function: str,
        payload: bytes,
        cause: str,
        *,
        request_id: str,
        qualifier: str | None = None,
        trace_id: str | None = None,
    ) -> None:
        if self._backends is None:
            raise PlatformError("Asynchronous invocations are kept by the mocked services, which were left out.")
        event = Delivery(
            function=function,
            payload=payload,
            cause=cause,
            request_id=request_id,
            trace_id=trace_id,
            qualifier=qualifier,
        )
        await self._backends.ask("POST", "/_serverless/events", event.encode())

    async def _reset(self) -> None:
        if self._backends is not None:
            await self._backends.ask("POST", "/_serverless/reset")

    def _tell_of_logs(self, event: PlatformEvent) -> None:
        if event.kind == "report" and self._backends is not None and not self._is_ending:
            asking = self._backends.ask("POST", "/_serverless/outcomes", encode_outcome(event.record["outcome"]))
            task = asyncio.ensure_future(asking)
            self._telling.add(task)
            task.add_done_callback(self._told)

    def _told(self, task: asyncio.Future[Any]) -> None:
        self._telling.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._note(f"What a function wrote reached no subscriber: {task.exception()}")

    def _note(self, text: str) -> None:
        self.platform.note(text)

    def _remember(self, event: PlatformEvent) -> None:
        if event.kind == "note" and not self._is_ready:
            self.early.append(event)

    # Where it is

    def _environment(self) -> dict[str, str]:
        """Return the variables that point an SDK at the platform."""
        first = next(iter(self.app.functions.values()))
        region = first.settings.region if isinstance(first.settings, LambdaSettings) else "us-east-1"
        variables = {
            "AWS_ENDPOINT_URL_LAMBDA": self._surfaces.invoke_url,
            "AWS_ACCESS_KEY_ID": "ASIALOCALPLATFORM000",
            "AWS_SECRET_ACCESS_KEY": "local-platform",
            "AWS_SESSION_TOKEN": "local-platform",
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
        }
        return variables if self._backends is None else {"AWS_ENDPOINT_URL": self._backends.url, **variables}

    def _addresses(self) -> Addresses:
        return Addresses(
            invoke=self._surfaces.invoke_url,
            aws=None if self._backends is None else self._backends.url,
            apis=self._surfaces.urls,
            functions={id_: function.name for id_, function in self.app.functions.items()},
            resources={id_: resource.name for id_, resource in self.app.resources.items()},
            environment=self._environment(),
            pid=os.getpid(),
        )


def _personality(settings: Settings) -> Personality:
    """Return the habits of the platform; those of real ones are not known well enough to run handlers by."""
    idle, stall = settings.simulate_idle, settings.simulate_stall
    chosen = {"simulate_proactive": settings.simulate_proactive, "simulate_idle": idle, "simulate_stall": stall}
    given = [f"--{name.replace('_', '-')}" for name, value in chosen.items() if value]
    if given and settings.simulate is None:
        raise InvalidParameterError(f"{' and '.join(given)} can be had with --simulate alone.")
    return Personality(
        proactive=settings.simulate_proactive,
        idle=None if idle is None else Durations.parse(idle),
        stalls=None if stall is None else Stalls.parse(stall),
        seed=settings.seed,
    )


async def serve(settings: Settings, on_ready: Callable[[LocalServer, Addresses], None], stop: asyncio.Event) -> None:
    """Run a platform until `stop` is set; SIGINT and SIGTERM set it."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    server = LocalServer(settings)
    starting = asyncio.ensure_future(server.start())
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            on_ready(server, starting.result())
            await stopping
    finally:
        await _cancelled(starting)
        await _cancelled(stopping)
        await server.close()


def run(settings: Settings, on_ready: Callable[[LocalServer, Addresses], None]) -> int:
    """Run a platform until a signal ends it; return the exit code."""

    async def main() -> None:
        await serve(settings, on_ready, asyncio.Event())

    asyncio.run(main())
    return 0


async def _cancelled(task: asyncio.Future[Any]) -> None:
    """Cancel a task, and wait until it has ended; what it came to is told elsewhere."""
    task.cancel()
    await asyncio.wait([task])


def _with_variables(app: App, variables: Mapping[str, str]) -> App:
    """Return the application with variables in every function's environment, before those of its template."""
    functions = {
        id_: replace(function, environment={**function.environment, **variables})
        for id_, function in app.functions.items()
    }
    return replace(app, functions=functions) if variables else app
