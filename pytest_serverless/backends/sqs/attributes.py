"""The attributes of a queue: which there are, what they may be, and what they are unless given.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html,
…/API_SetQueueAttributes.html and …/API_GetQueueAttributes.html (2026-11), and recordings of the service for its words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from pytest_serverless.backends.sqs.contents import MOST_BYTES
from pytest_serverless.backends.sqs.faults import SqsError
from pytest_serverless.backends.sqs.policies import check_policy, check_redrive_allow_policy

__all__ = ["KNOWN", "check", "check_names", "completed", "defaults"]

_RANGES: Final = {
    "DelaySeconds": (0, 900),
    "MaximumMessageSize": (1024, MOST_BYTES),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}
_CHOICES: Final = {
    "SqsManagedSseEnabled": ("true", "false"),
    "ContentBasedDeduplication": ("true", "false"),
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
_FREE: Final = ("KmsMasterKeyId", "RedrivePolicy")  # a redrive policy is judged where the other queue is known
_JSON: Final[Mapping[str, Callable[[str], None]]] = {
    "Policy": check_policy,
    "RedriveAllowPolicy": check_redrive_allow_policy,
}
_COUNTED: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
)
_SETTABLE: Final = {*_RANGES, *_CHOICES, *_FREE, *_JSON, "FifoQueue"}
_HIGH_THROUGHPUT: Final = ("DeduplicationScope", "FifoThroughputLimit")
_ERASED_BY_EMPTINESS: Final = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId")
_INTEGER: Final = re.compile(r"-?\d+")

KNOWN: Final = {*_SETTABLE, *_COUNTED}
"""Every attribute that a queue can be asked for."""


def defaults(*, fifo: bool) -> dict[str, str]:
    """Return the attributes that a new queue has."""
    common = {
        "VisibilityTimeout": "30",
        "MaximumMessageSize": str(MOST_BYTES),
        "MessageRetentionPeriod": "345600",
        "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
    }
    if not fifo:
        return common
    return {
        **common,
        "FifoQueue": "true",
        "ContentBasedDeduplication": "false",
        "DeduplicationScope": "queue",
        "FifoThroughputLimit": "perQueue",
    }


def check(given: Mapping[str, str], *, fifo: bool, present: Mapping[str, str]) -> None:
    """Refuse attributes that a queue cannot be given; `present` are those it has, none where it is created."""
    for name, value in given.items():
        _check_name(name, fifo=fifo)
        if value or name not in _ERASED_BY_EMPTINESS:
            _check_value(name, value, fifo=fifo)
    _check_throughput({**present, **given})
    encrypted_by_key = given.get("KmsMasterKeyId", present.get("KmsMasterKeyId"))
    if given.get("SqsManagedSseEnabled") == "true" and encrypted_by_key:
        raise SqsError(
            "InvalidAttributeName",
            "You can use one type of server-side encryption (SSE) at one time. "
            "You can either enable KMS SSE or SQS SSE.",
        )


def check_names(names: Iterable[str]) -> None:
    """Refuse names of attributes that do not exist."""
    for name in names:
        if name not in KNOWN and name != "All":
            raise SqsError("InvalidAttributeName", f"Unknown Attribute {name}.")


def completed(present: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes of a queue that is given others; an empty one is taken away."""
    result = {**present, **given}
    for name in _ERASED_BY_EMPTINESS:
        if name in result and not result[name]:
            del result[name]
    if result.get("KmsMasterKeyId"):
        result["SqsManagedSseEnabled"] = "false"
        result.setdefault("KmsDataKeyReusePeriodSeconds", "300")
    return result


def _check_name(name: str, *, fifo: bool) -> None:
    if name in _HIGH_THROUGHPUT and not fifo:
        raise SqsError("InvalidAttributeName", f"You can specify the {name} only when FifoQueue is set to true.")
    if name not in _SETTABLE or (name in {"FifoQueue", "ContentBasedDeduplication"} and not fifo):
        raise SqsError("InvalidAttributeName", f"Unknown Attribute {name}.")


def _check_value(name: str, value: str, *, fifo: bool) -> None:
    if name == "FifoQueue" and value != "true" and fifo:
        raise _invalid(name, " Reason: Modifying queue type is not supported.")
    if name in _RANGES:
        low, high = _RANGES[name]
        if not _INTEGER.fullmatch(value) or not low <= int(value) <= high:
            raise _invalid(name)
    elif name in _CHOICES and value not in _CHOICES[name]:
        raise _invalid(name)
    elif name in _JSON:
        _JSON[name](value)


def _check_throughput(attributes: Mapping[str, str]) -> None:
    """Refuse the combination that the documentation rules out; the words are ours."""
    by_group = attributes.get("FifoThroughputLimit") == "perMessageGroupId"
    if by_group and attributes.get("DeduplicationScope") != "messageGroup":
        reason = "perMessageGroupId is allowed only when the value for DeduplicationScope is messageGroup."
        raise _invalid("FifoThroughputLimit", f" Reason: {reason}")


def _invalid(name: str, reason: str = "") -> SqsError:
    return SqsError("InvalidAttributeValue", f"Invalid value for the parameter {name}.{reason}")
