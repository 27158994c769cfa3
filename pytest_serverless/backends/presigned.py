"""Requests to AWS that no SDK makes: presigned URLs and forms, fetched with `requests`."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["intercepted"]


@contextmanager
def intercepted(wants: Callable[[str], bool], answer: Callable[[Any], Any]) -> Iterator[None]:
    """Send those requests of `requests` whose URL is wanted to `answer`, as botocore's prepared requests.

    It stands where a session chooses its adapter, so that mocks which replace the adapters' `send` (responses, moto)
    may come and go inside or around.
    """
    import requests

    adapter, choose = _adapter(answer), requests.Session.get_adapter

    def get_adapter(self: Any, url: Any) -> Any:
        return adapter if wants(url) else choose(self, url)

    requests.Session.get_adapter = get_adapter  # type: ignore[method-assign]  # put back below
    try:
        yield
    finally:
        requests.Session.get_adapter = choose  # type: ignore[method-assign]  # what was there


def _adapter(answer: Callable[[Any], Any]) -> Any:
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.compat import HTTPHeaders
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPResponse

    class Adapter(HTTPAdapter):
        def send(self, request: Any, *_: Any, **__: Any) -> Any:
            headers = HTTPHeaders()
            for name, value in request.headers.items():
                headers[name] = value
            status, answered, body = answer(
                AWSPreparedRequest(request.method, request.url, headers, request.body, stream_output=False)
            )
            content = body.encode() if isinstance(body, str) else body
            raw = HTTPResponse(
                io.BytesIO(content), headers=answered, status=status, preload_content=False, decode_content=False
            )
            return self.build_response(request, raw)

    return Adapter()
