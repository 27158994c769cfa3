"""What aiobotocore awaits: its clients ask through botocore's events, but read and answer in coroutines."""

from __future__ import annotations

import inspect
import io
import sys
from collections.abc import Callable, Generator
from typing import Any

__all__ = ["answered", "credentials_class"]


class _AwaitableBytes(bytes):
    """Bytes that may be awaited, and are themselves then: a synchronous reader takes them as they are."""

    def __await__(self) -> Generator[None, None, bytes]:
        return bytes(self)
        yield  # makes it the generator that `await` wants


class _Content:
    """The reading side of a stream, as aiohttp has it."""

    def __init__(self, raw: io.BytesIO) -> None:
        self._raw = raw

    async def read(self, size: int = -1) -> bytes:
        return self._raw.read(size)

    def at_eof(self) -> bool:
        return self._raw.tell() == len(self._raw.getbuffer())


def credentials_class(signer: Any) -> Any:
    """Return the class of credentials that an aiobotocore client awaits, or None for any other client."""
    if not type(signer).__module__.startswith("aiobotocore."):
        return None
    from aiobotocore.credentials import AioCredentials

    return AioCredentials


def answered(request: Any, answer: Callable[[], Any]) -> Any:
    """Return botocore's response to a request so that both kinds of client can read it: at once, or in a coroutine."""
    if "aiobotocore" not in sys.modules:
        return answer()
    if inspect.iscoroutinefunction(getattr(request.body, "read", None)):
        return _read_and_answered(request, answer)
    return _readable_by_both(answer())


async def _read_and_answered(request: Any, answer: Callable[[], Any]) -> Any:
    request.body = await request.body.read()
    return _readable_by_both(answer())


def _readable_by_both(answer: Any) -> Any:
    if answer is None:
        return None
    from botocore.awsrequest import AWSResponse

    class Response(AWSResponse):  # type: ignore[misc]  # botocore has no types
        @property
        def content(self) -> bytes:
            return _AwaitableBytes(super().content)

    response = Response(answer.url, answer.status_code, answer.headers, answer.raw)
    response.raw.content = _Content(response.raw)
    return response
