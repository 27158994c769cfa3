"""One request on its way through a front: what every front needs of it, and what they do alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Any

from pytest_serverless.app.aws import LambdaSettings
from pytest_serverless.app.model import App
from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws.http_values import SHORT_REQUEST_ID
from pytest_serverless.events.aws.place import Place
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.source import Event
from pytest_serverless.events.values import HOST
from pytest_serverless.outcome import Outcome
from pytest_serverless.web.headers import Headers
from pytest_serverless.web.refusals import page, refuse, throttled
from pytest_serverless.web.request import Authorizer, Request
from pytest_serverless.web.response import Response
from pytest_serverless.web.routes import Api, Route
from pytest_serverless.web.rules import Rules

__all__ = ["Call", "Planned", "claims_and_scopes", "failure_of"]

_HOP_BY_HOP = ("connection", "host", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A function to call with an event; `finish` makes the response of what that came to.

    `timeout_ms` is how long the gateway waits for it, where it waits less than the function may take.
    """

    function_id: str
    event: Event
    front: str
    finish: Callable[[Outcome], Response]
    call: Call
    route: Route
    timeout_ms: float | None = None

    def throttled(self, of: str = "function") -> Response:
        """Return the response where requests are too many for the function, or for the gateway itself."""
        return self.call.respond(throttled(self.front, of=of), self._known)

    def timed_out(self) -> Response:
        """Return the response where the function took longer than the gateway waits."""
        return self.call.refuse("timed_out", f"the function took more than {self.timeout_ms:,.0f} ms", self._known)

    def failed(self, reason: str) -> Response:
        """Return the response where the function could not be run at all."""
        refusal = page(502, reason) if self.front == "alb" else refuse(self.front, "failed", reason)
        return self.call.respond(refusal, self._known)

    @property
    def _known(self) -> Event | None:
        """The event, where a response shows ids of it."""
        return None if self.front == "alb" else self.event


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request to one API."""

    app: App
    api: Api
    request: Request
    rules: Rules
    mint: Mint

    @property
    def front(self) -> str:
        return self.api.front

    def place(self, route: Route) -> Place:
        """Return where the function is, and so its API."""
        function = self.app.functions.get(route.function)
        settings = function.settings if function else None
        return Place(settings.account, settings.region) if isinstance(settings, LambdaSettings) else Place()

    def options(self, *, drop: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return what every builder is told of the request: headers but those of the connection, and who asks."""
        options: dict[str, Any] = {"headers": self.request.headers.without(*_HOP_BY_HOP, *drop).grouped()}
        if self.request.source_ip:
            options["source_ip"] = self.request.source_ip
        return options

    def own_domain(self) -> dict[str, str]:
        """Return the host that was asked, where it is a name that the event can show."""
        host = self.request.host or (self.request.headers.get("host") or "").partition(":")[0]
        return {"domain_name": host} if host and HOST.accepts(host) else {}

    def too_large(self) -> Response | None:
        """Return what API Gateway says of a request over its limits."""
        sent, taken = self.request.header_bytes, self.rules.header_bytes
        if sent > taken:
            return self.refuse("headers_too_large", f"request line and headers are {sent:,} bytes, {taken:,} are taken")
        size, limit = len(self.request.body), self.rules.request_bytes
        return self.refuse("too_large", f"the body is {size:,} bytes, {limit:,} are taken") if size > limit else None

    def event_too_large(self, event: Event) -> Response | None:
        """Return what is said where Lambda does not take the event."""
        limit = self.rules.payload_bytes
        if len(self.request.body) < limit // 8:  # not even if each character is escaped
            return None
        size = len(json.dumps(event, ensure_ascii=False).encode())
        return (
            self.refuse("too_large", f"the event is {size:,} bytes, Lambda takes {limit:,}") if size > limit else None
        )

    def refuse(self, kind: str, reason: str, event: Event | None = None) -> Response:
        """Return what the front says by itself."""
        return self.respond(refuse(self.front, kind, reason), event)

    def respond(self, response: Response, event: Event | None = None) -> Response:
        """Return a response with what the front adds: ids, date and length; to HEAD, no body."""
        headers = [*response.headers.pairs, *self._ids(event), ("Date", formatdate(self.mint.now(), usegmt=True))]
        if response.status not in {204, 304}:
            headers.append(("Content-Length", str(len(response.body))))
        body = b"" if self.request.method == "HEAD" else response.body
        return replace(response, headers=Headers(headers), body=body)

    def _ids(self, event: Event | None) -> list[tuple[str, str]]:
        """Return the headers by which the request is found again in logs."""
        context = event["requestContext"] if event else {}
        short = context.get("extendedRequestId" if self.front == "rest_api" else "requestId")
        short = short or SHORT_REQUEST_ID.mint(self.mint)
        if self.front == "http_api":
            return [("Apigw-Requestid", short)]
        if self.front == "alb":
            return [("Server", "awselb/2.0")]
        ids = [("x-amzn-RequestId", context.get("requestId") or self.mint.uuid())]
        return [*ids, ("x-amz-apigw-id", short)] if self.front == "rest_api" else ids

    def authorizer(self, route: Route) -> Authorizer:
        """Return what the test says in the authorizer's place; an error where the route has none."""
        given = self.request.authorizer
        if given is not None and route.settings.authorizer is None:
            name = f"{route.settings.method} {route.settings.path}"
            raise InvalidParameterError(f"authorizer= was given, but {name} of {self.api.id} has no authorizer.")
        return given


def claims_and_scopes(given: Mapping[str, Any]) -> tuple[Mapping[str, Any], Any]:
    """Read a test's authorizer: claims, or {"claims": ..., "scopes": ...}."""
    if "claims" in given and set(given) <= {"claims", "scopes"}:
        return given["claims"], given.get("scopes")
    return given, None


def failure_of(outcome: Outcome) -> str:
    """Say why an invocation did not succeed."""
    failure = outcome.failure
    said = f"{failure.type}: {failure.message}" if failure else ""
    return f"the function ended with {outcome.status}{': ' if said else ''}{said}"
