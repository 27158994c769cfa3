"""Events that Lambda polls for: `sqs`, `stream`, `msk`, `kafka`, `activemq`, `rabbitmq`, as event source mappings.

Source: lib/plugins/aws/package/compile/events of Serverless Framework 3.40 (2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_serverless.templates.reader import Block
from pytest_serverless.templates.serverless_naming import capital, mapping_id, normal
from pytest_serverless.templates.serverless_service import Service, as_block, as_json, as_list, is_reference, name_in

__all__ = ["compile_mappings"]

NETWORK = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
)
STREAM_READING = ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")
FAN_OUT_READING = ("GetRecords", "GetShardIterator", "DescribeStreamSummary", "ListShards")

ACCESS = {
    "vpcSubnet": ("VPC_SUBNET", "subnet:"),
    "vpcSecurityGroup": ("VPC_SECURITY_GROUP", "security_group:"),
    "saslPlainAuth": ("BASIC_AUTH", ""),
    "saslScram256Auth": ("SASL_SCRAM_256_AUTH", ""),
    "saslScram512Auth": ("SASL_SCRAM_512_AUTH", ""),
    "clientCertificateTlsAuth": ("CLIENT_CERTIFICATE_TLS_AUTH", ""),
    "serverRootCaCertificate": ("SERVER_ROOT_CA_CERTIFICATE", ""),
}
LONGEST_MSK_NAME, LONGEST_KAFKA_NAME, LONGEST_MQ_NAME = 79, 158, 150


def compile_mappings(service: Service) -> None:
    """Add an event source mapping for every such event, and what the role needs for it."""
    for function, _, given, event in service.events("sqs"):
        put_queue(service, function, settings_of(given, event), event)
    for function, _, given, event in service.events("stream"):
        put_stream(service, function, settings_of(given, event), event)
    for function, _, given, event in service.events("msk"):
        put_msk(service, function, as_block(given, event), event)
    for function, _, given, event in service.events("kafka"):
        put_kafka(service, function, as_block(given, event), event)
    for kind, name in (("activemq", "ActiveMQ"), ("rabbitmq", "RabbitMQ")):
        for function, _, given, event in service.events(kind):
            put_broker(service, function, name, as_block(given, event), event)


def settings_of(given: Any, event: Block) -> Block:
    """Return an event's settings; one that is only an ARN, or a reference for one, has that as its `arn`."""
    if isinstance(given, Block) and not is_reference(given):
        return given
    block = Block(event.file, event.line)
    block["arn"] = given
    return block


def put_mapping(service: Service, logical_id: str, function: str, properties: Mapping[str, Any], event: Block) -> None:
    whole = {"FunctionName": service.target(function), **properties}
    service.put(logical_id, "AWS::Lambda::EventSourceMapping", whole, event)


def filters(settings: Block) -> dict[str, Any] | None:
    patterns = settings.get("filterPatterns")
    if not patterns:
        return None
    return {"Filters": [{"Pattern": as_json(pattern)} for pattern in as_list(patterns)]}


def put_queue(service: Service, function: str, settings: Block, event: Block) -> None:
    arn = settings.get("arn")
    response, concurrency = settings.get("functionResponseType"), settings.get("maximumConcurrency")
    properties = {
        "BatchSize": settings.get("batchSize") or 10,
        "MaximumBatchingWindowInSeconds": settings.get("maximumBatchingWindow"),
        "EventSourceArn": arn,
        "Enabled": settings.get("enabled", True),
        "FunctionResponseTypes": [response] if response else None,
        "FilterCriteria": filters(settings),
        "ScalingConfig": {"MaximumConcurrency": concurrency} if concurrency else None,
    }
    put_mapping(service, mapping_id(function, "SQS", name_in(arn, ":")), function, properties, event)
    actions = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    service.allow(function, actions, arn, together="sqs")


def put_stream(service: Service, function: str, settings: Block, event: Block) -> None:
    arn = settings.get("arn")
    kind = settings.get("type") or (arn.split(":")[2] if isinstance(arn, str) and arn.count(":") > 2 else "")
    if kind not in ("dynamodb", "kinesis"):
        remedy = "Write `type: dynamodb` or `type: kinesis` beside its arn."
        service.fault(f"The type of a stream of {function!r} is not known.", remedy, event)
        return
    name = name_in(arn, "/")
    source = consumer(service, function, kind, name, settings, event) or arn
    put_mapping(
        service,
        mapping_id(function, capital(kind), name),
        function,
        {
            **stream_properties(settings),
            "EventSourceArn": source,
            "DestinationConfig": failures(service, function, settings),
        },
        event,
    )
    fan_out = kind == "kinesis" and settings.get("consumer")
    verbs = FAN_OUT_READING if fan_out else STREAM_READING
    service.allow(function, tuple(f"{kind}:{verb}" for verb in verbs), arn)
    if fan_out:
        service.allow(function, ("kinesis:SubscribeToShard",), source)


def stream_properties(settings: Block) -> dict[str, Any]:
    response = settings.get("functionResponseType")
    return {
        "BatchSize": settings.get("batchSize") or 10,
        "Enabled": settings.get("enabled", True),
        "ParallelizationFactor": settings.get("parallelizationFactor"),
        "StartingPosition": settings.get("startingPosition") or "TRIM_HORIZON",
        "StartingPositionTimestamp": settings.get("startingPositionTimestamp"),
        "MaximumBatchingWindowInSeconds": settings.get("batchWindow"),
        "MaximumRetryAttempts": settings.get("maximumRetryAttempts"),
        "BisectBatchOnFunctionError": settings.get("bisectBatchOnFunctionError"),
        "FunctionResponseTypes": [response] if response else None,
        "MaximumRecordAgeInSeconds": settings.get("maximumRecordAgeInSeconds") or None,
        "TumblingWindowInSeconds": settings.get("tumblingWindowInSeconds"),
        "FilterCriteria": filters(settings),
    }


