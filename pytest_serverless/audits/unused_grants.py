"""What a role grants and nothing used, with the statement that grants no more than was used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pytest_serverless.app.model import App
from pytest_serverless.audits.finding import Finding
from pytest_serverless.audits.iam_grants import Grants
from pytest_serverless.audits.iam_patterns import Patterns, Request
from pytest_serverless.audits.iam_policy import Statement
from pytest_serverless.audits.iam_suggestions import allowing, as_text, narrowed, referring, widened
from pytest_serverless.audits.managed_policies import EXECUTION, managed_policy

__all__ = ["unused_grants"]

# What Lambda itself does with a role, which no call of the handler shows: by the kind of a trigger, and at all times.
_BY_TRIGGER = {
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"),
    "dynamodb": (
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListShards",
        "dynamodb:ListStreams",
    ),
    "kinesis": (
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
        "kinesis:ListStreams",
        "kinesis:SubscribeToShard",
    ),
    "msk": ("kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"),
}
_ALWAYS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "ec2:UnassignPrivateIpAddresses",
    "kms:Decrypt",  # asked for by the services whose data is encrypted
    "kms:GenerateDataKey",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)
_DELIVERIES = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
    "s3": "s3:PutObject",
}
_DESTINATIONS = ("DeadLetterConfig", "DeadLetterQueue", "DestinationConfig", "OnFailure", "OnSuccess")


def unused_grants(app: App, role: str, functions: str, grants: Grants, used: Sequence[Request]) -> Iterator[Finding]:
    """Yield what the role's own statements allow beyond what was used; `functions` are those that share the role."""
    asked = [*used, *_asked_by_lambda(app, role)]
    broad = {policy.managed for policy in app.policies if policy.principal == role and policy.managed}
    for statement in grants.identity:
        if statement.effect == "Allow" and not statement.excludes_actions and _is_own(statement, broad):
            finding = _unused(app, role, functions, statement, asked)
            if finding:
                yield finding
    for managed in sorted(broad):
        if managed_policy(managed) and not managed.endswith(EXECUTION):
            yield _too_broad(app, role, functions, managed, used)


def _is_own(statement: Statement, managed: Iterable[str]) -> bool:
    return all(each.rpartition("/")[2] != statement.policy for each in managed)


def _asked_by_lambda(app: App, role: str) -> Iterator[Request]:
    kinds = {trigger.kind for trigger in app.triggers if _role_of(app, trigger.function) == role}
    for action in (*_ALWAYS, *(action for kind in kinds for action in _BY_TRIGGER.get(kind, ()))):
        yield Request(action, None, {})
    settings = [*(each.properties for each in app.resources.values()), *(each.settings for each in app.triggers)]
    for arn in _arns(settings, inside=False):
        service = arn.split(":")[2]
        if service in _DELIVERIES:
            yield Request(_DELIVERIES[service], arn, {})


def _role_of(app: App, function: str) -> str:
    return app.functions[function].role if function in app.functions else ""


def _arns(value: Any, *, inside: bool) -> Iterator[str]:
    """Yield the ARNs to which Lambda delivers what failed, or the results."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _arns(inner, inside=inside or key in _DESTINATIONS)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _arns(inner, inside=inside)
    elif inside and isinstance(value, str) and value.startswith("arn:"):
        yield value


def _unused(app: App, role: str, functions: str, statement: Statement, asked: Sequence[Request]) -> Finding | None:
    matched = [request for request in asked if statement.matches(request) is not False]
    actions = _used_actions(statement, matched)
    resources = _used_resources(statement, matched)
    kept = statement.resources.texts if statement.resources and not statement.excludes_resources else ()
    if actions == statement.actions.texts and resources == kept:
        return None
    if not actions:
        message, change = f"nothing used what {statement.title} grants the role {role}", "Remove it:"
        text = as_text(referring(statement.source, app))
    else:
        message = (
            f"{statement.title} grants the role {role} more than was used: {_surplus(statement, actions, resources)}"
        )
        change = "Narrow it to:"
        text = as_text(narrowed(statement.source, actions, resources, app))
    return Finding(
        severity="warning",
        rule="permissions.unused",
        message=message,
        function=functions,
        suggestion=f"{change}\n{text}",
        origin=statement.origin,
    )


def _used_actions(statement: Statement, matched: Sequence[Request]) -> tuple[str, ...]:
    """Return the statement's actions that were used; in the place of a pattern, the actions that it stood for."""
    found: dict[str, None] = {}
    for text in statement.actions.texts:
        pattern = Patterns.of_actions(text)
        used = sorted({request.action for request in matched if pattern.has_action(request.action.lower())})
        found.update(dict.fromkeys(used if "*" in text or "?" in text else [text] if used else []))
    return tuple(found)


def _used_resources(statement: Statement, matched: Sequence[Request]) -> tuple[str, ...]:
    if statement.resources is None or statement.excludes_resources:
        return ()
    return tuple(
        text
        for text in statement.resources.texts
        if any(Patterns.of_resources(text).has_resource(request) is not False for request in matched)
    )


def _surplus(statement: Statement, actions: Sequence[str], resources: Sequence[str]) -> str:
    kept = statement.resources.texts if statement.resources and not statement.excludes_resources else ()
    unused = [text for text in (*statement.actions.texts, *kept) if text not in (*actions, *resources)]
    return ", ".join(unused)


def _too_broad(app: App, role: str, functions: str, managed: str, used: Sequence[Request]) -> Finding:
    """Tell of a managed policy, which cannot be narrowed, what would do in its place."""
    statements = managed_policy(managed) or ()
    needed = [request for request in used if any(each.matches(request) for each in statements)]
    groups: dict[tuple[str, str], list[Request]] = {}
    for request in needed:
        service = request.action.partition(":")[0]
        groups.setdefault((service, widened(request.resource or "*")), []).append(request)
    texts = [as_text(allowing(group, app)) for group in groups.values()]
    return Finding(
        severity="warning",
        rule="permissions.broad",
        message=f"the managed policy {managed.rpartition('/')[2]} grants the role {role} more than was used",
        function=functions,
        suggestion="\n".join(["Put in its place:", *texts]) if texts else "Detach it: nothing used it.",
    )
