"""From the wire to what a function is given, by the converters of the installed `azure.functions`."""

from __future__ import annotations

import importlib
import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from pytest_serverless.errors import InvalidPayloadError, MissingExtraError
from pytest_serverless.events.source import Event

__all__ = ["as_datum", "decode", "library", "trigger_metadata"]


def library(needed_for: str) -> Any:
    """Return `azure.functions`; `MissingExtraError` where it is not installed."""
    try:
        return importlib.import_module("azure.functions")
    except ImportError as error:
        raise MissingExtraError(module="azure.functions", extra="azure", needed_for=needed_for) from error


def decode(event: Any) -> Any:
    """Return the object that the function's trigger parameter gets, as `azure.functions.http.HttpRequest`."""
    functions = library("decoding an Azure event")
    if not isinstance(event, dict) or "trigger" not in event or "data" not in event:
        keys = ", ".join(map(str, event)) if isinstance(event, dict) else type(event).__name__
        raise InvalidPayloadError(
            f"An Azure event has trigger, data and trigger_metadata; this one has: {keys or 'no keys'}. "
            "Build it with azure_events, as azure_events.queue.message('hello')."
        )
    converter = functions.get_binding_registry().get(event["trigger"])
    if converter is None:
        raise InvalidPayloadError(f"azure.functions {functions.__version__} knows no trigger {event['trigger']!r}.")
    return converter.decode(as_datum(event["data"]), trigger_metadata=trigger_metadata(event))


def as_datum(data: Mapping[str, Any]) -> Any:
    """Return a value of the wire as `azure.functions.meta.Datum`, which its converters read."""
    meta = importlib.import_module("azure.functions.meta")
    kind: str | None
    value: Any
    kind, value = next(iter(data.items()), (None, None))
    if kind == "bytes":
        value = b64decode(value)
    elif kind == "http":
        value = _http(value, meta)
    elif kind not in ("string", "json", None):
        raise InvalidPayloadError(f"The Python worker takes values as string, bytes, json or http, not as {kind!r}.")
    return meta.Datum(value, kind)


def _http(http: Mapping[str, Any], meta: Any) -> dict[str, Any]:
    def texts(name: str) -> dict[str, Any]:
        return {key: meta.Datum(value, "string") for key, value in http.get(name, {}).items()}

    return {
        "method": meta.Datum(http["method"], "string"),
        "url": meta.Datum(http["url"], "string"),
        "headers": texts("headers"),
        "body": as_datum(http.get("body") or {"bytes": ""}),
        "params": texts("params"),
        "query": texts("query"),
    }


def trigger_metadata(event: Event) -> dict[str, Any]:
    """Return the metadata as the worker gets it, with the properties of a JSON body.

    They take the place of the host's own entries: a message `{"id": "order-1"}` arrives with that id, and not with the
    queue's. Source: `Utility.ApplyBindingData` of https://github.com/Azure/azure-functions-host, and
    https://github.com/Azure/azure-functions-python-library/issues/49 (2026-11).
    """
    metadata = {name: as_datum(value) for name, value in event.get("trigger_metadata", {}).items()}
    known = {name.lower(): name for name in metadata}
    for name, value in _properties(event["data"].get("string", "")):
        metadata[known.get(name.lower(), name)] = as_datum(value)
    return metadata


def _properties(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Give the top-level properties of a JSON object, but for null and lists."""
    try:
        body = json.loads(text)
    except ValueError:
        return
    for name, value in body.items() if isinstance(body, dict) else ():
        if isinstance(value, dict):
            yield name, {"json": json.dumps(value, separators=(",", ":"), ensure_ascii=False)}
        elif value is not None and not isinstance(value, list):
            yield name, {"string": _as_dotnet_text(value)}


_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)?")


def _as_dotnet_text(value: str | int | float) -> str:
    """Write a JSON value as .NET does; text that looks like a time has become one on the way."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value).upper()
    if isinstance(value, int) or not _ISO_TIME.fullmatch(value):
        return str(value)
    try:
        moment = datetime.fromisoformat(re.sub(r"\.\d+|Z$", "", value))
    except ValueError:
        return value
    return f"{moment.astimezone(timezone.utc) if moment.tzinfo else moment:%m/%d/%Y %H:%M:%S}"
