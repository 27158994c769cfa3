"""Streams of Kinesis that functions read: in which order, in which batches, how often, and what becomes of failures."""

import hashlib
import json
import time
from base64 import b64decode

import boto3
import pytest

from pytest_serverless import events
from pytest_serverless.errors import UnexpectedFailureError

CODE = """
    from base64 import b64decode

    fail = set()

    def texts(event):
        return [b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]

    def work(event, context):
        found = texts(event)
        if fail & set(found):
            raise RuntimeError("cannot " + " ".join(sorted(fail & set(found))))
        return found

    def partly(event, context):
        for record in event["Records"]:
            if b64decode(record["kinesis"]["data"]).decode() in fail:
                return {"batchItemFailures": [{"itemIdentifier": record["kinesis"]["sequenceNumber"]}]}

    def whole(event, context):
        return event

    def gather(event, context):
        state = event["state"]
        state["n"] = state.get("n", 0) + len(event["Records"])
        return {"state": state, "shown": [event["isFinalInvokeForWindow"], state["n"], event["window"]]}
"""


def template(mapping="", handler="work", stream="ShardCount: 1", more="", position="TRIM_HORIZON"):
    return f"""
        Clicks: {{Type: AWS::Kinesis::Stream, Properties: {{{stream}}}}}
        Failed: {{Type: AWS::SQS::Queue}}
        Told: {{Type: AWS::SNS::Topic}}
        Kept: {{Type: AWS::S3::Bucket}}
        Work:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: src/
            Runtime: python3.12
            Handler: app.{handler}
            Events:
              Clicks:
                Type: Kinesis
                Properties: {{Stream: !GetAtt Clicks.Arn, StartingPosition: {position}{mapping}}}
        {more}
    """


def put(shop, *texts, key="k", stream="Clicks"):
    kinesis, name = boto3.client("kinesis"), shop.ref(stream)
    for text in texts:
        kinesis.put_record(StreamName=name, Data=text.encode(), PartitionKey=key)


def values(shop, function="Work"):
    return [outcome.value for outcome in shop.invocations(function)]


