"""Streams of tables that functions read: what they show of a change, and what becomes of failures."""

import boto3
import pytest

from pytest_serverless import events

CODE = """
    fail = set()

    def whole(event, context):
        ids = {record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]}
        if fail & ids:
            raise RuntimeError("cannot")
        return event

    def partly(event, context):
        for record in event["Records"]:
            if record["dynamodb"]["Keys"]["id"]["S"] in fail:
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
"""


def template(mapping="", view="NEW_AND_OLD_IMAGES", handler="whole", position="TRIM_HORIZON", more=""):
    return f"""
        Items:
          Type: AWS::DynamoDB::Table
          Properties:
            BillingMode: PAY_PER_REQUEST
            AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
            KeySchema: [{{AttributeName: id, KeyType: HASH}}]
            StreamSpecification: {{StreamViewType: {view}}}
            TimeToLiveSpecification: {{AttributeName: until, Enabled: true}}
        Failed: {{Type: AWS::SQS::Queue}}
        Work:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: src/
            Runtime: python3.12
            Handler: app.{handler}
            Events:
              Items:
                Type: DynamoDB
                Properties: {{Stream: !GetAtt Items.StreamArn, StartingPosition: {position}{mapping}}}
        {more}
    """


def put(shop, *ids, **attributes):
    table = boto3.resource("dynamodb").Table(shop.ref("Items"))
    for id_ in ids:
        table.put_item(Item={"id": id_, **attributes})
    return table


def records(shop, function="Work"):
    return [record for outcome in shop.invocations(function) if outcome.ok for record in outcome.value["Records"]]


def ids(shop):
    return [[r["dynamodb"]["Keys"]["id"]["S"] for r in o.value["Records"]] for o in shop.invocations() if o.ok]


# What each view shows of a change. Source:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html (2026-11).
VIEWS = [
    ("KEYS_ONLY", set()),
    ("NEW_IMAGE", {"NewImage"}),
    ("OLD_IMAGE", {"OldImage"}),
    ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
]


@pytest.mark.parametrize(("view", "images"), VIEWS)
def test_each_view_shows_its_part_of_a_change(make_application, view, images):
    shop = make_application(template(view=view), CODE)
    table = put(shop, "a", n=1)
    put(shop, "a", n=2)
    table.delete_item(Key={"id": "a"})

    assert shop.settle() == 1

    [event] = [outcome.value for outcome in shop.invocations()]
    assert events.check(event) == []
    inserted, modified, removed = event["Records"]
    assert [record["eventName"] for record in event["Records"]] == ["INSERT", "MODIFY", "REMOVE"]
    shown = [{"NewImage", "OldImage"} & set(record["dynamodb"]) for record in event["Records"]]
    assert shown == [images - {"OldImage"}, images, images - {"NewImage"}]
    if "NewImage" in images:
        assert modified["dynamodb"]["NewImage"]["n"] == {"N": "2"}
    if "OldImage" in images:
        assert modified["dynamodb"]["OldImage"]["n"] == {"N": "1"}
        assert removed["dynamodb"]["OldImage"]["n"] == {"N": "2"}
    assert inserted["dynamodb"]["Keys"] == {"id": {"S": "a"}}


def test_a_write_that_changes_nothing_has_no_record(make_application):
    shop = make_application(template(), CODE)
    put(shop, "a", n=1)
    put(shop, "a", n=1)

    shop.settle()

    assert [record["eventName"] for record in records(shop)] == ["INSERT"]


def test_what_a_transaction_writes_arrives(make_application):
    shop = make_application(template(), CODE)
    name = shop.ref("Items")
    boto3.client("dynamodb").transact_write_items(
        TransactItems=[{"Put": {"TableName": name, "Item": {"id": {"S": each}}}} for each in "ab"]
    )

    shop.settle()

    assert ids(shop) == [["a", "b"]]


