"""The APIs of an application and their routes: which one a request takes.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html (2026-11); for REST APIs,
recordings of the service: the path decides before the method, but a path without the method does not hide another.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from pytest_serverless.app.aws import HttpRoute
from pytest_serverless.app.model import App, Resource
from pytest_serverless.events.aws.http_values import match_route

__all__ = ["Api", "Route", "alb_route", "apis_of", "http_api_route", "rest_route"]

_API_ID = re.compile(r"[a-z0-9]{10}").fullmatch
_URL_ID = re.compile(r"[a-z0-9]{32}").fullmatch


@dataclass(frozen=True, slots=True)
class Route:
    """A way to a function, by its id."""

    function: str
    settings: HttpRoute

    def takes(self, method: str) -> bool:
        """Tell whether the route is for this method."""
        return self.settings.method in {"ANY", "*", method}

    @property
    def is_catch_all(self) -> bool:
        """Whether every path takes it."""
        return self.settings.path == "$default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One API, function URL or listener: `id` is that of the template, `api_id` what its host name begins with.

    Of a load balancer's listener, `domain` is the host name, `scheme` what it speaks, and `default` the fixed response
    of its default action, as the template has it.
    """

    id: str
    front: str
    api_id: str
    routes: tuple[Route, ...]
    domain: str | None = None
    scheme: str = "https"
    default: Mapping[str, Any] | None = None

    @property
    def stage(self) -> str:
        """The stage that is asked."""
        return self.routes[0].settings.stage

    def is_at(self, host: str) -> bool:
        """Tell whether it is asked under this host name, as AWS gave it."""
        return host == self.domain or host.startswith((f"{self.api_id}.execute-api.", f"{self.api_id}.lambda-url."))


def apis_of(app: App) -> dict[str, Api]:
    """Return an application's APIs by id, in the order of the template."""
    found: dict[str, list[Route]] = {}
    for trigger in app.triggers:
        if isinstance(trigger.settings, HttpRoute):
            found.setdefault(trigger.settings.api, []).append(Route(trigger.function, trigger.settings))
    return {api: _api(app, api, tuple(routes)) for api, routes in found.items()}


def _api(app: App, name: str, routes: tuple[Route, ...]) -> Api:
    front, resource = routes[0].settings.front, app.resources.get(name)
    digest = hashlib.sha256(f"{app.name}/{name}".encode()).hexdigest()
    if front == "function_url":
        host = urlsplit(str(resource.attributes.get("FunctionUrl", ""))).hostname or "" if resource else ""
        label = host.partition(".")[0]
        return Api(id=name, front=front, api_id=label if _URL_ID(label) else digest[:32], routes=routes)
    if front == "alb":
        return Api(id=name, front=front, api_id=digest[:10], routes=routes, **_listening(app, resource))
    physical = resource.name if resource else ""
    return Api(id=name, front=front, api_id=physical if _API_ID(physical) else digest[:10], routes=routes)


def _listening(app: App, listener: Resource | None) -> dict[str, Any]:
    """Return where a listener is asked, how, and what it says where no rule fits."""
    if listener is None:
        return {}
    balancer = listener.properties.get("LoadBalancerArn")
    found = [r for r in app.resources.values() if r.name == balancer and "DNSName" in r.attributes]
    fixed = [action.get("FixedResponseConfig") for action in listener.properties.get("DefaultActions") or ()]
    return {
        "domain": found[0].attributes["DNSName"] if found else None,
        "scheme": "http" if listener.properties.get("Protocol") == "HTTP" else "https",
        "default": next((answer for answer in fixed if answer), None),
    }


def rest_route(routes: Iterable[Route], method: str, path: str) -> Route | None:
    """Return the route of a REST API; a slash at the end of the path does not count."""
    found = [r for r in routes if r.takes(method) and _is_on(r.settings.path, path)]
    return min(found, key=lambda r: (_specificity(r.settings.path), r.settings.method != method), default=None)


def http_api_route(routes: Iterable[Route], method: str, path: str, *, trailing_slash: bool) -> Route | None:
    """Return the route of an HTTP API: a full match, then one with a greedy parameter, then $default."""
    decoded = unquote(path)

    def fits(route: Route) -> bool:
        template = route.settings.path
        if template == "$default":
            return True
        if not trailing_slash and decoded != "/" and decoded.endswith("/") and not template.endswith(("/", "+}")):
            return False
        return route.takes(method) and _is_on(template, decoded)

    def rank(route: Route) -> tuple[bool, bool, tuple[int, ...], bool]:
        template = route.settings.path
        specific = _specificity(template)
        return template == "$default", 2 in specific, specific, route.settings.method != method

    return min(filter(fits, routes), key=rank, default=None)


def alb_route(routes: Iterable[Route], method: str, path: str) -> Route | None:
    """Return the first rule of a listener that fits: `*` stands for any text, `?` for one character."""
    return next((r for r in routes if r.takes(method) and (r.is_catch_all or _pattern(r.settings.path)(path))), None)


def _is_on(template: str, path: str) -> bool:
    """Tell whether a path is on a route; a parameter stands for something, a greedy one too."""
    found = match_route(template, path)
    return found is not None and all(found.values())


@functools.lru_cache(maxsize=512)
def _specificity(template: str) -> tuple[int, ...]:
    """Rank a route, the lower the more specific: 0 for a fixed segment, 1 for a parameter, 2 for a greedy one."""
    return tuple(2 if part.endswith("+}") else int("{" in part) for part in template.strip("/").split("/"))


@functools.lru_cache(maxsize=512)
def _pattern(path: str) -> Any:
    parts = ({"*": ".*", "?": "."}.get(char) or re.escape(char) for char in path)
    return re.compile("".join(parts), re.DOTALL).fullmatch
