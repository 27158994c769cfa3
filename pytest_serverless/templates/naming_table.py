"""The resource types whose names, ARNs and attributes are known.

Source: the "Return values" of each type in the AWS CloudFormation template reference, and the ARN formats of the
Service Authorization Reference (https://docs.aws.amazon.com/service-authorization/latest/reference/, 2026-11).
"""

from __future__ import annotations

from typing import Any

from pytest_serverless.templates.naming import Kind

__all__ = ["KINDS"]

# The label of a stream says when it was switched on.
STREAM_LABEL = "2024-01-01T00:00:00.000"
HERE = "{region}:{account}"


def _arn(service: str, rest: str, place: str = HERE) -> str:
    return f"arn:{{partition}}:{service}:{place}:{rest}"


def _of_arn(service: str, rest: str, name: str, attribute: str = "Arn", **more: Any) -> Kind:
    """A type whose `Ref` is its ARN."""
    attributes = {attribute: "{arn}", **more.pop("attributes", {})}
    return Kind(name=name, ref="{arn}", arn=_arn(service, rest), attributes=attributes, **more)


def _of_name(service: str, rest: str, name: str, **more: Any) -> Kind:
    """A type whose `Ref` is its name, and which has an `Arn`."""
    attributes = {"Arn": "{arn}", **more.pop("attributes", {})}
    return Kind(name=name, arn=_arn(service, rest), attributes=attributes, **more)


def _of_id(made: str, *attributes: str, **more: Any) -> Kind:
    """A type whose `Ref` is an id that AWS draws, which attributes may give, too."""
    return Kind(made=made, attributes={**dict.fromkeys(attributes, "{name}"), **more.pop("also", {})}, **more)


DATA = {
    "AWS::S3::Bucket": Kind(
        name="BucketName",
        limit=63,
        lower=True,
        arn=_arn("s3", "{name}", ":"),
        attributes={
            "Arn": "{arn}",
            "DomainName": "{name}.s3.{suffix}",
            "DualStackDomainName": "{name}.s3.dualstack.{region}.{suffix}",
            "RegionalDomainName": "{name}.s3.{region}.{suffix}",
            "WebsiteURL": "http://{name}.s3-website-{region}.{suffix}",
        },
    ),
    "AWS::S3::BucketPolicy": Kind(made="{Bucket}", reads=("Bucket",)),
    "AWS::S3::AccessPoint": _of_name("s3", "accesspoint/{name}", "Name", limit=50, lower=True, readable=True),
    "AWS::DynamoDB::Table": _of_name(
        "dynamodb",
        "table/{name}",
        "TableName",
        limit=255,
        attributes={"StreamArn": f"{{arn}}/stream/{STREAM_LABEL}"},
        needs={"StreamArn": "StreamSpecification"},
    ),
    "AWS::DynamoDB::GlobalTable": _of_name(
        "dynamodb",
        "table/{name}",
        "TableName",
        limit=255,
        attributes={"StreamArn": f"{{arn}}/stream/{STREAM_LABEL}", "TableId": "{uuid}"},
        needs={"StreamArn": "StreamSpecification"},
    ),
    "AWS::SQS::Queue": Kind(
        name="QueueName",
        limit=80,
        fifo="FifoQueue",
        ref="https://sqs.{region}.{suffix}/{account}/{name}",
        arn=_arn("sqs", "{name}"),
        attributes={"Arn": "{arn}", "QueueName": "{name}", "QueueUrl": "{ref}"},
        readable=True,
    ),
    "AWS::SQS::QueuePolicy": _of_id("{uuid}", "Id"),
    "AWS::SNS::Topic": _of_arn(
        "sns",
        "{name}",
        "TopicName",
        "TopicArn",
        limit=256,
        fifo="FifoTopic",
        attributes={"TopicName": "{name}"},
        readable=True,
    ),
    "AWS::SNS::TopicPolicy": _of_id("{uuid}", "Id"),
    "AWS::SNS::Subscription": Kind(
        made="{TopicArn}:{uuid}", arn="{name}", attributes={"Arn": "{name}"}, reads=("TopicArn",)
    ),
    "AWS::Kinesis::Stream": _of_name("kinesis", "stream/{name}", "Name", limit=128),
    "AWS::Kinesis::StreamConsumer": Kind(
        name="ConsumerName",
        ref="{arn}",
        arn="{StreamARN}/consumer/{name}:1704067200",
        attributes={"ConsumerARN": "{arn}", "ConsumerName": "{name}", "StreamARN": "{StreamARN}"},
        reads=("StreamARN",),
        readable=True,
    ),
    "AWS::KinesisFirehose::DeliveryStream": _of_name("firehose", "deliverystream/{name}", "DeliveryStreamName"),
    "AWS::SecretsManager::Secret": Kind(
        name="Name",
        made="{id}-{mixed}",
        ref="{arn}",
        arn=_arn("secretsmanager", "secret:{name}-{mixed6}"),
        attributes={"Id": "{arn}"},
    ),
    "AWS::SSM::Parameter": Kind(
        name="Name",
        made="CFN-{id}-{mixed}",
        arn=_arn("ssm", "parameter/{slashless}"),
        attributes={"Arn": "{arn}", "Name": "{name}"},
        readable=True,
    ),
    "AWS::KMS::Key": Kind(made="{uuid}", arn=_arn("kms", "key/{name}"), attributes={"Arn": "{arn}", "KeyId": "{name}"}),
    "AWS::KMS::Alias": Kind(name="AliasName", arn=_arn("kms", "{name}")),
    "AWS::Logs::LogGroup": Kind(
        name="LogGroupName", limit=512, arn=_arn("logs", "log-group:{name}:*"), attributes={"Arn": "{arn}"}
    ),
    "AWS::Logs::SubscriptionFilter": Kind(name="FilterName"),
    "AWS::CloudWatch::Alarm": _of_name("cloudwatch", "alarm:{name}", "AlarmName", limit=255),
}

