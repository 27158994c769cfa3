"""Which types are made, by what, and in which order; which need nothing; and what is lost with all others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision.bench import Bench

__all__ = ["NEEDS_NOTHING", "PROVISIONERS", "Missing", "Provisioner", "effect_of", "needs_nothing", "provisioner_of"]

Provisioner = Callable[[Resource, Bench], None]

# In the order of creation: what others refer to is made first. Each names a function in a module beside this one, which
# is imported when there is something for it to make.
PROVISIONERS: Mapping[str, str] = {
    "AWS::KMS::Key": "kms.key",
    "AWS::KMS::Alias": "kms.alias",
    "AWS::IAM::ManagedPolicy": "iam.managed_policy",
    "AWS::IAM::Group": "iam.group",
    "AWS::IAM::Role": "iam.role",
    "AWS::IAM::User": "iam.user",
    "AWS::IAM::Policy": "iam.policy",
    "AWS::Logs::LogGroup": "logs.group",
    "AWS::Logs::LogStream": "logs.stream",
    "AWS::Logs::MetricFilter": "logs.metric_filter",
    "AWS::Logs::ResourcePolicy": "logs.resource_policy",
    "AWS::SecretsManager::Secret": "secretsmanager.secret",
    "AWS::SecretsManager::ResourcePolicy": "secretsmanager.resource_policy",
    "AWS::SecretsManager::RotationSchedule": "secretsmanager.rotation_schedule",
    "AWS::SSM::Parameter": "ssm.parameter",
    "AWS::DynamoDB::Table": "dynamodb.table",
    "AWS::DynamoDB::GlobalTable": "dynamodb.global_table",
    "AWS::Kinesis::Stream": "kinesis.stream",
    "AWS::Kinesis::StreamConsumer": "kinesis.consumer",
    "AWS::SQS::Queue": "sqs.queue",
    "AWS::SQS::QueuePolicy": "sqs.queue_policy",
    "AWS::SQS::QueueInlinePolicy": "sqs.inline_policy",
    "AWS::SNS::Topic": "sns.topic",
    "AWS::SNS::Subscription": "sns.subscription",
    "AWS::SNS::TopicPolicy": "sns.topic_policy",
    "AWS::SNS::TopicInlinePolicy": "sns.inline_policy",
    "AWS::S3::Bucket": "s3.bucket",
    "AWS::S3::BucketPolicy": "s3.bucket_policy",
    "AWS::KinesisFirehose::DeliveryStream": "kinesis.delivery_stream",
    "AWS::Cognito::UserPool": "cognito.pool",
    "AWS::Cognito::UserPoolResourceServer": "cognito.resource_server",
    "AWS::Cognito::UserPoolClient": "cognito.client",
    "AWS::Cognito::UserPoolDomain": "cognito.domain",
    "AWS::Cognito::UserPoolGroup": "cognito.group",
    "AWS::Cognito::UserPoolUser": "cognito.user",
    "AWS::ECR::Repository": "ecr.repository",
    "AWS::StepFunctions::StateMachine": "stepfunctions.state_machine",
    "AWS::StepFunctions::Activity": "stepfunctions.activity",
    "AWS::Lambda::Function": "functions.function",
    "AWS::Lambda::Version": "functions.version",
    "AWS::Lambda::Alias": "functions.alias",
    "AWS::Lambda::EventSourceMapping": "functions.event_source_mapping",
    "AWS::Logs::SubscriptionFilter": "logs.subscription_filter",
    "AWS::Events::EventBus": "events.bus",
    "AWS::Events::EventBusPolicy": "events.bus_policy",
    "AWS::Events::Rule": "events.rule",
    "AWS::Events::Archive": "events.archive",
    "AWS::Scheduler::ScheduleGroup": "scheduler.group",
    "AWS::Scheduler::Schedule": "scheduler.schedule",
    "AWS::CloudWatch::Alarm": "cloudwatch.alarm",
    "AWS::CloudWatch::Dashboard": "cloudwatch.dashboard",
}

# What the toolkit does itself (routes, permissions, deployment) and what has no API that an application would call.
# A name that ends in `::` stands for all types of the service.
NEEDS_NOTHING = (
    "AWS::ApiGateway::",
    "AWS::ApiGatewayV2::",
    "AWS::CDK::Metadata",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::ElasticLoadBalancingV2::",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::LayerVersion",  # its code is put on the path
    "AWS::Lambda::LayerVersionPermission",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Url",
)

_CUSTOM = "its function makes it when a test needs it; other resources do not know its attributes"
_EFFECTS: Mapping[str, str] = {
    "AWS::ApplicationAutoScaling": "its capacity does not change; nothing else is different",
    "AWS::CloudFront": "nothing is served through it: request the API or bucket behind it",
    "AWS::CloudWatch": "it watches nothing",
    "AWS::CodeDeploy": "functions are deployed at once, without shifting traffic",
    "AWS::EC2": "functions run in no network of their own",
    "AWS::Events": "calls to EventBridge about it find nothing",
    "AWS::Pipes": "nothing flows through it",
    "AWS::Route53": "no name leads to it",
    "AWS::WAFv2": "it blocks no request",
    "Custom": _CUSTOM,
    "AWS::CloudFormation::CustomResource": _CUSTOM,
    "AWS::CloudFormation::Stack": "the resources of its template are not made",
    "AWS::Serverless::Application": "the resources of its template are not made",
    "AWS::SecretsManager::SecretTargetAttachment": "the secret holds its template's value alone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Resources of a type that is not made in the mocked backends, and what does not work because of it."""

    type: str
    ids: tuple[str, ...]
    effect: str

    def __str__(self) -> str:
        return f"{self.type} ({', '.join(self.ids)}): {self.effect}"


def provisioner_of(type: str) -> Provisioner:  # noqa: A002 - it is what CloudFormation calls it
    """Return what makes resources of a type in the table."""
    module, _, function = PROVISIONERS[type].partition(".")
    made_by: Provisioner = getattr(import_module(f"{__package__}.{module}"), function)
    return made_by


def needs_nothing(type: str) -> bool:  # noqa: A002 - it is what CloudFormation calls it
    """Whether an application works as it should without anything made for a resource of this type."""
    return any(type == known or (known.endswith("::") and type.startswith(known)) for known in NEEDS_NOTHING)


def effect_of(type: str) -> str:  # noqa: A002 - it is what CloudFormation calls it
    """Say what does not work without resources of a type."""
    service = type.rpartition("::")[0]
    known = _EFFECTS.get(type) or _EFFECTS.get(service)
    return known or f"calls to {service.rpartition('::')[2]} find nothing there"
