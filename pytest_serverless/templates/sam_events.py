"""The `Events` of a function: each is written out as what calls the function, and the permission to call it.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
(2026-11).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_serverless.errors import shorten
from pytest_serverless.templates.intrinsics import hint
from pytest_serverless.templates.reader import Block, standing_at
from pytest_serverless.templates.sam_functions import Function, arn_of, statement
from pytest_serverless.templates.sam_polled import POLLED, polled
from pytest_serverless.templates.shapes import listing

__all__ = ["Event", "write_events"]


class Event:
    """One event of a function while it is written out; `id` is that of what it becomes."""

    def __init__(self, function: Function, name: str, block: Block) -> None:
        self.function = function
        self.sam = function.sam
        self.id = f"{function.id}{name}"
        self.kind = str(function.sam.value(block.get("Type")))
        self.name = name
        found = function.sam.resolver.peel(block.get("Properties"))
        self.spec: Block = found if isinstance(found, Block) else block.like()
        self.place = standing_at(block, {})
        self.place.label = self.id

    def put(self, logical_id: str, kind: str, properties: dict[str, Any]) -> None:
        self.sam.put(logical_id, kind, properties, self.place)

    def picked(self, *keys: str) -> dict[str, Any]:
        """Return those of the event's properties that are there."""
        return {key: self.spec[key] for key in keys if key in self.spec}

    def permit(self, principal: str, source_arn: Any = None, *, name: str = "", **more: Any) -> str:
        """Allow a service to call the function; return the permission's id."""
        logical_id = name or f"{self.id}Permission"
        properties = {
            "Action": "lambda:InvokeFunction",
            "FunctionName": self.function.name,
            "Principal": principal,
            "SourceArn": source_arn,
            **more,
        }
        self.put(logical_id, "AWS::Lambda::Permission", properties)
        return logical_id

    def needs(self, *keys: str) -> bool:
        """Tell whether the event has what it cannot be without; what is missing is a fault."""
        missing = [key for key in keys if key not in self.spec]
        if missing:
            self.fault(
                f"The event {self.name} ({self.kind}) has no {', '.join(missing)}.", "Write what it has to have."
            )
        return not missing

    def fault(self, what: str, do: str) -> None:
        self.sam.resolver.fault(what, do, at=self.place.origin())

    def target(self, type_: str, key: str) -> Block | None:
        """Return the resource of the template that a property refers to; SAM takes no other."""
        name = self.sam.referred(self.spec.get(key))
        found = self.sam.resolver.resources.get(name or "")
        if found is None or found.get("Type") != type_:
            self.fault(
                f"The event {self.name} ({self.kind}) has the {key} {shorten(self.spec.get(key))}.",
                f"Write !Ref with an {type_} of this template: SAM takes no other.",
            )
            return None
        return found


def write_events(function: Function) -> None:
    """Write out every event of a function."""
    from pytest_serverless.templates.sam_apis import http_event, rest_event

    for event in _events(function):
        writer = {"Api": rest_event, "HttpApi": http_event, **WRITERS}.get(event.kind)
        if writer is None:
            do = hint(event.kind, ["Api", "HttpApi", *WRITERS], "Correct the Type.")
            event.fault(f"The event {event.name} has the Type {event.kind!r}, which SAM does not know.", do)
        else:
            writer(event)


def _events(function: Function) -> list[Event]:
    """Return a function's events; a default route before the others, which its permission covers, too."""
    found = []
    events = function.peel("Events")
    for name, raw in events.items() if isinstance(events, dict) else ():
        block = function.sam.resolver.peel(raw)
        if isinstance(block, Block):
            found.append(Event(function, name, block))
        elif block is not None:
            at = function.spec.origin("Events")
            function.sam.resolver.fault(f"The event {name} is {shorten(block)}.", "Write a Type and Properties.", at=at)
    return sorted(found, key=lambda event: event.kind == "HttpApi" and event.spec.get("Path", "$default") != "$default")


def _bucket(event: Event) -> None:
    if not event.needs("Bucket", "Events") or (bucket := event.target("AWS::S3::Bucket", "Bucket")) is None:
        return
    event.permit("s3.amazonaws.com", SourceAccount={"Ref": "AWS::AccountId"})
    kinds = event.spec["Events"]
    entries = [
        standing_at(event.place, {"Event": kind, "Function": event.function.arn, **event.picked("Filter")})
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    ]
    configuration = _copy(_copy(bucket, "Properties"), "NotificationConfiguration")
    configuration["LambdaConfigurations"] = [*listing(configuration.get("LambdaConfigurations")), *entries]


