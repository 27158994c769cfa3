"""What a message may contain: its body, its attributes, its size, its ids.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html (2026-11), and
recordings of the service for its words.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Any, Final

from pytest_serverless.backends.sqs.faults import SqsError, invalid_value, missing

__all__ = ["MOST_BYTES", "check_attributes", "check_body", "check_id", "check_size", "check_trace_header", "size_of"]

MOST_BYTES: Final = 1_048_576
"""How large a message can be, and all messages of a batch together; 262,144 until August 2025."""

_MOST_ATTRIBUTES: Final = 10
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ALLOWED: Final = "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")
_RESERVED: Final = re.compile(r"(aws|amazon)\.", re.IGNORECASE)
_ID: Final = re.compile(r"[!-~]{1,128}")
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def check_body(body: object) -> str:
    """Return the body, if it is one."""
    if not isinstance(body, str) or not body:
        raise missing("MessageBody")
    if not (body.isascii() and body.isprintable()) and _FORBIDDEN.search(body):
        raise SqsError("InvalidMessageContents", f"Invalid characters found. Valid unicode characters are {_ALLOWED}")
    return body


def check_size(size: int, most: int) -> None:
    """Refuse a message that is too large for its queue."""
    if size > most:
        raise _invalid(f"One or more parameters are invalid. Reason: Message must be shorter than {most} bytes.")


def size_of(body: str, attributes: Mapping[str, Mapping[str, Any]] | None) -> int:
    """Return how many bytes a message counts: its body, and the names, types and values of its attributes."""
    size = len(body) if body.isascii() else len(body.encode())
    if not attributes:
        return size
    for name, attribute in attributes.items():
        size += len(name.encode()) + len(str(attribute.get("DataType", "")).encode())
        size += len(str(attribute.get("StringValue") or "").encode()) + len(_binary(attribute))
    return size


def check_id(value: str | None, parameter: str) -> None:
    """Refuse an id that a group or a message cannot have."""
    if value is not None and not _ID.fullmatch(value):
        reason = f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
        raise invalid_value(value, parameter, reason)


def check_attributes(attributes: Mapping[str, Mapping[str, Any]] | None) -> None:
    """Refuse message attributes that the service does not take."""
    if not attributes:
        return
    if len(attributes) > _MOST_ATTRIBUTES:
        raise _invalid(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{_MOST_ATTRIBUTES}]."
        )
    for name, attribute in attributes.items():
        _check_name(name)
        _check_type(name, attribute)
        _check_value(name, attribute)


def check_trace_header(attributes: Mapping[str, Mapping[str, Any]] | None) -> str | None:
    """Return the value of AWSTraceHeader, the one system attribute that can be sent."""
    for name, attribute in (attributes or {}).items():
        if name != "AWSTraceHeader":
            raise _invalid(f"Message system attribute name '{name}' is invalid.")
        if attribute.get("DataType") != "String" or not attribute.get("StringValue"):
            raise _invalid(f"Message system attribute '{name}' must contain a non-empty value of type 'String'.")
    return attributes["AWSTraceHeader"]["StringValue"] if attributes else None


def _check_name(name: str) -> None:
    if not name:
        raise _invalid("The request must contain non-empty message (user) attribute names.")
    if len(name.encode()) > 256:
        raise _invalid("Message (user) attribute name must be shorter than 256 bytes.")
    if _RESERVED.match(name):
        raise _invalid(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. "
            "These strings are reserved for internal use."
        )
    if not _NAME.fullmatch(name) or name[0] == "." or name[-1] == "." or ".." in name:
        raise _invalid(
            f"The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, "
            "underscore (_), hyphen (-), and period (.) characters, and cannot start or end with a period, "
            "or have two in succession."
        )


def _check_type(name: str, attribute: Mapping[str, Any]) -> None:
    kind = attribute.get("DataType")
    if not kind:
        raise _invalid(f"The message (user) attribute '{name}' must contain a non-empty message attribute value.")
    if attribute.get("StringListValues") or attribute.get("BinaryListValues"):
        raise SqsError(
            "UnsupportedOperation", "Message attribute list values in SendMessage operation are not supported."
        )
    if len(kind.encode()) > 256:
        raise _invalid("Message (user) attribute type must be shorter than 256 bytes.")
    if kind.partition(".")[0] not in {"String", "Number", "Binary"}:
        raise _invalid(
            f"The type of message (user) attribute '{name}' is invalid. "
            "You must use only the following supported type prefixes: Binary, Number, String."
        )


def _check_value(name: str, attribute: Mapping[str, Any]) -> None:
    kind = attribute["DataType"].partition(".")[0]
    value = attribute.get("BinaryValue" if kind == "Binary" else "StringValue")
    if not value:
        raise _invalid(
            f"Message (user) attribute '{name}' must contain a non-empty value of type '{attribute['DataType']}'."
        )
    if kind == "String" and _FORBIDDEN.search(value):
        raise _invalid(f"Invalid characters found. Valid unicode characters are {_ALLOWED}")
    if kind == "Number" and not _NUMBER.fullmatch(value):
        raise _invalid(f"Can't cast the value of message (user) attribute '{name}' to a number.")
    if kind == "Binary":
        _binary(attribute)


def _binary(attribute: Mapping[str, Any]) -> bytes:
    try:
        return b64decode(attribute.get("BinaryValue") or "", validate=True)
    except (Base64Error, ValueError):
        raise SqsError("SerializationException", "BinaryValue is not valid base64") from None


def _invalid(message: str) -> SqsError:
    return SqsError("InvalidParameterValueException", message)
