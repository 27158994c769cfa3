"""Runs what an async handler returned, without the event loop's frames in the traceback of its exception."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

__all__ = ["finished"]

T = TypeVar("T")


def finished(result: Awaitable[T]) -> T:
    """Run an event loop until the result is there, and return it; no loop may be running in this thread."""
    errors: list[Exception] = []
    values = asyncio.run(_awaited(result, errors))
    if errors:
        raise errors[0]
    return values[0]


async def _awaited(result: Awaitable[T], errors: list[Exception]) -> list[T]:
    try:
        return [await result]
    except Exception as error:  # noqa: BLE001  # raised again outside the loop
        errors.append(error)
        return []
