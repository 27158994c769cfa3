"""Google Cloud Pub/Sub: the CloudEvent that Eventarc sends to a function for each message.

The message comes with both spellings of its id and its time, in camel and in snake case, but with `orderingKey` alone;
there is no subject. Times have milliseconds, or no fraction where that would be zero.

Source: the request recorded in https://github.com/googleapis/google-cloudevents/issues/151, the schema and samples of
that repository (MessagePublishedData-duplicatedFields.json), and https://cloud.google.com/pubsub/docs/push (2026-11).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.gcp.request import PLATFORM_HEADERS, URL, platform_headers
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.shape import OPTIONAL, Either, Field, Rule, Shape, field, map_of, obj
from pytest_serverless.events.source import Common, Event, EventSource, event_type
from pytest_serverless.events.values import BASE64, TEXT, const, format_iso, pattern, whole_number
from pytest_serverless.events.web import HEADER, HEADER_VALUE, content

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["MESSAGE_PUBLISHED", "PubsubEvents"]

_REFERENCE = "https://cloud.google.com/eventarc/docs/cloudevents"
_TYPE = "google.cloud.pubsub.topic.v1.messagePublished"
_PROJECT = r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]"
_NAME = r"[A-Za-z][\w.~+%-]{2,254}"


def _now(mint: Mint) -> str:
    return format_iso(mint.now_ms(), "milliseconds").replace(".000Z", "Z")


_TIME = pattern(
    "time-milliseconds",
    "a UTC time in milliseconds, such as 2026-11-23T10:00:00.123Z",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z",
    _now,
)
_ID = pattern("message-id", "a message's id, a number as text", r"[^\s]+", lambda mint: mint.digits(17))
_SOURCE = pattern(
    "topic-source",
    "//pubsub.googleapis.com/projects/PROJECT/topics/TOPIC",
    rf"//pubsub\.googleapis\.com/projects/{_PROJECT}/topics/{_NAME}",
    lambda _: "//pubsub.googleapis.com/projects/test-project/topics/orders",
)

_MESSAGE = obj(
    field("attributes", map_of(TEXT, TEXT), OPTIONAL),
    field("data", BASE64, OPTIONAL),
    field("messageId", _ID),
    field("message_id", _ID, derive=lambda s: s["messageId"], because="messageId, spelt otherwise"),
    field("orderingKey", TEXT, OPTIONAL),
    field("publishTime", _TIME),
    field("publish_time", _TIME, derive=lambda s: s["publishTime"], because="publishTime, spelt otherwise"),
    rules=[
        Rule("not-empty", "there, or else attributes", lambda s: bool(s.get("data") or s.get("attributes")), "data")
    ],
)
_DATA = obj(
    field("deliveryAttempt", whole_number(1), OPTIONAL),
    field("message", _MESSAGE),
    field(
        "subscription",
        pattern(
            "subscription",
            "projects/PROJECT/subscriptions/NAME",
            rf"projects/{_PROJECT}/subscriptions/{_NAME}",
            lambda _: "projects/test-project/subscriptions/eventarc-orders-sub",
        ),
    ),
)


def _attributes(prefix: str, data: Any) -> tuple[Field, ...]:
    """Return the event's attributes, as headers or as members of the body; `data` finds the event's data."""
    return (
        field(f"{prefix}specversion", const("1.0")),
        field(f"{prefix}type", const(_TYPE)),
        field(f"{prefix}source", _SOURCE),
        field(f"{prefix}id", _ID, derive=lambda s: data(s)["message"]["messageId"], because="the message's messageId"),
        field(f"{prefix}time", _TIME, infer=lambda s: data(s)["message"]["publishTime"]),
    )


def _content_type(media: str) -> Field:
    return field(
        "content-type",
        pattern("content-type", media, rf"{media}(; ?charset=utf-8)?".replace("+", r"\+"), lambda _: media),
    )


def _request(headers: tuple[Field, ...], body: Any) -> Any:
    return obj(
        field("method", const("POST")),
        field("url", URL),
        field("headers", obj(*PLATFORM_HEADERS, *headers, others=HEADER_VALUE, keys=HEADER)),
        field("body", body),
    )


_BINARY = _request((_content_type("application/json"), *_attributes("ce-", lambda s: s.root["body"])), _DATA)
_STRUCTURED = _request(
    (_content_type("application/cloudevents+json"),),
    obj(
        *_attributes("", lambda s: s["data"]),
        field("datacontenttype", const("application/json")),
        field("data", _DATA),
    ),
)


def _mode(event: Any) -> Any:
    kind = event["headers"].get("content-type", "") if isinstance(event, dict) else ""
    return _STRUCTURED if kind.startswith("application/cloudevents") else _BINARY


def _claims(event: Any) -> bool:
    headers = {name.lower(): value for name, value in event["headers"].items()}
    return bool(headers.get("ce-type") == _TYPE or event["body"].get("type") == _TYPE)


MESSAGE_PUBLISHED = Shape("gcp.pubsub", Either(_mode, "a CloudEvent over HTTP"), _claims)


class MessageOptions(Common, total=False):
    """What any message may have."""

    attributes: Mapping[str, str]
    """The message's attributes."""
    ordering_key: str
    """The key by which messages are kept in order."""
    subscription: str
    """The subscription's name; Eventarc makes one for each trigger."""
    delivery_attempt: int
    """How often delivery was tried; sent only by a subscription with a dead-letter topic."""
    project: str
    """The project of topic and subscription."""
    mode: Literal["binary", "structured"]
    """How the CloudEvent is put into the request: its attributes as headers, as Eventarc does, or all in the body."""


