"""Receives that wait for a message: in process they return at once, here they wait as the service lets them.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
(2026-11).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from pytest_serverless.clock import SYSTEM
from pytest_serverless.deployment.queues import QueueState
from pytest_serverless.local.wire.messages import Asked, Reply
from pytest_serverless.outcome import Change

__all__ = ["LongPolls", "parameters_of_receive"]

_JUST_AFTER_S = 0.002
_LONGEST_S = 20.0


def parameters_of_receive(asked: Asked) -> dict[str, Any] | None:
    """Return the parameters of a receive, of either protocol; None for any other request."""
    target = asked.header("X-Amz-Target")
    if target:
        return _json(asked.body) if target == "AmazonSQS.ReceiveMessage" else None
    if b"ReceiveMessage" not in asked.body and "ReceiveMessage" not in asked.query:
        return None
    form = parse_qs(f"{asked.query}&{asked.body.decode('utf-8', 'replace')}")
    given = {name: values[0] for name, values in form.items()}
    if given.get("Action") != "ReceiveMessage":
        return None
    return {"QueueUrl": f"https://sqs{asked.path}", **given}


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class LongPolls:
    """Asks again for those who wait, when something of their queue changes or a hidden message appears.

    `queue_wait` and `queue_state` are asked in threads; `answer` answers a request, by way of a thread.
    """

    def __init__(
        self,
        answer: Callable[[Asked], Awaitable[Reply]],
        *,
        queue_wait: Callable[[str], Awaitable[tuple[str, float]]],
        queue_state: Callable[[str], Awaitable[QueueState]],
    ) -> None:
        self._answer = answer
        self._queue_wait = queue_wait
        self._queue_state = queue_state
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def changed(self, change: Change) -> None:
        """Hear of a change, in any thread."""
        if change.service == "sqs" and change.resource in self._waiting:
            self._loop.call_soon_threadsafe(self._wake, change.resource)

    async def answered(self, asked: Asked, parameters: dict[str, Any]) -> Reply:
        """Answer a receive: when there is a message, or the wait is over."""
        url = str(parameters.get("QueueUrl", ""))
        arn, waits = await self._queue_wait(url)
        with suppress(TypeError, ValueError):  # what is no number is refused by the answer
            waits = float(parameters.get("WaitTimeSeconds", waits))
        if not arn or not 0 < waits <= _LONGEST_S:
            return await self._answer(asked)
        news = asyncio.Event()
        self._waiting.setdefault(arn, set()).add(news)
        try:
            return await self._polled(asked, url, news, SYSTEM.monotonic() + waits)
        finally:
            self._waiting[arn].discard(news)
            if not self._waiting[arn]:
                del self._waiting[arn]

    async def _polled(self, asked: Asked, url: str, news: asyncio.Event, until: float) -> Reply:
        task = asyncio.current_task()
        if task is not None:
            asked.when_gone(partial(_cancel, task))  # nobody is there to take a message
        while True:
            news.clear()
            reply = await self._answer(asked)
            left = until - SYSTEM.monotonic()
            if left <= 0 or reply.status != 200 or not _is_empty(reply):
                return reply
            due = (await self._queue_state(url)).next_due
            appears = float("inf") if due is None else max(0.0, due - SYSTEM.now()) + _JUST_AFTER_S
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(news.wait(), min(left, appears))

    def _wake(self, arn: str) -> None:
        for news in self._waiting.get(arn, ()):
            news.set()


def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()


def _is_empty(reply: Reply) -> bool:
    return b'"Messages"' not in reply.body and b"<Message>" not in reply.body
