"""The way in: which API a request is for, and what that API makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pytest_serverless.app.model import App
from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.events.mint import Mint
from pytest_serverless.web import front_alb, front_function_url, front_http_api, front_rest
from pytest_serverless.web.call import Call, Planned
from pytest_serverless.web.request import Authorizer, Request
from pytest_serverless.web.response import Response
from pytest_serverless.web.routes import Api, Route, apis_of
from pytest_serverless.web.rules import DEFAULT, Rules

__all__ = ["Gateway"]


@dataclass(frozen=True, slots=True)
class _Front:
    find: Callable[[Call], Route | None]
    plan: Callable[[Call], Planned | Response]


_FRONTS = {
    "rest_api": _Front(front_rest.find, front_rest.plan),
    "http_api": _Front(front_http_api.find, front_http_api.plan),
    "function_url": _Front(front_function_url.find, front_function_url.plan),
    "alb": _Front(front_alb.find, front_alb.plan),
}
_AWS_HOSTS = (".execute-api.", ".lambda-url.")


class Gateway:
    """Every API, function URL and load balancer of one application.

    ::

        planned = gateway.plan(Request.make("GET", "/items/42"))
        if isinstance(planned, Planned):
            outcome = invoke(planned.function_id, planned.event)
            response = planned.finish(outcome)

    `mint` gives ids and times of events and responses; `rules` has the limits, and habits that are not documented;
    `authorize` says what an authorizer of a kind makes of a request that comes without its answer.
    """

    def __init__(
        self,
        app: App,
        *,
        mint: Mint | None = None,
        rules: Rules = DEFAULT,
        authorize: Callable[[str, Request], Authorizer] | None = None,
    ) -> None:
        self.app = app
        self.apis = apis_of(app)
        self._mint = mint or Mint()
        self._rules = rules
        self._authorize = authorize

    def plan(self, request: Request) -> Planned | Response:
        """Return the function to call and how to finish; a response at once where none is called.

        A path is one of the API, with or without its stage; a whole URL with AWS's host has the stage first. Where
        several APIs have the path, `request.api` says which; a request that fits none is answered by the first.
        """
        if not self.apis:
            raise InvalidParameterError(f"{self.app.name} has no HTTP API, function URL or load balancer to ask.")
        api = self._named(request) or self._at(request) or self._routing(request)
        call = self._call(api, request)
        if call is None:
            refused = Call(app=self.app, api=api, request=request, rules=self._rules, mint=self._mint)
            return refused.refuse("wrong_stage", f"a path at {request.host} begins with the stage, /{api.stage}")
        return _FRONTS[api.front].plan(self._authorized(call))

    def _authorized(self, call: Call) -> Call:
        """Return the request with what its route's authorizer says, where somebody answers for it."""
        if self._authorize is None or call.request.authorizer is not None:
            return call
        route = _FRONTS[call.front].find(call)
        if route is None or route.settings.authorizer is None:
            return call
        said = self._authorize(route.settings.authorizer, call.request)
        return replace(call, request=replace(call.request, authorizer=said))

    def _named(self, request: Request) -> Api | None:
        """Return the API of that id; a function URL is also known by its function."""
        if request.api is None:
            return None
        urls = {api.routes[0].function: api for api in self.apis.values() if api.front == "function_url"}
        known = {**urls, **self.apis}
        if request.api not in known:
            raise UnknownNameError("HTTP API", request.api, known)
        return known[request.api]

    def _at(self, request: Request) -> Api | None:
        """Return the API at a host that AWS gave; a host of the customer's may be any."""
        host = request.host
        if host is None:
            return None
        found = next((api for api in self.apis.values() if api.is_at(host)), None)
        if found is None and any(part in host for part in _AWS_HOSTS):
            known = ", ".join(f"{api.id} ({api.api_id})" for api in self.apis.values())
            raise InvalidParameterError(f"No API of {self.app.name} is at {host}. It has {known}.")
        return found

    def _routing(self, request: Request) -> Api:
        """Return the API that has a route for the request; one that takes any path stands back."""
        apis = list(self.apis.values())
        found = [(api, route) for api in apis if (route := self._route(api, request))]
        exact = [api for api, route in found if not route.is_catch_all] or [api for api, _ in found]
        if len(exact) > 1:
            names = ", ".join(api.id for api in exact)
            raise InvalidParameterError(
                f"{request.method} {request.path} is a path of several APIs ({names}). Say which: api={exact[0].id!r}."
            )
        return (exact or apis)[0]

    def _route(self, api: Api, request: Request) -> Route | None:
        """Return the route; that of a preflight request is the one it asks about."""
        call = self._call(api, request)
        if call is None:
            return None
        route = _FRONTS[api.front].find(call)
        if route is None and request.is_preflight:
            asked = replace(request, method=request.headers["access-control-request-method"])
            route = _FRONTS[api.front].find(replace(call, request=replace(asked, path=call.request.path)))
        return route

    def _call(self, api: Api, request: Request) -> Call | None:
        """Return the request without its stage; None where AWS's own host was asked without one."""
        call = Call(app=self.app, api=api, request=request, rules=self._rules, mint=self._mint)
        if api.front not in {"rest_api", "http_api"} or api.stage == "$default":
            return call
        at_own_host = request.host is not None and api.is_at(request.host)
        if not at_own_host and _FRONTS[api.front].find(call):
            return call
        path = _without_stage(request.path, api.stage)
        if path is None:
            return None if at_own_host else call
        return replace(call, request=replace(request, path=path))


def _without_stage(path: str, stage: str) -> str | None:
    if path == f"/{stage}":
        return "/"
    return path[len(stage) + 1 :] if path.startswith(f"/{stage}/") else None
