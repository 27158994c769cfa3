"""A first test for each way in which a function is called: what causes the call, as lines of Python.

What is simply caused is caused there: an object is put, a message is sent, a route is asked. What takes more than one
call, or is not caused by a made-up message (filters, delays, schedules, sources outside of the template), is an event
for `invoke`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_serverless.app.aws import HttpRoute
from pytest_serverless.app.model import App, Function, Resource, Trigger
from pytest_serverless.cli.init_rules import event_of_rule, input_of
from pytest_serverless.cli.python_text import call, literal, quoted, snake

__all__ = ["Case", "cases_of", "example_path", "route_name"]

_BODY = """'{"id": "example"}'"""
_AUTHORIZERS: Mapping[str, Mapping[str, Any]] = {
    "iam": {"userArn": "arn:aws:iam::123456789012:user/example"},
    "jwt": {"sub": "example"},
    "cognito": {"sub": "example"},
    "lambda": {"principalId": "example"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test: `name` is what follows `test_`, `lines` what is in it; `skip` says why it cannot run yet."""

    name: str
    lines: tuple[str, ...]
    skip: str = ""

    @property
    def fixtures(self) -> str:
        """The fixtures that its lines use."""
        uses_events = any("aws_events." in line for line in self.lines)
        return "serverless, aws_events" if uses_events else "serverless"


def cases_of(app: App, function: Function) -> list[Case]:
    """Return a test for each trigger of a function; one that invokes it, if nothing else does."""
    triggers = [trigger for trigger in app.triggers if trigger.function == function.id]
    return [_case(app, trigger) for trigger in triggers] or [_direct(function)]


def example_path(path: str) -> str:
    """Return a path that a route takes: `/items/example` for `/items/{id}`, `/` for `$default`."""
    if path == "$default":
        return "/"
    found = re.sub(r"\{[^}]*\}|\*", "example", path).replace("?", "x")
    return found if found.startswith("/") else f"/{found}"


def _case(app: App, trigger: Trigger) -> Case:
    if isinstance(trigger.settings, HttpRoute):
        return _request(app, trigger.settings)
    write = _KINDS.get(trigger.kind)
    return _unknown(app, trigger) if write is None else write(app, trigger, trigger.settings or {})


def _succeeds(function: str) -> tuple[str, ...]:
    statuses = f"statuses = {{each.status for each in serverless.invocations({quoted(function)})}}"
    return "", statuses, 'assert statuses == {"success"}, serverless.timeline'


def _caused(trigger: Trigger, name: str, *lines: str) -> Case:
    return Case(name=name, lines=(*lines, "serverless.settle()", *_succeeds(trigger.function)))


def _invoked(trigger: Trigger, name: str, event: str, *, skip: str = "", comment: str = "") -> Case:
    said = (f"# {comment}",) if comment else ()
    lines = (*said, f"event = {event}", f"serverless.invoke({quoted(trigger.function)}, event)")
    return Case(name=name, lines=(*lines, *_succeeds(trigger.function)), skip=skip)


def _direct(function: Function) -> Case:
    caller = Trigger(id="", kind="", function=function.id)
    return _invoked(
        caller, "can_be_invoked", "{}", comment="Nothing in the template calls it: write what its callers send."
    )


def _unknown(app: App, trigger: Trigger) -> Case:
    reason = f"write the event that the function gets ({trigger.kind})"
    source = trigger.source if trigger.source in app.resources else ""
    occasion = trigger.settings.get("Trigger", "") if isinstance(trigger.settings, Mapping) else ""
    return _invoked(trigger, snake("is_called_by", trigger.kind, source or "", occasion), "{}", skip=reason)


def _request(app: App, route: HttpRoute) -> Case:
    apis = {each.settings.api for each in app.triggers if isinstance(each.settings, HttpRoute)}
    method = "GET" if route.method == "ANY" else route.method
    given = [quoted(method), quoted(example_path(route.path))]
    if method in ("POST", "PUT", "PATCH"):
        given.append("json={}")
    if route.api_key_required:
        given.append(f'headers={{"x-api-key": {quoted(_api_key(app))}}}')
    if route.authorizer is not None:
        given.append(f"authorizer={literal(dict(_AUTHORIZERS[route.authorizer]))}")
    if len(apis) > 1:
        given.append(f"api={quoted(route.api)}")
    name = route_name(route)
    return Case(
        name=f"answers_{name}_of_{snake(_api_name(route))}" if len(apis) > 1 else f"answers_{name}",
        lines=(f"response = {call('serverless.request', *given)}", "", "assert response.status < 500, response"),
    )


