"""A template's values, in the types that an operation of the API takes.

Templates are loose where botocore is strict: CloudFormation takes `"5"` for 5, `"true"` for true, a mapping where the
API wants a JSON document, and spells `Id` what the API spells `ID` or `id`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["fit", "json_text"]


def fit(shape: Any, value: Any) -> Any:
    """Return a value as a botocore shape wants it; what cannot be made to fit is left for botocore to complain about.

    Members that the operation does not have are left out, names are matched whatever their case.
    """
    return _FITS.get(shape.type_name, _as_it_is)(shape, value)


def json_text(value: Any) -> str:
    """Return a document as text, as it stands where it is text already; dates that YAML made are text again."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _structure(shape: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    members = {name.lower(): name for name in shape.members}
    named = ((members.get(str(key).lower()), item) for key, item in value.items())
    return {name: fit(shape.members[name], item) for name, item in named if name and item is not None}


def _list(shape: Any, value: Any) -> Any:
    items = value if isinstance(value, (list, tuple)) else [value]
    return [fit(shape.member, item) for item in items]


def _map(shape: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {str(key): fit(shape.value, item) for key, item in value.items() if item is not None}


def _string(_: Any, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json_text(value) if isinstance(value, (Mapping, list, tuple)) else str(value)


def _boolean(_: Any, value: Any) -> Any:
    return value.lower() == "true" if isinstance(value, str) and value.lower() in ("true", "false") else value


def _integer(_: Any, value: Any) -> Any:
    return _number(int, value)


def _float(_: Any, value: Any) -> Any:
    return _number(float, value)


def _number(kind: Callable[[Any], Any], value: Any) -> Any:
    try:
        return value if isinstance(value, bool) else kind(value)
    except (TypeError, ValueError):
        return value


def _as_it_is(_: Any, value: Any) -> Any:
    return value


_FITS: Mapping[str, Callable[[Any, Any], Any]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "character": _string,
    "boolean": _boolean,
    "integer": _integer,
    "long": _integer,
    "float": _float,
    "double": _float,
}
