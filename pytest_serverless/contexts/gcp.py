"""The second argument of Google's background functions (first generation).

HTTP functions and CloudEvent functions have none: what they know stands in the request or in the event.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from pytest_serverless.clock import SYSTEM, Clock
from pytest_serverless.errors import MissingExtraError

__all__ = ["make_background_context"]


def make_background_context(
    *,
    event_id: str = "50906612144071081",
    event_type: str = "google.pubsub.topic.publish",
    resource: str | Mapping[str, str] | None = None,
    timestamp: str | None = None,
    clock: Clock = SYSTEM,
) -> Any:
    """Make the `google.cloud.functions.context.Context` of one event, with the class that `functions_framework` brings.

    `resource` is a dict of service, name and type for Pub/Sub and Storage, text for Firestore and Firebase.
    `timestamp` is ISO 8601 with milliseconds; now, unless given.
    """
    try:
        module = importlib.import_module("google.cloud.functions.context")
    except ImportError as error:
        raise MissingExtraError(
            module="functions_framework", extra="gcp", needed_for="the context of a background function"
        ) from error
    topic = {
        "service": "pubsub.googleapis.com",
        "name": "projects/test-project/topics/orders",
        "type": "type.googleapis.com/google.pubsub.v1.PubsubMessage",
    }
    return module.Context(
        eventId=event_id,
        timestamp=timestamp or _as_iso(clock.now()),
        eventType=event_type,
        resource=topic if resource is None else resource,
    )


def _as_iso(epoch_s: float) -> str:
    moment = datetime.fromtimestamp(epoch_s, tz=timezone.utc)
    return f"{moment.isoformat(timespec='milliseconds')[:-6]}Z"
