"""What Serverless variables can name: `self`, `opt`, `env`, `file`, `sls`, `param`, `aws`, `strToBool`, and the rest.

Nothing is asked over the network. What the framework would ask AWS or another service for (`cf`, `ssm`, `s3`, …) comes
from a map of stubs, whose keys are variables as they are written, without `${` and `}`: `cf:network-dev.VpcId`,
`ssm:/shop/token`. A stub goes before every other source.
Source: lib/configuration/variables/sources of Serverless Framework 3.40; `stages`, `git` and `aws:` from the guides of
version 4 (2026-11).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pytest_serverless.templates.reader import read
from pytest_serverless.templates.serverless_syntax import Source
from pytest_serverless.templates.serverless_variables import (
    Lookup,
    MissingValueError,
    Raw,
    VariableResolver,
    WrongVariableError,
)

__all__ = ["Surroundings", "dotenv", "sources"]

REMOTE = ("cf", "doppler", "git", "output", "s3", "ssm", "terraform", "vault")
"""Sources whose answers are not in the service's folder."""

PROGRAMS = (".js", ".cjs", ".mjs", ".ts")

DOTENV_LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?([\w.-]+)(?:[ \t]*=[ \t]*|:[ \t]+)('[^']*'|"(?:\\"|[^"])*"|`[^`]*`|[^#\r\n]*)""",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a service is packaged with: the command line's options, the environment, and answers for remote sources."""

    folder: Path
    account: str = "123456789012"
    region: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    stubs: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    def stage_of(self, resolver: VariableResolver) -> str:
        """Return the stage: the option's, the provider's, or `dev`."""
        return str(self.options.get("stage") or resolver.value(("provider", "stage")) or "dev")

    def region_of(self, resolver: VariableResolver) -> str:
        """Return the region: the option's, the provider's, or `us-east-1`."""
        return str(self.region or resolver.value(("provider", "region")) or "us-east-1")


def sources(surroundings: Surroundings) -> dict[str, Lookup]:
    """Return every source, asked in these surroundings."""
    lookups = {
        "self": from_self,
        "opt": from_options,
        "env": from_environment,
        "file": from_file,
        "sls": from_framework,
        "param": from_params,
        "aws": from_aws,
        "strToBool": as_boolean,
        **dict.fromkeys(REMOTE, from_elsewhere),
    }
    return {name: partial(stubbed, surroundings, lookup) for name, lookup in lookups.items()}


def stubbed(
    around: Surroundings,
    lookup: Any,
    resolver: VariableResolver,
    source: Source,
    params: tuple[str, ...],
    address: str | None,
) -> Any:
    """Answer with the stub for this variable, else ask the source itself."""
    tail = f":{address}" if address is not None else ""
    for written in (f"{source.type}({', '.join(params)}){tail}", f"{source.type}{tail}"):
        if written in around.stubs:
            return around.stubs[written]
    return lookup(around, resolver, params, address)


def from_self(around: Surroundings, resolver: VariableResolver, params: tuple[str, ...], address: str | None) -> Any:
    """Look in the file itself. A stage or region that it does not say is the one that is deployed to.

    (Version 3 has no value for that; the versions before and after it do.)
    """
    found = resolver.value(tuple(address.split(".")) if address else ())
    if found is None and address == "provider.stage":
        return around.stage_of(resolver)
    return around.region_of(resolver) if found is None and address == "provider.region" else found


def from_options(around: Surroundings, _: VariableResolver, params: tuple[str, ...], address: str | None) -> Any:
    if not address:
        return dict(around.options)
    if around.options.get(address) is None:
        raise MissingValueError(f"Give the option {address!r}, or a fallback: ${{opt:{address}, 'fallback'}}.")
    return Raw(around.options[address])


def from_environment(around: Surroundings, _: VariableResolver, params: tuple[str, ...], address: str | None) -> Any:
    name = needed(address, "env:NAME")
    if name not in around.environment:
        raise MissingValueError(
            f"Set the environment variable {name}, or give a fallback: ${{env:{name}, 'fallback'}}."
        )
    return Raw(around.environment[name])


def from_file(around: Surroundings, resolver: VariableResolver, params: tuple[str, ...], address: str | None) -> Any:
    if not params or not params[0]:
        raise WrongVariableError("${file()} names no file.", "Write ${file(./path.yml):key}.")
    path = (around.folder / params[0]).resolve()
    stub = f"file({params[0]})" + (f":{address}" if address else "")
    remedy = f"ive a value in serverless_imports under {stub!r}."
    if path.suffix in PROGRAMS:
        raise WrongVariableError(f"{path.name} is a program, which is not run to know its values.", f"G{remedy}")
    if not path.is_file():
        raise MissingValueError(f"There is no file {path}: correct the path, or g{remedy}")
    content = read(path) if path.suffix in (".yml", ".yaml", ".json") else text_of(path)
    value = resolver.at_address(content, address)
    if value is None:
        raise MissingValueError(f"{path.name} has no {address!r}. Add it, or give a fallback.")
    return Raw(value)


def text_of(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".tfstate" else text


def from_framework(
    around: Surroundings, resolver: VariableResolver, params: tuple[str, ...], address: str | None
) -> Any:
    if address == "stage":
        return around.stage_of(resolver)
    if address == "instanceId":
        return hashlib.sha256(str(around.folder).encode()).hexdigest()[:24]
    raise WrongVariableError(f"${{sls:{address}}} does not exist.", "There are ${sls:stage} and ${sls:instanceId}.")


def from_params(around: Surroundings, resolver: VariableResolver, params: tuple[str, ...], address: str | None) -> Any:
    name = needed(address, "param:name")
    if name in around.params:
        return Raw(around.params[name])
    for stage in (around.stage_of(resolver), "default"):
        for key in (("stages", stage, "params", name), ("params", stage, name)):
            if (value := resolver.value(key)) is not None:
                return value
    stage = around.stage_of(resolver)
    raise MissingValueError(f"Give the parameter {name!r}, or put it under stages.{stage}.params.")


def from_aws(around: Surroundings, resolver: VariableResolver, params: tuple[str, ...], address: str | None) -> Any:
    if address == "accountId":
        return around.account
    if address == "region":
        return around.region_of(resolver)
    service, colon, rest = (address or "").partition(":")
    if colon and service in REMOTE:
        return resolver.sources[service](resolver, Source(service, (), None), params, rest)
    raise WrongVariableError(f"${{aws:{address}}} does not exist.", "There are ${aws:accountId} and ${aws:region}.")


def as_boolean(_: Surroundings, resolver: VariableResolver, params: tuple[str, ...], address: str | None) -> bool:
    given = params[0].strip().lower() if params else ""
    if given in ("true", "1"):
        return True
    if given in ("false", "0"):
        return False
    raise WrongVariableError(f"strToBool cannot read {given!r}.", "It takes true, false, 1 or 0.")


def from_elsewhere(_: Surroundings, resolver: VariableResolver, params: tuple[str, ...], address: str | None) -> Any:
    raise MissingValueError(
        "Its value is not in the project: give one in serverless_imports under the variable without ${ and }."
    )


def needed(address: str | None, example: str) -> str:
    if not address:
        raise WrongVariableError("The variable names nothing.", f"Write ${{{example}}}.")
    return address


def dotenv(folder: Path, stage: str) -> dict[str, str]:
    """Return what `.env.{stage}` holds, or else `.env`, as the framework reads them; empty if there is neither."""
    for path in (folder / f".env.{stage}", folder / ".env"):
        if path.is_file():
            lines = DOTENV_LINE.findall(path.read_text(encoding="utf-8"))
            return expanded({name: unquoted(value.strip()) for name, value in lines})
    return {}


def unquoted(value: str) -> str:
    if value[:1] == '"' == value[-1:]:
        return value[1:-1].replace("\\n", "\n").replace("\\r", "\r")
    return value[1:-1] if value[:1] in ("'", "`") and value[:1] == value[-1:] else value


def expanded(values: dict[str, str]) -> dict[str, str]:
    def known(match: re.Match[str]) -> str:
        return values.get(match[1] or match[2], "")

    return {name: re.sub(r"(?<!\\)\$(?:\{(\w+)\}|(\w+))", known, value) for name, value in values.items()}
