"""Event source mappings of streams, of Kinesis and of tables: records in, batches out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pytest_serverless.app.model import Resource, Trigger
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.records import dynamodb_record, kinesis_record
from pytest_serverless.deployment.delivery.stream_reports import StreamReports
from pytest_serverless.errors import InvalidMappingError
from pytest_serverless.outcome import Change
from pytest_serverless.triggers.filter_criteria import FilterCriteria
from pytest_serverless.triggers.streams import (
    Answer,
    Batch,
    Discard,
    Expired,
    StreamMapping,
    StreamReader,
    StreamRecord,
    Wait,
)

__all__ = ["Streams", "stream_mapping"]

Kind = Literal["kinesis", "dynamodb"]
_KINDS: dict[str, Kind] = {"kinesis": "kinesis", "dynamodb": "dynamodb"}


@dataclass(slots=True)
class _Source:
    """A mapping and where it stands; `resource` is the stream, or the table that has it."""

    trigger: Trigger
    kind: Kind
    resource: Resource
    stream: str
    reader: StreamReader
    shards: set[str] = field(default_factory=set)
    wait: float | None = None


def stream_mapping(trigger: Trigger) -> StreamMapping:
    """Return the mapping that a trigger declares; refuse what the service refuses, with the template's line."""
    try:
        return StreamMapping.of(trigger.settings or {}, source=_KINDS[trigger.kind])
    except InvalidMappingError as error:
        raise InvalidMappingError(f"{trigger.origin or trigger.id}: {trigger.id}: {error}") from None


class Streams:
    """Reads the streams that functions wait for."""

    def __init__(self, post: Post, reports: StreamReports) -> None:
        self._post = post
        self._reports = reports
        self._start = post.time.now()

    def changed(self, change: Change) -> None:
        """Take a record to whoever reads its stream; note what becomes of shards."""
        for source in self._sources:
            if change.resource != (source.resource.arn or source.resource.attributes.get("Arn")):
                continue
            if change.kind in ("kinesis:SplitShard", "kinesis:MergeShards"):
                self._know_shards(source)
                for shard in change.details["closed"]:
                    source.reader.close_shard(shard)
            elif "sequence_number" in change.details:
                self._push(source, change)

    def poll(self) -> bool:
        """Do the next thing that a mapping has to do now, if there is one."""
        return any(self._step(source) for source in self._sources)

    def due(self) -> float | None:
        """Return when a mapping will have something to do."""
        return min((source.wait for source in self._sources if source.wait is not None), default=None)

    def left(self) -> Iterator[str]:
        """Yield in words what was not delivered."""
        for source in self._sources:
            if source.reader.pending:
                yield f"{source.resource.id}: {source.reader.pending} records for {source.trigger.function}"

    @cached_property
    def _sources(self) -> list[_Source]:
        return list(self._read())

    def _read(self) -> Iterator[_Source]:
        for trigger in self._post.app.triggers:
            resource = self._post.app.resources.get(trigger.source or "")
            kind = _KINDS.get(trigger.kind)
            if resource is None or kind is None:
                continue
            mapping = stream_mapping(trigger)
            if mapping.enabled:
                stream = str(resource.attributes.get("StreamArn") or resource.arn or resource.attributes.get("Arn"))
                keep = _wanted((trigger.settings or {}).get("FilterCriteria"), kind)
                reader = StreamReader(mapping, created_at=self._start, keep=keep)
                yield _Source(trigger, kind, resource, stream, reader)

    def _know_shards(self, source: _Source) -> None:
        for shard in self._post.wiring.shards(source.stream):
            if shard.id not in source.shards:
                source.shards.add(shard.id)
                source.reader.add_shard(shard.id, parents=shard.parents)

    def _push(self, source: _Source, change: Change) -> None:
        details = change.details
        if details["shard_id"] not in source.shards:
            self._know_shards(source)
        if details["shard_id"] not in source.shards:
            source.shards.add(details["shard_id"])
            source.reader.add_shard(details["shard_id"])
        make = kinesis_record if source.kind == "kinesis" else dynamodb_record
        record = make(change, source.stream, self._role(source), self._post.events)
        refused = source.reader.push(details["shard_id"], [record], self._post.time.now())
        for one in refused:
            what = f"filter: {one.sequence_number}"
            self._post.note("dropped", source.resource.id, source.trigger.function, what=what)
        source.wait = None

    def _role(self, source: _Source) -> str:
        """Return the ARN of the function's role: Kinesis' records have it."""
        role = self._post.app.functions[source.trigger.function].role
        found = self._post.app.resources.get(role)
        return str(found.arn if found else role)

    def _step(self, source: _Source) -> bool:
        step = source.reader.next(self._post.time.now())
        source.wait = step.until if isinstance(step, Wait) else None
        if isinstance(step, Batch):
            self._invoke(source, step)
        elif isinstance(step, Discard):
            on_failure = source.reader.mapping.on_failure
            self._reports.discarded(source.trigger.function, source.kind, source.stream, step, on_failure)
        elif isinstance(step, Expired):
            what = f"{len(step.records)} records are older than the stream keeps them"
            self._post.note("dropped", source.resource.id, source.trigger.function, what=what)
        return step is not None and not isinstance(step, Wait)

    def _invoke(self, source: _Source, batch: Batch) -> None:
        function = source.trigger.function
        self._post.stack.need([function])
        again = f", attempt {batch.attempt}" if batch.attempt > 1 else ""
        cause = f"{len(batch.records)} of {source.resource.id}{again}"
        outcome = self._post.run_if_allowed(function, batch.event(source.stream), cause=cause)
        answer = (
            Answer(reached=False)
            if outcome is None
            else Answer(value=outcome.value, error=None if outcome.ok else "Unhandled", request_id=outcome.request_id)
        )
        source.reader.answer(batch, answer, self._post.time.now())


def _wanted(filters: Any, kind: Kind) -> Callable[[StreamRecord], bool]:
    criteria = FilterCriteria.parse(filters, kind)
    return lambda record: criteria.matches(record.event)
