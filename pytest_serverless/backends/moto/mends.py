"""What moto's mocks drop, or refuse, of that which says who listens to what; and of uploads, their content.

moto takes these calls and answers them; what AWS would have kept of them, and moto does not, is added here. Each has a
test through boto3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_serverless.backends.moto import readings
from pytest_serverless.backends.moto.feed import Patch
from pytest_serverless.clock import SYSTEM, Clock

__all__ = ["mends"]


def mends(clock: Clock = SYSTEM) -> list[Patch]:
    """Return the replacements; `clock` tells when a rule was made."""
    return [
        ("moto.s3.responses", "S3Response.setup_class", _uploads_are_no_forms),
        ("moto.s3.responses", "S3Response.get_bucket_notification", _whole_notifications),
        ("moto.s3.responses", "S3Response._notification_config_from_body", _filters_as_s3_takes_them),
        ("moto.sns.models", "SNSBackend._validate_filter_policy", _policies_with_addresses),
        ("moto.sns.models", "SNSBackend.set_subscription_attributes", _replay_policies),
        ("moto.sns.responses", "SNSResponse.subscribe", _all_or_nothing),
        ("moto.events.models", "EventsBackend.put_rule", lambda original: _dated(original, clock)),
        ("moto.scheduler.models", "EventBridgeSchedulerBackend.create_schedule", _in_a_group),
        ("moto.scheduler.responses", "EventBridgeSchedulerResponse.update_schedule", _whole_update),
        ("moto.logs.models", "LogsBackend.put_subscription_filter", _any_destination),
    ]


def _uploads_are_no_forms(original: Callable[..., None]) -> Callable[..., None]:
    """Take what is put as it is sent, by curl and urllib as a form: moto reads it as one, and keeps an empty object."""

    def setup_class(self: Any, request: Any, *args: Any, **options: Any) -> None:
        said = request.environ.get("CONTENT_TYPE", "")
        if request.method != "PUT" or not said.startswith("application/x-www-form-urlencoded"):
            original(self, request, *args, **options)
            return
        request.environ["CONTENT_TYPE"] = ""
        try:
            original(self, request, *args, **options)
        finally:
            request.environ["CONTENT_TYPE"] = said

    return setup_class


def _whole_notifications(original: Callable[..., Any]) -> Callable[..., Any]:
    """Answer with `EventBridgeConfiguration`, too."""

    def get_bucket_notification(self: Any) -> Any:
        configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if configuration is None or configuration.event_bridge is None:
            return original(self)
        from moto.core.responses import ActionResult

        self.data["Action"] = "GetBucketNotificationConfiguration"
        return self.serialized(ActionResult(readings.notifications(configuration)))

    return get_bucket_notification


def _filters_as_s3_takes_them(original: Callable[..., Any]) -> Callable[..., Any]:
    """Take `Prefix` for `prefix`, and an empty value for what matches every key; moto fails on both."""

    def _notification_config_from_body(self: Any) -> Any:
        given, self.body = self.body, _without_empty_rules(self.body)
        try:
            return original(self)
        finally:
            self.body = given

    return _notification_config_from_body


def _without_empty_rules(body: Any) -> str:
    from xml.etree import ElementTree as ET

    root = ET.fromstring(body)  # noqa: S314  botocore wrote it
    space = root.tag[: root.tag.index("}") + 1] if root.tag.startswith("{") else ""
    for entry in root:
        for key in entry.iter(f"{space}S3Key"):
            _tidy(key, space)
        for empty in [one for one in entry.findall(f"{space}Filter") if not one.findall(f".//{space}FilterRule")]:
            entry.remove(empty)
    return ET.tostring(root, encoding="unicode", default_namespace=space[1:-1] or None)


def _tidy(key: Any, space: str) -> None:
    for rule in key.findall(f"{space}FilterRule"):
        name = rule.find(f"{space}Name")
        name.text = name.text.lower()
        if not rule.findtext(f"{space}Value"):
            key.remove(rule)


def _policies_with_addresses(original: Callable[..., None]) -> Callable[..., None]:
    """Let `cidr` pass, which SNS has and moto does not know.

    Source: https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html, "IP address matching" (2026-11).
    """

    def _validate_filter_policy(self: Any, value: Any, scope: str | None) -> None:
        original(self, _without_addresses(value), scope=scope)

    return _validate_filter_policy


def _without_addresses(policy: Any) -> Any:
    if isinstance(policy, list):
        return [_without_addresses(one) for one in policy]
    if not isinstance(policy, dict):
        return policy
    if list(policy) == ["cidr"] and isinstance(policy["cidr"], str):
        return {"prefix": policy["cidr"]}
    return {name: _without_addresses(value) for name, value in policy.items()}


def _replay_policies(original: Callable[..., None]) -> Callable[..., None]:
    """Keep the `ReplayPolicy` of a FIFO topic's subscription, which moto does not know; nothing is replayed."""

    def set_subscription_attributes(self: Any, arn: str, name: str, value: Any) -> None:
        if name == "ReplayPolicy" and arn in self.subscriptions:
            self.subscriptions[arn].attributes[name] = value
        else:
            original(self, arn, name, value)

    return set_subscription_attributes


def _all_or_nothing(original: Callable[..., Any]) -> Callable[..., Any]:
    """Leave no subscription behind where its attributes were refused."""

    def subscribe(self: Any) -> Any:
        before = set(self.backend.subscriptions)
        try:
            return original(self)
        except Exception:
            for arn in set(self.backend.subscriptions) - before:
                del self.backend.subscriptions[arn]
            raise

    return subscribe


def _dated(original: Callable[..., Any], clock: Clock) -> Callable[..., Any]:
    """Remember when a rule was put: a rate is counted from then."""

    def put_rule(self: Any, *args: Any, **options: Any) -> Any:
        rule = original(self, *args, **options)
        rule.made_at = clock.now()
        return rule

    return put_rule


def _in_a_group(original: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a group that does not exist; moto fails on it."""

    def create_schedule(self: Any, **given: Any) -> Any:
        self.get_schedule_group(given["group_name"])
        return original(self, **given)

    return create_schedule


def _whole_update(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replace the state and what follows completion, too: what an update leaves out is its default again.

    Source: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html (2026-11).
    """

    def update_schedule(self: Any) -> Any:
        answer = original(self)
        name = self.uri.split("?")[0].split("/")[-1]
        schedule = self.scheduler_backend.get_schedule(self._get_param("GroupName"), name)
        schedule.state = self._get_param("State") or "ENABLED"
        schedule.action_after_completion = self._get_param("ActionAfterCompletion") or "NONE"
        return answer

    return update_schedule


def _any_destination(original: Callable[..., None]) -> Callable[..., None]:
    """Take a filter for any function or stream: moto would ask its own Lambda, which need not hold the application's.

    A filter that is there already is replaced, even where the group has its two.
    """

    def put_subscription_filter(
        self: Any, log_group_name: str, filter_name: str, filter_pattern: str, destination_arn: str, role_arn: str
    ) -> None:
        group = self.groups.get(log_group_name)
        if group is None:
            original(self, log_group_name, filter_name, filter_pattern, destination_arn, role_arn)  # which refuses
            return
        held = group.subscription_filters
        if filter_name in held:
            held[filter_name].update(filter_pattern, destination_arn, role_arn)
        else:
            group.put_subscription_filter(filter_name, filter_pattern, destination_arn, role_arn)

    return put_subscription_filter
