"""The time of an application's test: skipped by settle and advance, stopped by the test's own tools, the wall's after.

freezegun: https://github.com/spulec/freezegun; time-machine: https://time-machine.readthedocs.io/ (2026-11).
"""

import textwrap
import time
from datetime import datetime, timedelta, timezone
from unittest import mock

import boto3
import freezegun
import pytest
import time_machine

from pytest_serverless import events

RESOURCES = """
    Jobs:
      Type: AWS::SQS::Queue
      Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}
    Dead: {Type: AWS::SQS::Queue}
    Files: {Type: AWS::S3::Bucket}
    Work:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.13
        Handler: app.work
        Environment: {Variables: {FILES: !Ref Files}}
        Events:
          Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
    Tick:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.13
        Handler: app.tick
        Events:
          EachMinute: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}
"""
CODE = """
    import datetime
    import os
    import time

    import boto3

    seen = []

    def work(event, context):
        [record] = event["Records"]
        boto3.client("s3").put_object(Bucket=os.environ["FILES"], Key="file", Body=b"")
        sent = int(record["attributes"]["SentTimestamp"]) / 1000
        seen.append((time.time(), datetime.datetime.now(datetime.timezone.utc).timestamp(), sent))
        if record["body"] == "bad":
            raise ValueError("bad")

    def tick(event, context):
        return event
"""

STOPPED = datetime(2031, 3, 5, 7, 0, tzinfo=timezone.utc)  # none of the wall's hours
TOOLS = {
    "freezegun": lambda: freezegun.freeze_time(STOPPED),
    "freezegun, ticking": lambda: freezegun.freeze_time(STOPPED, tick=True),
    "time-machine": lambda: time_machine.travel(STOPPED, tick=False),
    "time-machine, ticking": lambda: time_machine.travel(STOPPED, tick=True),
}


@pytest.fixture
def shop(make_application):
    return make_application(RESOURCES, CODE)


@pytest.fixture(params=TOOLS)
def stopped(request):
    """What stops time, by each tool."""
    return TOOLS[request.param]


def send(shop, body):
    boto3.client("sqs").send_message(QueueUrl=shop.ref("Jobs"), MessageBody=body)


def fail_three_times(shop):
    send(shop, "bad")
    with shop.expect_failures("Work", times=3):
        shop.settle()
    assert shop.queue("Dead").bodies == ["bad"]


def test_skipped_time_is_everybodys(shop):
    start = time.time()
    shop.advance(hours=5)
    send(shop, "good")
    shop.settle()

    made = boto3.client("s3").head_object(Bucket=shop.ref("Files"), Key="file")["LastModified"]
    [(now, date, sent)] = shop.module("Work").seen
    assert [now, date, sent, time.time()] == [pytest.approx(start + 5 * 3600, abs=10)] * 4
    assert made.timestamp() == pytest.approx(now, abs=1)


