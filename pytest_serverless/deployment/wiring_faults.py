"""What the services would refuse of an application's wiring: found before its first test, all of it at once.

A deployment would stop at the first of these. Nothing is loaded to judge what an application does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from pytest_serverless.app.model import App, Resource, Trigger
from pytest_serverless.deployment.functions import function_of
from pytest_serverless.errors import (
    InvalidMappingError,
    InvalidParameterError,
    InvalidPatternError,
    InvalidScheduleError,
    TemplateError,
)
from pytest_serverless.templates.faults import Fault

__all__ = ["check", "faults_of"]

Trial = tuple[str, Callable[[], object]]
"""The property that a service looks at, where it is one, and what raises if it is refused."""

_REFUSALS = (InvalidMappingError, InvalidParameterError, InvalidPatternError, InvalidScheduleError)
_LONGEST_VISIBILITY_S = 43_200  # of a queue that is not in the template: what it has is not known


def check(app: App) -> None:
    """Raise a TemplateError with everything that is wrong, in the services' own words, if anything is."""
    faults = faults_of(app)
    if faults:
        raise TemplateError(app.template, faults)


def faults_of(app: App) -> list[Fault]:
    """Return what the services would refuse, with its place in the template."""
    found = [fault for trigger in app.triggers for fault in _refused(_of_trigger(trigger, app), trigger)]
    for resource in app.resources.values():
        trials = _TRIALS.get(resource.type)
        if trials is not None:
            found += _refused(trials(resource, app), resource)
    return list(dict.fromkeys(found))


def _refused(trials: Iterator[Trial], declared: Resource | Trigger) -> Iterator[Fault]:
    for name, trial in trials:
        refusal = _refusal(trial)
        if refusal:
            yield Fault(f"{refusal} (in {name})" if name else refusal, "", declared.id, declared.origin)


def _refusal(trial: Callable[[], object]) -> str:
    """Return the words in which a service refuses; none where it does not."""
    try:
        trial()
    except _REFUSALS as refusal:
        return str(refusal)
    return ""


# Event source mappings


def _of_trigger(trigger: Trigger, app: App) -> Iterator[Trial]:
    if trigger.kind == "sqs":
        yield from _queue_mapping(trigger, app)
    elif trigger.kind in ("kinesis", "dynamodb"):
        yield from _stream_mapping(trigger)
    else:
        return
    if (trigger.settings or {}).get("FilterCriteria"):
        from pytest_serverless.triggers.filter_criteria import FilterCriteria

        yield "FilterCriteria", partial(FilterCriteria.parse, trigger.settings["FilterCriteria"], trigger.kind)


def _queue_mapping(trigger: Trigger, app: App) -> Iterator[Trial]:
    from pytest_serverless.triggers.queues import QueueMapping

    queue = app.resources.get(trigger.source or "")
    properties = queue.properties if queue else {"VisibilityTimeout": _LONGEST_VISIBILITY_S}
    timeout = app.functions[trigger.function].timeout_s
    settings = trigger.settings or {}
    yield "", partial(QueueMapping.of, settings, queue=properties, function_timeout_s=timeout)


def _stream_mapping(trigger: Trigger) -> Iterator[Trial]:
    from pytest_serverless.triggers.destinations import kind_of_destination
    from pytest_serverless.triggers.stream_mapping import StreamMapping

    settings: Mapping[str, Any] = trigger.settings or {}
    kind: Any = trigger.kind
    yield "", partial(StreamMapping.of, settings, source=kind)
    failure = ((settings.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if failure:
        yield "DestinationConfig", partial(kind_of_destination, failure)


# Resources


def _rule(resource: Resource, app: App) -> Iterator[Trial]:
    properties = resource.properties
    if properties.get("EventPattern"):
        from pytest_serverless.triggers.patterns import Pattern

        yield "EventPattern", partial(Pattern.parse, properties["EventPattern"])
    if properties.get("ScheduleExpression"):
        from pytest_serverless.triggers.schedule_requests import rule_schedule

        yield "ScheduleExpression", partial(rule_schedule, properties)
    for target in properties.get("Targets") or ():
        yield from _target(target)


def _target(target: Mapping[str, Any]) -> Iterator[Trial]:
    if any(target.get(way) is not None for way in ("Input", "InputPath", "InputTransformer")):
        from pytest_serverless.triggers.inputs import check_target_input

        yield "Targets", partial(check_target_input, target)
    if target.get("RetryPolicy"):
        from pytest_serverless.triggers.retries import TargetRetries

        yield "Targets", partial(TargetRetries.parse, _with_numbers(target["RetryPolicy"]))


def _schedule(resource: Resource, app: App) -> Iterator[Trial]:
    from pytest_serverless.triggers.schedule_requests import scheduler_schedule

    window = _with_numbers(resource.properties.get("FlexibleTimeWindow") or {})
    yield "ScheduleExpression", partial(scheduler_schedule, {**resource.properties, "FlexibleTimeWindow": window})


def _subscription(resource: Resource, app: App) -> Iterator[Trial]:
    properties = resource.properties
    if properties.get("FilterPolicy"):
        from pytest_serverless.triggers.filter_policies import FilterPolicy

        scope = properties.get("FilterPolicyScope") or "MessageAttributes"
        yield "FilterPolicy", partial(FilterPolicy.parse, properties["FilterPolicy"], scope)
    if properties.get("DeliveryPolicy") and properties.get("Protocol") in ("http", "https"):
        from pytest_serverless.triggers.retries import HttpRetries

        yield "DeliveryPolicy", partial(HttpRetries.parse, properties["DeliveryPolicy"])


def _invoke_config(resource: Resource, app: App) -> Iterator[Trial]:
    from pytest_serverless.triggers.asynchronous import AsyncConfig

    function = app.resources.get(function_of(app, str(resource.properties.get("FunctionName"))) or "")
    yield "", partial(AsyncConfig.of, resource.properties, function_arn=function.arn if function else None)


def _function(resource: Resource, app: App) -> Iterator[Trial]:
    letters = (resource.properties.get("DeadLetterConfig") or {}).get("TargetArn")
    if letters:
        from pytest_serverless.triggers.destinations import check_dead_letter

        yield "DeadLetterConfig", partial(check_dead_letter, letters)


def _log_filter(resource: Resource, app: App) -> Iterator[Trial]:
    from pytest_serverless.triggers.log_patterns import LogPattern

    yield "FilterPattern", partial(LogPattern.parse, str(resource.properties.get("FilterPattern", "")))


def _bucket(resource: Resource, app: App) -> Iterator[Trial]:
    if resource.properties.get("NotificationConfiguration"):
        from pytest_serverless.triggers.notifications import check as check_notifications

        given = resource.properties["NotificationConfiguration"]
        yield "NotificationConfiguration", partial(check_notifications, given)


_TRIALS: Mapping[str, Callable[[Resource, App], Iterator[Trial]]] = {
    "AWS::Events::Rule": _rule,
    "AWS::Lambda::EventInvokeConfig": _invoke_config,
    "AWS::Lambda::Function": _function,
    "AWS::Logs::SubscriptionFilter": _log_filter,
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::Subscription": _subscription,
    "AWS::Scheduler::Schedule": _schedule,
}


def _with_numbers(section: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with the numbers that a template writes as texts: CloudFormation makes numbers of them."""
    return {name: int(value) if str(value).isdecimal() else value for name, value in section.items()}
