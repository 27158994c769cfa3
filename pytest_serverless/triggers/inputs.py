"""What a target of an EventBridge rule receives: the event, a part of it, a constant, or a template filled in.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html (2026-11). What is
refused, and in which words, was measured of PutTargets or is recorded in LocalStack's validated tests, as is that a
variable whose path is not there is an empty text, with or without quotes around it.

In a template, a variable between quotes becomes its text as it is: nothing is escaped, and an object or array loses its
quotes. Outside of quotes it becomes JSON. Not known, and chosen here: null is null, or its four letters in a text; an
InputPath that is not there makes null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from pytest_serverless.errors import InvalidParameterError, shorten
from pytest_serverless.triggers.json_paths import MISSING, JsonPathError, extract, parse

__all__ = ["NotJson", "check_target_input", "target_input"]

_WAYS = ("Input", "InputPath", "InputTransformer")
_LIMITS = {"Input": 8_192, "InputPath": 256, "InputTemplate": 8_192}
_TOKEN = re.compile(r'<([A-Za-z0-9_.-]+)>|\\.|"', re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
_EVENT = "aws.events.event"
_EVENT_JSON = "aws.events.event.json"
_TEXTS = ("aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time")
_ENVELOPE = {"id": "id", "account": "account", "detail-type": "detailType", "time": "time", "source": "source"}
_ENVELOPE |= {"region": "region", "resources": "resources", "version": "version"}
_DECODER = json.JSONDecoder()


class NotJson(str):
    """A filled-in template that is not one JSON value.

    Queues, topics and log groups get it as it stands; a function or state machine cannot be given it: the delivery
    fails with `INVALID_JSON`.
    """

    __slots__ = ()


def target_input(
    target: Mapping[str, Any],
    event: Mapping[str, Any],
    *,
    rule_arn: str,
    rule_name: str,
    ingestion_time: str,
) -> Any:
    """Return what a target is sent for an event: a JSON value, or `NotJson` text.

    `target` is as `PutTargets` takes it, `ingestion_time` when the bus received the event, as ISO 8601 text. What the
    service refuses of the target raises `InvalidParameterError` in its words.
    """
    check_target_input(target)
    if (constant := target.get("Input")) is not None:
        return json.loads(constant)
    if (path := target.get("InputPath")) is not None:
        found = extract(event, path)
        return None if found is MISSING else found
    transformer = target.get("InputTransformer")
    if transformer is None:
        return event
    values = {name: extract(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    values |= dict(zip(_TEXTS, (rule_arn, rule_name, ingestion_time), strict=True))
    values |= {_EVENT: _envelope(event), _EVENT_JSON: event}
    return _read(_fill(transformer["InputTemplate"], values))


def check_target_input(target: Mapping[str, Any]) -> None:
    """Refuse what `PutTargets` refuses of a target's input."""
    name = target.get("Id", "")
    given = [way for way in _WAYS if target.get(way) is not None]
    if len(given) > 1:
        raise InvalidParameterError(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {name}. "
            f"It has {' and '.join(given)}."
        )
    for way in given:
        _CHECKS[way](target[way], name)


def _check_constant(text: str, target: str) -> None:
    _check_length("Input", text)
    try:
        json.loads(text)
    except ValueError as error:
        raise InvalidParameterError(
            f"JSON syntax error in input for target {target}. {error}: {shorten(text)}"
        ) from None


def _check_path(path: str, target: str) -> None:
    _check_length("InputPath", path)
    try:
        parse(path)
    except JsonPathError as error:
        raise InvalidParameterError(f"InputPath for target {target} is invalid. In {path!r}, {error}.") from None


def _check_transformer(transformer: Mapping[str, Any], target: str) -> None:
    paths, template = transformer.get("InputPathsMap") or {}, transformer.get("InputTemplate") or ""
    _check_length("InputTemplate", template)
    if len(paths) > 100:
        raise InvalidParameterError(
            f"1 validation error detected: Value at 'inputTransformer.inputPathsMap' failed to satisfy constraint: "
            f"Member must have length less than or equal to 100. It has {len(paths)}."
        )
    for name, path in paths.items():
        if not _NAME.fullmatch(name):
            raise InvalidParameterError(
                "1 validation error detected: Value at 'inputTransformer.inputPathsMap' failed to satisfy constraint: "
                f"Map keys must satisfy constraint: [A-Za-z0-9\\_\\-]+, 1 to 256 characters. {name!r} does not."
            )
        _check_path(path, target)
    _check_template(template, frozenset(paths), target)


@lru_cache(maxsize=512)
def _check_template(template: str, names: frozenset[str], target: str) -> None:
    if not template:
        raise InvalidParameterError(f"Invalid InputTemplate for target {target}. It is empty.")
    is_object = template.lstrip().startswith("{")
    for token, name, _ in _tokens(template):
        if not name:
            continue
        if name not in names and name not in (*_TEXTS, _EVENT, _EVENT_JSON):
            raise InvalidParameterError(
                f"InputTemplate for target {target} contains invalid placeholder {name}. Add it to InputPathsMap, "
                f"or take {token} out of the template."
            )
        if name in (_EVENT, _EVENT_JSON) and not is_object:
            raise InvalidParameterError(
                f"InputTemplate for target {target} contains placeholder {name} valid only for JSON template. "
                f'Make it the value of a field, without quotes: {{"event": {token}}}.'
            )
    _check_syntax(template, target)


def _check_syntax(template: str, target: str) -> None:
    """See that the template is JSON, or several lines of it, wherever its variables stand."""
    text = "".join(token if not name else "" if quoted else "null" for token, name, quoted in _tokens(template)).strip()
    position = 0
    while position < len(text):
        try:
            _, position = _DECODER.raw_decode(text, position)
        except ValueError as error:
            raise InvalidParameterError(
                f"Invalid InputTemplate for target {target}. It is neither JSON nor a text in quotes: {error} of "
                f"{shorten(text)} (variables that are values are shown as null)."
            ) from None
        position += len(text) - position - len(text[position:].lstrip())


def _check_length(what: str, text: str) -> None:
    if len(text) > _LIMITS[what]:
        place = what[0].lower() + what[1:]
        raise InvalidParameterError(
            f"1 validation error detected: Value at '{place}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_LIMITS[what]}. It has {len(text)}."
        )


_CHECKS: Mapping[str, Any] = {
    "Input": _check_constant,
    "InputPath": _check_path,
    "InputTransformer": _check_transformer,
}


def _tokens(template: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the pieces of a template: the text, the variable's name (or ""), and whether it stands between quotes."""
    position, quoted = 0, False
    for match in _TOKEN.finditer(template):
        yield template[position : match.start()], "", quoted
        yield match[0], match[1] or "", quoted
        quoted = quoted != (match[0] == '"')
        position = match.end()
    yield template[position:], "", quoted


def _fill(template: str, values: Mapping[str, Any]) -> str:
    return "".join(
        token if not name else _text(values[name]) if quoted else _json(values[name])
        for token, name, quoted in _tokens(template)
    )


def _text(value: Any) -> str:
    """Return what a value is between quotes: never escaped, and without quotes of its own."""
    if value is MISSING:
        return ""
    return value if isinstance(value, str) else _json(value).replace('"', "")


def _json(value: Any) -> str:
    return '""' if value is MISSING else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return NotJson(text)


def _envelope(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event without its detail, under the names and in the order the service was recorded to give."""
    return {name: event[key] for key, name in _ENVELOPE.items() if key in event}
