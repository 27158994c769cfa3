"""What a function can touch, directly or through what it sets in motion: only that has to exist for a test of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import translate
from functools import cached_property
from typing import Any

from pytest_serverless.app.model import App, Policy, Resource, Trigger
from pytest_serverless.backends.moto.provision.mentions import Mentions
from pytest_serverless.backends.moto.provision.table import needs_nothing

__all__ = ["reachable"]

# Set on, or hung on, what the property names; made as soon as that is.
_ATTACHED_BY = {
    "AWS::Cognito::UserPoolClient": "UserPoolId",
    "AWS::Cognito::UserPoolDomain": "UserPoolId",
    "AWS::Cognito::UserPoolGroup": "UserPoolId",
    "AWS::Cognito::UserPoolResourceServer": "UserPoolId",
    "AWS::Cognito::UserPoolUser": "UserPoolId",
    "AWS::Events::Archive": "SourceArn",
    "AWS::Events::EventBusPolicy": "EventBusName",
    "AWS::Events::Rule": "EventBusName",
    "AWS::IAM::ManagedPolicy": "Roles",
    "AWS::IAM::Policy": "Roles",
    "AWS::KMS::Alias": "TargetKeyId",
    "AWS::Kinesis::StreamConsumer": "StreamARN",
    "AWS::Lambda::Alias": "FunctionName",
    "AWS::Lambda::EventSourceMapping": "FunctionName",
    "AWS::Lambda::Version": "FunctionName",
    "AWS::Logs::LogStream": "LogGroupName",
    "AWS::Logs::MetricFilter": "LogGroupName",
    "AWS::Logs::SubscriptionFilter": "LogGroupName",
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::Subscription": "TopicArn",
    "AWS::SNS::TopicInlinePolicy": "TopicArn",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SQS::QueueInlinePolicy": "Queue",
    "AWS::SQS::QueuePolicy": "Queues",
    "AWS::SecretsManager::ResourcePolicy": "SecretId",
    "AWS::SecretsManager::RotationSchedule": "SecretId",
}

# Records that nobody reads but who asks for them, and backends that are slow to import for it: a role that somebody
# has, a log group that is written to, and what starts a function do their work without them.
_ONLY_IF_ASKED = ("AWS::IAM::", "AWS::Logs::", "AWS::Lambda::", "AWS::Events::Rule", "AWS::Scheduler::")

_KEPT_WITH_A_FUNCTION = {"AWS::Lambda::Alias", "AWS::Lambda::Version"}

# What a function does that only writes its log is no reason to make log groups.
_LOGGING = {"logs:createloggroup", "logs:createlogstream", "logs:putlogevents", "logs:tagresource"}

# Invocations do not get as far as the mocked Lambda.
_INVOKING = {"lambda:invoke", "lambda:invokefunction", "lambda:invokefunctionurl", "lambda:invokeasync"}

# Policies of AWS that let a function do its work: write its log and its traces, and poll what feeds it.
_WORKING = ("service-role/AWSLambda", "AWSXRay", "AWSXray", "CloudWatchLambda")

_DEFAULT_BUS = "event-bus/default"


def reachable(app: App, ids: Iterable[str]) -> set[str]:
    """Return the ids of the resources that functions may touch, or that resources lead to; those are among them.

    Of a function, these are named in its environment, policies and triggers; then, from there on: the dead-letter queue
    of a queue, the subscribers of a topic, what is attached (policies, rules of a bus), and what the functions touch
    that are set off by it. Functions are found where a function may do more with them than to invoke them. Of a
    function whose role stands in no template, or has a policy that only AWS knows, everything may be touched.
    """
    search = _Search(app)
    for each in ids:
        search.start(each)
    return search.found


class _Search:
    def __init__(self, app: App) -> None:
        self.app = app
        self.found: set[str] = set()
        self.running: set[str] = set()
        self.default_bus = False

    @cached_property
    def mentions(self) -> Mentions:
        return Mentions(self.app)

    @cached_property
    def only_if_asked(self) -> frozenset[str]:
        resources = self.app.resources.values()
        return frozenset(each.id for each in resources if each.type.startswith(_ONLY_IF_ASKED))

    @cached_property
    def attached(self) -> Mapping[str, list[str]]:
        """The ids of what hangs on a resource, by the resource's id."""
        attached = defaultdict(list)
        for resource in self.app.resources.values():
            if resource.type in _ATTACHED_BY:
                for host in self._hosts(resource):
                    attached[host].append(resource.id)
        return attached

    @cached_property
    def policies(self) -> Mapping[str, list[Policy]]:
        policies = defaultdict(list)
        for policy in self.app.policies:
            if policy.kind == "identity":
                policies[policy.principal].append(policy)
        return policies

    @cached_property
    def set_off(self) -> Mapping[str, set[str]]:
        """The ids of the functions that a resource sets off, by the resource's id."""
        functions = defaultdict(set)
        for trigger in self.app.triggers:
            if trigger.source:
                for source in {trigger.source, *self.mentions.ids(trigger.source)}:
                    functions[source].add(trigger.function)
        return functions

    def start(self, each: str) -> None:
        """Begin with a function, or with a resource."""
        if each in self.app.functions:
            self._run(each)
        else:
            self._follow([each])

    def _run(self, function_id: str) -> None:
        """Follow all that a function may do, and where its events come from."""
        if function_id in self.running:
            return
        self.running.add(function_id)
        function = self.app.functions[function_id]
        self._follow(self.mentions.ids(function.environment))
        if self._is_known(function.role):
            self._allow(function.role)
        else:
            self._follow(set(self.app.resources) - self.only_if_asked)
        for trigger in self.app.triggers:
            if trigger.function == function_id:
                self._from(trigger)

    def _follow(self, ids: Iterable[str]) -> None:
        for each in ids:
            if each in self.app.functions:
                self._run(each)
            elif each not in self.found and not needs_nothing(self.app.resources[each].type):
                self.found.add(each)
                self._through(self.app.resources[each])

    def _through(self, resource: Resource) -> None:
        """Follow what a resource leads to: what it names, what hangs on it, and the functions that it sets off."""
        self._follow(self._beside(resource.properties))
        self._follow(self.attached.get(resource.id, ()))
        if resource.type in _ATTACHED_BY and resource.type.startswith("AWS::Logs::"):
            self._follow(self._hosts(resource))  # which nothing else leads to
        if resource.type in _KEPT_WITH_A_FUNCTION:
            self._describe(self._hosts(resource) & set(self.app.functions))
        self._follow(self.set_off.get(resource.id, ()))
        if "EventBridgeConfiguration" in (resource.properties.get("NotificationConfiguration") or {}):
            self._reach_default_bus()

    def _from(self, trigger: Trigger) -> None:
        source = trigger.source or ""
        if source in self.app.resources and source not in self.only_if_asked:
            self._follow([source])
        self._follow(self._beside([source, trigger.settings]))

    def _beside(self, values: Any) -> set[str]:
        """Return the resources that values name: no functions, and none that does its work without being there."""
        return self.mentions.ids(values) - self.only_if_asked - set(self.app.functions)

    def _is_known(self, role: str) -> bool:
        """Tell whether all that a role may do stands in the template."""
        here = role in self.app.resources or role in self.policies
        return here and not any(_is_secret(policy) for policy in self.policies.get(role, ()))

    def _allow(self, role: str) -> None:
        """Follow what the statements of a role allow."""
        statements = (each for policy in self.policies.get(role, ()) for each in policy.statements)
        for statement in statements:
            actions = {action.lower() for action in _of(statement, "Action")} - _LOGGING
            if actions and statement.get("Effect", "Allow") == "Allow":
                allowed = self._allowed(actions, _of(statement, "Resource"))
                self._follow(allowed)
                if any(action.startswith(("lambda:", "*")) and action not in _INVOKING for action in actions):
                    self._describe(allowed & set(self.app.functions))

    def _describe(self, functions: Iterable[str]) -> None:
        for each in functions:
            self.found.add(each)
            self._follow(self.attached.get(each, ()))

    def _allowed(self, actions: set[str], patterns: list[str]) -> set[str]:
        services = {action.partition(":")[0] for action in actions}
        if services & {"events", "*"} and any("*" in p or p.endswith(_DEFAULT_BUS) for p in patterns):
            self._reach_default_bus()
        matched = {each for pattern in patterns for each in self._matched(pattern, services)}
        return matched | self.mentions.ids(patterns)

    def _matched(self, pattern: str, services: set[str]) -> Iterator[str]:
        """Yield what a pattern with wildcards stands for; `…/*` for what has such parts, too."""
        if not {"*", "?"} & set(pattern):
            return
        matches = re.compile("|".join((translate(pattern), translate(pattern.removesuffix("/*"))))).match
        for resource in self.app.resources.values():
            arn = resource.arn
            if arn and matches(arn) and ("*" in services or arn.split(":")[2] in services):
                yield resource.id

    def _reach_default_bus(self) -> None:
        if not self.default_bus:
            self.default_bus = True
            self._follow(self.attached.get(_DEFAULT_BUS, ()))

    def _hosts(self, resource: Resource) -> set[str]:
        said = resource.properties.get(_ATTACHED_BY[resource.type])
        if resource.type.startswith("AWS::Events::") and (not said or str(said).endswith("default")):
            return {_DEFAULT_BUS}
        return self.mentions.ids(said)


def _of(statement: Mapping[str, Any], key: str) -> list[str]:
    """Return a statement's actions or resources; all but some are taken for all."""
    value = "*" if f"Not{key}" in statement else statement.get(key, ())
    return [value] if isinstance(value, str) else list(value)


def _is_secret(policy: Policy) -> bool:
    """Tell whether a policy is one of AWS's own, which may allow anything."""
    name = (policy.managed or "").partition(":policy/")[2]
    return bool(policy.managed) and not name.startswith(_WORKING)
