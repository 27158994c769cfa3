"""Asynchronous invocations of an application: tried, tried again, and reported where they end."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.errors import PlatformError, ThrottledError
from pytest_serverless.triggers.asynchronous import (
    AsyncConfig,
    AsyncEvent,
    Failed,
    Result,
    Retry,
    Succeeded,
    after_attempt,
    before_attempt,
)

__all__ = ["Asynchronous", "Ended"]

Ended = Callable[[str, "Succeeded | Failed"], None]
"""Is told the id of a function and how an event ended there."""


class Asynchronous:
    """The queue of events that Lambda keeps for each function; `ended` reports to destinations and dead letters."""

    def __init__(self, post: Post, mint_id: Callable[[], str], ended: Ended) -> None:
        self._post = post
        self._mint_id = mint_id
        self._ended = ended
        self.config = cache(self._config)

    def submit(self, function: str, payload: Any, cause: str, request_id: str | None = None) -> None:
        """Take an event for a function."""
        id_ = request_id or self._mint_id()
        event = AsyncEvent(request_id=id_, payload=payload, accepted_at=self._post.time.now())
        self._post.later(event.accepted_at, lambda: self._attempt(function, event, cause), f"{function}: {cause}")

    def _attempt(self, function: str, event: AsyncEvent, cause: str) -> None:
        config, now = self.config(function), self._post.time.now()
        result = before_attempt(config, event, now)
        if result is None:
            after = after_attempt(config, event, self._run(function, event, cause), self._post.time.now())
            if isinstance(after, Retry):
                self._retry(function, after, cause)
                return
            self._ended(function, after)
        else:
            self._ended(function, result)

    def _run(self, function: str, event: AsyncEvent, cause: str) -> Result:
        again = f", attempt {event.runs + 1}" if event.runs else ""
        try:
            return Result.of(
                self._post.run(function, event.payload, cause=f"{cause}{again}", request_id=event.request_id)
            )
        except ThrottledError:
            return Result(status_code=429)
        except PlatformError:
            return Result(status_code=500)

    def _retry(self, function: str, retry: Retry, cause: str) -> None:
        wait = retry.at - self._post.time.now()
        what = f"again in {wait:.0f} s"
        self._post.note("retry", function, cause, what=what)
        self._post.later(retry.at, lambda: self._attempt(function, retry.event, cause), f"{function}: {cause}")

    def _config(self, function: str) -> AsyncConfig:
        post = self._post
        own, found = post.properties_of(function), post.app.functions[function]
        settings = next(
            (
                properties
                for id_ in post.ids_of_type("AWS::Lambda::EventInvokeConfig")
                if post.function_of(str((properties := post.properties_of(id_)).get("FunctionName"))) == function
            ),
            {},
        )
        reserved = own.get("ReservedConcurrentExecutions")
        resource = post.app.resources.get(function)
        return AsyncConfig.of(
            settings,
            dead_letter_arn=(own.get("DeadLetterConfig") or {}).get("TargetArn"),
            reserved_concurrency=None if reserved is None else int(reserved),
            function_arn=resource.arn if resource else found.name,
        )