def route_name(route: HttpRoute) -> str:
    """Return a name for a route: `get_items_id`."""
    return snake(route.method, "root" if route.path == "$default" else route.path.strip("/*") or "root")


def _api_name(route: HttpRoute) -> str:
    """Return a name for the API of a route: its id, or what kind it is where it is not part of the template."""
    return route.front if route.api.startswith("arn:") else route.api


def _api_key(app: App) -> str:
    keys = [each.properties.get("Value") for each in app.resources.values() if each.type == "AWS::ApiGateway::ApiKey"]
    return next((str(key) for key in keys if key), "example")


def _bucket(app: App, trigger: Trigger, settings: Mapping[str, Any]) -> Case:
    kinds = settings.get("Events", settings.get("Event", "s3:ObjectCreated:*"))
    kind = str(kinds if isinstance(kinds, str) else kinds[0])
    key = quoted(_key(settings))
    bucket, source = _named(app, trigger, "bucket")
    put = (
        's3 = serverless.aws.client("s3")',
        *_content(_key(settings)),
        f"s3.put_object(Bucket={bucket}, Key={key}, Body=body)",
    )
    if source and kind in ("s3:ObjectCreated:*", "s3:ObjectCreated:Put"):
        return _caused(trigger, snake("takes_an_object_created_in", source.id), *put)
    if source and kind in ("s3:ObjectRemoved:*", "s3:ObjectRemoved:Delete"):
        delete = f"s3.delete_object(Bucket={bucket}, Key={key})"
        return _caused(trigger, snake("takes_an_object_removed_from", source.id), *put, "serverless.settle()", delete)
    family, _, operation = kind.removeprefix("s3:").partition(":")
    builder = _S3_BUILDERS.get(family)
    name = snake("takes", kind, "of", trigger.source or "a bucket")
    if builder is None:
        return _invoked(trigger, name, "{}", skip=f"write the event that the function gets ({kind})")
    chosen = f", operation={quoted(operation)}" if operation not in ("", "*") and family in _WITH_OPERATION else ""
    return _invoked(trigger, name, f"aws_events.s3.{builder}(bucket={bucket}, key={key}{chosen})")


_WITH_OPERATION = ("ObjectCreated", "ObjectRemoved", "ObjectRestore", "ObjectTagging", "LifecycleExpiration")
_S3_BUILDERS: Mapping[str, str] = {
    "ObjectCreated": "object_created",
    "ObjectRemoved": "object_removed",
    "ObjectRestore": "object_restore",
    "ObjectTagging": "object_tagging",
    "ObjectAcl": "object_acl",
    "ObjectRetention": "object_retention",
    "Replication": "replication",
    "LifecycleExpiration": "lifecycle_expiration",
    "LifecycleTransition": "lifecycle_transition",
    "IntelligentTiering": "intelligent_tiering",
    "ReducedRedundancyLostObject": "reduced_redundancy_lost",
}


def _key(settings: Mapping[str, Any]) -> str:
    """Return a key that a notification's filter lets through."""
    rules = settings.get("Filter", {}).get("S3Key", {}).get("Rules", [])
    values = {str(rule.get("Name", "")).lower(): str(rule.get("Value", "")) for rule in rules}
    return f"{values.get('prefix', '')}example{values.get('suffix', '')}"


def _content(key: str) -> tuple[str, ...]:
    """Return lines that say what is in an object of that name."""
    ending = key.rpartition(".")[2].lower()
    if ending in _IMAGES:
        halves = (f"    {quoted(_PIXEL[:88])}", f"    {quoted(_PIXEL[88:])}")
        return "# One pixel, as PNG: put in an image of yours.", "body = bytes.fromhex(", *halves, ")"
    return (f"body = {literal(_CONTENTS.get(ending, 'example'))}.encode()",)


_IMAGES = ("gif", "jpeg", "jpg", "png", "webp")
_PIXEL = (
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415478da63"
    "f8ffff3f0005fe02fe331295140000000049454e44ae426082"
)
_CONTENTS: Mapping[str, str] = {"csv": "id,name\n1,example\n", "json": '{"id": "example"}'}


def _queue(app: App, trigger: Trigger, settings: Mapping[str, Any]) -> Case:
    queue, source = _named(app, trigger, "queue")
    fifo = str(trigger.source if source is None else source.name).endswith(".fifo")
    name = snake("takes_a_message_of", source.id if source else "the queue")
    if source and not settings.get("FilterCriteria") and not source.properties.get("DelaySeconds"):
        group = ['MessageGroupId="example"', 'MessageDeduplicationId="example"'] if fifo else []
        send = call("sqs.send_message", f"QueueUrl={queue}", f"MessageBody={_BODY}", *group)
        return _caused(trigger, name, 'sqs = serverless.aws.client("sqs")', send)
    arn = f'serverless.attribute({quoted(source.id)}, "Arn")' if source else quoted(str(trigger.source))
    return _invoked(trigger, name, f"aws_events.sqs.{'fifo' if fifo else 'standard'}({_BODY}, queue={arn})")


