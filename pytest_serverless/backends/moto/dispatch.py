"""One request to AWS, answered in the process: by a backend of our own, or by moto."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import moto.backends
from moto.backend_index import backend_url_patterns
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import botocore_stubber
from moto.core.utils import get_equivalent_url_in_aws_domain
from moto.settings import get_s3_custom_endpoints

from pytest_serverless.backends.moto.fanout import Patching
from pytest_serverless.backends.moto.feed import Feed
from pytest_serverless.backends.wire import Answer, Responder, body_bytes
from pytest_serverless.errors import BackendError

__all__ = ["Dispatch", "is_aws", "moto_name", "service_of"]

AWS_HOST = re.compile(r"(.+\.)?(amazonaws\.com(\.cn)?|api\.aws)$")
NOT_IMPLEMENTED: Answer = (404, {}, "Not yet implemented")


def is_aws(url: str) -> bool:
    """Return whether a URL leads to AWS."""
    return AWS_HOST.match(urlsplit(url).hostname or "") is not None


def moto_name(service: str) -> str:
    """Return moto's name of one of boto3's services."""
    return "awslambda" if service == "lambda" else service.replace("-", "")


def service_of(url: str) -> str | None:
    """Return moto's name of the service that a URL belongs to, or None where moto has none for it."""
    return _service_at("/".join(url.split("/", 3)[:3]), tuple(get_s3_custom_endpoints()))


@lru_cache(maxsize=1024)
def _service_at(root: str, _endpoints: tuple[str, ...]) -> str | None:
    """Return the service for a URL without its path; the endpoints are those that moto reads as S3's meanwhile."""
    parts, _ = get_equivalent_url_in_aws_domain(root)
    place = f"{parts.scheme}://{parts.netloc}/"
    return next((service for service, pattern in backend_url_patterns if pattern.match(place)), None)


class Dispatch:
    """Answers requests, and tells what they changed."""

    def __init__(self, feed: Feed, patching: Patching) -> None:
        self._feed = feed
        self._patching = patching
        self._routes: dict[str, list[Responder]] = {}
        self._prepared: set[str] = set()

    def route(self, service: str, responder: Responder) -> None:
        """Let a responder answer the requests to one of boto3's services; the latest is asked first."""
        self._routes.setdefault(moto_name(service), []).insert(0, responder)

    def unprepare(self) -> None:
        """Look again at each service's patches: they were taken back."""
        self._prepared.clear()

    def answer(self, request: Any) -> Answer | None:
        """Answer a botocore request; None where it is for nobody here."""
        service = service_of(request.url)
        if service is None and not is_aws(request.url):
            return None
        for responder in self._routes.get(service or "", ()):
            answer = responder(request.method, request.url, request.headers, body_bytes(request.body))
            if answer is not None:
                return answer
        return self._ask_moto(service, request)

    def _prepare(self, service: str) -> None:
        """Load moto's mock of the service, and see that it delivers nothing itself."""
        try:
            moto.backends.get_backend(service)  # type: ignore[call-overload]  # overloads for literal names alone
            self._patching.load(f"moto.{service}.responses")
        except ModuleNotFoundError as error:
            raise BackendError(
                f"moto's mock of {service} needs {error.name!r}, which is not installed. "
                f"Install it with: pip install 'moto[{service}]'"
            ) from error
        self._patching.apply()
        self._prepared.add(service)

    def _ask_moto(self, service: str | None, request: Any) -> Answer | None:
        if service is not None and service not in self._prepared:
            self._prepare(service)
        with self._feed.collecting() as succeeded:
            answer: Any = BotocoreStubber.process_request(botocore_stubber, request)
            if answer is not None and answer[0] < 400:
                succeeded()
        if answer == NOT_IMPLEMENTED:
            raise BackendError(
                f"moto, which mocks AWS here, does not know {request.method} {request.url}. Replace the call in the "
                "test, with botocore's Stubber for instance."
            )
        return answer  # type: ignore[no-any-return]  # moto's own type is wider
