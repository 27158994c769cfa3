"""Lines that are put into log groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_serverless.backends.moto.feed.notes import Feed, Patch

__all__ = ["patches"]


def patches(feed: Feed) -> list[Patch]:
    """Return the replacement that notes the lines that a log stream takes."""
    return [("moto.logs.models", "LogStream.put_log_events", lambda original: _put(feed, original))]


def _put(feed: Feed, original: Callable[..., str]) -> Callable[..., str]:
    def put_log_events(self: Any, log_events: list[dict[str, Any]]) -> str:
        token = original(self, log_events)
        stored = self.events[len(self.events) - len(log_events) :]
        if not stored:
            return token  # all were too old or too new
        feed.note(
            "logs:PutLogEvents",
            self.log_group.arn,
            log_group=self.log_group.name,
            log_stream=self.log_stream_name,
            owner=self.account_id,
            events=[{"id": one.event_id, "timestamp": one.timestamp, "message": one.message} for one in stored],
        )
        return token

    return put_log_events
