"""The errors that SQS answers with, in both of its protocols.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html, the `Errors` of each
operation's page, and recordings of the service for the codes (2026-11).
"""

from __future__ import annotations

from typing import Final

__all__ = ["SqsError", "invalid_value", "missing", "unknown_queue"]

_LEGACY: Final = {
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "InvalidParameterValueException": "InvalidParameterValue",
    "MissingRequiredParameterException": "MissingParameter",
} | {
    name: f"AWS.SimpleQueueService.{name}"
    for name in (
        "BatchEntryIdsNotDistinct",
        "BatchRequestTooLong",
        "EmptyBatchRequest",
        "InvalidBatchEntryId",
        "PurgeQueueInProgress",
        "QueueDeletedRecently",
        "TooManyEntriesInBatchRequest",
        "UnsupportedOperation",
    )
}
_STATUS: Final = {
    "InvalidAddress": 404,
    "OverLimit": 403,
    "PurgeQueueInProgress": 403,
    "ResourceNotFoundException": 404,
}


class SqsError(Exception):
    """An error of the service.

    `type` is its name in the JSON protocol, `code` the one that the older query protocol had and that botocore shows;
    `legacy_message` is what the query protocol says where that differs.
    """

    def __init__(self, type: str, message: str, *, legacy_message: str | None = None) -> None:  # noqa: A002  # the wire's word
        self.type = type
        self.code = _LEGACY.get(type, type)
        self.status = _STATUS.get(type, 400)
        self.message = message
        self.legacy_message = legacy_message or message
        super().__init__(message)


def invalid_value(value: object, parameter: str, reason: str) -> SqsError:
    """Return the error for a parameter's value, in the service's words."""
    message = f"Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    return SqsError("InvalidParameterValueException", message)


def missing(parameter: str) -> SqsError:
    """Return the error for a parameter that is not there."""
    message = f"The request must contain the parameter {parameter}."
    return SqsError("MissingRequiredParameterException", message)


def unknown_queue() -> SqsError:
    """Return the error for a queue that does not exist."""
    message = "The specified queue does not exist."
    return SqsError("QueueDoesNotExist", message, legacy_message=f"{message[:-1]} for this wsdl version.")
