"""The query protocol that older clients of SQS speak: forms with dotted names, and XML.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
(2026-11), and the models of clients from before November 2023.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from pytest_serverless.backends.sqs.faults import SqsError

__all__ = ["CONTENT_TYPE", "answer", "form_of", "parameters_of", "refusal"]

CONTENT_TYPE = "text/xml"

_NAMESPACE: Final = "http://queue.amazonaws.com/doc/2012-11-05/"
_LISTS: Final = {
    "AttributeName": "AttributeNames",
    "MessageAttributeName": "MessageAttributeNames",
    "MessageSystemAttributeName": "MessageSystemAttributeNames",
    "AWSAccountId": "AWSAccountIds",
    "ActionName": "Actions",
    "TagKey": "TagKeys",
    "SendMessageBatchRequestEntry": "Entries",
    "DeleteMessageBatchRequestEntry": "Entries",
    "ChangeMessageVisibilityBatchRequestEntry": "Entries",
}
_MAPS: Final = {
    "Attribute": ("Attributes", "Name"),
    "MessageAttribute": ("MessageAttributes", "Name"),
    "MessageSystemAttribute": ("MessageSystemAttributes", "Name"),
    "Tag": ("Tags", "Key"),
}
_INTEGERS: Final = {
    "DelaySeconds",
    "MaxNumberOfMessages",
    "MaxNumberOfMessagesPerSecond",
    "MaxResults",
    "VisibilityTimeout",
    "WaitTimeSeconds",
}
_SHOWN_LISTS: Final = {
    "QueueUrls": "QueueUrl",
    "queueUrls": "QueueUrl",
    "Messages": "Message",
    "Successful": "{}ResultEntry",
    "Failed": "BatchResultErrorEntry",
    "Results": "{}ResultEntry",
}
_SHOWN_MAPS: Final = {name: (element, key) for element, (name, key) in _MAPS.items()}
_HEADLESS: Final = {
    "AddPermission",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "DeleteQueue",
    "PurgeQueue",
    "RemovePermission",
    "SetQueueAttributes",
    "TagQueue",
    "UntagQueue",
}
"""The operations without a result."""


def form_of(query: str, body: bytes) -> dict[str, str]:
    """Return the fields of a request, wherever they stand."""
    text = "&".join(filter(None, (query, body.decode("utf-8", "replace"))))
    return dict(parse_qsl(text, keep_blank_values=True))


def parameters_of(form: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters of a form as the JSON protocol has them."""
    tree: dict[str, Any] = {}
    for name, value in form.items():
        *path, last = name.split(".")
        branch = tree
        for step in path:
            branch = branch.setdefault(step, {})
            if not isinstance(branch, dict):
                raise SqsError("MalformedQueryString", f"The parameter {name} contradicts another.")
        branch[last] = value
    return _read(tree)


def answer(operation: str, result: Mapping[str, Any], request_id: str) -> bytes:
    """Return the body for a result."""
    inner = "".join(_show(operation, result))
    shown = "" if operation in _HEADLESS else f"<{operation}Result>{inner}</{operation}Result>"
    metadata = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    return _document(f'<{operation}Response xmlns="{_NAMESPACE}">{shown}{metadata}</{operation}Response>')


def refusal(error: SqsError, request_id: str) -> bytes:
    """Return the body for an error."""
    said = f"<Type>Sender</Type><Code>{error.code}</Code><Message>{_text(error.legacy_message)}</Message><Detail/>"
    return _document(
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error>{said}</Error><RequestId>{request_id}</RequestId></ErrorResponse>'
    )


def _read(tree: Mapping[str, Any]) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    for name, value in tree.items():
        if name in _LISTS and isinstance(value, dict):
            parameters[_LISTS[name]] = [_read(item) if isinstance(item, dict) else item for item in _in_order(value)]
        elif name in _MAPS and isinstance(value, dict):
            plural, key = _MAPS[name]
            parameters[plural] = {item.get(key, ""): _value(item.get("Value", "")) for item in _in_order(value)}
        else:
            parameters[name] = _integer(name, value) if name in _INTEGERS else value
    return parameters


def _value(value: Any) -> Any:
    return _read(value) if isinstance(value, dict) else value


def _in_order(numbered: Mapping[str, Any]) -> list[Any]:
    if not all(number.isdigit() for number in numbered):
        raise SqsError("MalformedQueryString", "The items of a list must be numbered.")
    return [numbered[number] for number in sorted(numbered, key=int)]


def _integer(name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise SqsError("MalformedInput", f"The parameter {name} must be an integer.") from None


def _show(operation: str, values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if name in _SHOWN_LISTS:
            element = _SHOWN_LISTS[name].format(operation)
            yield from (_element(operation, element, item) for item in value)
        elif name in _SHOWN_MAPS:
            element, key = _SHOWN_MAPS[name]
            yield from (_element(operation, element, {key: item, "Value": value[item]}) for item in value)
        else:
            yield _element(operation, name, value)


def _element(operation: str, name: str, value: Any) -> str:
    inner = "".join(_show(operation, value)) if isinstance(value, Mapping) else _text(value)
    return f"<{name}>{inner}</{name}>"


def _text(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return escape(text, {"\r": "&#13;"})


def _document(root: str) -> bytes:
    return f'<?xml version="1.0"?>{root}'.encode()