EVENTS = {
    "AWS::Events::EventBus": _of_name(
        "events", "event-bus/{name}", "Name", attributes={"Name": "{name}"}, readable=True
    ),
    "AWS::Events::EventBusPolicy": _of_id("{id}-{mixed}"),
    "AWS::Events::Rule": Kind(
        name="Name",
        ref="{bus_name_bar}{name}",
        arn=_arn("events", "rule/{bus_name_slash}{name}"),
        attributes={"Arn": "{arn}", "RuleName": "{name}"},
        reads=("EventBusName",),
    ),
    "AWS::Events::Archive": _of_name("events", "archive/{name}", "ArchiveName", limit=48),
    "AWS::Events::ApiDestination": _of_name(
        "events", "api-destination/{name}/{uuid}", "Name", attributes={"ArnForPolicy": "{arn}"}
    ),
    "AWS::Events::Connection": _of_name(
        "events",
        "connection/{name}/{uuid}",
        "Name",
        attributes={
            "ArnForPolicy": "{arn}",
            "SecretArn": _arn("secretsmanager", "secret:events!connection/{name}/{uuid}"),
        },
    ),
    "AWS::Scheduler::Schedule": _of_name("scheduler", "schedule/{group}/{name}", "Name", reads=("GroupName",)),
    "AWS::Scheduler::ScheduleGroup": _of_name("scheduler", "schedule-group/{name}", "Name"),
    "AWS::Pipes::Pipe": _of_name("pipes", "pipe/{name}", "Name"),
    "AWS::StepFunctions::StateMachine": _of_arn(
        "states",
        "stateMachine:{name}",
        "StateMachineName",
        limit=80,
        attributes={"Name": "{name}", "StateMachineRevisionId": "{uuid}"},
    ),
    "AWS::StepFunctions::Activity": _of_arn(
        "states", "activity:{name}", "Name", limit=80, attributes={"Name": "{name}"}
    ),
    "AWS::IoT::TopicRule": _of_name("iot", "rule/{name}", "RuleName", made="{underscored}_{id}_{api}"),
    "AWS::MSK::Cluster": _of_arn("kafka", "cluster/{name}/{uuid}-1", "ClusterName"),
}

