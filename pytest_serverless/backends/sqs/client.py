"""How a client of botocore is made to ask the backend instead of AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pytest_serverless.backends.sqs.backend import SqsBackend

__all__ = ["attach", "before_send"]


def attach(client: Any, backend: SqsBackend) -> None:
    """Let a client answer its calls from the backend: a client of boto3 or botocore, or a session of botocore.

    botocore asks every handler of `before-send`, and takes the first answer: ours. An active mock of moto hears the
    calls as well, and acts on its own queues.
    """
    events = client.meta.events if hasattr(client, "meta") else client.get_component("event_emitter")
    events.register_first("before-send.sqs", before_send(backend))


def before_send(backend: SqsBackend) -> Callable[..., Any]:
    """Return a handler for botocore's event `before-send`."""
    from botocore.awsrequest import AWSResponse

    def handle(request: Any, **_: Any) -> Any:
        status, headers, body = backend.respond(request.method, request.url, request.headers, request.body)
        return AWSResponse(request.url, status, headers, _Raw(body))

    return handle


class _Raw:
    """A body as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body
