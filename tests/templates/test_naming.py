"""Names that AWS would make up: their form, that they stay the same, and that nothing is too long."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.templates.naming import Stack, function_arn, identify
from pytest_serverless.templates.naming_table import KINDS

STACK = Stack("shop")
IDS = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,60}", fullmatch=True)
STACKS = st.from_regex(r"[A-Za-z][-A-Za-z0-9]{0,60}", fullmatch=True)


def identity(kind, properties=None, logical_id="Thing"):
    return identify(kind, logical_id, properties or {}, STACK)


# The limits: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html and each service's CreateX.
LIMITS = {
    "AWS::S3::Bucket": (r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "name"),
    "AWS::SQS::Queue": (r"[A-Za-z0-9_-]{1,80}", "name"),
    "AWS::SNS::Topic": (r"[A-Za-z0-9_-]{1,256}", "name"),
    "AWS::DynamoDB::Table": (r"[A-Za-z0-9_.-]{3,255}", "name"),
    "AWS::Lambda::Function": (r"[A-Za-z0-9_-]{1,64}", "name"),
    "AWS::IAM::Role": (r"[A-Za-z0-9_+=,.@-]{1,64}", "name"),
    "AWS::Kinesis::Stream": (r"[A-Za-z0-9_.-]{1,128}", "name"),
    "AWS::StepFunctions::StateMachine": (r"[A-Za-z0-9_-]{1,80}", "name"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (r"[A-Za-z0-9-]{1,32}", "name"),
    "AWS::ApiGateway::RestApi": (r"[a-z0-9]{10}", "name"),
    "AWS::KMS::Key": (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}", "name"),
    "AWS::Cognito::UserPool": (r"us-east-1_[A-Za-z0-9]{9}", "name"),
    "AWS::Cognito::UserPoolClient": (r"[a-z0-9]{26}", "name"),
    "AWS::IoT::TopicRule": (r"[A-Za-z0-9_]{1,128}", "name"),
}


@pytest.mark.parametrize("kind", LIMITS)
@settings(deadline=None, max_examples=50, derandomize=True)
@given(logical_id=IDS, stack=STACKS)
def test_a_made_up_name_is_one_that_the_service_takes(kind, logical_id, stack):
    pattern, attribute = LIMITS[kind]

    name = getattr(identify(kind, logical_id, {}, Stack(stack)), attribute)

    assert re.fullmatch(pattern, name), name


@pytest.mark.parametrize("kind", KINDS)
def test_names_stay_the_same_and_differ_between_resources(kind):
    properties = {"TopicArn": "arn:t", "FunctionName": "f", "Name": "n", "Bucket": "b", "TargetFunctionArn": "f"}

    assert identity(kind, properties) == identity(kind, properties)
    other = identity(kind, {}, "Other")
    assert (other.arn is None) or other.arn != identity(kind).arn or "function:" in other.arn


@pytest.mark.parametrize("kind", KINDS)
def test_no_format_is_left_in_a_name(kind):
    found = identity(kind)

    assert not re.search(r"[{}]", " ".join(map(str, (found.ref, found.name, found.arn, *found.attributes.values()))))


# Each from "Return values" of the type in https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
@pytest.mark.parametrize(
    ("kind", "properties", "ref", "attributes"),
    [
        ("AWS::S3::Bucket", {"BucketName": "b"}, "b", {"Arn": "arn:aws:s3:::b", "DomainName": "b.s3.amazonaws.com"}),
        (
            "AWS::SQS::Queue",
            {"QueueName": "q"},
            "https://sqs.us-east-1.amazonaws.com/123456789012/q",
            {"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "QueueName": "q"},
        ),
        ("AWS::SNS::Topic", {"TopicName": "t"}, "arn:aws:sns:us-east-1:123456789012:t", {"TopicName": "t"}),
        ("AWS::DynamoDB::Table", {"TableName": "t"}, "t", {"Arn": "arn:aws:dynamodb:us-east-1:123456789012:table/t"}),
        ("AWS::Events::Rule", {"Name": "r"}, "r", {"Arn": "arn:aws:events:us-east-1:123456789012:rule/r"}),
        (
            "AWS::Events::Rule",
            {"Name": "r", "EventBusName": "arn:aws:events:us-east-1:123456789012:event-bus/b"},
            "b|r",
            {"Arn": "arn:aws:events:us-east-1:123456789012:rule/b/r"},
        ),
        ("AWS::SSM::Parameter", {"Name": "/a/b"}, "/a/b", {"Arn": "arn:aws:ssm:us-east-1:123456789012:parameter/a/b"}),
        ("AWS::SSM::Parameter", {"Name": "a"}, "a", {"Arn": "arn:aws:ssm:us-east-1:123456789012:parameter/a"}),
        ("AWS::IAM::Role", {"RoleName": "r", "Path": "/p/"}, "r", {"Arn": "arn:aws:iam::123456789012:role/p/r"}),
        (
            "AWS::Lambda::Alias",
            {"FunctionName": "f", "Name": "live"},
            "arn:aws:lambda:us-east-1:123456789012:function:f:live",
            {},
        ),
        (
            "AWS::Lambda::Version",
            {"FunctionName": "f"},
            "arn:aws:lambda:us-east-1:123456789012:function:f:1",
            {"Version": "1"},
        ),
        (
            "AWS::Logs::LogGroup",
            {"LogGroupName": "/g"},
            "/g",
            {"Arn": "arn:aws:logs:us-east-1:123456789012:log-group:/g:*"},
        ),
        (
            "AWS::Scheduler::Schedule",
            {"Name": "s"},
            "s",
            {"Arn": "arn:aws:scheduler:us-east-1:123456789012:schedule/default/s"},
        ),
        ("AWS::ApiGatewayV2::Stage", {"StageName": "v1"}, "v1", {}),
    ],
)
def test_what_ref_and_getatt_give_is_as_documented(kind, properties, ref, attributes):
    found = identity(kind, properties)

    assert found.ref == ref
    assert attributes.items() <= found.attributes.items()


def test_a_queue_and_a_topic_that_are_fifo_end_in_it_and_fit():
    for kind, key in (("AWS::SQS::Queue", "FifoQueue"), ("AWS::SNS::Topic", "FifoTopic")):
        name = identify(kind, "L" * 90, {key: True}, STACK).name

        assert name.endswith(".fifo")
        assert len(name) <= 80 if kind == "AWS::SQS::Queue" else 256


def test_a_stream_has_an_arn_where_the_table_has_one():
    table = identity("AWS::DynamoDB::Table", {"TableName": "t", "StreamSpecification": {}})

    assert table.attributes["StreamArn"].startswith("arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/20")
    assert "StreamArn" not in identity("AWS::DynamoDB::Table", {"TableName": "t"}).attributes


def test_a_listener_and_its_rule_stand_below_their_load_balancer():
    balancer = identity("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Name": "front"})
    listener = identity("AWS::ElasticLoadBalancingV2::Listener", {"LoadBalancerArn": balancer.ref})
    rule = identity("AWS::ElasticLoadBalancingV2::ListenerRule", {"ListenerArn": listener.ref})

    assert re.fullmatch(
        r"arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/front(/[0-9a-f]{16}){2}", listener.ref
    )
    assert rule.ref.startswith("arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/front/")


def test_an_unknown_type_is_given_a_likely_arn():
    found = identity("AWS::Redshift::Cluster", {"ClusterName": "c"})

    assert (found.known, found.ref, found.arn) == (False, "c", "arn:aws:redshift:us-east-1:123456789012:cluster/c")
    assert identity("Custom::Thing").arn is None


@pytest.mark.parametrize(
    "name", ["f", "f:live", "123456789012:function:f", "arn:aws:lambda:us-east-1:123456789012:function:f:7"]
)
def test_a_function_is_known_by_every_form_of_its_name(name):
    assert function_arn(STACK, name) == "arn:aws:lambda:us-east-1:123456789012:function:f"


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    ],
)
def test_a_region_says_partition_and_domain(region, partition, suffix):
    stack = Stack("s", region)

    assert (stack.partition, stack.url_suffix) == (partition, suffix)
    assert re.fullmatch(rf"arn:{partition}:cloudformation:{region}:123456789012:stack/s/[0-9a-f-]{{36}}", stack.id)
