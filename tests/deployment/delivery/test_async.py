"""Asynchronous invocations: when they are tried again, with what, and until when."""

import boto3
import pytest

from pytest_serverless.errors import UnexpectedFailureError

CODE = """
    import os

    import boto3

    ids, fail = [], []

    def work(event, context):
        ids.append(context.aws_request_id)
        if fail:
            raise RuntimeError(fail.pop(0))
        return {"done": event}

    def call(event, context):
        boto3.client("lambda").invoke(FunctionName=os.environ["WORK"], InvocationType="Event", Payload=b'{"n": 1}')
"""


def template(config="", function="", more=""):
    return f"""
        Work:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: src/
            Runtime: python3.12
            Handler: app.work
            {function}
            {f"EventInvokeConfig: {{{config}}}" if config else ""}
        Call:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: src/
            Runtime: python3.12
            Handler: app.call
            Environment: {{Variables: {{WORK: !Ref Work}}}}
        {more}
    """


def invoke(shop, payload=b'{"n": 1}'):
    answer = boto3.client("lambda").invoke(FunctionName=shop.ref("Work"), InvocationType="Event", Payload=payload)
    assert answer["StatusCode"] == 202
    assert answer["Payload"].read() == b""


def times(shop, kind="invocation"):
    return [round(entry.after_s) for entry in shop.timeline.of(kind)]


def test_it_waits_for_settle_and_the_function_gets_the_payload(make_application):
    shop = make_application(template(), CODE)
    invoke(shop, b'{"text": "\\u00fc"}')
    assert shop.invocations() == []

    assert shop.settle() == 1
    assert shop.invocations("Work")[0].value == {"done": {"text": "\u00fc"}}


def test_a_failure_is_tried_again_after_one_minute_and_after_two_more(make_application):
    shop = make_application(template(), CODE)
    module = shop.module("Work")
    module.fail[:] = ["1", "2"]
    invoke(shop)

    with shop.expect_failures("Work", times=2):
        assert shop.settle() == 3

    assert times(shop) == [0, 60, 180]
    assert [entry.what for entry in shop.timeline.of("retry")] == ["again in 60 s", "again in 120 s"]
    assert len(set(module.ids)) == 1, "each attempt has the same request id"
    assert {outcome.request_id for outcome in shop.invocations("Work")} == set(module.ids)


def test_the_third_failure_is_the_last(make_application):
    shop = make_application(template(), CODE)
    shop.module("Work").fail[:] = list("1234")
    invoke(shop)

    with shop.expect_failures("Work", times=3):
        shop.settle()

    [entry] = shop.timeline.of("dropped")
    assert (entry.subject, entry.what) == ("Work", "RetriesExhausted")


@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (1, 2), (2, 3)])
def test_the_number_of_retries_can_be_set(make_application, retries, attempts):
    shop = make_application(template(f"MaximumRetryAttempts: {retries}"), CODE)
    shop.module("Work").fail[:] = list("1234")
    invoke(shop)

    with shop.expect_failures("Work", times=attempts):
        shop.settle()


def test_an_event_that_would_grow_too_old_is_not_tried_again(make_application):
    shop = make_application(template("MaximumEventAgeInSeconds: 100"), CODE)
    shop.module("Work").fail[:] = list("1234")
    invoke(shop)

    with shop.expect_failures("Work", times=2):
        shop.settle()

    assert times(shop) == [0, 60]
    assert [entry.what for entry in shop.timeline.of("dropped")] == ["EventAgeExceeded"]


def test_a_handler_may_invoke_asynchronously(make_application):
    shop = make_application(template(), CODE)
    shop.invoke("Call")

    assert shop.settle() == 1
    assert shop.timeline[-1].cause == "lambda:Invoke (Event)"
    assert shop.invocations("Work")[0].value == {"done": {"n": 1}}


def test_zero_reserved_concurrency_runs_nothing(make_application):
    shop = make_application(template(function="ReservedConcurrentExecutions: 0"), CODE)
    invoke(shop)

    assert shop.settle() == 0
    assert [entry.what for entry in shop.timeline.of("dropped")] == ["ZeroReservedConcurrency"]


