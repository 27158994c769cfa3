"""Events that Lambda polls for: queues, streams, brokers and clusters, as event source mappings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_serverless.templates.reader import Block
from pytest_serverless.templates.sam_functions import statement
from pytest_serverless.templates.shapes import mappings

if TYPE_CHECKING:
    from pytest_serverless.templates.sam_events import Event

__all__ = ["POLLED", "polled"]

# The kinds: the property that names the source, and the managed policy that reading from it takes.
POLLED: dict[str, tuple[str, str]] = {
    "DocumentDB": ("Cluster", ""),
    "DynamoDB": ("Stream", "AWSLambdaDynamoDBExecutionRole"),
    "Kinesis": ("Stream", "AWSLambdaKinesisExecutionRole"),
    "MQ": ("Broker", ""),
    "MSK": ("Stream", "AWSLambdaMSKExecutionRole"),
    "SQS": ("Queue", "AWSLambdaSQSQueueExecutionRole"),
    "SelfManagedKafka": ("", ""),
}

PASSED = (
    "BatchSize",
    "BisectBatchOnFunctionError",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "LoggingConfig",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
    "ProvisionedPollerConfig",
    "Queues",
    "ScalingConfig",
    "SourceAccessConfigurations",
    "StartingPosition",
    "StartingPositionTimestamp",
    "Topics",
    "TumblingWindowInSeconds",
)

NETWORK = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeVpcs",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
]

HERE = "${AWS::Partition}:{service}:${AWS::Region}:${AWS::AccountId}"


def polled(event: Event) -> None:
    """Write out an event source mapping, and let the function's role read from the source."""
    key, policy = POLLED[event.kind]
    required = (key, "StartingPosition") if key == "Stream" else (key,) if key else ("KafkaBootstrapServers", "Topics")
    if not event.needs(*required):
        return
    mapping = {
        "FunctionName": event.function.name,
        "EventSourceArn": event.spec[key] if key else None,
        **event.picked(*PASSED),
        **_configuration(event),
        "DestinationConfig": _failures(event),
    }
    event.put(event.id, "AWS::Lambda::EventSourceMapping", mapping)
    role = event.function.role
    if role is None:
        return
    if policy:
        role.attach(policy)
    if statements := _statements(event):
        role.grant(f"{event.id}Policy", statements)


def _configuration(event: Event) -> dict[str, Any]:
    """Return what only one kind of source has."""
    spec = event.spec
    found: dict[str, Any] = {}
    group = {**event.picked("ConsumerGroupId", "SchemaRegistryConfig")}
    if group:
        owner = "AmazonManagedKafka" if event.kind == "MSK" else "SelfManagedKafka"
        found[f"{owner}EventSourceConfig"] = group
    if event.kind == "SelfManagedKafka":
        servers = {"KafkaBootstrapServers": spec["KafkaBootstrapServers"]}
        found["SelfManagedEventSource"] = {"Endpoints": servers}
    if event.kind == "DocumentDB":
        found["DocumentDBEventSourceConfig"] = event.picked("DatabaseName", "CollectionName", "FullDocument")
    return found


def _failures(event: Event) -> Any:
    """Return where batches go that could not be handled; SAM grants sending there if it is told the type."""
    config = event.sam.resolver.peel(event.spec.get("DestinationConfig"))
    entry = config.get("OnFailure") if isinstance(config, dict) else None
    if not isinstance(entry, Block):
        return config
    arn = entry.get("Destination")
    grants = {
        "SQS": [statement("sqs:SendMessage", arn)],
        "SNS": [statement("sns:Publish", arn)],
        "S3": [
            statement("s3:PutObject", {"Fn::Sub": ["${bucket}/*", {"bucket": arn}]}),
            statement("s3:ListBucket", arn),
        ],
    }
    kind = str(entry.get("Type"))
    if event.function.role is not None and kind in grants:
        event.function.role.grant(f"{event.id}OnFailurePolicy", grants[kind])
    return {"OnFailure": {"Destination": arn}}


def _statements(event: Event) -> list[dict[str, Any]]:
    """Return what reading from the source takes beside a managed policy: its secrets, its description, its network."""
    access = mappings(event.sam.resolver.peel(event.spec.get("SourceAccessConfigurations")))
    statements = [
        statement(["secretsmanager:GetSecretValue"], item["URI"])
        for item in access
        if "URI" in item and str(item.get("Type")) not in ("VIRTUAL_HOST", "VPC_SUBNET", "VPC_SECURITY_GROUP")
    ]
    if event.kind == "MQ":
        statements.append(statement(["mq:DescribeBroker"], event.spec["Broker"]))
    if event.kind == "DocumentDB":
        rds = f"arn:{HERE.replace('{service}', 'rds')}"
        statements += [
            statement(["rds:DescribeDBClusterParameters"], {"Fn::Sub": f"{rds}:cluster-pg:*"}),
            statement(["rds:DescribeDBSubnetGroups"], {"Fn::Sub": f"{rds}:subgrp:*"}),
            statement(["rds:DescribeDBClusters"], event.spec["Cluster"]),
        ]
    in_network = any(str(item.get("Type")) == "VPC_SUBNET" for item in access)
    if event.kind == "DocumentDB" or (event.kind == "SelfManagedKafka" and in_network):
        statements.append(statement(NETWORK, "*"))
    if "SecretsManagerKmsKeyId" in event.spec:
        key = {
            "Fn::Sub": [
                f"arn:{HERE.replace('{service}', 'kms')}:key/${{Key}}",
                {"Key": event.spec["SecretsManagerKmsKeyId"]},
            ]
        }
        statements.append(statement("kms:Decrypt", key))
    return statements
