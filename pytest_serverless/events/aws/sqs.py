"""Amazon SQS: what an event source mapping hands to a function, one record a message.

Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html (2026-11), and recordings of the service for what
that page leaves out: `md5OfMessageAttributes` is absent, or null where the mapping has a batching window, unless the
message has attributes. What SNS writes into a body is in `sns.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events.aws.messages import Attribute, as_text, typed
from pytest_serverless.events.aws.sns import SnsEvents, envelope_text, sns_attributes
from pytest_serverless.events.aws.source import AwsCommon, AwsEventSource
from pytest_serverless.events.aws.sqs_messages import MESSAGES, MOST_ATTRIBUTES
from pytest_serverless.events.builder import PRESENT
from pytest_serverless.events.source import Event, event_type

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["SqsEvents"]

_REFERENCE = "https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"
_DEAD_LETTER = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"
_FROM_SNS = "https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html"


class DeliveryOptions(AwsCommon, total=False):
    """What any message may have, however it came into the queue."""

    receive_count: int
    """How often the message was received, this time included."""
    batching_window: bool
    """Whether the mapping has MaximumBatchingWindowInSeconds: md5OfMessageAttributes is null then, not absent."""
    trace_header: str
    """The X-Ray header the sender passed as AWSTraceHeader."""
    sender: str
    """SenderId: an IAM user's id, or a role's with its session."""


class MessageOptions(DeliveryOptions, total=False):
    """What a message may have that was sent to the queue itself."""

    attributes: Mapping[str, Attribute]
    """Message attributes by name: text is sent as String, a number as Number, bytes as Binary."""


class SqsEvents(AwsEventSource):
    """Amazon SQS messages, as an event source mapping delivers them."""

    name = "aws.sqs"

    @event_type("A message from a standard queue", reference=_REFERENCE, shape=MESSAGES)
    def standard(
        self,
        body: str | Event = "Hello from SQS",
        *,
        queue: str = "orders",
        group: str | None = None,
        **options: Unpack[MessageOptions],
    ) -> Event:
        """Build an event with one message of a standard queue.

        `body` is text, or an event of another source, which is then sent as JSON. `queue` is a name or an ARN. `group`
        is the MessageGroupId by which a fair queue tells its tenants apart; others have none.
        """
        attributes = {} if group is None else {"MessageGroupId": group}
        return self._sent(body, self._queue(queue, options, fifo=False), attributes, options)

    @event_type("A message from a FIFO queue", reference=_REFERENCE, shape=MESSAGES)
    def fifo(
        self,
        body: str | Event = "Hello from SQS",
        *,
        queue: str = "orders.fifo",
        group: str = "group",
        deduplication_id: str | None = None,
        **options: Unpack[MessageOptions],
    ) -> Event:
        """Build an event with one message of a FIFO queue; `queue` must end in `.fifo`.

        Without `deduplication_id` it is the SHA-256 of the body, as on a queue with content-based deduplication.
        """
        attributes = _fifo_attributes(as_text(body), group, deduplication_id)
        return self._sent(body, self._queue(queue, options, fifo=True), attributes, options)

    @event_type("A message that was moved to a dead-letter queue", reference=_DEAD_LETTER, shape=MESSAGES)
    def dead_letter(
        self,
        body: str | Event = "Hello from SQS",
        *,
        queue: str = "orders-dlq",
        source_queue: str = "orders",
        group: str = "group",
        **options: Unpack[MessageOptions],
    ) -> Event:
        """Build an event with one message of the dead-letter queue `queue` that came from `source_queue`.

        Both are FIFO queues or neither is; `group` is the message's group in FIFO queues.
        """
        fifo = queue.endswith(".fifo")
        attributes = {"DeadLetterQueueSourceArn": self._queue(source_queue, options, fifo=fifo)}
        if fifo:
            attributes |= _fifo_attributes(as_text(body), group, None)
        return self._sent(body, self._queue(queue, options, fifo=fifo), attributes, options)

    @event_type("A message that a topic put into a queue", reference=_FROM_SNS, shape=MESSAGES)
    def from_sns(
        self,
        message: str | Event = "Hello from SNS",
        *,
        topic: str = "notifications",
        queue: str | None = None,
        raw: bool = False,
        subject: str | None = None,
        attributes: Mapping[str, Attribute] | None = None,
        group: str = "group",
        deduplication_id: str | None = None,
        **options: Unpack[DeliveryOptions],
    ) -> Event:
        """Build an event with one message of a queue that is subscribed to `topic`.

        The body is SNS's envelope, with `attributes` in it; with `raw` message delivery it is the message itself, and
        its attributes become those of the queue's message. A FIFO topic delivers to FIFO and standard queues, a
        standard topic to standard queues alone; `queue` is `orders.fifo` or `orders` unless given. `group` and
        `deduplication_id` are those of a FIFO queue's message, the latter the SHA-256 of SNS's message unless given.
        """
        from_fifo = topic.endswith(".fifo")
        queue = queue or ("orders.fifo" if from_fifo else "orders")
        fifo = queue.endswith(".fifo")
        if fifo and not from_fifo:
            raise InvalidParameterError(
                f"The standard topic {topic!r} cannot deliver to the FIFO queue {queue!r}; only a FIFO topic can."
            )
        system = _fifo_attributes(as_text(message), group, deduplication_id) if fifo else {}
        queue_arn = self._queue(queue, options, fifo=fifo)
        if raw:
            return self._message(as_text(message), queue_arn, system, _raw_attributes(attributes), options)
        envelope = SnsEvents(self.mint, self.place(options)).envelope(
            message, topic=topic, subject=subject, attributes=attributes
        )
        return self._message(envelope_text(envelope), queue_arn, system, {}, options)

    def _queue(self, queue: str, options: AwsCommon, *, fifo: bool) -> str:
        if queue.endswith(".fifo") is not fifo:
            kind, rule = ("FIFO", "must end") if fifo else ("standard", "must not end")
            raise InvalidParameterError(f"The name of a {kind} queue {rule} in .fifo, got {queue!r}.")
        return self.place(options).arn("sqs", queue)

    def _sent(self, body: str | Event, queue_arn: str, system: Mapping[str, str], options: MessageOptions) -> Event:
        attributes = {name: _attribute(name, value) for name, value in options.get("attributes", {}).items()}
        return self._message(as_text(body), queue_arn, system, attributes, options)

    def _message(
        self,
        body: str,
        queue_arn: str,
        system: Mapping[str, str],
        attributes: Mapping[str, Event],
        options: DeliveryOptions,
    ) -> Event:
        if len(attributes) > MOST_ATTRIBUTES:
            raise InvalidParameterError(
                f"A message has {MOST_ATTRIBUTES} attributes at most, got {len(attributes)}; SQS refuses it, "
                "and with raw message delivery SNS discards it."
            )
        received = self.mint.now_ms()
        given_system = {
            "ApproximateReceiveCount": str(options.get("receive_count", 1)),
            "SentTimestamp": str(received - 250),
            "ApproximateFirstReceiveTimestamp": str(received),
            **system,
        }
        if "trace_header" in options:
            given_system["AWSTraceHeader"] = options["trace_header"]
        if "sender" in options:
            given_system["SenderId"] = options["sender"]
        record: dict[str, Any] = {
            "body": body,
            "attributes": given_system,
            "messageAttributes": attributes,
            "eventSourceARN": queue_arn,
        }
        if attributes or options.get("batching_window"):
            record["md5OfMessageAttributes"] = PRESENT
        return self.complete(MESSAGES, {"Records": [record]}, options)


def _fifo_attributes(text: str, group: str, deduplication_id: str | None) -> dict[str, str]:
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return {"MessageGroupId": group, "MessageDeduplicationId": deduplication_id or digest}


def _raw_attributes(attributes: Mapping[str, Attribute] | None) -> dict[str, Event]:
    return {name: _written(a["Type"], a["Value"]) for name, a in sns_attributes(attributes).items()}


def _attribute(name: str, value: Attribute) -> Event:
    return _written(*typed(name, value, lists=False))


def _written(kind: str, value: str) -> Event:
    field = "binaryValue" if kind == "Binary" else "stringValue"
    return {field: value, "stringListValues": [], "binaryListValues": [], "dataType": kind}