class PubsubEvents(EventSource):
    """Messages of Pub/Sub, as a function's Eventarc trigger sends them."""

    name = "gcp.pubsub"

    def __init__(self, mint: Mint, project: str = "test-project", host: str = "test.a.run.app") -> None:
        super().__init__(mint)
        self.project = project
        self.host = host

    @event_type("A message that was published to a topic", reference=_REFERENCE, shape=MESSAGE_PUBLISHED)
    def message_published(
        self,
        data: str | bytes | dict[str, Any] | list[Any] | None = "Hello from Pub/Sub",
        *,
        topic: str = "orders",
        **options: Unpack[MessageOptions],
    ) -> Event:
        """Build the request that carries one message.

        `data` is text or bytes, or a dict or list that is published as JSON; None for a message of attributes alone.
        """
        project = options.get("project", self.project)
        published = _now(self.mint)
        attributes = {"source": f"//pubsub.googleapis.com/projects/{project}/topics/{topic}", "time": published}
        sent = self._data(data, f"projects/{project}/subscriptions/", published, options) | (
            {"deliveryAttempt": options["delivery_attempt"]} if "delivery_attempt" in options else {}
        )
        headers = platform_headers(self.mint, self.host)
        if options.get("mode") == "structured":
            headers["content-type"] = "application/cloudevents+json"
            body: dict[str, Any] = attributes | {"data": sent}
        else:
            headers |= {f"ce-{name}": value for name, value in attributes.items()}
            body = sent
        return self.complete(MESSAGE_PUBLISHED, {"headers": headers, "body": body}, options)

    def _data(self, data: Any, subscriptions: str, published: str, options: MessageOptions) -> dict[str, Any]:
        if data in (None, "", b"") and not options.get("attributes"):
            raise InvalidParameterError("A message needs data or attributes; Pub/Sub refuses one that has neither.")
        message: dict[str, Any] = {"publishTime": published}
        if data is not None:
            message["data"] = b64encode(content(data)).decode()
        if options.get("attributes"):
            message["attributes"] = dict(options["attributes"])
        if options.get("ordering_key"):
            message["orderingKey"] = options["ordering_key"]
        return {"message": message, "subscription": subscriptions + options.get("subscription", "eventarc-orders-sub")}
