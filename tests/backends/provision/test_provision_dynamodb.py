import boto3
import pytest

from pytest_serverless.backends.moto.provision import provision
from tests.backends.provision.cloud import app, resource

KEYS = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "at", "AttributeType": "N"},
    ],
}
ON_DEMAND = {**KEYS, "BillingMode": "PAY_PER_REQUEST"}


def table(**properties):
    return resource("AWS::DynamoDB::Table", "Items", **properties)


def described(cloud, made):
    name = made.attributes["Arn"].rpartition("/")[2]
    return cloud.client("dynamodb").describe_table(TableName=name)["Table"]


def test_a_table_has_the_name_keys_and_arn_of_its_template(cloud):
    made = cloud.make(table(**ON_DEMAND))

    read = described(cloud, made)
    assert (read["TableName"], read["TableArn"]) == (made.name, made.attributes["Arn"])
    assert read["KeySchema"] == KEYS["KeySchema"]
    assert read["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_a_stream_has_the_arn_that_references_to_it_gave(cloud):
    made = cloud.make(table(**ON_DEMAND, StreamSpecification={"StreamViewType": "NEW_IMAGE"}))

    read = described(cloud, made)
    assert read["LatestStreamArn"] == made.attributes["StreamArn"]
    assert read["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    streams = cloud.client("dynamodbstreams")
    assert [each["StreamArn"] for each in streams.list_streams()["Streams"]] == [made.attributes["StreamArn"]]


def test_what_is_written_is_read_from_the_stream_by_that_arn(cloud):
    made = cloud.make(table(**ON_DEMAND, StreamSpecification={"StreamViewType": "NEW_IMAGE"}))
    item = {"id": {"S": "a"}, "at": {"N": "1"}}
    cloud.client("dynamodb").put_item(TableName=made.name, Item=item)

    streams, arn = cloud.client("dynamodbstreams"), made.attributes["StreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    (record,) = streams.get_records(ShardIterator=start["ShardIterator"])["Records"]
    assert record["dynamodb"]["NewImage"] == item


def test_numbers_written_as_text_are_numbers(cloud):
    made = cloud.make(table(**KEYS, ProvisionedThroughput={"ReadCapacityUnits": "5", "WriteCapacityUnits": "6"}))

    throughput = described(cloud, made)["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (5, 6)


def test_indexes_are_made(cloud):
    by_at = {
        "IndexName": "by-at",
        "KeySchema": [{"AttributeName": "at", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    local = {
        "IndexName": "local",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    made = cloud.make(table(**ON_DEMAND, GlobalSecondaryIndexes=[by_at], LocalSecondaryIndexes=[local]))

    read = described(cloud, made)
    assert [each["IndexName"] for each in read["GlobalSecondaryIndexes"]] == ["by-at"]
    assert [each["IndexName"] for each in read["LocalSecondaryIndexes"]] == ["local"]


def test_expiry_recovery_encryption_tags_and_protection_are_set(cloud):
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    made = cloud.make(
        table(
            **ON_DEMAND,
            TimeToLiveSpecification={"AttributeName": "expires", "Enabled": "true"},
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            SSESpecification={"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
            Tags=[{"Key": "team", "Value": "shop"}],
            DeletionProtectionEnabled=True,
        )
    )

    dynamodb, read = cloud.client("dynamodb"), described(cloud, made)
    expiry = dynamodb.describe_time_to_live(TableName=made.name)["TimeToLiveDescription"]
    assert expiry == {"AttributeName": "expires", "TimeToLiveStatus": "ENABLED"}
    backups = dynamodb.describe_continuous_backups(TableName=made.name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert read["SSEDescription"]["KMSMasterKeyArn"] == key
    assert read["DeletionProtectionEnabled"] is True
    tags = dynamodb.list_tags_of_resource(ResourceArn=made.attributes["Arn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "shop"}]


def test_expiry_that_is_switched_off_stays_off(cloud):
    made = cloud.make(table(**ON_DEMAND, TimeToLiveSpecification={"AttributeName": "expires", "Enabled": False}))

    expiry = cloud.client("dynamodb").describe_time_to_live(TableName=made.name)["TimeToLiveDescription"]
    assert expiry["TimeToLiveStatus"] == "DISABLED"


@pytest.mark.parametrize(
    ("billing", "expected"),
    [
        ({"BillingMode": "PAY_PER_REQUEST"}, "PAY_PER_REQUEST"),
        (
            {"WriteProvisionedThroughputSettings": {"WriteCapacityAutoScalingSettings": {"MinCapacity": 3}}},
            "PROVISIONED",
        ),
    ],
)
def test_of_a_global_table_the_replica_of_the_region_is_made(cloud, billing, expected):
    replicas = [{"Region": "eu-west-1"}, {"Region": "us-east-1", "Tags": [{"Key": "here", "Value": "yes"}]}]
    made = cloud.make(resource("AWS::DynamoDB::GlobalTable", "Items", **KEYS, **billing, Replicas=replicas))

    read = described(cloud, made)
    assert read["BillingModeSummary"]["BillingMode"] == expected
    tags = cloud.client("dynamodb").list_tags_of_resource(ResourceArn=read["TableArn"])["Tags"]
    assert tags == [{"Key": "here", "Value": "yes"}]


def test_a_table_in_another_region_is_made_there(cloud):
    session = boto3.Session("testing", "testing", region_name="eu-west-1")
    made, bucket = table(**ON_DEMAND), resource("AWS::S3::Bucket", "Uploads")

    provision(app(made, bucket), session.client)

    read = session.client("dynamodb").describe_table(TableName=made.name)["Table"]
    assert read["TableArn"] == f"arn:aws:dynamodb:eu-west-1:123456789012:table/{made.name}"
    assert session.client("s3").get_bucket_location(Bucket=bucket.name)["LocationConstraint"] == "eu-west-1"
