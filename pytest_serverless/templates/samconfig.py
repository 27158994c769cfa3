"""`samconfig.toml` (or `.yaml`): the parameters that an environment of SAM's command line deploys with.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
(2026-11).
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_serverless.app.model import Origin
from pytest_serverless.errors import TemplateError
from pytest_serverless.templates.faults import Faults
from pytest_serverless.templates.intrinsics import hint
from pytest_serverless.templates.reader import read

__all__ = ["FILES", "Environment", "environment_of"]

FILES = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
LONG = re.compile(r"""ParameterKey=([A-Za-z0-9]+),ParameterValue=("(?:\\.|[^"\\])*"|'[^']*'|[^\s]+)""")
SHORT = re.compile(r"""([A-Za-z0-9]+)=("(?:\\.|[^"\\])*"|'[^']*'|[^\s]*)""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What an environment says of a deployment."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    stack: str | None = None


def environment_of(folder: Path, name: str | None) -> Environment:
    """Return an environment of the file beside a template; without a name, SAM's own `default`, if there is one.

    Raises TemplateError if the file cannot be read, or has no environment of that name.
    """
    file = next((path for each in FILES if (path := folder / each).is_file()), None)
    if file is None:
        if name is not None:
            faults = Faults()
            what = f"The environment {name!r} is asked for, and there is no samconfig.toml beside the template."
            faults.add(what, "Write one, or give the parameters otherwise.", at=Origin(folder / FILES[0], 1))
            faults.raise_any(folder)
        return Environment()
    content = _content(file)
    environments = [key for key, value in content.items() if isinstance(value, dict)]
    if name is not None and name not in environments:
        faults = Faults()
        do = hint(name, environments, f"There are: {', '.join(environments) or 'none'}.")
        faults.add(f"There is no environment {name!r}.", do, at=Origin(file, 1))
        faults.raise_any(file)
    return _environment(content.get(name or "default"))


def _content(file: Path) -> dict[str, Any]:
    if file.suffix != ".toml":
        found = read(file)
        return found if isinstance(found, dict) else {}
    toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        return dict(toml.loads(file.read_text(encoding="utf-8")))
    except toml.TOMLDecodeError as error:
        faults = Faults()
        line = re.search(r"line (\d+)", str(error))
        at = Origin(file, int(line[1]) if line else 1)
        faults.add(f"This is not TOML: {error}.", "Look at the quotes and brackets of this line.", at=at)
        raise TemplateError(file, tuple(faults)) from error


def _environment(section: Any) -> Environment:
    section = section if isinstance(section, dict) else {}
    settings: dict[str, Any] = {}
    for command in ("global", "deploy"):
        part = section.get(command)
        found = part.get("parameters") if isinstance(part, dict) else None
        settings |= found if isinstance(found, dict) else {}
    stack = settings.get("stack_name")
    return Environment(parameters=_overrides(settings.get("parameter_overrides")), stack=str(stack) if stack else None)


def _overrides(found: Any) -> dict[str, Any]:
    """Return parameters of any of the forms that SAM reads: text, a list of texts, or a mapping."""
    if isinstance(found, dict):
        return dict(found)
    if isinstance(found, list):
        merged: dict[str, Any] = {}
        for item in found:
            merged |= _overrides(item)
        return merged
    text = str(found or "")
    pairs = LONG.findall(text) or SHORT.findall(text)
    return {key: _unquoted(value) for key, value in pairs}


def _unquoted(value: str) -> str:
    if value[:1] == value[-1:] and value[:1] in ('"', "'") and len(value) > 1:
        value = value[1:-1]
    return re.sub(r"\\(.)", r"\1", value)