def test_a_topic_invokes_asynchronously(make_application):
    more = """News: {Type: AWS::SNS::Topic}
        Listen:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: src/
            Runtime: python3.12
            Handler: app.work
            Events: {News: {Type: SNS, Properties: {Topic: !Ref News}}}
    """
    shop = make_application(template(more=more), CODE)
    shop.module("Listen").fail[:] = ["1"]
    boto3.client("sns").publish(TopicArn=shop.ref("News"), Message="x")

    with shop.expect_failures("Listen", times=1):
        assert shop.settle() == 2
    assert times(shop) == [0, 60]


def test_time_may_pass_in_steps(make_application):
    shop = make_application(template(), CODE)
    shop.module("Work").fail[:] = list("12")
    invoke(shop)

    with shop.expect_failures("Work", times=2):
        assert shop.advance(seconds=59) == 1
        assert shop.advance(seconds=2) == 1
    assert shop.advance(minutes=3) == 1
    assert shop.invocations("Work")[-1].ok


def test_what_cloudformation_says_counts_as_well(make_application):
    more = """Config:
          Type: AWS::Lambda::EventInvokeConfig
          Properties: {FunctionName: !Ref Work, Qualifier: $LATEST, MaximumRetryAttempts: 0}
    """
    shop = make_application(template(more=more), CODE)
    shop.module("Work").fail[:] = ["1"]
    invoke(shop)

    with shop.expect_failures("Work", times=1):
        assert shop.settle() == 1


SERVERLESS_YML = """
service: shop
provider: {name: aws, runtime: python3.12}
functions:
  work:
    handler: app.work
    maximumRetryAttempts: 0
    maximumEventAge: 3600
    destinations: {onFailure: {type: sqs, arn: !GetAtt Failed.Arn}, onSuccess: note}
  note: {handler: app.work}
  old: {handler: app.work, maximumRetryAttempts: 0, onError: !Ref Told}
resources:
  Resources:
    Failed: {Type: AWS::SQS::Queue}
    Told: {Type: AWS::SNS::Topic}
"""


@pytest.fixture
def framework(make_serverless, tmp_path):
    import textwrap

    pytest.importorskip("moto")
    (tmp_path / "serverless.yml").write_text(SERVERLESS_YML)
    (tmp_path / "app.py").write_text(textwrap.dedent(CODE))
    return make_serverless(tmp_path / "serverless.yml")


class TestServerlessFramework:
    def test_retries_and_destinations_are_read(self, framework):
        module = framework.module("work")
        client = boto3.client("lambda")
        client.invoke(FunctionName=framework.ref("work"), InvocationType="Event", Payload=b"{}")
        assert framework.settle() == 2
        assert framework.invocations("note")[0].value["done"]["responsePayload"] == {"done": {}}

        module.fail[:] = ["no"]
        client.invoke(FunctionName=framework.ref("work"), InvocationType="Event", Payload=b"{}")
        with framework.expect_failures("work", times=1):
            assert framework.settle() == 1
        [told] = framework.queue("Failed").json
        assert told["requestContext"]["condition"] == "RetriesExhausted"

    def test_on_error_is_a_dead_letter_topic(self, framework):
        framework.module("old").fail[:] = ["no"]
        name = framework.ref("old")
        boto3.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b'{"n": 7}')

        with framework.expect_failures("old", times=1):
            framework.settle()

        assert framework.topic("Told").json == [{"n": 7}]


def test_an_unexpected_failure_is_told_with_each_attempt(make_application):
    shop = make_application(template(), CODE)
    shop.module("Work").fail[:] = list("123")
    invoke(shop)
    shop.settle()

    with pytest.raises(UnexpectedFailureError, match="3 unexpected failed invocations") as caught:
        shop._records.demand_none_unexpected()
    assert "lambda:Invoke (Event), attempt 3" in str(caught.value)
    for record in shop._records.of():
        record.expected = True


def test_what_is_no_json_is_refused_at_once(make_application):
    shop = make_application(template(), CODE)

    with pytest.raises(boto3.client("lambda").exceptions.InvalidRequestContentException):
        invoke(shop, b"{")
    assert shop.settle() == 0
