"""Batch processors of Powertools for AWS Lambda, used as its guide shows them, on what an application delivers.

https://docs.powertools.aws.dev/lambda/python/latest/utilities/batch/ (3.37, 2026-11).
"""

import asyncio
import json

import boto3
import pytest

from pytest_serverless import events

pytest.importorskip("aws_lambda_powertools")

HEAD = """
    Globals:
      Function:
        CodeUri: src/
        Runtime: python3.13
        Handler: app.handler
        Timeout: 10
"""


@pytest.fixture
def make_powertools(make_application, monkeypatch):
    """Make an application of one function; every event that it got has to be as the service sends it."""
    seen = []

    def make(resources, code):
        shop = make_application(resources, code, head=HEAD)
        module = shop.module("Work")
        handler = module.handler
        monkeypatch.setattr(module, "handler", lambda event, context: seen.append(event) or handler(event, context))
        return shop

    yield make
    assert seen
    assert [events.check(event) for event in seen] == [[]] * len(seen)


@pytest.fixture
def _event_loop():
    """The loop that a process keeps from call to call."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


class TestQueues:
    RESOURCES = """
        Jobs:
          Type: AWS::SQS::Queue
          Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}
        Dead: {Type: AWS::SQS::Queue}
        Work:
          Type: AWS::Serverless::Function
          Properties:
            Events:
              Jobs:
                Type: SQS
                Properties: {Queue: !GetAtt Jobs.Arn, FunctionResponseTypes: [ReportBatchItemFailures]}
    """
    CODE = """
        from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
        from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

        processor = BatchProcessor(event_type=EventType.SQS)
        done = []

        def record_handler(record: SQSRecord):
            done.append(record.json_body["id"])

        def handler(event, context):
            return process_partial_response(event, record_handler, processor, context)
    """

    @pytest.fixture
    def shop(self, make_powertools):
        return make_powertools(self.RESOURCES, self.CODE)

    def test_only_the_poison_message_comes_again_and_dies(self, shop):
        send(shop, '{"id": 1}', "poison", '{"id": 2}')

        with shop.expect_failures("Work", times=2):  # Powertools raises where a whole batch failed
            shop.settle()

        assert shop.module("Work").done == [1, 2]
        assert shop.queue("Dead").bodies == ["poison"]
        assert shop.queue("Dead").one().receive_count == 3

    def test_a_batch_without_failures_is_gone(self, shop):
        send(shop, *(json.dumps({"id": number}) for number in range(25)))

        shop.settle()

        assert sorted(shop.module("Work").done) == list(range(25))
        assert (shop.queue("Jobs").bodies, shop.queue("Dead").bodies) == ([], [])
        assert len(shop.invocations("Work")) == 3

    @pytest.mark.usefixtures("_event_loop")
    def test_an_asynchronous_processor_does_the_same(self, make_powertools):
        code = (
            self.CODE.replace("BatchProcessor", "AsyncBatchProcessor")
            .replace("process_partial_response", "async_process_partial_response")
            .replace("def record_handler", "async def record_handler")
        )
        shop = make_powertools(self.RESOURCES, code)
        send(shop, '{"id": 1}', "poison")

        with shop.expect_failures("Work", times=2):
            shop.settle()

        assert (shop.module("Work").done, shop.queue("Dead").bodies) == ([1], ["poison"])


class TestFifoQueues:
    RESOURCES = """
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
            Events:
              Jobs:
                Type: SQS
                Properties: {Queue: !GetAtt Jobs.Arn, FunctionResponseTypes: [ReportBatchItemFailures]}
    """
    CODE = """
        from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response

        processor = SqsFifoPartialProcessor({options})
        done = []

        def record_handler(record):
            if record.body == "poison":
                raise ValueError("poison")
            done.append(record.body)

        def handler(event, context):
            return process_partial_response(event, record_handler, processor, context)
    """

    def send(self, shop, *messages):
        client = boto3.client("sqs")
        for group, body in messages:
            client.send_message(QueueUrl=shop.ref("Jobs"), MessageBody=body, MessageGroupId=group)

    def test_it_stops_at_the_first_failure(self, make_powertools):
        shop = make_powertools(self.RESOURCES, self.CODE.replace("{options}", ""))
        self.send(shop, ("a", "1"), ("a", "poison"), ("b", "2"))

        with shop.expect_failures("Work", times=1):
            shop.settle()

        assert [outcome.status for outcome in shop.invocations("Work")] == ["success", "error"]
        assert len(shop.invocations("Work")[0].value["batchItemFailures"]) == 2
        assert shop.module("Work").done == ["1"]
        assert shop.queue("Dead").bodies == ["poison", "2"]

    def test_it_may_go_on_with_other_groups(self, make_powertools):
        shop = make_powertools(self.RESOURCES, self.CODE.replace("{options}", "skip_group_on_error=True"))
        self.send(shop, ("a", "1"), ("a", "poison"), ("b", "2"), ("a", "3"))

        with shop.expect_failures("Work", times=1):
            shop.settle()

        assert shop.module("Work").done == ["1", "2"]
        assert shop.queue("Dead").bodies == ["poison", "3"]


STREAM_CODE = """
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

    processor = BatchProcessor(event_type=EventType.{kind}, raise_on_entire_batch_failure=False)
    done = []

    def record_handler(record):
        value = {value}
        if value == "poison":
            raise ValueError("poison")
        done.append(value)

    def handler(event, context):
        return process_partial_response(event, record_handler, processor, context)
