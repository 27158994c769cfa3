"""Queues that functions wait for: what arrives, in which batches, how often, and where it ends."""

import itertools
import time

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_serverless import events
from pytest_serverless.errors import UnexpectedFailureError

CODE = """
    import json

    def work(event, context):
        bodies = [record["body"] for record in event["Records"]]
        if "crash" in bodies:
            raise RuntimeError("crashed")
        return bodies

    def partly(event, context):
        failed = [record for record in event["Records"] if record["body"].startswith("bad")]
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}

    def whole(event, context):
        return event
"""


def template(mapping="", queue="", handler="work", function="", more=""):
    return f"""
        Jobs:
          Type: AWS::SQS::Queue
          Properties: {{VisibilityTimeout: 60{queue}}}
        Dead: {{Type: AWS::SQS::Queue}}
        Work:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: src/
            Runtime: python3.12
            Handler: app.{handler}
            {function}
            Events:
              Jobs: {{Type: SQS, Properties: {{Queue: !GetAtt Jobs.Arn{mapping}}}}}
        {more}
    """


REDRIVE = ", RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: %d}"
PARTIAL = ", FunctionResponseTypes: [ReportBatchItemFailures]"


def send(shop, *bodies, queue="Jobs", **options):
    sqs = boto3.client("sqs")
    for body in bodies:
        sqs.send_message(QueueUrl=shop.ref(queue), MessageBody=body, **options)


def values(shop, function="Work"):
    return [outcome.value for outcome in shop.invocations(function)]


def sizes(shop, function="Work"):
    return [len(value) for value in values(shop, function)]


class TestBatches:
    def test_a_batch_has_ten_messages_where_nobody_says_otherwise(self, make_application):
        shop = make_application(template(), CODE)
        send(shop, *map(str, range(25)))

        assert shop.settle() == 3
        assert sizes(shop) == [10, 10, 5]
        assert sorted(itertools.chain(*values(shop)), key=int) == list(map(str, range(25)))

    def test_a_batch_is_as_large_as_the_mapping_says(self, make_application):
        shop = make_application(template(", BatchSize: 2"), CODE)
        send(shop, *"abc")

        shop.settle()

        assert sizes(shop) == [2, 1]

    def test_a_window_gathers_what_comes_while_it_is_open(self, make_application):
        shop = make_application(template(", BatchSize: 100, MaximumBatchingWindowInSeconds: 20"), CODE)
        send(shop, "one")
        assert shop.advance(seconds=10) == 0
        send(shop, "two")
        started = time.time()

        assert shop.settle() == 1
        assert values(shop) == [["one", "two"]]
        assert 9 < time.time() - started < 11, "the rest of the window has passed"

    def test_a_full_batch_does_not_wait_for_its_window(self, make_application):
        shop = make_application(template(", BatchSize: 20, MaximumBatchingWindowInSeconds: 20"), CODE)
        send(shop, *map(str, range(20)))
        started = time.time()

        assert shop.settle() == 1
        assert time.time() - started < 5

    def test_a_batch_has_six_megabytes_at_most(self, make_application):
        shop = make_application(template(handler="whole"), CODE)
        send(shop, *["x" * 1_000_000] * 8)

        shop.settle()

        assert sizes_of_records(shop) == [6, 2]


def sizes_of_records(shop):
    return [len(value["Records"]) for value in values(shop)]


class TestFailures:
    def test_what_failed_is_hidden_for_its_visibility_timeout_and_ends_as_a_dead_letter(self, make_application):
        shop = make_application(template(queue=REDRIVE % 3), CODE)
        send(shop, "crash")

        with shop.expect_failures("Work", times=3):
            shop.settle()

        assert (shop.queue("Jobs").bodies, shop.queue("Dead").bodies) == ([], ["crash"])
        first, second, third = (entry.after_s for entry in shop.timeline.of("invocation"))
        assert second - first == pytest.approx(60, abs=1)
        assert third - second == pytest.approx(60, abs=1)

    def test_each_attempt_counts_the_receives(self, make_application):
        shop = make_application(template(", FunctionResponseTypes: [ReportBatchItemFailures]", REDRIVE % 3), CODE)
        seen = []
        shop.module("Work").work = lambda event, context: seen.append(event) or {"batchItemFailures": [{}]}
        send(shop, "x")

        shop.settle()

        assert [event["Records"][0]["attributes"]["ApproximateReceiveCount"] for event in seen] == ["1", "2", "3"]
        assert all(events.check(event) == [] for event in seen)

    def test_without_a_redrive_policy_it_is_tried_until_settle_gives_up(self, make_application):
        shop = make_application(template(), CODE)
        send(shop, "crash")

        with (
            shop.expect_failures("Work", times=31),
            pytest.raises(UnexpectedFailureError, match=r"(?s)gave up after 30 invocations.*Jobs: messages for Work"),
        ):
            shop.settle(most=30)

    def test_all_of_a_failed_batch_comes_again(self, make_application):
        shop = make_application(template(queue=REDRIVE % 2), CODE)
        send(shop, "fine", "crash")

        with shop.expect_failures("Work", times=2):
            shop.settle()

        assert sorted(shop.queue("Dead").bodies) == ["crash", "fine"]


