"""A stream for tests: records, and a driver that does what the reader says and jumps ahead in time."""

import json
from dataclasses import dataclass, field

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

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream"
SHARD = "shardId-000000000000"
START = 1_795_000_020.0  # the start of a minute


class ThrottledError(Exception):
    """The function was not reached."""


def record(number, *, key="key", at=START, size=100):
    event = {"kinesis": {"sequenceNumber": str(number), "partitionKey": key}, "eventSourceARN": ARN}
    return StreamRecord(sequence_number=str(number), partition_key=key, arrived_at=at, event=event, size=size)


def records(count, **given):
    return [record(number, **given) for number in range(1, count + 1)]


def mapping(**given):
    return StreamMapping(**{"source": "kinesis", "starting_position": "TRIM_HORIZON", **given})


def reader(*shards, created_at=START, keep=None, rules=None, **given):
    made = StreamReader(mapping(**given), created_at=created_at, keep=keep, rules=rules)
    for shard in shards or (SHARD,):
        made.add_shard(shard)
    return made


def numbers(found):
    return [int(each.sequence_number) for each in found]


@dataclass
class Story:
    """What happened until the reader had nothing more to do; `batches` have the time, and the numbers sent."""

    now: float
    batches: list = field(default_factory=list)
    events: list = field(default_factory=list)
    done: list = field(default_factory=list)
    discards: list = field(default_factory=list)
    expired: list = field(default_factory=list)
    waits: list = field(default_factory=list)

    @property
    def sent(self):
        return [sent for _, sent in self.batches]


def drive(stream, function=lambda event: None, now=START, *, until=float("inf"), most=100_000):
    """Answer each batch with what `function` makes of its event, until nothing is left, or is due by `until`."""
    story = Story(now)
    for _ in range(most):
        step = stream.next(story.now)
        if step is None or (isinstance(step, Wait) and step.until > until):
            return story
        _follow(stream, function, step, story)
    raise AssertionError("the reader never came to rest")


def _follow(stream, function, step, story):
    match step:
        case Batch():
            story.batches.append((story.now - START, numbers(step.records)))
            story.events.append(copied(step.event(ARN)))
            story.done += numbers(stream.answer(step, answer_of(function, copied(story.events[-1])), story.now).records)
        case Discard():
            story.discards.append(step)
        case Expired():
            story.expired.append(step)
        case Wait():
            assert step.until > story.now
            story.waits.append(step.until - story.now)
            story.now = step.until


def copied(value):
    """Return what arrives of a value that is sent as JSON: functions change their events."""
    return json.loads(json.dumps(value))


def answer_of(function, event):
    try:
        return Answer(value=copied(function(event)))
    except ThrottledError:
        return Answer(reached=False)
    except Exception:
        return Answer(error="Unhandled")


def numbers_in(event):
    return [int(each["kinesis"]["sequenceNumber"]) for each in event["Records"]]


def failing(*poison):
    """Return a function that raises where one of these records is in the batch."""

    def function(event):
        if set(poison) & set(numbers_in(event)):
            raise ValueError("poison")

    return function


def reporting(*poison):
    """Return a function that reports these records, if they are in the batch, as Powertools' batch processor does."""

    def function(event):
        failed = [number for number in numbers_in(event) if number in poison]
        return {"batchItemFailures": [{"itemIdentifier": str(number)} for number in failed]}

    return function