class TestStoppedTime:
    def test_retries_pass_while_time_stands_still(self, shop, stopped):
        with stopped():
            fail_three_times(shop)
            assert STOPPED.timestamp() + 90 < time.time() < STOPPED.timestamp() + 100

    def test_time_advances_by_what_was_said(self, shop, stopped):
        with stopped():
            shop.advance(minutes=5)
            assert time.time() == pytest.approx((STOPPED + timedelta(minutes=5)).timestamp(), abs=1)

    def test_everybody_agrees_on_it(self, shop, stopped):
        with stopped():
            fail_three_times(shop)
            made = boto3.client("s3").head_object(Bucket=shop.ref("Files"), Key="file")["LastModified"]

        first, second, third = shop.module("Work").seen
        assert [now for now, _, _ in (first, second, third)] == [
            pytest.approx(STOPPED.timestamp() + wait, abs=1) for wait in (0, 30, 60)
        ]
        assert all(now == pytest.approx(date, abs=0.1) for now, date, _ in (first, second, third))
        assert all(sent == pytest.approx(STOPPED.timestamp(), abs=1) for _, _, sent in (first, second, third))
        assert made.timestamp() == pytest.approx(third[0], abs=1)

    def test_schedules_come_due_in_it(self, shop, stopped):
        with stopped():
            assert shop.advance(minutes=5) == 5

        assert [outcome.value["time"] for outcome in shop.invocations("Tick")] == [
            f"2031-03-05T07:0{minute}:00Z" for minute in (1, 2, 3, 4, 5)
        ]

    def test_also_in_a_time_before_the_application_was_made(self, shop):
        with freezegun.freeze_time("2019-01-01"):
            assert shop.advance(minutes=2) == 2

        assert str(shop.timeline).splitlines()[1].startswith("-")

    def test_even_those_that_were_made_later(self, shop):
        rules, arn = boto3.client("events"), shop.attribute("Tick", "Arn")
        rules.put_rule(Name="other", ScheduleExpression="rate(1 minute)")
        rules.put_targets(Rule="other", Targets=[{"Id": "1", "Arn": arn}])

        with freezegun.freeze_time("2019-01-01"):
            assert shop.advance(minutes=2) == 4

    def test_also_after_time_was_skipped(self, shop, stopped):
        shop.advance(hours=1)
        with stopped():
            assert shop.advance(minutes=3) == 3
            fail_three_times(shop)
            assert time.time() < STOPPED.timestamp() + 300

    def test_the_wall_is_back_afterwards(self, shop, stopped):
        before = time.time()
        with stopped():
            shop.advance(minutes=2)

        assert before <= time.time() < before + 30
        assert shop.advance(minutes=2) == 2, "not those of the years between"

    def test_skipped_time_is_back_afterwards(self, shop, stopped):
        before = time.time()
        shop.advance(hours=1)
        with stopped():
            shop.advance(hours=2)

        assert before + 3600 <= time.time() < before + 3630
        shop.advance(hours=1)
        assert before + 7200 <= time.time() < before + 7230

    def test_one_may_be_within_the_other(self, shop):
        with time_machine.travel(STOPPED, tick=False), freezegun.freeze_time("2032-01-01"):
            fail_three_times(shop)
            assert datetime.now(timezone.utc).year == 2032

    @freezegun.freeze_time(STOPPED)
    def test_freezegun_as_a_decorator(self, shop):
        fail_three_times(shop)
        assert shop.advance(minutes=2) == 2
        assert datetime.now(timezone.utc) - STOPPED < timedelta(minutes=4)

    @time_machine.travel(STOPPED, tick=False)
    def test_time_machine_as_a_decorator(self, shop):
        fail_three_times(shop)
        assert shop.advance(minutes=2) == 2
        assert datetime.now(timezone.utc) - STOPPED < timedelta(minutes=4)

    def test_freezegun_in_steps(self, shop):
        with freezegun.freeze_time(STOPPED, auto_tick_seconds=0.1):
            fail_three_times(shop)

    def test_time_machine_as_a_fixture(self, time_machine, shop):
        shop.advance(minutes=1)
        time_machine.move_to(STOPPED, tick=False)
        fail_three_times(shop)
        assert datetime.now(timezone.utc) - STOPPED < timedelta(minutes=2)

    def test_an_application_that_is_made_in_stopped_time(self, stopped, make_application):
        with stopped():
            shop = make_application(RESOURCES, CODE)
            assert shop.advance(minutes=2) == 2
            fail_three_times(shop)

    def test_a_test_may_move_its_own_time(self, shop):
        send(shop, "good")
        with freezegun.freeze_time(STOPPED) as frozen:
            frozen.tick(600)
            shop.advance(minutes=1)
            frozen.move_to(STOPPED + timedelta(days=30))
            assert shop.advance(minutes=1) == 1

    def test_time_that_cannot_be_moved_is_told(self, shop):
        now = time.time()
        with mock.patch("time.time", return_value=now), pytest.raises(Exception, match="does not move"):
            shop.advance(minutes=1)