def _copy(parent: Block, key: str) -> Block:
    """Return a part of a resource that can be written into: the template's own blocks stay as they are."""
    found = parent.get(key)
    copy = found.like() if isinstance(found, Block) else parent.like()
    copy.update(found if isinstance(found, dict) else {})
    parent[key] = copy
    return copy


def _user_pool(event: Event) -> None:
    if not event.needs("UserPool", "Trigger") or (pool := event.target("AWS::Cognito::UserPool", "UserPool")) is None:
        return
    triggers = event.spec["Trigger"]
    config = _copy(_copy(pool, "Properties"), "LambdaConfig")
    for trigger in triggers if isinstance(triggers, list) else [triggers]:
        if not isinstance(trigger, str):
            event.fault(f"The Cognito trigger is {shorten(trigger)}.", "Write its name, such as PreSignUp.")
            continue
        if trigger in config:
            event.fault(f"The Cognito trigger {trigger!r} is set twice.", "A user pool has one function for each.")
        config[trigger] = event.function.arn
    name = f"{event.function.id}CognitoPermission"
    event.permit("cognito-idp.amazonaws.com", arn_of(event.sam.referred(event.spec["UserPool"]) or ""), name=name)


def _topic(event: Event) -> None:
    if not event.needs("Topic"):
        return
    subscription = {
        "TopicArn": event.spec["Topic"],
        **event.picked("Region", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy"),
    }
    through = event.sam.resolver.peel(event.spec.get("SqsSubscription"))
    if through in (None, False):
        event.put(
            event.id, "AWS::SNS::Subscription", {**subscription, "Protocol": "lambda", "Endpoint": event.function.arn}
        )
        event.permit("sns.amazonaws.com", event.spec["Topic"])
        return
    queue, url, policy, batch = _queue_between(event, through)
    event.put(event.id, "AWS::SNS::Subscription", {**subscription, "Protocol": "sqs", "Endpoint": queue})
    allowed = {
        **statement("sqs:SendMessage", queue),
        "Principal": "*",
        "Condition": {"ArnEquals": {"aws:SourceArn": event.spec["Topic"]}},
    }
    document = {"Version": "2012-10-17", "Statement": [allowed]}
    event.put(policy, "AWS::SQS::QueuePolicy", {"Queues": [url], "PolicyDocument": document})
    mapping = {"FunctionName": event.function.name, "EventSourceArn": queue, "BatchSize": batch, "Enabled": True}
    event.put(f"{event.id}EventSourceMapping", "AWS::Lambda::EventSourceMapping", mapping)
    if event.function.role is not None:
        event.function.role.attach("AWSLambdaSQSQueueExecutionRole")


def _queue_between(event: Event, through: Any) -> tuple[Any, Any, str, Any]:
    """Return the queue between topic and function: its ARN, its URL, the id of its policy, and the batch size."""
    policy = f"{event.id}QueuePolicy"
    if isinstance(through, dict):
        name = str(through.get("QueuePolicyLogicalId") or policy)
        return through.get("QueueArn"), through.get("QueueUrl"), name, through.get("BatchSize", 10)
    topic = event.sam.referred(event.spec["Topic"])
    resolver = event.sam.resolver
    fifo = event.sam.value(resolver.properties(topic).get("FifoTopic")) if topic in resolver.resources else None
    event.put(f"{event.id}Queue", "AWS::SQS::Queue", {"FifoQueue": fifo or None})
    return arn_of(f"{event.id}Queue"), {"Ref": f"{event.id}Queue"}, policy, 10


def _schedule(event: Event) -> None:
    if event.needs("Schedule"):
        keys = event.picked("Name", "Description")
        _rule(event, {"ScheduleExpression": event.spec["Schedule"], **keys}, ("Input", "RetryPolicy"))


def _pattern(event: Event) -> None:
    spec = event.spec
    properties = {"EventPattern": spec.get("Pattern"), "Name": spec.get("RuleName"), **event.picked("EventBusName")}
    _rule(event, properties, ("Input", "InputPath", "InputTransformer", "RetryPolicy"))


def _rule(event: Event, properties: dict[str, Any], keys: tuple[str, ...]) -> None:
    enabled = event.sam.value(event.spec.get("Enabled"))
    state = event.spec.get("State")
    if enabled is not None:
        state = "ENABLED" if enabled in (True, "true") else "DISABLED"
    named = event.sam.resolver.peel(event.spec.get("Target"))
    target_id = named.get("Id") if isinstance(named, dict) else None
    target = {"Arn": event.function.arn, "Id": target_id or f"{event.id}LambdaTarget", **event.picked(*keys)}
    if (queue := _dead_letters(event)) is not None:
        target["DeadLetterConfig"] = {"Arn": queue}
    event.put(event.id, "AWS::Events::Rule", {**properties, "State": state, "Targets": [target]})
    event.permit("events.amazonaws.com", arn_of(event.id))


def _dead_letters(event: Event, *, policy: bool = True) -> Any:
    """Return the ARN of the queue for what a rule cannot deliver; one that is not named is made."""
    config = event.sam.resolver.peel(event.spec.get("DeadLetterConfig"))
    if not isinstance(config, dict):
        return None
    if "Arn" in config:
        return config["Arn"]
    name = str(config.get("QueueLogicalId") or f"{event.id}Queue")
    event.put(name, "AWS::SQS::Queue", {})
    if policy:
        allowed = {
            **statement("sqs:SendMessage", arn_of(name)),
            "Principal": {"Service": "events.amazonaws.com"},
            "Condition": {"ArnEquals": {"aws:SourceArn": arn_of(event.id)}},
        }
        document = {"Version": "2012-10-17", "Statement": [allowed]}
        properties = {"Queues": [{"Ref": name}], "PolicyDocument": document}
        event.put(f"{event.id}QueuePolicy", "AWS::SQS::QueuePolicy", properties)
    return arn_of(name)


def _scheduler(event: Event) -> None:
    if not event.needs("ScheduleExpression"):
        return
    spec = event.spec
    target = {"Arn": event.function.arn, **event.picked("Input", "RetryPolicy", "RoleArn")}
    queue = _dead_letters(event, policy=False)
    if queue is not None:
        target["DeadLetterConfig"] = {"Arn": queue}
    if "RoleArn" not in spec:
        target["RoleArn"] = arn_of(f"{event.id}Role")
        _scheduler_role(event, queue)
    keys = ("State", "Description", "StartDate", "EndDate", "ScheduleExpressionTimezone", "GroupName", "KmsKeyArn")
    omitted = event.sam.value(spec.get("OmitName")) in (True, "true")
    properties = {
        "ScheduleExpression": spec["ScheduleExpression"],
        "Name": None if omitted else spec.get("Name", event.id),
        "FlexibleTimeWindow": spec.get("FlexibleTimeWindow", {"Mode": "OFF"}),
        **event.picked(*keys),
        "Target": target,
    }
    event.put(event.id, "AWS::Scheduler::Schedule", properties)


def _scheduler_role(event: Event, queue: Any) -> None:
    trust = {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": ["scheduler.amazonaws.com"]}}
    grants = [statement("lambda:InvokeFunction", event.function.arn)]
    if queue is not None:
        grants.append(statement("sqs:SendMessage", queue))
    policies = [
        {"PolicyName": f"{event.id}{number or ''}Policy", "PolicyDocument": {"Statement": [grant]}}
        for number, grant in enumerate(grants)
    ]
    properties = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": policies,
        **event.picked("PermissionsBoundary"),
    }
    event.put(f"{event.id}Role", "AWS::IAM::Role", properties)


def _logs(event: Event) -> None:
    if not event.needs("LogGroupName", "FilterPattern"):
        return
    group = event.spec["LogGroupName"]
    text = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Group}:*"
    event.permit("logs.amazonaws.com", {"Fn::Sub": [text, {"Group": group}]})
    properties = {**event.picked("LogGroupName", "FilterPattern"), "DestinationArn": event.function.arn}
    event.put(event.id, "AWS::Logs::SubscriptionFilter", properties)


def _iot(event: Event) -> None:
    if not event.needs("Sql"):
        return
    payload = {
        "Sql": event.spec["Sql"],
        "RuleDisabled": False,
        "Actions": [{"Lambda": {"FunctionArn": event.function.arn}}],
        **event.picked("AwsIotSqlVersion"),
    }
    event.put(event.id, "AWS::IoT::TopicRule", {"TopicRulePayload": payload})
    text = "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:rule/${Rule}"
    source = {"Fn::Sub": [text, {"Rule": {"Ref": event.id}}]}
    event.permit("iot.amazonaws.com", source, SourceAccount={"Ref": "AWS::AccountId"})


def _skill(event: Event) -> None:
    event.permit("alexa-appkit.amazon.com", EventSourceToken=event.spec.get("SkillId"))


WRITERS: dict[str, Callable[[Event], None]] = {
    "AlexaSkill": _skill,
    "CloudWatchEvent": _pattern,
    "CloudWatchLogs": _logs,
    "Cognito": _user_pool,
    "EventBridgeRule": _pattern,
    "IoTRule": _iot,
    "S3": _bucket,
    "SNS": _topic,
    "Schedule": _schedule,
    "ScheduleV2": _scheduler,
    **dict.fromkeys(POLLED, polled),
}
