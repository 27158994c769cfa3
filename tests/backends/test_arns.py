"""What a call is about; the forms are those of the Service Authorization Reference, cited in the module."""

import pytest

from pytest_serverless.backends.arns import resource_of

HERE = "us-east-1:123456789012"


def arn(service, **parameters):
    return resource_of(service, parameters, region="us-east-1", account="123456789012")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (arn("s3", Bucket="b"), "arn:aws:s3:::b"),
        (arn("s3", Bucket="b", Key="a b/c"), "arn:aws:s3:::b/a b/c"),
        (arn("s3"), None),
        (arn("dynamodb", TableName="t"), f"arn:aws:dynamodb:{HERE}:table/t"),
        (arn("dynamodb", TableName=f"arn:aws:dynamodb:{HERE}:table/t"), f"arn:aws:dynamodb:{HERE}:table/t"),
        (arn("dynamodb", RequestItems={"t": []}), f"arn:aws:dynamodb:{HERE}:table/t"),
        (arn("dynamodb", RequestItems={"t": [], "u": []}), None),
        (arn("dynamodb", TransactItems=[{"Put": {"TableName": "t"}}]), f"arn:aws:dynamodb:{HERE}:table/t"),
        (arn("sqs", QueueUrl="https://sqs.x.amazonaws.com/111122223333/q"), "arn:aws:sqs:us-east-1:111122223333:q"),
        (arn("sqs", QueueName="q"), f"arn:aws:sqs:{HERE}:q"),
        (arn("sns", TopicArn=f"arn:aws:sns:{HERE}:t"), f"arn:aws:sns:{HERE}:t"),
        (arn("sns", PhoneNumber="+4912345"), None),
        (arn("lambda", FunctionName="f"), f"arn:aws:lambda:{HERE}:function:f"),
        (arn("lambda", FunctionName="123456789012:function:f"), f"arn:aws:lambda:{HERE}:function:f"),
        (arn("events", Entries=[{"Source": "s"}]), f"arn:aws:events:{HERE}:event-bus/default"),
        (arn("events", Entries=[{"EventBusName": "b"}]), f"arn:aws:events:{HERE}:event-bus/b"),
        (arn("secretsmanager", SecretId="s"), f"arn:aws:secretsmanager:{HERE}:secret:s"),
        (arn("ssm", Name="/app/flag"), f"arn:aws:ssm:{HERE}:parameter/app/flag"),
        (arn("ssm", Name="flag"), f"arn:aws:ssm:{HERE}:parameter/flag"),
        (arn("kinesis", StreamName="s"), f"arn:aws:kinesis:{HERE}:stream/s"),
        (arn("kms", KeyId="1234"), f"arn:aws:kms:{HERE}:key/1234"),
        (arn("kms", KeyId="alias/a"), f"arn:aws:kms:{HERE}:alias/a"),
        (arn("stepfunctions", stateMachineArn="arn:aws:states:eu-x:1:m"), "arn:aws:states:eu-x:1:m"),
        (arn("logs", logGroupName="/app"), f"arn:aws:logs:{HERE}:log-group:/app"),
        (arn("cognito-idp", UserPoolId="us-east-1_x"), f"arn:aws:cognito-idp:{HERE}:userpool/us-east-1_x"),
        (arn("iam", RoleName="r"), "arn:aws:iam::123456789012:role/r"),
        (arn("sts"), None),
    ],
)  # fmt: skip
def test_a_call_is_about(found, expected):
    assert found == expected


def test_other_partitions_are_named():
    found = resource_of("s3", {"Bucket": "b"}, region="cn-north-1", account="123456789012")

    assert found == "arn:aws-cn:s3:::b"