class TestTimeStoppedByAFixture:
    @pytest.fixture(autouse=True)
    def _stopped(self, stopped):
        with stopped():
            yield

    def test_the_whole_application_lives_in_it(self, shop):
        assert shop.advance(minutes=2) == 2
        fail_three_times(shop)

        assert shop.timeline[0].time == pytest.approx(STOPPED.timestamp() + 60, abs=1)
        assert time.time() < STOPPED.timestamp() + 300

    @pytest.mark.serverless(now="2026-11-23T10:00:00Z")
    def test_it_goes_before_a_chosen_time(self, shop):
        fail_three_times(shop)

        assert STOPPED.timestamp() < time.time() < STOPPED.timestamp() + 300


@pytest.mark.serverless(now="2026-11-23T10:00:00Z")
class TestChosenTime:
    NOW = datetime(2026, 11, 23, 10, tzinfo=timezone.utc)

    def test_it_is_everybodys(self, shop):
        assert datetime.now(timezone.utc) == self.NOW
        fail_three_times(shop)

        assert [now for now, _, _ in shop.module("Work").seen] == [
            pytest.approx(self.NOW.timestamp() + wait, abs=0.1) for wait in (0, 30, 60)
        ]

    def test_events_are_of_it(self, shop, aws_events):
        shop.advance(hours=1)

        [record] = aws_events.s3.object_created()["Records"]
        assert record["eventTime"].startswith("2026-11-23T11:00:00.")

    def test_a_tool_of_the_test_goes_before_it(self, shop, stopped):
        with stopped():
            fail_three_times(shop)
            assert shop.advance(minutes=2) == 2
            assert datetime.now(timezone.utc) - STOPPED < timedelta(minutes=5)

        assert datetime.now(timezone.utc) - self.NOW < timedelta(minutes=5)


def test_a_day_of_every_minute_passes(shop):
    assert shop.advance(days=1) == 24 * 60
    assert events.check(shop.invocations("Tick")[-1].value) == []


AROUND = """
    import time
    import pytest

    walls, steady = time.time(), time.monotonic()

    def is_the_walls():
        return abs((time.time() - walls) - (time.monotonic() - steady)) < 1

    def test_before(serverless):
        assert is_the_walls()

    {test}

    def test_after():
        import time_machine
        from freezegun import api
        assert is_the_walls()
        assert not time_machine.escape_hatch.is_travelling()
        assert not api.freeze_factories
"""
TESTS = {
    "advance": """
    def test_it(serverless):
        serverless.advance(days=400)
    """,
    "a failure": """
    def test_it(serverless):
        serverless.advance(days=400)
        assert False
    """,
    "a chosen time": """
    @pytest.mark.serverless(now="2031-01-01T00:00:00Z")
    def test_it(serverless):
        serverless.advance(days=400)
    """,
    "a fixture of time-machine's": """
    def test_it(time_machine, serverless):
        serverless.advance(days=400)
        time_machine.move_to("2031-01-01T00:00:00Z")
        serverless.advance(days=400)
    """,
    "the other way round": """
    def test_it(serverless, time_machine):
        serverless.advance(days=400)
        time_machine.move_to("2031-01-01T00:00:00Z")
        serverless.advance(days=400)
    """,
    "freezegun": """
    import freezegun
    @freezegun.freeze_time("2031-01-01")
    def test_it(serverless):
        serverless.advance(days=400)
    """,
}


@pytest.mark.parametrize("test", TESTS.values(), ids=TESTS)
def test_the_next_test_has_the_walls_time(pytester, test):
    pytester.makefile(".yaml", template="Resources: {Jobs: {Type: AWS::SQS::Queue}}")
    pytester.makepyfile(textwrap.dedent(AROUND).replace("{test}", textwrap.dedent(test)))

    result = pytester.runpytest_inprocess()

    failed = "assert False" in test
    result.assert_outcomes(passed=3 - failed, failed=int(failed))