def consumer(service: Service, function: str, kind: str, name: str, settings: Block, event: Block) -> Any:
    """Return the ARN of the stream's consumer with a channel of its own, and add that if the event makes it."""
    given = settings.get("consumer")
    if not given or kind != "kinesis":
        return None
    if given is not True:
        return given
    naming = as_block(service.provider.get("kinesis"), service.provider).get("consumerNamingMode")
    full = f"{function}{name}{f'{service.name}{service.stage}' if naming else ''}Consumer"
    logical_id = f"{normal(full)}StreamConsumer"
    service.put(logical_id, "AWS::Kinesis::StreamConsumer", {"StreamARN": settings["arn"], "ConsumerName": full}, event)
    return {"Ref": logical_id}


def failures(service: Service, function: str, settings: Block) -> dict[str, Any] | None:
    given = as_block(settings.get("destinations"), settings).get("onFailure")
    if not given:
        return None
    arn = given.get("arn", given) if isinstance(given, Mapping) else given
    kind = given.get("type") if isinstance(given, Mapping) else None
    topic = kind == "sns" or (kind is None and isinstance(arn, str) and ":sns:" in arn)
    service.allow(
        function, ("sns:Publish",) if topic else ("sqs:ListQueues", "sqs:SendMessage"), arn, together=function
    )
    return {"OnFailure": {"Destination": arn}}


def polled(settings: Block) -> dict[str, Any]:
    """The properties that every event source with batches has, where they are said."""
    return {
        "BatchSize": settings.get("batchSize") or None,
        "MaximumBatchingWindowInSeconds": settings.get("maximumBatchingWindow") or None,
        "Enabled": settings.get("enabled"),
        "FilterCriteria": filters(settings),
    }


def log_position(settings: Block) -> dict[str, Any]:
    return {
        "StartingPosition": settings.get("startingPosition") or "TRIM_HORIZON",
        "StartingPositionTimestamp": settings.get("startingPositionTimestamp"),
        "Topics": [settings.get("topic")],
    }


def put_msk(service: Service, function: str, settings: Block, event: Block) -> None:
    arn, group, secret = settings.get("arn"), settings.get("consumerGroupId"), settings.get("saslScram512")
    properties = {
        "EventSourceArn": arn,
        **log_position(settings),
        **polled(settings),
        "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": group} if group else None,
        "SourceAccessConfigurations": [{"Type": "SASL_SCRAM_512_AUTH", "URI": secret}] if secret else None,
    }
    names = (name_in(arn, "/"), str(settings.get("topic")))
    put_mapping(service, mapping_id(function, "MSK", *names, limit=LONGEST_MSK_NAME), function, properties, event)
    service.allow(function, ("kafka:DescribeCluster", "kafka:GetBootstrapBrokers"), arn)
    service.allow(function, NETWORK, "*", together=f"{function} msk")


def put_kafka(service: Service, function: str, settings: Block, event: Block) -> None:
    group = settings.get("consumerGroupId")
    access = as_block(settings.get("accessConfigurations"), settings)
    properties = {
        **log_position(settings),
        **polled(settings),
        "SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": settings.get("bootstrapServers")}},
        "SourceAccessConfigurations": [*accesses(access)],
        "SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": group} if group else None,
    }
    logical_id = mapping_id(function, "Kafka", str(settings.get("topic")), limit=LONGEST_KAFKA_NAME)
    put_mapping(service, logical_id, function, properties, event)
    for kind, values in access.items():
        if not kind.startswith("vpc"):
            for secret in as_list(values):
                service.allow(function, ("secretsmanager:GetSecretValue",), secret, together=f"{function} kafka")
    if any(kind.startswith("vpc") for kind in access):
        service.allow(function, NETWORK, "*", together=f"{function} kafka")


def accesses(access: Block) -> list[dict[str, str]]:
    found = []
    for name, values in access.items():
        kind, prefix = ACCESS.get(name, (name, ""))
        found += [{"Type": kind, "URI": f"{prefix}{value}"} for value in as_list(values)]
    return found


def put_broker(service: Service, function: str, name: str, settings: Block, event: Block) -> None:
    arn, secret, host = settings.get("arn"), settings.get("basicAuthArn"), settings.get("virtualHost")
    access = [{"Type": "BASIC_AUTH", "URI": secret}, *([{"Type": "VIRTUAL_HOST", "URI": host}] if host else [])]
    properties = {
        "EventSourceArn": arn,
        "Queues": [settings.get("queue")],
        "SourceAccessConfigurations": access,
        **polled(settings),
    }
    logical_id = mapping_id(function, name, str(settings.get("queue")), limit=LONGEST_MQ_NAME)
    put_mapping(service, logical_id, function, properties, event)
    service.allow(function, ("secretsmanager:GetSecretValue",), secret, together=f"{function} {name}")
    service.allow(function, ("mq:DescribeBroker",), arn, together=f"{function} {name}")
    service.allow(function, NETWORK, "*", together=f"{function} {name}")