@given(st.lists(st.integers(0, 5), max_size=25))
@settings(deadline=None, max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_message_is_tried_as_often_as_it_must_be(counting, failures):
    counting.advance(minutes=1)  # a queue may be purged once a minute
    counting.aws.client("sqs").purge_queue(QueueUrl=counting.ref("Dead"))
    needed = {f"{number}": count for number, count in enumerate(failures)}
    module = counting.module("Work")
    module.needed, module.tried = dict(needed), dict.fromkeys(needed, 0)
    send(counting, *needed)

    counting.settle()

    # The plain model: three receives at most, of which the first that does not fail is the last.
    assert module.tried == {body: min(count + 1, 3) for body, count in needed.items()}
    assert sorted(counting.queue("Dead").bodies) == sorted(body for body, count in needed.items() if count >= 3)
    assert counting.queue("Jobs").bodies == []


@pytest.fixture
def counting(make_application):
    code = """
        needed, tried = {}, {}

        def work(event, context):
            failed = []
            for record in event["Records"]:
                tried[record["body"]] += 1
                if tried[record["body"]] <= needed[record["body"]]:
                    failed.append({"itemIdentifier": record["messageId"]})
            return {"batchItemFailures": failed}
    """
    return make_application(template(PARTIAL, REDRIVE % 3), code)


TRUTH_TABLE = [
    ("return None", 0),
    ("return {}", 0),
    ("return ''", 0),
    ("return {'batchItemFailures': []}", 0),
    ("return {'batchItemFailures': None}", 0),
    ("return {'batchItemFailures': [{'itemIdentifier': ids[1]}]}", 1),
    ("return {'batchItemFailures': [{'itemIdentifier': id} for id in ids]}", 3),
    ("return {'batchItemFailures': [{'itemIdentifier': ''}]}", 3),
    ("return {'batchItemFailures': [{'itemIdentifier': None}]}", 3),
    ("return {'batchItemFailures': [{'item': ids[0]}]}", 3),
    ("return {'batchItemFailures': [{'itemIdentifier': 'of another batch'}]}", 3),
    ("return {'foo': []}", 3),
    ("return 'done'", 3),
]


class TestPartialBatches:
    # What the service makes of each answer, as recorded: see runtime facts in triggers/batches.py.
    @pytest.mark.parametrize(("answer", "failed"), TRUTH_TABLE)
    def test_the_answer_says_what_comes_again(self, make_application, answer, failed):
        code = f"""
            def work(event, context):
                ids = [record["messageId"] for record in event["Records"]]
                {answer}
        """
        shop = make_application(template(PARTIAL, REDRIVE % 1), code)
        send(shop, *"abc")

        shop.settle()

        assert shop.queue("Jobs").bodies == []
        assert len(shop.queue("Dead").bodies) == failed

    def test_without_the_setting_an_answer_means_nothing(self, make_application):
        shop = make_application(template(queue=REDRIVE % 1, handler="partly"), CODE)
        send(shop, "bad")

        assert shop.settle() == 1
        assert shop.queue("Dead").bodies == []

    def test_only_what_failed_comes_again(self, make_application):
        shop = make_application(template(PARTIAL, REDRIVE % 2, handler="partly"), CODE)
        send(shop, "good", "bad", "fine")

        shop.settle()

        assert [entry.what for entry in shop.timeline.of("retry")] == [
            "1 of 3 stay in the queue",
            "1 of 1 stay in the queue",
        ]
        assert shop.queue("Dead").bodies == ["bad"]


class TestFilters:
    FILTER = """, FilterCriteria: {Filters: [{Pattern: '{"body": {"kind": ["order"]}}'}]}"""

    def test_what_a_filter_leaves_out_is_deleted(self, make_application):
        shop = make_application(template(self.FILTER, REDRIVE % 1), CODE)
        send(shop, '{"kind": "order"}', '{"kind": "other"}', "no json")

        assert shop.settle() == 1
        assert values(shop) == [['{"kind": "order"}']]
        assert (shop.queue("Jobs").bodies, shop.queue("Dead").bodies) == ([], [])
        assert [(entry.subject, entry.cause) for entry in shop.timeline.of("dropped")] == [("Jobs", "Work")] * 2

    def test_a_filter_may_judge_the_message_attributes(self, make_application):
        criteria = (
            """, FilterCriteria: {Filters: [{Pattern: '{"messageAttributes": {"n": {"stringValue": ["1"]}}}'}]}"""
        )
        shop = make_application(template(criteria), CODE)
        send(shop, "yes", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}})
        send(shop, "no", MessageAttributes={"n": {"DataType": "Number", "StringValue": "2"}})

        shop.settle()

        assert values(shop) == [["yes"]]