def _topic(app: App, trigger: Trigger, settings: Mapping[str, Any]) -> Case:
    topic, source = _named(app, trigger, "topic")
    name = snake("takes_a_message_of", source.id if source else "the topic")
    if source and not settings.get("FilterPolicy"):
        publish = f"sns.publish(TopicArn={topic}, Message={_BODY})"
        return _caused(trigger, name, 'sns = serverless.aws.client("sns")', publish)
    return _invoked(trigger, name, f"aws_events.sns.notification({_BODY}, topic={topic})")


def _table(app: App, trigger: Trigger, settings: Mapping[str, Any]) -> Case:
    source = app.resources.get(trigger.source or "")
    if source is None:
        table = re.search(r":table/([^/]+)", str(trigger.source))
        chosen = f", table={quoted(table[1])}" if table else ""
        event = f'aws_events.dynamodb.insert({{"id": "example"}}, keys="id"{chosen})'
        return _invoked(trigger, "takes_an_item_of_the_table", event)
    properties = source.properties
    kinds = {each["AttributeName"]: each["AttributeType"] for each in properties.get("AttributeDefinitions", ())}
    keys = [each["AttributeName"] for each in properties.get("KeySchema", ())]
    item = {key: {"N": 1, "B": b"example"}.get(kinds.get(key, "S"), "example") for key in keys}
    view = (properties.get("StreamSpecification") or {}).get("StreamViewType")
    given = [literal(item), f"keys={literal(keys)}", f"table=serverless.ref({quoted(source.id)})"]
    given += [f"view={quoted(view)}"] if view else []
    return _invoked(trigger, snake("takes_an_item_of", source.id), call("aws_events.dynamodb.insert", *given))


def _stream(app: App, trigger: Trigger, settings: Mapping[str, Any]) -> Case:
    source = app.resources.get(trigger.source or "")
    last = str(trigger.source).partition(":stream/")[2].partition("/")[0] or "stream"
    stream = f"serverless.ref({quoted(source.id)})" if source and source.type.endswith("::Stream") else quoted(last)
    name = snake("takes_a_record_of", source.id if source else "the stream")
    return _invoked(trigger, name, f"aws_events.kinesis.record({_BODY}, stream={stream})")


def _logs(app: App, trigger: Trigger, settings: Mapping[str, Any]) -> Case:
    group = quoted(str(settings.get("LogGroupName") or "/aws/lambda/example"))
    source = app.resources.get(trigger.source or "")
    name = snake("takes_log_lines_of", source.id if source else "the log group")
    return _invoked(trigger, name, f'aws_events.cloudwatch_logs.data_message("example", log_group={group})')


def _schedule(app: App, trigger: Trigger, settings: Mapping[str, Any]) -> Case:
    rule = f"rule=serverless.ref({quoted(trigger.id)})" if trigger.id in app.resources else ""
    event = input_of(settings.get("Target")) or f"aws_events.eventbridge.scheduled_rule({rule})"
    return _invoked(trigger, snake("runs_on_schedule", trigger.id), event)


def _scheduler(app: App, trigger: Trigger, settings: Mapping[str, Any]) -> Case:
    event = input_of(settings.get("Target")) or "aws_events.scheduler.default_input()"
    return _invoked(trigger, snake("runs_on_schedule", trigger.id), event)


def _rule(app: App, trigger: Trigger, settings: Mapping[str, Any]) -> Case:
    event, comment = event_of_rule(app, settings)
    return _invoked(trigger, snake("takes_an_event_of", trigger.id), event, comment=comment)


def _named(app: App, trigger: Trigger, kind: str) -> tuple[str, Resource | None]:
    """Return how a test names a trigger's source, and the resource where it is one of the template's."""
    source = app.resources.get(trigger.source or "")
    if source is not None:
        return f"serverless.ref({quoted(source.id)})", source
    name = str(trigger.source or f"example-{kind}")
    return quoted(name.rpartition(":")[2] if kind == "bucket" else name), None


_KINDS: Mapping[str, Callable[[App, Trigger, Mapping[str, Any]], Case]] = {
    "s3": _bucket,
    "sqs": _queue,
    "sns": _topic,
    "dynamodb": _table,
    "kinesis": _stream,
    "cloudwatch_logs": _logs,
    "schedule": _schedule,
    "scheduler": _scheduler,
    "eventbridge": _rule,
}
