"""What every provider's applications are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

__all__ = ["App", "Function", "Note", "Origin", "Policy", "Resource", "Trigger"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something is said: a file and a line of it, counted from 1."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function as it is deployed.

    `handler` is `module.attribute`; `code` the folder that is its deployment package, where there is one. `role` is the
    id of the role that it runs with, or the role's full name where it is not part of the template. `layers` are folders
    of what it shares with others (AWS: what is unpacked into `/opt`). `settings` holds what only its provider knows, as
    one of the typed records beside this module (`aws.LambdaSettings`, …).
    """

    name: str
    provider: str
    handler: str
    timeout_s: float
    memory_mb: int
    code: Path | None = None
    layers: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    settings: Any = None
    id: str = ""
    role: str = ""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something that the application is made of; its functions are among them.

    `id` is its name in the template, `type` the provider's type, `name` what a reference to it gives (CloudFormation's
    `Ref`: of a bucket its name, of a queue its URL), `arn` its full name, where it has one. `properties` are resolved:
    no reference is left in them. `attributes` are what else can be asked of it (`GetAtt`), by their names.
    """

    id: str
    type: str
    name: str
    arn: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What calls a function.

    `kind` is the provider's word for it (`sqs`, `s3`, `http_api`, `schedule`, …), `source` the id of the resource that
    the events come from, or its full name where it is not part of the template. `settings` is a typed record of the
    kind, or the resolved properties.
    """

    id: str
    kind: str
    function: str
    source: str | None = None
    settings: Any = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What somebody may do: `principal` is the id of the role (or resource) it is attached to.

    `statements` are the provider's own, resolved. `kind` is `identity` (a role's own), `boundary` (what limits those of
    a role) or `resource` (a bucket's, a queue's, a function's, whose statements say the principal). `managed` names a
    policy that the provider keeps, whose statements no template has.
    """

    principal: str
    name: str
    statements: tuple[Mapping[str, Any], ...]
    kind: Literal["identity", "boundary", "resource"] = "identity"
    managed: str | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that was understood, but is without effect here."""

    text: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A whole application, by the ids of its template.

    `region` is where it is deployed to; `aliases` has the ids of functions by other names that their authors know them
    by (keys of `serverless.yml`).
    """

    name: str
    provider: str
    template: Path
    region: str = ""
    functions: Mapping[str, Function] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()
    policies: tuple[Policy, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
