"""FIFO queues that functions wait for: the order in a group is kept, and a group that fails blocks itself alone."""

import itertools

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_serverless import events

TEMPLATE = """
    Jobs:
      Type: AWS::SQS::Queue
      Properties:
        FifoQueue: true
        ContentBasedDeduplication: true
        RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}
    Dead: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
    Work:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.12
        Handler: app.work
        Events:
          Jobs:
            Type: SQS
            Properties:
              Queue: !GetAtt Jobs.Arn
              BatchSize: 3
              FunctionResponseTypes: [ReportBatchItemFailures]
"""
CODE = """
    seen, done, poison, broken, tries = [], [], set(), set(), {}

    def work(event, context):
        seen.append(event)
        groups, failed, passed = set(), [], []
        for record in event["Records"]:
            body, group = record["body"], record["attributes"]["MessageGroupId"]
            tries[body] = tries.get(body, 0) + 1
            if body in broken:
                raise RuntimeError(body)
            if group in groups or body in poison:
                groups.add(group)
                failed.append({"itemIdentifier": record["messageId"]})
            else:
                passed.append((group, body))
        done.extend(passed)
        return {"batchItemFailures": failed}
"""


def send(shop, *messages):
    sqs, url = boto3.client("sqs"), shop.ref("Jobs")
    for group, body in messages:
        sqs.send_message(QueueUrl=url, MessageGroupId=group, MessageBody=body)


def batches(module):
    return [[record["body"] for record in event["Records"]] for event in module.seen]


@pytest.fixture
def shop(make_application):
    return make_application(TEMPLATE, CODE)


def test_a_group_arrives_in_its_order(shop):
    send(shop, *(("a", str(number)) for number in range(8)))

    assert shop.settle() == 3
    assert batches(shop.module("Work")) == [["0", "1", "2"], ["3", "4", "5"], ["6", "7"]]


def test_several_groups_share_a_batch(shop):
    send(shop, ("a", "a1"), ("b", "b1"), ("c", "c1"))

    assert shop.settle() == 1
    assert batches(shop.module("Work")) == [["a1", "b1", "c1"]]
    assert all(events.check(event) == [] for event in shop.module("Work").seen)


def test_a_group_that_fails_blocks_itself_alone(shop):
    module = shop.module("Work")
    module.poison.add("a1")
    send(shop, ("a", "a1"), ("b", "b1"), ("a", "a2"), ("a", "a3"), ("a", "a4"), ("b", "b2"))

    shop.settle()

    first_retry = next(number for number, batch in enumerate(batches(module)) if number and "a1" in batch)
    before = list(itertools.chain(*batches(module)[:first_retry]))
    assert [body for body in before if body.startswith("b")] == ["b1", "b2"], "b went on"
    assert "a4" not in before, "what is behind a failure in its group waits"
    assert shop.queue("Dead").bodies[0] == "a1"


def test_what_is_behind_a_dead_letter_goes_on(shop):
    module = shop.module("Work")
    module.poison.add("0")
    send(shop, *(("a", str(number)) for number in range(7)))

    shop.settle()

    # The batch of "0" failed twice as a whole, so that its receives are used up; then the group goes on.
    assert shop.queue("Dead").bodies == ["0", "1", "2"]
    assert [body for _, body in module.done] == ["3", "4", "5", "6"]


MESSAGES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["fine", "fine", "fine", "poison", "broken"])), max_size=12
)


@given(MESSAGES)
@settings(deadline=None, max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_message_ends_once_and_groups_keep_their_order(shop, messages):
    module = shop.module("Work")
    for record in (module.seen, module.done, module.poison, module.broken, module.tries):
        record.clear()
    sqs = boto3.client("sqs")
    for queue in ("Jobs", "Dead"):
        sqs.purge_queue(QueueUrl=shop.ref(queue))
    shop.advance(minutes=6)  # of deduplication
    sent = [(group, f"{group}{number}") for number, (group, _) in enumerate(messages)]
    named = {"poison": module.poison, "broken": module.broken, "fine": set()}
    for (_, body), (_, how) in zip(sent, messages, strict=True):
        named[how].add(body)
    send(shop, *sent)

    shop.settle()
    for record in shop._records.of():
        record.expected = True  # how many fail depends on who shares a batch with whom

    dead = shop.queue("Dead").bodies
    assert sorted([body for _, body in module.done] + dead) == sorted(body for _, body in sent)
    assert not (module.poison | module.broken) & {body for _, body in module.done}
    assert shop.queue("Jobs").bodies == []
    assert all(count <= 2 for count in module.tries.values())
    for group in "abc":
        order = [body for each, body in sent if each == group]
        assert [body for each, body in module.done if each == group] == [body for body in order if body not in dead]
        assert [body for body in dead if body in order] == [body for body in order if body in dead]
    if not module.broken:
        harmed = {group for group, body in sent if body in module.poison}
        assert {body[0] for body in dead} <= harmed