FUNCTIONS = {
    "AWS::Lambda::Function": Kind(
        name="FunctionName",
        arn=_arn("lambda", "function:{name}"),
        attributes={"Arn": "{arn}", "SnapStartResponse.ApplyOn": "None", "SnapStartResponse.OptimizationStatus": "Off"},
    ),
    "AWS::Lambda::Version": Kind(
        made="{function_arn}:1",
        arn="{name}",
        attributes={"Version": "1", "FunctionArn": "{name}"},
        reads=("FunctionName",),
    ),
    "AWS::Lambda::Alias": Kind(
        made="{function_arn}:{Name}", arn="{name}", attributes={"AliasArn": "{name}"}, reads=("FunctionName", "Name")
    ),
    "AWS::Lambda::LayerVersion": Kind(
        name="LayerName",
        ref="{arn}",
        arn=_arn("lambda", "layer:{name}:1"),
        attributes={"LayerVersionArn": "{arn}"},
    ),
    "AWS::Lambda::LayerVersionPermission": _of_id("{arn}#{uuid}", "Id"),
    "AWS::Lambda::EventSourceMapping": _of_id(
        "{uuid}", "Id", arn=_arn("lambda", "event-source-mapping:{name}"), also={"EventSourceMappingArn": "{arn}"}
    ),
    "AWS::Lambda::Url": Kind(
        made="{target_arn}",
        attributes={"FunctionArn": "{name}", "FunctionUrl": "https://{url}.lambda-url.{region}.on.aws/"},
        reads=("TargetFunctionArn",),
    ),
    "AWS::Lambda::Permission": _of_id("{stack}-{id}-{mixed}", "Id"),
    "AWS::Lambda::EventInvokeConfig": _of_id("{stack}-{id}-{mixed}"),
    "AWS::Lambda::CodeSigningConfig": _of_arn(
        "lambda",
        "code-signing-config:csc-{hex17}",
        "",
        "CodeSigningConfigArn",
        attributes={"CodeSigningConfigId": "csc-{hex17}"},
    ),
    "AWS::IAM::Role": Kind(
        name="RoleName",
        arn=_arn("iam", "role{path}{name}", ":{account}"),
        attributes={"Arn": "{arn}", "RoleId": "AROA{capitals}"},
        reads=("Path",),
    ),
    "AWS::IAM::User": Kind(
        name="UserName",
        arn=_arn("iam", "user{path}{name}", ":{account}"),
        attributes={"Arn": "{arn}"},
        reads=("Path",),
    ),
    "AWS::IAM::ManagedPolicy": Kind(
        name="ManagedPolicyName",
        ref="{arn}",
        arn=_arn("iam", "policy{path}{name}", ":{account}"),
        attributes={"PolicyArn": "{arn}", "PolicyId": "ANPA{capitals}", "DefaultVersionId": "v1"},
        reads=("Path",),
    ),
    "AWS::IAM::Policy": _of_id("{stack}-{id}-{mixed}", "Id"),
    "AWS::IAM::InstanceProfile": Kind(
        name="InstanceProfileName",
        arn=_arn("iam", "instance-profile{path}{name}", ":{account}"),
        attributes={"Arn": "{arn}"},
        reads=("Path",),
    ),
}

DOMAIN = {
    "RegionalDomainName": "d-{api}.execute-api.{region}.{suffix}",
    "RegionalHostedZoneId": "Z1UJRXOUMOOFQ8",
    "DomainNameArn": "arn:{partition}:apigateway:{region}::/domainnames/{name}",
}
EDGE = {"DistributionDomainName": "{api}.cloudfront.net", "DistributionHostedZoneId": "Z2FDTNDATAQYW2"}

