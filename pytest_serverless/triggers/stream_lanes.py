"""One lane of a shard: batches in order, one at a time, each until it is done or given up.

Sources (2026-11): https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html for batching,
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html for retries: to split a batch does not
count towards the retry quota. That what a partial success leaves is tried like a new batch is from a recording of the
service: with three retries, a record that failed behind two good ones was sent five times, and counted four.
Not documented, and chosen: the larger half of an odd batch comes second; a batching window begins when the lane has
both a record and nothing else to do. CloudFormation's page says that the service may tell a destination of several
records that bisecting isolated at once; here each is told of by itself.
"""

from __future__ import annotations

from collections import deque

from pytest_serverless.triggers.stream_answers import records_done
from pytest_serverless.triggers.stream_mapping import StreamMapping
from pytest_serverless.triggers.stream_pieces import Piece
from pytest_serverless.triggers.stream_records import (
    Answer,
    Batch,
    Condition,
    Discard,
    Expired,
    StreamRecord,
    Wait,
    WindowPart,
)
from pytest_serverless.triggers.stream_rules import StreamRules
from pytest_serverless.triggers.stream_windows import Window, end_of_window

__all__ = ["Lane"]

_COMMA = 1  # what stands between two records of an event


class Lane:
    """The records of a shard whose partition keys fall to this lane, and what is under way with them."""

    __slots__ = ("_bytes", "_in_flight", "_mapping", "_number", "_out", "_pieces", "_queue", "_rules", "_shard_id",
                 "_since", "_window", "closed")  # fmt: skip

    def __init__(self, mapping: StreamMapping, rules: StreamRules, shard_id: str, number: int) -> None:
        self._mapping = mapping
        self._rules = rules
        self._shard_id = shard_id
        self._number = number
        self._queue: deque[StreamRecord] = deque()
        self._bytes = 0
        self._pieces: deque[Piece] = deque()
        self._out: deque[Discard] = deque()
        self._in_flight: Batch | None = None
        self._window: Window | None = None
        self._since = 0.0
        self.closed = False

    # What is there

    @property
    def pending(self) -> int:
        """How many records are neither done nor given up."""
        return len(self._queue) + sum(len(piece.records) for piece in self._pieces)

    @property
    def drained(self) -> bool:
        """Whether nothing is left to do unless records come, nor to tell."""
        return not (self._queue or self._pieces or self._out or self._window)

    @property
    def oldest(self) -> StreamRecord | None:
        """The first record that is neither done nor given up."""
        for piece in self._pieces:
            if piece.records:
                return piece.records[0]
        return self._queue[0] if self._queue else None

    # What comes

    def push(self, record: StreamRecord, now: float) -> None:
        if not self._queue and not self._pieces:
            self._since = now
        self._queue.append(record)
        self._bytes += record.size + _COMMA

    def answer(self, batch: Batch, answer: Answer, now: float) -> tuple[StreamRecord, ...] | None:
        """Take what the invocation came to; return the records that are done, or None for a batch not in flight."""
        if batch is not self._in_flight:
            return None
        self._in_flight = None
        piece = self._pieces.popleft()
        if not answer.reached:
            piece.attempts -= 1
            self._hold(piece, now)
            return ()
        piece.answer = answer
        done = records_done(
            answer,
            piece.records,
            report_failures=self._mapping.report_failures,
            windowed=self._window is not None,
        )
        if done is None:
            self._failed(piece, now)
            return self._settled((), now)
        return self._settled(self._passed(piece, done, now), now)

    def _settled(self, done: tuple[StreamRecord, ...], now: float) -> tuple[StreamRecord, ...]:
        if not self._pieces:
            self._since = now
        return done

    def _passed(self, piece: Piece, done: int, now: float) -> tuple[StreamRecord, ...]:
        passed, left = piece.records[:done], piece.records[done:]
        if left:
            self._hold(Piece(records=left, answer=piece.answer), now)
        if piece.final:
            self._window = None
        elif self._window and piece.answer and self._window.gather(passed, piece.answer.value["state"]):
            self._pieces.appendleft(Piece(final=True, early=True))
        return passed

    def _failed(self, piece: Piece, now: float) -> None:
        if self._mapping.bisect and len(piece.records) > 1:
            self._split(piece, now)
        elif self._is_exhausted(piece):
            self._give_up(piece, now)
        else:
            piece.retries += 1
            self._hold(piece, now)

    def _split(self, piece: Piece, now: float) -> None:
        middle = len(piece.records) // 2
        self._pieces.appendleft(Piece(records=piece.records[middle:]))
        self._hold(Piece(records=piece.records[:middle], answer=piece.answer), now)

    def _is_exhausted(self, piece: Piece) -> bool:
        limited = not piece.final or self._rules.final_is_limited
        return limited and 0 <= self._mapping.max_retries <= piece.retries

    def _hold(self, piece: Piece, now: float) -> None:
        """Put a piece back at the head, to be tried again after a while."""
        piece.delays += 1
        piece.not_before = now + self._rules.retry_delay(piece.delays)
        self._pieces.appendleft(piece)

    # What is next

    def step(self, now: float) -> Batch | Discard | Expired | Wait | None:
        """Return what to do now, or when to ask again; None until there is an answer, or records."""
        if self._out:
            return self._out.popleft()
        if self._in_flight:
            return None
        if not self._pieces:
            due = self._gather(now)
            if not self._pieces:
                return due
        return self._drop_old(now) or self._invoke(now)

    def _invoke(self, now: float) -> Batch | Wait:
        piece = self._pieces[0]
        if piece.not_before > now:
            return Wait(piece.not_before)
        piece.attempts += 1
        if self._mapping.tumbling_window_s and not self._window:
            self._window = Window.around(piece.records[0], self._mapping.tumbling_window_s)
        self._in_flight = Batch(
            shard_id=self._shard_id,
            lane=self._number,
            records=piece.records,
            attempt=piece.attempts,
            window=self._part(piece),
        )
        return self._in_flight

    def _part(self, piece: Piece) -> WindowPart | None:
        final = piece.final and (self._rules.early_is_final or not piece.early)
        return self._window.part(final=final, early=piece.early) if self._window else None

    def _gather(self, now: float) -> Wait | None:
        """Make a piece of what waits, where it is time to; else tell when it will be."""
        if self._window and self._is_over(self._window, now):
            if self._window.count:
                self._pieces.append(Piece(final=True))
                return None
            self._window = None  # all that fell in it was given up: there is nothing to process
        if not self._queue:
            return Wait(self._window.end) if self._window else None
        if (due := self._due(now)) > now:
            return Wait(due)
        self._pieces.append(Piece(records=self._take()))
        return None

    def _is_over(self, window: Window, now: float) -> bool:
        if self._queue:
            return self._queue[0].arrived_at >= window.end
        return self.closed or now >= window.end

    def _bound(self) -> float:
        """Return the time from which on records belong to a later window than the first that waits."""
        if not self._mapping.tumbling_window_s:
            return float("inf")
        if self._window:
            return self._window.end
        return end_of_window(self._queue[0].arrived_at, self._mapping.tumbling_window_s)

    def _due(self, now: float) -> float:
        full = len(self._queue) >= self._mapping.batch_size or self._bytes >= self._rules.payload_limit
        if full or self.closed:
            return now
        return min(self._since + self._mapping.batching_window_s, self._bound())

    def _take(self) -> tuple[StreamRecord, ...]:
        """Take one batch from what waits: a record that is over the limit by itself goes alone."""
        queue, bound, left = self._queue, self._bound(), self._rules.payload_limit
        left -= self._window.size if self._window else 0
        taken: list[StreamRecord] = []
        while queue and len(taken) < self._mapping.batch_size:
            record = queue[0]
            left -= record.size + _COMMA
            if taken and (left < 0 or record.arrived_at >= bound):
                break
            taken.append(queue.popleft())
            self._bytes -= record.size + _COMMA
        return tuple(taken)

    # What is given up

    def _drop_old(self, now: float) -> Discard | Expired | None:
        """Give up the records at the head that are older than they may be."""
        piece = self._pieces[0]
        if piece.final and self._window:
            return self._drop_old_window(piece, self._window, now)
        limit = self._mapping.max_record_age_s
        if limit >= 0 and (old := piece.older_than(limit, now)):
            discard = self._discard(piece, "RecordAgeExceeded", now, old)
            self._shorten(piece, len(old), now)
            return discard
        if old := piece.older_than(self._rules.retention_s, now):
            self._shorten(piece, len(old), now)
            return Expired(shard_id=self._shard_id, records=old, iterator_age_s=now - old[0].arrived_at, at=now)
        return None

    def _drop_old_window(self, piece: Piece, window: Window, now: float) -> Discard | Expired | None:
        """Give up the last invocation of a window whose records are all older than they may be."""
        age, limit = now - window.last.arrived_at, self._mapping.max_record_age_s
        gone: Discard | Expired
        if self._rules.final_is_limited and 0 <= limit < age:
            gone = self._discard(piece, "RecordAgeExceeded", now)
        elif age > self._rules.retention_s:
            gone = Expired(shard_id=self._shard_id, records=(), iterator_age_s=now - window.first.arrived_at, at=now)
        else:
            return None
        self._window = None
        self._shorten(piece, 0, now)
        return gone

    def _shorten(self, piece: Piece, count: int, now: float) -> None:
        piece.records = piece.records[count:]
        if not piece.records:
            self._pieces.popleft()
            self._settled((), now)

    def _give_up(self, piece: Piece, now: float) -> None:
        self._out.append(self._discard(piece, "RetryAttemptsExhausted", now, piece.records))
        if piece.final:
            self._window = None

    def _discard(
        self, piece: Piece, condition: Condition, now: float, records: tuple[StreamRecord, ...] = ()
    ) -> Discard:
        told = records or (self._window.told if self._window else ())
        return Discard(
            condition=condition,
            shard_id=self._shard_id,
            start_sequence_number=told[0].sequence_number,
            end_sequence_number=told[-1].sequence_number,
            first_arrival=told[0].arrived_at,
            last_arrival=told[-1].arrived_at,
            batch_size=len(records) or (self._window.count if self._window else 0),
            invoke_count=piece.attempts,
            at=now,
            records=records,
            answer=piece.answer if condition == "RetryAttemptsExhausted" else None,
            window=self._part(piece),
        )
