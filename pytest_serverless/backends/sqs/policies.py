"""The policies among a queue's attributes: who may use it, and which queues may send it their dead letters.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html (2026-11), and
recordings of the service for its words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pytest_serverless.backends.sqs.faults import SqsError, invalid_value

__all__ = ["allows_source", "check_policy", "check_redrive_allow_policy", "redrive_of"]

_MOST_STATEMENTS: Final = 20
_MOST_SOURCES: Final = 10
_PERMISSIONS: Final = ("allowAll", "denyAll", "byQueue")
_VERSIONS: Final = ("2008-10-17", "2012-10-17")
_REDRIVE: Final = ("maxReceiveCount", "deadLetterTargetArn")
_ARN_PARTS: Final = 6


def check_policy(text: str) -> None:
    """Refuse an access policy that is not one."""
    policy = _object(text)
    statements = policy.get("Statement") if policy else None
    if policy is None or not statements or not set(policy) <= {"Version", "Id", "Statement"}:
        raise _malformed("Policy")
    if policy.get("Version", "2008-10-17") not in _VERSIONS:
        raise _malformed("Policy")
    count = len(statements) if isinstance(statements, list) else 1
    if count > _MOST_STATEMENTS:
        message = f"{count} statements were found in the submitted policy, max allowed is {_MOST_STATEMENTS}"
        raise SqsError("OverLimit", message)


def check_redrive_allow_policy(text: str) -> None:
    """Refuse a RedriveAllowPolicy that is not one."""
    prefix = "Amazon SQS can't create the redrive allow policy"
    policy = _object(text)
    sources = policy.get("sourceQueueArns", []) if policy else []
    if (
        policy is None
        or policy.get("redrivePermission") not in _PERMISSIONS
        or not set(policy) <= {"redrivePermission", "sourceQueueArns"}
        or not isinstance(sources, list)
        or not all(isinstance(source, str) for source in sources)
    ):
        raise _malformed("RedriveAllowPolicy", f"{prefix}, as it’s in an unsupported format.")
    by_queue = policy["redrivePermission"] == "byQueue"
    if by_queue and not sources:
        reason = (
            "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values."
        )
    elif sources and not by_queue:
        reason = "To specify one or more source queue ARNs, you must set redrivePermission to byQueue."
    elif len(sources) > _MOST_SOURCES:
        reason = f"The maximum number of source queue ARNs you can specify is {_MOST_SOURCES}."
    else:
        return
    raise invalid_value(text, "RedriveAllowPolicy", f"{prefix}. {reason}")


def redrive_of(text: str, source_arn: str) -> str:
    """Return the ARN of the dead-letter queue that a RedrivePolicy names, if it can be one for that queue."""
    policy = _object(text)
    if policy is None:
        raise _malformed("RedrivePolicy", "Redrive policy is not a valid JSON map.")
    for name in _REDRIVE:
        if name not in policy:
            reason = f"Redrive policy does not contain mandatory attribute: {name}."
            raise invalid_value(text, "RedrivePolicy", reason)
    if set(policy) - set(_REDRIVE):
        reason = f"Only following attributes are supported: [{', '.join(_REDRIVE)}]."
        raise invalid_value(text, "RedrivePolicy", reason)
    _check_count(text, policy["maxReceiveCount"])
    target = str(policy["deadLetterTargetArn"])
    _check_target(text, target.split(":"), source_arn.split(":"))
    return target


def allows_source(redrive_allow_policy: str | None, source_arn: str) -> bool:
    """Tell whether a queue lets another use it as its dead-letter queue."""
    if not redrive_allow_policy:
        return True
    policy: Mapping[str, Any] = json.loads(redrive_allow_policy)
    permission = policy["redrivePermission"]
    return permission == "allowAll" or (permission == "byQueue" and source_arn in policy["sourceQueueArns"])


def _check_count(text: str, count: object) -> None:
    whole = str(count).isascii() and str(count).isdigit()
    if not whole or not 1 <= int(str(count)) <= 1000:
        reason = f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."
        raise invalid_value(text, "RedrivePolicy", reason)


def _check_target(text: str, target: list[str], source: list[str]) -> None:
    if len(target) != _ARN_PARTS or target[0] != "arn":
        reason = "Invalid value for deadLetterTargetArn."
    elif target[2] != "sqs":
        reason = "Only SQS queues are valid resources for deadLetterTargetArn."
    elif target[4] != source[4]:
        reason = "Dead-letter target owner should be same as the source."
    elif target[3] != source[3]:
        reason = "Dead-letter target must be in same region as the source."
    elif target[5].endswith(".fifo") != source[5].endswith(".fifo"):
        reason = "Dead-letter queue must be same type of queue as the source."
    else:
        return
    raise invalid_value(text, "RedrivePolicy", reason)


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _malformed(name: str, reason: str = "") -> SqsError:
    suffix = f" Reason: {reason}" if reason else ""
    return SqsError("InvalidAttributeValue", f"Invalid value for the parameter {name}.{suffix}")
