"""What calls functions: queues, streams, topics, buckets, rules, schedules and the rest; `routes` knows HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pytest_serverless.app.model import Origin, Resource, Trigger
from pytest_serverless.templates.directory import Directory
from pytest_serverless.templates.reader import Block, plain
from pytest_serverless.templates.shapes import mapping, mappings

__all__ = ["triggers_of"]

# What polls: the service in a source's ARN, and what we call it.
POLLED = {
    "sqs": "sqs",
    "dynamodb": "dynamodb",
    "kinesis": "kinesis",
    "kafka": "msk",
    "mq": "mq",
    "rds": "documentdb",
}


def triggers_of(directory: Directory) -> Iterator[Trigger]:
    """Yield every trigger that is not HTTP, in the template's order; each has an id of its own."""
    seen: dict[str, int] = {}
    for resource in directory.resources.values():
        for trigger in READERS.get(resource.type, _nothing)(resource, directory):
            seen[trigger.id] = count = seen.get(trigger.id, 0) + 1
            yield trigger if count == 1 else replace(trigger, id=f"{trigger.id}{count}")


def _nothing(resource: Resource, directory: Directory) -> Iterable[Trigger]:
    return ()


def _trigger(
    resource: Resource,
    kind: str,
    function: str,
    source: str | None,
    settings: Mapping[str, Any],
    *,
    at: Any = None,
    suffix: str = "",
) -> Trigger:
    """Return a trigger that a resource declares; `at` is the part of it that does, if it declares several."""
    labelled = isinstance(at, Block) and at.label
    origin: Origin | None = at.origin() if isinstance(at, Block) else resource.origin
    return Trigger(
        id=at.label if labelled else f"{resource.id}{suffix}",
        kind=kind,
        function=function,
        source=source,
        settings=plain(settings),
        origin=origin,
    )


def _event_source_mapping(resource: Resource, directory: Directory) -> Iterator[Trigger]:
    properties = resource.properties
    function = directory.function(properties.get("FunctionName"))
    if function is None:
        return
    arn = properties.get("EventSourceArn")
    parts = str(arn or "").split(":")
    kind = POLLED.get(parts[2] if len(parts) > 2 else "", "kafka" if arn is None else "unknown")
    yield _trigger(resource, kind, function, directory.source(arn), properties)


def _rule(resource: Resource, directory: Directory) -> Iterator[Trigger]:
    properties = resource.properties
    own = {key: value for key, value in properties.items() if key != "Targets"}
    kind = "schedule" if "ScheduleExpression" in properties and "EventPattern" not in properties else "eventbridge"
    bus = properties.get("EventBusName")
    for target, suffix in _several(properties.get("Targets")):
        function = directory.function(target.get("Arn"))
        if function is not None:
            source = None if kind == "schedule" else directory.source(bus or "default", "AWS::Events::EventBus")
            yield _trigger(resource, kind, function, source, {**own, "Target": target}, suffix=suffix)


def _schedule(resource: Resource, directory: Directory) -> Iterator[Trigger]:
    function = directory.function(mapping(resource.properties.get("Target")).get("Arn"))
    if function is not None:
        yield _trigger(resource, "scheduler", function, None, resource.properties)


def _bucket(resource: Resource, directory: Directory) -> Iterator[Trigger]:
    configuration = mapping(resource.properties.get("NotificationConfiguration"))
    for entry, suffix in _several(configuration.get("LambdaConfigurations")):
        function = directory.function(entry.get("Function"))
        if function is not None:
            yield _trigger(resource, "s3", function, resource.id, entry, at=entry, suffix=f"Notification{suffix}")


def _subscription(resource: Resource, directory: Directory) -> Iterator[Trigger]:
    properties = resource.properties
    function = directory.function(properties.get("Endpoint")) if properties.get("Protocol") == "lambda" else None
    if function is not None:
        yield _trigger(resource, "sns", function, directory.source(properties.get("TopicArn")), properties)