WEB = {
    "AWS::ApiGateway::RestApi": Kind(
        made="{api}",
        arn="arn:{partition}:apigateway:{region}::/restapis/{name}",
        attributes={"RestApiId": "{name}", "RootResourceId": "{root}"},
    ),
    "AWS::ApiGateway::Stage": Kind(name="StageName"),
    "AWS::ApiGateway::Deployment": _of_id("{short}", "DeploymentId"),
    "AWS::ApiGateway::Resource": _of_id("{short}", "ResourceId"),
    "AWS::ApiGateway::Method": _of_id("{stack}-{id}-{mixed}"),
    "AWS::ApiGateway::Authorizer": _of_id("{short}", "AuthorizerId"),
    "AWS::ApiGateway::ApiKey": _of_id("{api}", "APIKeyId"),
    "AWS::ApiGateway::UsagePlan": _of_id("{short}", "Id"),
    "AWS::ApiGateway::UsagePlanKey": _of_id("{api}", "Id"),
    "AWS::ApiGateway::Model": Kind(name="Name", made="{id}"),
    "AWS::ApiGateway::DomainName": Kind(name="DomainName", attributes={**DOMAIN, **EDGE}),
    "AWS::ApiGateway::GatewayResponse": _of_id("{short}", "Id"),
    "AWS::ApiGateway::RequestValidator": _of_id("{short}", "RequestValidatorId"),
    "AWS::ApiGatewayV2::Api": Kind(
        made="{api}",
        arn="arn:{partition}:apigateway:{region}::/apis/{name}",
        attributes={
            "ApiId": "{name}",
            "ApiEndpoint": "https://{name}.execute-api.{region}.{suffix}",
            "ExecuteApiArn": _arn("execute-api", "{name}"),
        },
    ),
    "AWS::ApiGatewayV2::Stage": Kind(name="StageName"),
    "AWS::ApiGatewayV2::Deployment": _of_id("{short}", "DeploymentId"),
    "AWS::ApiGatewayV2::Integration": _of_id("{short}", "IntegrationId"),
    "AWS::ApiGatewayV2::Route": _of_id("{short}", "RouteId"),
    "AWS::ApiGatewayV2::Authorizer": _of_id("{short}", "AuthorizerId"),
    "AWS::ApiGatewayV2::ApiMapping": _of_id("{short}", "ApiMappingId"),
    "AWS::ApiGatewayV2::DomainName": Kind(name="DomainName", attributes=DOMAIN),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Kind(
        name="Name",
        limit=32,
        ref="{arn}",
        arn=_arn("elasticloadbalancing", "loadbalancer/app/{name}/{hex}"),
        attributes={
            "LoadBalancerArn": "{arn}",
            "LoadBalancerName": "{name}",
            "LoadBalancerFullName": "app/{name}/{hex}",
            "DNSName": "{name}-{number}.{region}.elb.{suffix}",
            "CanonicalHostedZoneID": "Z35SXDOTRQ7X7K",
        },
        readable=True,
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": _of_arn(
        "elasticloadbalancing",
        "targetgroup/{name}/{hex}",
        "Name",
        "TargetGroupArn",
        limit=32,
        attributes={"TargetGroupName": "{name}", "TargetGroupFullName": "targetgroup/{name}/{hex}"},
    ),
    "AWS::ElasticLoadBalancingV2::Listener": Kind(
        made="{listener}", arn="{name}", attributes={"ListenerArn": "{name}"}, reads=("LoadBalancerArn",)
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": Kind(
        made="{rule}", arn="{name}", attributes={"RuleArn": "{name}", "IsDefault": "false"}, reads=("ListenerArn",)
    ),
    "AWS::CloudFront::Distribution": Kind(
        made="E{capitals}",
        arn=_arn("cloudfront", "distribution/{name}", ":{account}"),
        attributes={"Id": "{name}", "DomainName": "{api}.cloudfront.net"},
    ),
    "AWS::Cognito::UserPool": Kind(
        made="{region}_{mixed}",
        arn=_arn("cognito-idp", "userpool/{name}"),
        attributes={
            "Arn": "{arn}",
            "UserPoolId": "{name}",
            "ProviderName": "cognito-idp.{region}.{suffix}/{name}",
            "ProviderURL": "https://cognito-idp.{region}.{suffix}/{name}",
        },
    ),
    "AWS::Cognito::UserPoolClient": _of_id(
        "{client}", "ClientId", also={"ClientSecret": "{secret}", "Name": "{ClientName}"}, reads=("ClientName",)
    ),
    "AWS::Cognito::UserPoolDomain": Kind(name="Domain", attributes={"CloudFrontDistribution": "{api}.cloudfront.net"}),
    "AWS::Cognito::UserPoolGroup": Kind(name="GroupName"),
    "AWS::Cognito::IdentityPool": _of_id(
        "{region}:{uuid}", "Id", also={"Name": "{IdentityPoolName}"}, reads=("IdentityPoolName",)
    ),
    "AWS::AppSync::GraphQLApi": Kind(
        made="{client}",
        ref="{arn}",
        arn=_arn("appsync", "apis/{name}"),
        attributes={
            "Arn": "{arn}",
            "ApiId": "{name}",
            "GraphQLUrl": "https://{client}.appsync-api.{region}.{suffix}/graphql",
            "GraphQLDns": "{client}.appsync-api.{region}.{suffix}",
            "GraphQLEndpointArn": _arn("appsync", "endpoints/graphql-api/{name}"),
            "RealtimeUrl": "wss://{client}.appsync-realtime-api.{region}.{suffix}/graphql",
            "RealtimeDns": "{client}.appsync-realtime-api.{region}.{suffix}",
        },
    ),
}

NETWORK = {
    "AWS::EC2::VPC": _of_id("vpc-{hex17}", "VpcId", also={"DefaultSecurityGroup": "sg-{hex17}"}, readable=True),
    "AWS::EC2::Subnet": _of_id("subnet-{hex17}", "SubnetId", also={"AvailabilityZone": "{region}a"}, readable=True),
    "AWS::EC2::SecurityGroup": _of_id("sg-{hex17}", "GroupId", "Id", readable=True),
}

KINDS: dict[str, Kind] = {**DATA, **EVENTS, **FUNCTIONS, **WEB, **NETWORK}