"""


class TestStreams:
    MAPPING = """
                    StartingPosition: TRIM_HORIZON
                    FunctionResponseTypes: [ReportBatchItemFailures]
                    MaximumRetryAttempts: 1
                    BisectBatchOnFunctionError: true
                    DestinationConfig: {OnFailure: {Destination: !GetAtt Lost.Arn}}
    """
    CLICKS = f"""
        Clicks: {{Type: AWS::Kinesis::Stream, Properties: {{ShardCount: 1}}}}
        Lost: {{Type: AWS::SQS::Queue}}
        Work:
          Type: AWS::Serverless::Function
          Properties:
            Events:
              Clicks:
                Type: Kinesis
                Properties:
                    Stream: !GetAtt Clicks.Arn
                    {MAPPING.strip()}
    """
    ITEMS = f"""
        Items:
          Type: AWS::DynamoDB::Table
          Properties:
            BillingMode: PAY_PER_REQUEST
            AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
            KeySchema: [{{AttributeName: id, KeyType: HASH}}]
            StreamSpecification: {{StreamViewType: NEW_AND_OLD_IMAGES}}
        Lost: {{Type: AWS::SQS::Queue}}
        Work:
          Type: AWS::Serverless::Function
          Properties:
            Events:
              Items:
                Type: DynamoDB
                Properties:
                    Stream: !GetAtt Items.StreamArn
                    {MAPPING.strip()}
    """

    def test_a_stream_goes_on_after_the_poison_record(self, make_powertools):
        code = STREAM_CODE.format(kind="KinesisDataStreams", value='record.kinesis.data_as_json()["id"]')
        shop = make_powertools(self.CLICKS, code)
        for id_ in ("1", "poison", "2"):
            data = json.dumps({"id": id_})
            boto3.client("kinesis").put_record(StreamName=shop.ref("Clicks"), Data=data, PartitionKey="k")

        shop.settle()

        self.assert_the_poison_alone_is_lost(shop, "KinesisBatchInfo")

    def test_so_does_the_stream_of_a_table(self, make_powertools):
        code = STREAM_CODE.format(kind="DynamoDBStreams", value='record.dynamodb.new_image["id"]')
        shop = make_powertools(self.ITEMS, code)
        for id_ in ("1", "poison", "2"):
            boto3.resource("dynamodb").Table(shop.ref("Items")).put_item(Item={"id": id_})

        shop.settle()

        self.assert_the_poison_alone_is_lost(shop, "DDBStreamBatchInfo")

    def assert_the_poison_alone_is_lost(self, shop, info):
        answers = [outcome.value for outcome in shop.invocations("Work")]
        assert [len(answer["batchItemFailures"]) for answer in answers] == [1, 1, 1, 1, 0]
        assert shop.module("Work").done == ["1", "2", "2", "2"]  # a stream comes again from the first failure on
        assert shop.queue("Lost").one().json[info]["batchSize"] == 1


def send(shop, *bodies):
    for body in bodies:
        boto3.client("sqs").send_message(QueueUrl=shop.ref("Jobs"), MessageBody=body)
