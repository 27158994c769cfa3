"""The form in which the Functions host hands values to a language worker: one kind, and the value of that kind.

`{"string": "…"}`, `{"json": "…"}` (JSON as text), `{"bytes": "…"}` (base64) or `{"http": {…}}`: the JSON mapping of
`TypedData` in https://github.com/Azure/azure-functions-language-worker-protobuf/blob/main/src/proto/FunctionRpc.proto
(2026-11). Which kind it is follows from the host's `GrpcMessageConversionExtensions`: text is `string`, binary is
`bytes`, anything else `json`; numbers, dates and booleans too. The Python worker refuses `int` and `double`.
"""

from __future__ import annotations

import json
from typing import Any

from pytest_serverless.events.shape import Either, Node, Object, Value, field, obj
from pytest_serverless.events.values import BASE64, TEXT, pattern

__all__ = ["DATUM", "STRING", "datum", "json_or_string", "json_text"]


def datum(kind: str, node: Node) -> Object:
    """Return the node of one value of that kind."""
    return obj(field(kind, node))


def _is_json(found: Any) -> bool:
    if not isinstance(found, str):
        return False
    json.loads(found)  # ValueError, taken as no, where it is none
    return True


JSON_TEXT = Value("json-text", "JSON as text", _is_json, lambda _: "null", json.dumps)
STRING = datum("string", TEXT)

_KINDS: dict[str, Object] = {"string": STRING, "bytes": datum("bytes", BASE64), "json": datum("json", JSON_TEXT)}


def _kind_of(found: Any) -> Node:
    return next((node for kind, node in _KINDS.items() if isinstance(found, dict) and kind in found), STRING)


DATUM = Either(_kind_of, "a value as string, bytes or json")
"""Any value that a trigger's metadata may have."""


def json_text(rule: str, expected: str, regex: str, mint: Any) -> Value:
    """Return the node of a number or a time, written as JSON and sent as text."""
    return pattern(rule, f"{expected}, as JSON in text", regex, mint, json.dumps)


def json_or_string(node: Value) -> Either:
    """Return the node of a json value, or of the string that a property of the body has put in its place."""
    as_json = obj(field("json", node, infer=lambda s: json.dumps(s["int"])))
    return Either(lambda found: STRING if isinstance(found, dict) and "string" in found else as_json, node.expected)
