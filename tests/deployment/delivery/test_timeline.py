"""The timeline: an entry for each thing that happened, in order, with the names of the template."""

import boto3
import pytest

TEMPLATE = """
    Jobs:
      Type: AWS::SQS::Queue
      Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}}
    Dead: {Type: AWS::SQS::Queue}
    News: {Type: AWS::SNS::Topic}
    Inbox: {Type: AWS::SQS::Queue}
    ToInbox:
      Type: AWS::SNS::Subscription
      Properties: {TopicArn: !Ref News, Protocol: sqs, Endpoint: !GetAtt Inbox.Arn}
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
              BatchSize: 1
              FilterCriteria: {Filters: [{Pattern: '{"body": [{"anything-but": ["idle"]}]}'}]}
          Nightly: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}
"""
CODE = """
    def work(event, context):
        if "Records" in event and event["Records"][0]["body"] == "crash":
            raise RuntimeError("crashed\\nfor good")
"""


@pytest.fixture
def shop(make_application):
    return make_application(TEMPLATE, CODE)


def send(shop, *bodies, **options):
    for body in bodies:
        boto3.client("sqs").send_message(QueueUrl=shop.ref("Jobs"), MessageBody=body, **options)


def rows(shop):
    return [(e.kind, e.subject, e.cause, e.status, e.what.partition(":")[0]) for e in shop.timeline]


def test_a_success_is_an_invocation(shop):
    send(shop, "fine")
    shop.settle()

    assert rows(shop) == [("invocation", "Work", "1 of Jobs", "success", "")]


def test_a_failure_its_retries_and_its_end_are_told_in_order(shop):
    send(shop, "crash")
    with shop.expect_failures("Work", times=2):
        shop.settle()

    assert rows(shop) == [
        ("invocation", "Work", "1 of Jobs", "error", "RuntimeError"),
        ("retry", "Work", "Jobs", "", "1 of 1 stay in the queue"),
        ("invocation", "Work", "1 of Jobs", "error", "RuntimeError"),
        ("retry", "Work", "Jobs", "", "1 of 1 stay in the queue"),
        ("dead letter", "Dead", "Jobs", "", rows(shop)[-1][-1]),
    ]
    assert shop.timeline[0].what == "RuntimeError: crashed (app.py:4)"


def test_what_a_filter_leaves_out_is_dropped(shop):
    send(shop, "idle")
    shop.settle()

    assert rows(shop) == [("dropped", "Jobs", "Work", "", "filter")]


def test_what_a_service_hands_on_is_a_delivery(shop):
    boto3.client("sns").publish(TopicArn=shop.ref("News"), Message="x")
    shop.settle()

    [entry] = shop.timeline
    assert (entry.kind, entry.subject) == ("delivery", "Inbox")
    assert "News" in entry.cause


def test_a_schedule_is_told_before_what_it_invokes(shop):
    shop.advance(hours=1, minutes=1)

    schedule, invocation = shop.timeline
    assert (schedule.kind, schedule.subject, schedule.cause) == ("schedule", "WorkNightly", "rate(1 hour)")
    assert (invocation.kind, invocation.cause) == ("invocation", "schedule WorkNightly")


def test_what_a_test_calls_itself_is_in_it_too(shop):
    shop.invoke("Work", {"Records": [{"body": "x"}]})

    assert rows(shop) == [("invocation", "Work", "invoke", "success", "")]


def test_entries_never_go_back_in_time(shop):
    send(shop, "crash", "fine", "idle")
    send(shop, "fine", DelaySeconds=45)
    with shop.expect_failures("Work", times=2):
        shop.settle()

    times = [entry.time for entry in shop.timeline]
    assert times == sorted(times)
    assert [entry.after_s for entry in shop.timeline] == [time - shop.timeline.began for time in times]


def test_the_table_has_a_line_for_each(shop):
    send(shop, "crash")
    with shop.expect_failures("Work", times=2):
        shop.settle()

    head, *lines = str(shop.timeline).splitlines()
    assert head.split() == ["time", "what", "of", "by", "status"]
    assert len(lines) == len(shop.timeline) == 5
    cells = ["invocation", "Work", "1", "of", "Jobs", "error", "RuntimeError:", "crashed", "(app.py:4)"]
    assert lines[0].split()[1:] == cells
    assert lines[2].startswith("+30.")
    assert lines[-1].split()[:3] == ["+1m00s", "dead", "letter"]


def test_a_long_table_shows_the_last_entries(shop):
    send(shop, *["fine"] * 5)
    shop.settle()

    first, head, *lines = shop.timeline.table(last=2).splitlines()
    assert (first, head.split()[0], len(lines)) == ("(3 earlier)", "time", 2)
