"""What the parameters of a call tell of condition keys."""

import pytest

from pytest_serverless.audits.iam_actions import Place, requests_of

PLACE = Place(region="eu-west-1", partition_keys={"orders": "pk"})


def context(service, operation, **parameters):
    (request,) = requests_of(service, operation, parameters, PLACE)
    return request


def test_the_region_the_prefix_and_their_like_are_known():
    request = context("s3", "ListObjectsV2", Bucket="b", Prefix="home/", MaxKeys=10)

    assert request.values("aws:RequestedRegion") == ("eu-west-1",)
    assert request.values("s3:prefix") == ("home/",)
    assert request.values("s3:max-keys") == ("10",)
    assert request.values("s3:delimiter") == ()
    assert request.values("s3:ResourceAccount") is None


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("PutItem", {"TableName": "orders", "Item": {"sk": {"S": "x"}, "pk": {"S": "anna"}}}),
        ("GetItem", {"TableName": "orders", "Key": {"pk": {"S": "anna"}, "sk": {"S": "x"}}}),
        ("GetItem", {"TableName": "orders", "Key": {"pk": "anna", "sk": "x"}}),  # as a boto3 resource takes it
        ("GetItem", {"TableName": "others", "Key": {"name": {"S": "anna"}}}),  # the only key is the partition key
        (
            "Query",
            {
                "TableName": "orders",
                "KeyConditionExpression": "#k = :k AND begins_with(sk, :s)",
                "ExpressionAttributeNames": {"#k": "pk"},
                "ExpressionAttributeValues": {":k": {"S": "anna"}, ":s": {"S": "x"}},
            },
        ),
        ("BatchGetItem", {"RequestItems": {"orders": {"Keys": [{"pk": {"S": "anna"}, "sk": {"S": "1"}}]}}}),
        ("BatchWriteItem", {"RequestItems": {"orders": [{"PutRequest": {"Item": {"pk": {"S": "anna"}}}}]}}),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "orders", "Item": {"pk": {"S": "anna"}}}}]}),
    ],
)
def test_the_partition_keys_of_items_are_known(operation, parameters):
    assert context("dynamodb", operation, **parameters).values("dynamodb:LeadingKeys") == ("anna",)


def test_partition_keys_are_unknown_where_the_tables_schema_is():
    item = {"a": {"S": "x"}, "b": {"S": "y"}}

    assert context("dynamodb", "PutItem", TableName="others", Item=item).values("dynamodb:LeadingKeys") is None
    query = {"KeyConditionExpression": "pk = :k", "ExpressionAttributeValues": {":k": {"S": "anna"}}}
    by_index = context("dynamodb", "Query", TableName="orders", IndexName="i", **query)
    assert by_index.values("dynamodb:LeadingKeys") is None


def test_a_scan_has_no_partition_keys():
    assert context("dynamodb", "Scan", TableName="orders").values("dynamodb:LeadingKeys") == ()


def test_of_several_values_of_one_key_nobody_knows_which_is_asked():
    entries = [{"Source": "a", "DetailType": "x"}, {"Source": "b", "DetailType": "x"}]
    request = context("events", "PutEvents", Entries=entries)

    assert request.values("events:source") is None
    assert request.values("events:detail-type") == ("x",)
