"""A result as a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.results.result import Result
from pytest_serverless.load.results.target import scrubbed

__all__ = ["read", "read_json", "without", "write", "write_json"]

_SHORTEST = 4
"""Shorter secrets are found everywhere: as for `redact`."""


def without(result: Result, secrets: Iterable[str]) -> Result:
    """Return a result in whose texts no secret stands, for whatever is made of it."""
    known = [secret for secret in secrets if len(secret) >= _SHORTEST]
    return Result.from_json(scrubbed(result.as_json(), known)) if known else result


def write(result: Result, path: str | os.PathLike[str], *, secrets: Iterable[str] = ()) -> None:
    """Write a result as JSON, whole or not at all; whatever `secrets` are given do not stand in it."""
    write_json(scrubbed(result.as_json(), secrets), path)


def write_json(document: Any, path: str | os.PathLike[str]) -> None:
    """Write a document of JSON values, whole or not at all."""
    target = Path(path)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InvalidParameterError(f"{target} cannot be written: {error.strerror}.") from error


def read(path: str | os.PathLike[str]) -> Result:
    """Read a result; raises InvalidParameterError, which names the file, where it is none."""
    given = read_json(path)
    try:
        return Result.from_json(given)
    except InvalidParameterError as error:
        raise InvalidParameterError(f"{os.fspath(path)}: {error}") from error


def read_json(path: str | os.PathLike[str]) -> Any:
    """Read a document of JSON; raises InvalidParameterError, which names the file, where it is none."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidParameterError(f"{os.fspath(path)} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise InvalidParameterError(f"{os.fspath(path)} is not JSON: {error}.") from error
