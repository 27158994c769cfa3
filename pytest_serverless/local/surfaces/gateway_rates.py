"""How many requests API Gateway takes: by route or stage as the template says, and by account.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html (2026-11). That
the default of a stage is one bucket for all its routes without settings of their own is not documented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_serverless.admission import Limits
from pytest_serverless.admission.buckets import Bucket
from pytest_serverless.app.model import App
from pytest_serverless.web.routes import Api, Route

__all__ = ["GatewayRates"]

_ANY = "*"


@dataclass(frozen=True, slots=True)
class _Stage:
    """The buckets of an API: by method and path of a route, and that of all others."""

    routes: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    others: Bucket | None = None

    def bucket(self, route: Route) -> Bucket | None:
        path = route.settings.path
        return self.routes.get((route.settings.method, path)) or self.routes.get((_ANY, path)) or self.others


class GatewayRates:
    """Lets requests through to the APIs of one application, or not. Times are in seconds, and never go back."""

    def __init__(self, app: App, apis: Mapping[str, Api], limits: Limits) -> None:
        self._app = app
        self._apis = apis
        self._limits = limits
        self.reset()

    def reset(self) -> None:
        """Begin with full buckets."""
        self._account = Bucket(self._limits.gateway_burst, self._limits.gateway_requests_per_s)
        gateways = {id_: api for id_, api in self._apis.items() if api.front in _KINDS}
        self._stages = {id_: self._stage(self._app, api) for id_, api in gateways.items()}

    def admit(self, api: str, route: Route | None, now: float) -> bool:
        """Tell whether a request may pass, and count it."""
        stage = self._stages.get(api)
        if stage is None:
            return True  # function URLs and load balancers have no rates of their own
        bucket = stage.bucket(route) if route else None
        return (bucket is None or bucket.take(now)) and self._account.take(now)

    def _stage(self, app: App, api: Api) -> _Stage:
        resource = app.resources.get(api.id)
        kind, key, read = _KINDS[api.front]
        routes: dict[tuple[str, str], Bucket] = {}
        for stage in app.resources.values():
            properties = stage.properties
            ours = resource is not None and properties.get(key) == resource.name
            if stage.type == kind and ours and properties.get("StageName") == api.stage:
                for method, path, settings in read(properties):
                    bucket = self._bucket(settings)
                    if bucket is not None:
                        routes[method, path] = bucket
        others = routes.pop((_ANY, _ANY), None)
        return _Stage(routes, others)

    def _bucket(self, settings: Any) -> Bucket | None:
        """Return the bucket of some settings; what they leave out is the account's."""
        if not isinstance(settings, dict):
            return None
        rate, burst = settings.get("ThrottlingRateLimit"), settings.get("ThrottlingBurstLimit")
        if rate is None and burst is None:
            return None
        per_s = self._limits.gateway_requests_per_s if rate is None else float(rate)
        return Bucket(self._limits.gateway_burst if burst is None else float(burst), per_s)


Settings = Iterator[tuple[str, str, Any]]


def _of_rest_api(properties: Mapping[str, Any]) -> Settings:
    """Yield method, path and settings; `/*` is every path, and a slash after the first may be written `~1`."""
    for settings in properties.get("MethodSettings") or ():
        path = str(settings.get("ResourcePath", "/*")).replace("~1", "/").replace("//", "/")
        yield str(settings.get("HttpMethod", _ANY)).upper(), _ANY if path == "/*" else path, settings


def _of_http_api(properties: Mapping[str, Any]) -> Settings:
    yield _ANY, _ANY, properties.get("DefaultRouteSettings")
    for key, settings in (properties.get("RouteSettings") or {}).items():
        method, _, path = key.rpartition(" ")
        yield method or "ANY", path, settings


_KINDS = {
    "rest_api": ("AWS::ApiGateway::Stage", "RestApiId", _of_rest_api),
    "http_api": ("AWS::ApiGatewayV2::Stage", "ApiId", _of_http_api),
}
