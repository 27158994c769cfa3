"""What stands behind `--set` and `--override`, as the builders want it."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.events import path
from pytest_serverless.events.source import describe

__all__ = ["assignments", "coerce", "overrides"]


class _Unfit:
    """A text that an annotation does not take."""


_UNFIT: Final = _Unfit()


def assignments(texts: Sequence[str]) -> dict[str, str]:
    """Split `NAME=VALUE`s; the last one of a name counts."""
    pairs = [text.partition("=") for text in texts]
    for text, (name, equals, _) in zip(texts, pairs, strict=True):
        if not name or not equals:
            raise InvalidParameterError(f"--set takes NAME=VALUE, got {text!r}.")
    return {name: value for name, _, value in pairs}


def overrides(texts: Sequence[str]) -> dict[str, Any]:
    """Split `PATH=JSON`s and read the JSON."""
    return dict(_override(text) for text in texts)


def _override(text: str) -> tuple[str, Any]:
    where, equals, written = _partition(text)
    if not where or not equals:
        raise InvalidParameterError(f"--override takes PATH=JSON, got {text!r}.")
    path.parse(where)
    try:
        return where, json.loads(written)
    except ValueError:
        raise InvalidParameterError(
            f"--override {where} takes JSON, got {written!r}. Text needs quotes that the shell leaves: "
            f"""--override '{where}="text"'"""
        ) from None


def _partition(text: str) -> tuple[str, str, str]:
    """Split at the first `=` outside quotes: a quoted key may have one."""
    for position, character in enumerate(text):
        if character == "=" and text[:position].replace('\\"', "").count('"') % 2 == 0:
            return text[:position], "=", text[position + 1 :]
    return text, "", ""


def coerce(text: str, annotation: Any, name: str) -> Any:
    """Return the value that a text means for a parameter of that annotation.

    Where it may be text, only JSON objects and lists are read as anything else. `InvalidParameterError` where it means
    nothing.
    """
    options = _options(annotation)
    plain_text = {str, bytes} & set(options)
    for option in options:
        if not plain_text or _kind(option) in (dict, list):
            value = _read(text, option)
            if value is not _UNFIT:
                return value
    if plain_text:
        return text if str in plain_text else text.encode()
    raise InvalidParameterError(f"--set {name}: takes {describe(annotation)}, got {text!r}.")


def _options(annotation: Any) -> tuple[Any, ...]:
    union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    return typing.get_args(annotation) if union else (annotation,)


def _kind(option: Any) -> Any:
    """Return the plain type that stands for an annotation: dict for any mapping, list for any sequence."""
    origin = typing.get_origin(option) or option
    return {Mapping: dict, Sequence: list, Iterable: list, tuple: list}.get(origin, origin)


def _read(text: str, option: Any) -> Any:
    kind = _kind(option)
    if kind is Literal:
        return next((literal for literal in typing.get_args(option) if str(literal) == text), _UNFIT)
    value = _json(text)
    if kind is Any:
        return text if value is _UNFIT else value
    if kind is float and type(value) is int:
        return float(value)
    return value if type(value) is kind else _UNFIT


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return _UNFIT