def _topic(resource: Resource, directory: Directory) -> Iterator[Trigger]:
    for entry, suffix in _several(resource.properties.get("Subscription")):
        function = directory.function(entry.get("Endpoint")) if entry.get("Protocol") == "lambda" else None
        if function is not None:
            yield _trigger(resource, "sns", function, resource.id, entry, at=entry, suffix=f"Subscription{suffix}")


def _log_filter(resource: Resource, directory: Directory) -> Iterator[Trigger]:
    properties = resource.properties
    function = directory.function(properties.get("DestinationArn"))
    if function is not None:
        source = directory.source(properties.get("LogGroupName"), "AWS::Logs::LogGroup")
        yield _trigger(resource, "cloudwatch_logs", function, source, properties)


def _user_pool(resource: Resource, directory: Directory) -> Iterator[Trigger]:
    for name, value in mapping(resource.properties.get("LambdaConfig")).items():
        function = directory.function(value.get("LambdaArn") if isinstance(value, dict) else value)
        if function is not None:
            yield _trigger(resource, "cognito", function, resource.id, {"Trigger": name}, suffix=name)


def _topic_rule(resource: Resource, directory: Directory) -> Iterator[Trigger]:
    for action, suffix in _several(mapping(resource.properties.get("TopicRulePayload")).get("Actions")):
        function = directory.function(mapping(action.get("Lambda")).get("FunctionArn"))
        if function is not None:
            yield _trigger(resource, "iot", function, None, resource.properties, suffix=suffix)


def _permission(resource: Resource, directory: Directory) -> Iterator[Trigger]:
    """Yield what only a permission tells of: skills, which are configured outside of AWS."""
    properties = resource.properties
    function = directory.function(properties.get("FunctionName"))
    if function is not None and properties.get("Principal") == "alexa-appkit.amazon.com":
        yield _trigger(resource, "alexa", function, None, properties)


def _delivery_stream(resource: Resource, directory: Directory) -> Iterator[Trigger]:
    for key, value in resource.properties.items():
        processing = mapping(mapping(value).get("ProcessingConfiguration"))
        for processor, suffix in _several(processing.get("Processors")):
            parameters = mappings(processor.get("Parameters"))
            named = {str(each.get("ParameterName")): each.get("ParameterValue") for each in parameters}
            function = directory.function(named.get("LambdaArn"))
            if function is not None:
                yield _trigger(resource, "firehose", function, resource.id, {key: value}, suffix=suffix)


def _receipt_rule(resource: Resource, directory: Directory) -> Iterator[Trigger]:
    for action, suffix in _several(mapping(resource.properties.get("Rule")).get("Actions")):
        function = directory.function(mapping(action.get("LambdaAction")).get("FunctionArn"))
        if function is not None:
            yield _trigger(resource, "ses", function, None, resource.properties, suffix=suffix)


def _data_source(resource: Resource, directory: Directory) -> Iterator[Trigger]:
    function = directory.function(mapping(resource.properties.get("LambdaConfig")).get("LambdaFunctionArn"))
    if function is not None:
        yield _trigger(resource, "appsync", function, None, resource.properties)


def _several(entries: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the mappings of a list, each with the number that tells it from the first."""
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield entry, str(number + 1) if number else ""


READERS: dict[str, Callable[[Resource, Directory], Iterable[Trigger]]] = {
    "AWS::AppSync::DataSource": _data_source,
    "AWS::Cognito::UserPool": _user_pool,
    "AWS::Events::Rule": _rule,
    "AWS::IoT::TopicRule": _topic_rule,
    "AWS::KinesisFirehose::DeliveryStream": _delivery_stream,
    "AWS::Lambda::EventSourceMapping": _event_source_mapping,
    "AWS::Lambda::Permission": _permission,
    "AWS::Logs::SubscriptionFilter": _log_filter,
    "AWS::S3::Bucket": _bucket,
    "AWS::SES::ReceiptRule": _receipt_rule,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::Topic": _topic,
    "AWS::Scheduler::Schedule": _schedule,
}