def key_of_half(half):
    """Return a partition key that falls to the lower or the upper half of the hash keys: to a shard of two."""
    hashed = ((key, int(hashlib.md5(key.encode()).hexdigest(), 16)) for key in map(str, range(100)))
    return next(key for key, number in hashed if number // 2**127 == half)


@pytest.fixture
def seen(monkeypatch):
    """Record the texts of each invocation of a function."""

    def watch(shop):
        module, batches = shop.module("Work"), []
        texts = module.texts
        monkeypatch.setattr(module, "texts", lambda event: batches.append(texts(event)) or batches[-1])
        return batches

    return watch


class TestBatches:
    def test_records_arrive_in_the_order_of_their_shard(self, make_application):
        shop = make_application(template(", BatchSize: 4"), CODE)
        put(shop, *map(str, range(10)))

        assert shop.settle() == 3
        assert values(shop) == [["0", "1", "2", "3"], ["4", "5", "6", "7"], ["8", "9"]]

    def test_a_window_gathers_what_comes_while_it_is_open(self, make_application):
        shop = make_application(template(", MaximumBatchingWindowInSeconds: 20"), CODE)
        put(shop, "one")
        assert shop.advance(seconds=10) == 0
        put(shop, "two")
        started = time.time()

        assert shop.settle() == 1
        assert values(shop) == [["one", "two"]]
        assert 9 < time.time() - started < 11

    def test_events_are_those_of_the_service(self, make_application):
        shop = make_application(template(handler="whole"), CODE)
        put(shop, "h\u00e9llo", "")

        shop.settle()

        [event] = values(shop)
        assert events.check(event) == []
        assert event["Records"][0]["eventSourceARN"] == shop.attribute("Clicks", "Arn")
        assert event["Records"][0]["invokeIdentityArn"] == shop.attribute("WorkRole", "Arn")

    def test_lanes_keep_the_order_of_a_partition_key(self, make_application):
        shop = make_application(template(", ParallelizationFactor: 5, BatchSize: 2"), CODE)
        for number in range(6):
            for key in "abcd":
                put(shop, f"{key}{number}", key=key)

        shop.settle()

        arrived = [text for batch in values(shop) for text in batch]
        for key in "abcd":
            assert [text for text in arrived if text[0] == key] == [f"{key}{number}" for number in range(6)]
        assert any(len({text[0] for text in batch}) == 1 for batch in values(shop))


class TestStartingPositions:
    def test_latest_begins_with_the_test(self, make_application):
        shop = make_application(template(position="LATEST"), CODE)
        put(shop, "first")

        assert shop.settle() == 1
        assert values(shop) == [["first"]]

    def test_a_timestamp_leaves_out_what_came_before(self, make_application):
        at = int(time.time()) + 3600
        shop = make_application(template(f", StartingPositionTimestamp: {at}", position="AT_TIMESTAMP"), CODE)
        put(shop, "early")
        shop.advance(hours=2)
        put(shop, "late")

        shop.settle()

        assert values(shop) == [["late"]]


class TestFailures:
    def test_a_batch_is_tried_until_it_goes_through_and_holds_up_the_others(self, make_application, seen):
        shop = make_application(template(", BatchSize: 1"), CODE)
        module, batches = shop.module("Work"), seen(shop)
        module.fail.add("one")
        put(shop, "one", "two")

        with shop.expect_failures("Work"), pytest.raises(UnexpectedFailureError, match="gave up after 3 invocations"):
            shop.settle(most=3)
        module.fail.clear()
        shop.settle()

        assert batches == [["one"]] * 5 + [["two"]]

    def test_a_stuck_shard_is_named_where_settle_gives_up(self, make_application):
        shop = make_application(template(), CODE)
        shop.module("Work").fail.add("one")
        put(shop, "one", "two")

        with (
            shop.expect_failures("Work"),
            pytest.raises(UnexpectedFailureError, match=r"Still on its way: Clicks: 2 records for Work\."),
        ):
            shop.settle(most=50)

    def test_another_shard_is_not_held_up(self, make_application):
        shop = make_application(template(", MaximumRetryAttempts: 3", stream="ShardCount: 2"), CODE)
        shop.module("Work").fail.add("bad")
        put(shop, "bad", key=key_of_half(0))
        put(shop, "good", key=key_of_half(1))

        with shop.expect_failures("Work", times=4):
            shop.settle()

        assert ["good"] in [outcome.value for outcome in shop.invocations("Work")[:2]]

    def test_retries_are_bounded_and_the_destination_is_told(self, make_application):
        destination = ", DestinationConfig: {OnFailure: {Destination: !GetAtt Failed.Arn}}"
        shop = make_application(template(", MaximumRetryAttempts: 2" + destination), CODE)
        shop.module("Work").fail.add("bad")
        put(shop, "bad")

        with shop.expect_failures("Work", times=3):
            shop.settle()
        put(shop, "next")
        shop.settle()

        [told] = shop.queue("Failed").json
        assert events.check(told) == []
        assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
        assert told["requestContext"]["approximateInvokeCount"] == 3
        assert told["requestContext"]["requestId"] == shop.invocations("Work")[2].request_id
        assert told["responseContext"]["functionError"] == "Unhandled"
        assert told["KinesisBatchInfo"]["batchSize"] == 1
        assert told["KinesisBatchInfo"]["streamArn"] == shop.attribute("Clicks", "Arn")
        assert values(shop)[-1] == ["next"]
        assert [(e.subject, e.cause) for e in shop.timeline.of("dead letter")] == [("Failed", "mapping of Work")]

    def test_a_topic_is_told_too(self, make_application):
        destination = ", DestinationConfig: {OnFailure: {Destination: !Ref Told}}"
        shop = make_application(template(", MaximumRetryAttempts: 0" + destination), CODE)
        shop.module("Work").fail.add("bad")
        put(shop, "bad")

        with shop.expect_failures("Work", times=1):
            shop.settle()

        [told] = shop.topic("Told").json
        assert events.check(told) == []

    def test_a_bucket_keeps_the_records_as_well(self, make_application):
        destination = ", DestinationConfig: {OnFailure: {Destination: !GetAtt Kept.Arn}}"
        shop = make_application(template(", MaximumRetryAttempts: 0" + destination), CODE)
        shop.module("Work").fail.add("bad")
        put(shop, "bad")

        with shop.expect_failures("Work", times=1):
            shop.settle()

        [key] = shop.bucket("Kept").keys
        # https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html (2026-11):
        # aws/lambda/<ESM-UUID>/<shardID>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<Random UUID>
        assert key.startswith("aws/lambda/")
        assert key.split("/")[3] == "shardId-000000000000"
        body = boto3.client("s3").get_object(Bucket=shop.ref("Kept"), Key=key)["Body"].read()
        payload = json.loads(json.loads(body)["payload"])
        assert b64decode(payload["Records"][0]["kinesis"]["data"]) == b"bad"

    def test_without_a_destination_what_is_given_up_is_in_the_timeline(self, make_application):
        shop = make_application(template(", MaximumRetryAttempts: 0"), CODE)
        shop.module("Work").fail.add("bad")
        put(shop, "bad")

        with shop.expect_failures("Work", times=1):
            shop.settle()

        assert [e.what for e in shop.timeline.of("dropped")] == ["1 record: RetryAttemptsExhausted"]

    def test_what_is_too_old_is_given_up(self, make_application):
        destination = ", DestinationConfig: {OnFailure: {Destination: !GetAtt Failed.Arn}}"
        shop = make_application(template(", MaximumRecordAgeInSeconds: 60" + destination), CODE)
        shop.module("Work").fail.add("bad")
        put(shop, "bad")

        with shop.expect_failures("Work"):
            shop.settle()

        [told] = shop.queue("Failed").json
        assert events.check(told) == []
        assert told["requestContext"]["condition"] == "RecordAgeExceeded"
        assert "responseContext" not in told
        assert 60 < shop.timeline.of("dead letter")[0].after_s < 130

    @pytest.mark.parametrize(("hours", "arrives"), [(24, False), (48, True)])
    def test_what_the_stream_no_longer_keeps_is_lost(self, make_application, hours, arrives):
        shop = make_application(template(stream=f"ShardCount: 1, RetentionPeriodHours: {hours}"), CODE)
        put(shop, "old")
        shop._time.skip(25 * 3600)  # and nobody reads

        assert shop.settle() == arrives
        lost = ["1 records are older than the stream keeps them"]
        assert [e.what for e in shop.timeline.of("dropped")] == ([] if arrives else lost)

    def test_a_batch_is_split_until_what_fails_is_alone(self, make_application, seen):
        destination = ", DestinationConfig: {OnFailure: {Destination: !GetAtt Failed.Arn}}"
        mapping = ", MaximumRetryAttempts: 1, BisectBatchOnFunctionError: true" + destination
        shop = make_application(template(mapping), CODE)
        batches = seen(shop)
        shop.module("Work").fail.add("c")
        put(shop, *"abcd")

        with shop.expect_failures("Work"):
            shop.settle()

        assert batches == [["a", "b", "c", "d"], ["a", "b"], ["c", "d"], ["c"], ["c"], ["d"]]
        assert [told["KinesisBatchInfo"]["batchSize"] for told in shop.queue("Failed").json] == [1]

    def test_a_report_goes_on_from_the_first_failure(self, make_application, monkeypatch):
        mapping = ", MaximumRetryAttempts: 2, FunctionResponseTypes: [ReportBatchItemFailures]"
        shop = make_application(template(mapping, handler="partly"), CODE)
        module, batches = shop.module("Work"), []
        module.fail.add("c")
        partly = module.partly
        monkeypatch.setattr(module, "partly", lambda event, _: batches.append(module.texts(event)) or partly(event, _))
        put(shop, *"abcd")

        shop.settle()

        assert batches[0] == ["a", "b", "c", "d"]
        assert set(map(tuple, batches[1:])) == {("c", "d")}
        assert [e.what for e in shop.timeline.of("dropped")] == ["2 records: RetryAttemptsExhausted"]

    def test_zero_reserved_concurrency_holds_the_shard_up(self, make_application):
        text = template().replace("Handler: app.work", "Handler: app.work\n            ReservedConcurrentExecutions: 0")
        shop = make_application(text, CODE)
        put(shop, "one")

        assert shop.advance(minutes=10) == 0
        assert {e.what for e in shop.timeline.of("retry")} == {"throttled: zero reserved concurrency"}


class TestWindows:
    def test_a_tumbling_window_hands_its_state_on(self, make_application):
        shop = make_application(template(", TumblingWindowInSeconds: 60, BatchSize: 2", handler="gather"), CODE)
        put(shop, *"abc")

        shop.settle()

        shown = [value["shown"] for value in values(shop)]
        assert [one[:2] for one in shown] == [[False, 2], [False, 3], [True, 3]]
        assert len({json.dumps(one[2]) for one in shown}) == 1

    def test_the_next_window_begins_anew(self, make_application):
        shop = make_application(template(", TumblingWindowInSeconds: 30", handler="gather"), CODE)
        put(shop, "a")
        shop.settle()
        put(shop, "b")
        shop.settle()

        assert [value["shown"][:2] for value in values(shop)] == [[False, 1], [True, 1]] * 2


class TestFilters:
    def test_a_filter_leaves_out_what_it_does_not_name(self, make_application):
        criteria = """, FilterCriteria: {Filters: [{Pattern: '{"data": {"kind": ["order"]}}'}]}"""
        shop = make_application(template(criteria), CODE)
        put(shop, '{"kind": "order"}', '{"kind": "other"}', "no json")

        assert shop.settle() == 1
        assert values(shop) == [['{"kind": "order"}']]
        assert [(e.subject, e.cause) for e in shop.timeline.of("dropped")] == [("Clicks", "Work")] * 2


class TestReaders:
    OTHER = """Other:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: src/
            Runtime: python3.12
            Handler: app.whole
            Events:
              Clicks:
                Type: Kinesis
                Properties: {Stream: %s, StartingPosition: TRIM_HORIZON}
    """

    def test_two_functions_read_each_for_itself(self, make_application):
        shop = make_application(template(", MaximumRetryAttempts: 0", more=self.OTHER % "!GetAtt Clicks.Arn"), CODE)
        shop.module("Work").fail.add("one")
        put(shop, "one")

        with shop.expect_failures("Work", times=1):
            assert shop.settle() == 2
        assert len(values(shop, "Other")[0]["Records"]) == 1

    def test_a_consumer_with_a_channel_of_its_own_is_named_in_the_event(self, make_application):
        more = (
            (self.OTHER % "!Ref Fan").rstrip()
            + """
        Fan:
          Type: AWS::Kinesis::StreamConsumer
          Properties: {StreamARN: !GetAtt Clicks.Arn, ConsumerName: fan}
        """
        )
        shop = make_application(template(more=more), CODE)
        put(shop, "one")

        shop.settle()

        [event] = values(shop, "Other")
        assert events.check(event) == []
        assert event["Records"][0]["eventSourceARN"] == shop.ref("Fan")

    def test_a_stream_of_another_stack_is_read_once_it_is_there(self, make_application):
        arn = "arn:aws:kinesis:us-east-1:123456789012:stream/shared"
        shop = make_application(template().replace("!GetAtt Clicks.Arn", arn), CODE)
        kinesis = boto3.client("kinesis")
        kinesis.create_stream(StreamName="shared", ShardCount=1)
        kinesis.put_record(StreamName="shared", Data=b"from afar", PartitionKey="k")

        assert shop.settle() == 1
        assert shop.timeline[-1].cause == "1 of shared"


class TestShards:
    def test_what_came_before_a_split_comes_first(self, make_application):
        shop = make_application(template(", BatchSize: 1"), CODE)
        kinesis, name = boto3.client("kinesis"), shop.ref("Clicks")
        put(shop, "a", "b")
        kinesis.split_shard(StreamName=name, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
        put(shop, "c", key="x")
        put(shop, "d", key="y")

        shop.settle()

        arrived = [text for batch in values(shop) for text in batch]
        assert arrived[:2] == ["a", "b"]
        assert sorted(arrived[2:]) == ["c", "d"]

    def test_a_shard_that_is_stuck_holds_up_its_children(self, make_application):
        shop = make_application(template(", BatchSize: 1"), CODE)
        module = shop.module("Work")
        module.fail.add("a")
        put(shop, "a")
        boto3.client("kinesis").split_shard(
            StreamName=shop.ref("Clicks"), ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127)
        )
        put(shop, "b")

        with shop.expect_failures("Work"), pytest.raises(UnexpectedFailureError, match="gave up"):
            shop.settle(most=5)
        assert not any(outcome.ok for outcome in shop.invocations())
        module.fail.clear()
        shop.settle()
        assert [value for value in values(shop) if isinstance(value, list)] == [["a"], ["b"]]
