"""Event source mappings of streams, of Kinesis and of tables: records in, batches out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pytest_serverless.app.model import Trigger
from pytest_serverless.deployment.delivery.post import Post
from pytest_serverless.deployment.delivery.records import dynamodb_record, kinesis_record
from pytest_serverless.deployment.delivery.stream_reports import StreamReports
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
    StreamRules,
    Wait,
)

__all__ = ["Streams"]

Kind = Literal["kinesis", "dynamodb"]
_KINDS: dict[str, Kind] = {"kinesis": "kinesis", "dynamodb": "dynamodb"}


@dataclass(slots=True)
class _Source:
    """A mapping and where it stands.

    `id` is the stream's in the template, or that of the table that has it; one of another stack has its name instead.
    `changing` is the ARN that its changes have, `stream` its own, `shown` what events call it.
    """

    trigger: Trigger
    kind: Kind
    id: str
    changing: str
    stream: str
    shown: str
    reader: StreamReader
    shards: set[str] = field(default_factory=set)
    wait: float | None = None


class Streams:
    """Reads the streams that functions wait for."""

    def __init__(self, post: Post, reports: StreamReports) -> None:
        self._post = post
        self._reports = reports

    def changed(self, change: Change) -> None:
        """Take a record to whoever reads its stream; note what becomes of shards."""
        for source in self._sources:
            if change.resource != source.changing:
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
                yield f"{source.id}: {source.reader.pending} records for {source.trigger.function}"

    @cached_property
    def _sources(self) -> list[_Source]:
        return list(self._read())

    def _read(self) -> Iterator[_Source]:
        for trigger in self._post.app.triggers:
            kind = _KINDS.get(trigger.kind)
            if kind is None:
                continue
            mapping = StreamMapping.of(trigger.settings or {}, source=kind)
            if mapping.enabled:
                yield self._source(trigger, kind, mapping)

    def _source(self, trigger: Trigger, kind: Kind, mapping: StreamMapping) -> _Source:
        shown = str((trigger.settings or {}).get("EventSourceArn"))
        stream = shown.partition("/consumer/")[0]
        changing = stream.partition("/stream/")[0] if kind == "dynamodb" else stream
        id_ = self._post.name_of(changing)
        hours = self._post.properties_of(id_).get("RetentionPeriodHours")
        reader = StreamReader(
            mapping,
            created_at=self._post.timeline.began,
            keep=_wanted((trigger.settings or {}).get("FilterCriteria"), kind),
            rules=StreamRules(retention_s=float(hours) * 3600) if hours else None,
        )
        return _Source(trigger, kind, id_, changing, stream, shown, reader)

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
        record = make(change, source.shown, self._role(source), self._post.events)
        refused = source.reader.push(details["shard_id"], [record], self._post.time.now())
        for one in refused:
            what = f"filter: {one.sequence_number}"
            self._post.note("dropped", source.id, source.trigger.function, what=what)
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
            self._reports.discarded(source.trigger.function, source.kind, source.shown, step, on_failure)
        elif isinstance(step, Expired):
            what = f"{len(step.records)} records are older than the stream keeps them"
            self._post.note("dropped", source.id, source.trigger.function, what=what)
        return step is not None and not isinstance(step, Wait)

    def _invoke(self, source: _Source, batch: Batch) -> None:
        function = source.trigger.function
        self._post.stack.need([function])
        again = f", attempt {batch.attempt}" if batch.attempt > 1 else ""
        cause = f"{len(batch.records)} of {source.id}{again}"
        answer = Answer(reached=False)
        try:
            outcome = self._post.run_if_allowed(function, batch.event(source.shown), cause=cause)
            if outcome is not None:
                error = None if outcome.ok else "Unhandled"
                answer = Answer(value=outcome.value, error=error, request_id=outcome.request_id)
        finally:
            source.reader.answer(batch, answer, self._post.time.now())


def _wanted(filters: Any, kind: Kind) -> Callable[[StreamRecord], bool]:
    criteria = FilterCriteria.parse(filters, kind)
    return lambda record: criteria.matches(record.event)