def test_items_past_their_time_are_deleted_by_the_service(make_application):
    shop = make_application(template(), CODE)
    put(shop, "a", until=int(shop.timeline.began) + 3_600)
    shop.settle()

    assert shop.advance(hours=2) == 1

    removed = records(shop)[-1]
    assert removed["eventName"] == "REMOVE"
    assert removed["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert events.check(shop.invocations()[-1].value) == []


def test_changes_arrive_in_their_order_and_in_batches(make_application):
    shop = make_application(template(", BatchSize: 2"), CODE)
    put(shop, *"abcde")

    assert shop.settle() == 3
    assert ids(shop) == [["a", "b"], ["c", "d"], ["e"]]


def test_latest_begins_with_the_test(make_application):
    shop = make_application(template(position="LATEST"), CODE)
    put(shop, "a")

    assert shop.settle() == 1


def test_a_window_gathers_what_comes_while_it_is_open(make_application):
    shop = make_application(template(", MaximumBatchingWindowInSeconds: 20"), CODE)
    put(shop, "a")
    assert shop.advance(seconds=10) == 0
    put(shop, "b")

    shop.settle()

    assert ids(shop) == [["a", "b"]]


def test_a_filter_judges_the_record(make_application):
    criteria = """, FilterCriteria: {Filters: [{Pattern: '{"eventName": ["REMOVE"]}'}]}"""
    shop = make_application(template(criteria), CODE)
    put(shop, "a").delete_item(Key={"id": "a"})

    shop.settle()

    assert [record["eventName"] for record in records(shop)] == ["REMOVE"]
    assert [entry.cause for entry in shop.timeline.of("dropped")] == ["Work"]


def test_what_fails_for_good_is_told_to_the_destination(make_application):
    mapping = ", MaximumRetryAttempts: 1, DestinationConfig: {OnFailure: {Destination: !GetAtt Failed.Arn}}"
    shop = make_application(template(mapping), CODE)
    shop.module("Work").fail.add("b")
    put(shop, *"abc")

    with shop.expect_failures("Work", times=2):
        shop.settle()
    put(shop, "d")
    shop.settle()

    [told] = shop.queue("Failed").json
    assert events.check(told) == []
    assert told["DDBStreamBatchInfo"]["batchSize"] == 3
    assert told["DDBStreamBatchInfo"]["streamArn"] == shop.attribute("Items", "StreamArn")
    assert ids(shop) == [["d"]]


def test_a_batch_is_split_until_what_fails_is_alone(make_application):
    mapping = ", MaximumRetryAttempts: 0, BisectBatchOnFunctionError: true"
    shop = make_application(template(mapping), CODE)
    shop.module("Work").fail.add("b")
    put(shop, *"abcd")

    with shop.expect_failures("Work", times=3):
        shop.settle()

    assert ids(shop) == [["a"], ["c", "d"]]
    assert [entry.what for entry in shop.timeline.of("dropped")] == ["1 record: RetryAttemptsExhausted"]


def test_a_report_goes_on_from_the_first_failure(make_application):
    mapping = ", MaximumRetryAttempts: 0, FunctionResponseTypes: [ReportBatchItemFailures]"
    shop = make_application(template(mapping, handler="partly"), CODE)
    shop.module("Work").fail.add("b")
    put(shop, *"abc")

    shop.settle()

    assert [entry.cause.split()[0] for entry in shop.timeline.of("invocation")] == ["3", "2"]


def test_two_functions_read_each_for_itself(make_application):
    more = """Other:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: src/
            Runtime: python3.12
            Handler: app.partly
            Events:
              Items:
                Type: DynamoDB
                Properties: {Stream: !GetAtt Items.StreamArn, StartingPosition: LATEST, BatchSize: 1}
    """
    shop = make_application(template(more=more), CODE)
    put(shop, *"ab")

    assert shop.settle() == 3
    assert len(shop.invocations("Other")) == 2


def test_a_disabled_mapping_reads_nothing(make_application):
    shop = make_application(template(", Enabled: false"), CODE)
    put(shop, "a")

    assert shop.settle() == 0
