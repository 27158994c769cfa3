"""AWS Lambda destinations: the record of an invocation that Lambda sends on to a queue, topic, bucket or function.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html (2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pytest_serverless.errors import InvalidParameterError, shorten
from pytest_serverless.events.aws.destination_records import ASYNC_RECORD, DYNAMODB_RECORD, KINESIS_RECORD, batch_info
from pytest_serverless.events.aws.dynamodb import SHARD_ID, DynamodbEvents
from pytest_serverless.events.aws.kinesis import KinesisEvents
from pytest_serverless.events.aws.source import AwsCommon, AwsEventSource
from pytest_serverless.events.shape import Shape
from pytest_serverless.events.source import Event, event_type

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["AsyncCondition", "DestinationsEvents"]

AsyncCondition = Literal["RetriesExhausted", "EventAgeExceeded", "ZeroReservedConcurrency"]
"""Why Lambda gave up an asynchronous invocation."""

_ASYNC = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"
_DYNAMODB = "https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html"
_KINESIS = "https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html"
_ERROR: Mapping[str, Any] = {"errorMessage": "something went wrong", "errorType": "RuntimeError", "stackTrace": []}


class AsyncOptions(AwsCommon, total=False):
    """What any record of an asynchronous invocation may have."""

    function: str
    """The function's name, or its ARN with a qualifier."""
    qualifier: str
    """The version or alias that was invoked; $LATEST unless given."""
    executed_version: str
    """The version that ran, a number where the qualifier is an alias; $LATEST unless given."""


class StreamFailureOptions(AwsCommon, total=False):
    """What the record of a batch that was given up may have."""

    function: str
    """The function's name, or ARN."""
    condition: Literal["RetryAttemptsExhausted", "RecordAgeExceeded"]
    """Why the batch was given up."""
    invoke_count: int
    """How often the function was invoked with the batch; 3 unless given."""
    never_run: bool
    """Whether the batch grew too old before the function could be run, which leaves no response."""
    error: bool
    """Whether the function failed; False where its partial batch response was never clean."""
    destination: Literal["queue", "topic", "bucket"]
    """Where the record goes; a bucket's alone has the batch itself as `payload`."""


class DestinationsEvents(AwsEventSource):
    """AWS Lambda destinations: what a function sees that another function's invocations are sent to.

    A function that is the destination gets these as they are; a queue's or topic's consumer finds them as text in it.
    """

    name = "aws.destinations"

    @event_type("An asynchronous invocation that succeeded", reference=_ASYNC, shape=ASYNC_RECORD)
    def success(self, request: Any = None, *, response: Any = None, **options: Unpack[AsyncOptions]) -> Event:
        """Build the record of an invocation with `request` that returned `response`."""
        return self._async("Success", 1, request, {"responseContext": {}, "responsePayload": response}, options)

    @event_type("An asynchronous invocation that failed for good", reference=_ASYNC, shape=ASYNC_RECORD)
    def failure(
        self,
        request: Any = None,
        *,
        condition: AsyncCondition = "RetriesExhausted",
        response: Any = _ERROR,
        invoke_count: int | None = None,
        throttled: bool = False,
        **options: Unpack[AsyncOptions],
    ) -> Event:
        """Build the record of an invocation that was given up, as `condition` says.

        `response` is what the last attempt returned: an error's message, type and stack trace. A `throttled` event aged
        without having been run, and has none; nor has one of a function whose reserved concurrency is zero.
        `invoke_count` is 3 unless given, or what the condition implies.
        """
        if throttled and condition != "EventAgeExceeded":
            raise InvalidParameterError(f"A throttled event ends as EventAgeExceeded, not as {condition}.")
        never_run = condition == "ZeroReservedConcurrency"
        answer: dict[str, Any] = {"responseContext": {"functionError": "Unhandled"}, "responsePayload": response}
        if throttled:
            answer = {"responseContext": {"statusCode": 429}}
        count = (0 if never_run else 3) if invoke_count is None else invoke_count
        return self._async(condition, count, request, {} if never_run else answer, options)

    @event_type("A batch of a DynamoDB stream that was given up", reference=_DYNAMODB, shape=DYNAMODB_RECORD)
    def dynamodb_failure(self, batch: Event | None = None, **options: Unpack[StreamFailureOptions]) -> Event:
        """Build the record of `batch`, an event of `aws.dynamodb`; one insert unless given."""
        batch = batch if batch is not None else DynamodbEvents(self.mint, self.place(options)).insert()
        shard = batch.get("shardId") or SHARD_ID.mint(self.mint)
        info = {"DDBStreamBatchInfo": batch_info(_records(batch, "dynamodb"), shard)}
        return self._stream(DYNAMODB_RECORD, batch, info, options)

    @event_type("A batch of a Kinesis stream that was given up", reference=_KINESIS, shape=KINESIS_RECORD)
    def kinesis_failure(self, batch: Event | None = None, **options: Unpack[StreamFailureOptions]) -> Event:
        """Build the record of `batch`, an event of `aws.kinesis`; one record unless given."""
        batch = batch if batch is not None else KinesisEvents(self.mint, self.place(options)).record()
        records = _records(batch, "kinesis")
        info = {"KinesisBatchInfo": batch_info(records, records[0]["eventID"].partition(":")[0])}
        return self._stream(KINESIS_RECORD, batch, info, options)

    def _async(
        self, condition: str, count: int, request: Any, answer: Mapping[str, Any], options: AsyncOptions
    ) -> Event:
        given: dict[str, Any] = {
            "requestContext": {
                "functionArn": self._function(options, options.get("qualifier", "$LATEST")),
                "condition": condition,
                "approximateInvokeCount": count,
            },
            "requestPayload": {} if request is None else request,
            **answer,
        }
        context = given.get("responseContext")
        if context is not None and "statusCode" not in context:
            context |= {"statusCode": 200, "executedVersion": options.get("executed_version", "$LATEST")}
        return self.complete(ASYNC_RECORD, given, options)

    def _stream(self, shape: Shape, batch: Event, info: Mapping[str, Any], options: StreamFailureOptions) -> Event:
        condition = options.get("condition", "RetryAttemptsExhausted")
        given: dict[str, Any] = {
            "requestContext": {
                "functionArn": self._function(options, ""),
                "condition": condition,
                "approximateInvokeCount": options.get("invoke_count", 3),
            },
            **info,
        }
        if not options.get("never_run"):
            error = "Unhandled" if options.get("error", True) else None
            given["responseContext"] = {"statusCode": 200, "executedVersion": "$LATEST", "functionError": error}
        elif condition != "RecordAgeExceeded":
            raise InvalidParameterError(f"A batch that was never run ends as RecordAgeExceeded, not as {condition}.")
        if options.get("destination") == "bucket":
            given["payload"] = json.dumps(batch, ensure_ascii=False, separators=(",", ":"))
        return self.complete(shape, given, options)

    def _function(self, options: AsyncOptions | StreamFailureOptions, qualifier: str) -> str:
        function = options.get("function", "orders")
        if function.startswith("arn:"):
            return function
        return self.place(options).arn("lambda", ":".join(part for part in ("function", function, qualifier) if part))


def _records(batch: Event, kind: str) -> list[Event]:
    records = batch.get("Records")
    if not isinstance(records, list) or not records or not all(kind in record for record in records):
        raise InvalidParameterError(f"batch takes an event of aws.{kind} with records, got {shorten(batch)}.")
    return records
