"""From a file to an `App`, once for each state of the file and each choice of values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_serverless.app.model import App, Origin
from pytest_serverless.errors import TemplateError
from pytest_serverless.templates.faults import Faults
from pytest_serverless.templates.naming import Stack
from pytest_serverless.templates.reader import Block, read
from pytest_serverless.templates.samconfig import FILES, environment_of

__all__ = ["load"]

_loaded: dict[tuple[Any, ...], App] = {}


def load(
    path: Path | str,
    *,
    parameters: Mapping[str, Any] | None = None,
    environment: str | None = None,
    imports: Mapping[str, Any] | None = None,
    region: str | None = None,
    account: str = "123456789012",
    stack: str | None = None,
) -> App:
    """Return the application that a SAM, CloudFormation or Serverless Framework file describes.

    `parameters` are values of the template's parameters, `environment` one of `samconfig.toml` (a stage of
    `serverless.yml`). `imports` says what comes from outside: by the name of an export; `ssm:name`;
    `secretsmanager:id` (`…:SecretString:key`); `cf:stack.output`; `Id.Attribute` for what only a deployment knows.
    `stack` is the stack's name; without one it is that of samconfig.toml, or made of the folder's. The region is
    us-east-1 where nothing else is said, by the caller or by `serverless.yml`.

    Raises TemplateError with everything that is wrong or missing, each with file and line.
    """
    file = Path(path).resolve()
    choices = json.dumps([parameters or {}, imports or {}], sort_keys=True, default=repr)
    states = tuple(_state(each) for each in (file, *(file.parent / name for name in FILES)))
    key = (file, states, choices, environment, region, account, stack)
    if key not in _loaded:
        _loaded[key] = _load(file, parameters or {}, environment, imports or {}, region, account, stack)
    return _loaded[key]


def _state(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _load(
    file: Path,
    parameters: Mapping[str, Any],
    environment: str | None,
    imports: Mapping[str, Any],
    region: str | None,
    account: str,
    stack: str | None,
) -> App:
    if file.stem == "serverless":
        from pytest_serverless.templates.serverless_yml import load_serverless

        return load_serverless(
            file, stage=environment, params=parameters, stubs=imports, region=region, account=account
        )
    document = read(file)
    if not isinstance(document, Block):
        faults = Faults()
        faults.add("The file holds no mapping.", "Write a template, with Resources.", at=Origin(file, 1))
        raise TemplateError(file, tuple(faults))
    from pytest_serverless.templates import cloudformation

    chosen = environment_of(file.parent, environment)
    return cloudformation.build(
        document,
        path=file,
        stack=Stack(stack or chosen.stack or _named_after(file.parent), region or "us-east-1", account),
        parameters=parameters,
        imports=imports,
        overrides=chosen.parameters,
    )


def _named_after(folder: Path) -> str:
    """Return a folder's name as a stack may be called: letters, digits and hyphens, a letter first."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", folder.name).strip("-")
    return name if name[:1].isalpha() else f"app-{name}".strip("-")
