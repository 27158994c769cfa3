"""Batches of streams that were given up: to the destination that their mapping names.

Source: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html and
services-dynamodb-errors.html beside it (2026-11).
"""

from __future__ import annotations

import time
from typing import Any

from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.reports import Reports
from pytest_serverless.deployment.delivery.targets import compact
from pytest_serverless.events.aws.destination_records import DYNAMODB_RECORD, KINESIS_RECORD
from pytest_serverless.events.source import Event
from pytest_serverless.events.values import format_iso
from pytest_serverless.triggers.destinations import kind_of_destination
from pytest_serverless.triggers.streams import Discard

__all__ = ["StreamReports"]


class StreamReports:
    """Reports what was given up."""

    def __init__(self, post: Post, reports: Reports) -> None:
        self._post = post
        self._reports = reports

    def discarded(self, function: str, kind: str, stream: str, discard: Discard, destination: str | None) -> None:
        """Tell the destination of a mapping; without one the records are lost."""
        what = f"{discard.batch_size} record{'s' * (discard.batch_size != 1)}: {discard.condition}"
        if destination is None:
            self._post.note("dropped", function, self._post.name_of(stream), what=what)
            return
        cause = f"mapping of {function}"
        self._post.note("dead letter", self._post.name_of(destination), cause, what=what)
        record = self._record(function, kind, stream, discard)
        if kind_of_destination(destination) == "s3":
            record["payload"] = compact({"Records": [one.event for one in discard.records]})
        self._reports.send(destination, record, cause=cause, key=self._key(function, discard))

    def _record(self, function: str, kind: str, stream: str, discard: Discard) -> Event:
        arn = self._post.arn_of(function)
        info = {
            "shardId": discard.shard_id,
            "startSequenceNumber": discard.start_sequence_number,
            "endSequenceNumber": discard.end_sequence_number,
            "approximateArrivalOfFirstRecord": _iso(discard.first_arrival),
            "approximateArrivalOfLastRecord": _iso(discard.last_arrival),
            "batchSize": discard.batch_size,
            "streamArn": stream,
        }
        context: dict[str, Any] = {
            "functionArn": arn,
            "condition": discard.condition,
            "approximateInvokeCount": max(1, discard.invoke_count),
        }
        given: Event = {
            "requestContext": context,
            "KinesisBatchInfo" if kind == "kinesis" else "DDBStreamBatchInfo": info,
        }
        if discard.answer is not None:
            if discard.answer.request_id is not None:
                context["requestId"] = discard.answer.request_id
            error = discard.answer.error
            given["responseContext"] = {"statusCode": 200, "executedVersion": "$LATEST", "functionError": error}
        shape = KINESIS_RECORD if kind == "kinesis" else DYNAMODB_RECORD
        return self._post.events.destinations.complete(shape, given, {})

    def _key(self, function: str, discard: Discard) -> str:
        """Return the key of the object in which a bucket keeps a batch; the mapping's id is made up of its names."""
        day = time.strftime("%Y/%m/%d/%Y-%m-%dT%H.%M.%S", time.gmtime(discard.at))
        return f"aws/lambda/{function}/{discard.shard_id}/{day}-{self._post.mint.uuid()}"


def _iso(seconds: float) -> str:
    return format_iso(round(seconds * 1000), "milliseconds")