class TestWhoPolls:
    def test_a_disabled_mapping_takes_nothing(self, make_application):
        shop = make_application(template(", Enabled: false"), CODE)
        send(shop, "stays")

        assert shop.settle() == 0
        assert shop.queue("Jobs").bodies == ["stays"]

    def test_a_delayed_message_comes_when_its_time_has_come(self, make_application):
        shop = make_application(template(queue=", DelaySeconds: 120"), CODE)
        send(shop, "later")
        assert shop.advance(seconds=100) == 0

        assert shop.advance(seconds=30) == 1
        assert values(shop) == [["later"]]

    def test_settle_waits_for_a_delay(self, make_application):
        shop = make_application(template(), CODE)
        send(shop, "later", DelaySeconds=300)

        assert shop.settle() == 1
        assert shop.timeline[-1].after_s == pytest.approx(300, abs=1)

    def test_settle_does_not_miss_what_appears_while_it_looks(self, make_application, monkeypatch):
        shop = make_application(template(), CODE)
        send(shop, "later", DelaySeconds=30)
        look = shop._stack.queue_state

        def look_slowly(arn):
            state = look(arn)
            if state.next_due is not None:
                shop._time.reach(state.next_due)
            return state

        monkeypatch.setattr(shop._stack, "queue_state", look_slowly)

        assert shop.settle() == 1

    def test_what_the_test_has_in_hand_comes_when_it_is_let_go(self, make_application):
        shop = make_application(template(), CODE)
        send(shop, "mine")
        sqs, url = boto3.client("sqs"), shop.ref("Jobs")
        [message] = sqs.receive_message(QueueUrl=url)["Messages"]

        assert shop.advance(seconds=59) == 0
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        assert shop.settle() == 1
        assert values(shop) == [["mine"]]

    def test_two_functions_have_a_queue_each(self, make_application):
        more = """Others: {Type: AWS::SQS::Queue}
        Other:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: src/
            Runtime: python3.12
            Handler: app.work
            Events:
              Jobs: {Type: SQS, Properties: {Queue: !GetAtt Others.Arn, BatchSize: 1}}
        """
        shop = make_application(template(more=more), CODE)
        send(shop, *"abc")
        send(shop, *"de", queue="Others")

        assert shop.settle() == 3
        assert (values(shop), values(shop, "Other")) == ([["a", "b", "c"]], [["d"], ["e"]])

    def test_a_queue_of_another_stack_is_polled_once_it_is_there(self, make_application):
        foreign = template().replace("!GetAtt Jobs.Arn", "arn:aws:sqs:us-east-1:123456789012:shared")
        shop = make_application(foreign, CODE)
        assert shop.settle() == 0

        url = boto3.client("sqs").create_queue(QueueName="shared")["QueueUrl"]
        boto3.client("sqs").send_message(QueueUrl=url, MessageBody="from afar")

        assert shop.settle() == 1
        assert values(shop) == [["from afar"]]
        assert shop.timeline[-1].cause == "1 of shared"

    def test_zero_reserved_concurrency_uses_the_receives_up(self, make_application):
        shop = make_application(
            template(queue=REDRIVE % 3, function="ReservedConcurrentExecutions: 0"),
            CODE,
        )
        send(shop, "x")

        assert shop.settle() == 0
        assert shop.queue("Dead").bodies == ["x"]
        throttled = [entry for entry in shop.timeline.of("retry") if entry.what.startswith("throttled")]
        assert [entry.what for entry in throttled] == ["throttled: zero reserved concurrency"] * 3


def test_events_are_those_of_the_service(make_application):
    shop = make_application(template(handler="whole"), CODE)
    attributes = {
        "text": {"DataType": "String", "StringValue": "\u00fc"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        "odd": {"DataType": "Number.int", "StringValue": "-1"},
    }
    send(shop, "h\u00e9llo \U0001f600", MessageAttributes=attributes)
    send(
        shop,
        "plain",
        MessageSystemAttributes={
            "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}
        },
    )

    shop.settle()

    [event] = values(shop)
    assert events.check(event) == []
    first, second = event["Records"]
    assert first["messageAttributes"]["raw"]["binaryValue"] == "AP8="
    assert "md5OfMessageAttributes" not in second
    assert first["eventSourceARN"] == shop.attribute("Jobs", "Arn")
