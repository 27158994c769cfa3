"""Idempotent functions of Powertools for AWS Lambda, on messages that are delivered more than once.

https://docs.powertools.aws.dev/lambda/python/latest/utilities/idempotency/ (3.37, 2026-11).
"""

import boto3
import pytest

pytest.importorskip("aws_lambda_powertools")

RESOURCES = """
    Jobs:
      Type: AWS::SQS::Queue
      Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}}
    Dead: {Type: AWS::SQS::Queue}
    Seen:
      Type: AWS::DynamoDB::Table
      Properties:
        BillingMode: PAY_PER_REQUEST
        AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
        KeySchema: [{AttributeName: id, KeyType: HASH}]
        TimeToLiveSpecification: {AttributeName: expiration, Enabled: true}
    Work:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: src/
        Runtime: python3.13
        Handler: app.handler
        Environment: {Variables: {SEEN: !Ref Seen}}
        Policies: [{DynamoDBCrudPolicy: {TableName: !Ref Seen}}]
        Events:
          Jobs:
            Type: SQS
            Properties: {Queue: !GetAtt Jobs.Arn, FunctionResponseTypes: [ReportBatchItemFailures]}
"""
CODE = """
    import os

    from aws_lambda_powertools.utilities.idempotency import (
        DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function
    )
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

    config = IdempotencyConfig(event_key_jmespath="id", expires_after_seconds=3600)
    persistence = DynamoDBPersistenceLayer(table_name=os.environ["SEEN"])
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    done, after = [], []

    @idempotent_function(data_keyword_argument="job", config=config, persistence_store=persistence)
    def do(job):
        done.append(job["id"])
        return {"number": len(done)}

    def record_handler(record):
        result = do(job=record.json_body)
        if after:
            raise after.pop()
        return result

    def handler(event, context):
        config.register_lambda_context(context)
        return process_partial_response(event, record_handler, processor, context)
"""


@pytest.fixture
def shop(make_application):
    return make_application(RESOURCES, CODE)


def test_a_message_that_is_delivered_again_is_not_done_again(shop):
    module = shop.module("Work")
    module.after += [OSError("lost the answer"), OSError("and again")]
    send(shop, '{"id": "a"}')

    shop.settle()

    assert len(shop.invocations("Work")) == 3
    assert module.done == ["a"]
    assert shop.queue("Jobs").bodies == []


def test_nor_is_a_message_that_was_sent_twice(shop):
    send(shop, '{"id": "a"}', '{"id": "a"}', '{"id": "b"}')

    shop.settle()

    assert sorted(shop.module("Work").done) == ["a", "b"]
    assert {item["status"] for item in shop.table("Seen").items} == {"COMPLETED"}


@pytest.mark.parametrize(("minutes", "times"), [(59, 1), (61, 2)])
def test_what_was_done_counts_until_its_record_expires(shop, minutes, times):
    send(shop, '{"id": "a"}')
    shop.settle()
    shop.advance(minutes=minutes)
    send(shop, '{"id": "a"}')

    shop.settle()

    assert shop.module("Work").done == ["a"] * times


def test_an_attempt_that_failed_leaves_no_record(shop, monkeypatch):
    module = shop.module("Work")
    failures = iter([ValueError("not yet")])

    class Done(list):
        def append(self, id_):
            for failure in failures:
                raise failure
            super().append(id_)

    monkeypatch.setattr(module, "done", Done())
    send(shop, '{"id": "a"}')

    shop.settle()

    assert module.done == ["a"]
    assert len(shop.invocations("Work")) == 2


def test_a_whole_function_answers_a_repeated_event_as_before(make_application):
    code = """
        import os

        from aws_lambda_powertools.utilities.idempotency import (
            DynamoDBPersistenceLayer, IdempotencyConfig, idempotent
        )

        done = []

        @idempotent(
            persistence_store=DynamoDBPersistenceLayer(table_name=os.environ["SEEN"]),
            config=IdempotencyConfig(event_key_jmespath="Records[0].messageId", expires_after_seconds=300),
        )
        def handler(event, context):
            done.append(event["Records"][0]["body"])
            return {"batchItemFailures": [], "number": len(done)}
    """
    shop = make_application(RESOURCES, code)
    send(shop, "one")
    shop.settle()
    event = {"Records": [{"messageId": shop.queue("Jobs").sent[0].id, "body": "one"}]}

    again = shop.invoke("Work", event)
    shop.advance(minutes=6)
    later = shop.invoke("Work", event)

    assert (again["number"], later["number"]) == (1, 2)
    assert shop.module("Work").done == ["one", "one"]


def send(shop, *bodies):
    for body in bodies:
        boto3.client("sqs").send_message(QueueUrl=shop.ref("Jobs"), MessageBody=body)
