"""A service of Serverless Framework, while the CloudFormation template that it stands for is put together.

The framework deploys a service as one CloudFormation stack. So it is read here: what `serverless.yml` says in short is
written out as resources, with the ids and properties that the framework gives them.
Source: lib/plugins/aws/package of Serverless Framework 3.40 (2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from pytest_serverless.app.model import Note, Origin
from pytest_serverless.templates.faults import Faults
from pytest_serverless.templates.reader import Block, origin_of, standing_at
from pytest_serverless.templates.serverless_naming import ROLE, function_id

__all__ = [
    "HERE",
    "PARTITION",
    "Service",
    "as_block",
    "as_json",
    "as_list",
    "compact",
    "event_list",
    "get_att",
    "invocation_uri",
    "is_reference",
    "join",
    "merge",
    "merged",
    "name_in",
    "sub",
    "texts",
]

PARTITION = {"Ref": "AWS::Partition"}
HERE: tuple[Any, ...] = ({"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"})


class Service:
    """What a `serverless.yml` says, and the template that comes of it."""

    def __init__(self, tree: Block, *, name: str, stage: str, region: str, folder: Path, faults: Faults) -> None:
        self.tree = tree
        self.name = name
        self.stage = stage
        self.region = region
        self.folder = folder
        self.faults = faults
        self.provider = as_block(tree.get("provider"), tree)
        self.functions = self._functions()
        self.notes: list[Note] = []
        self.resources: dict[str, Block] = {}
        self.outputs: dict[str, Any] = {}
        self.statements: list[dict[str, Any]] = []
        self.grants: dict[str, list[dict[str, Any]]] = {}
        self._groups: dict[tuple[int, str, tuple[str, ...]], dict[str, Any]] = {}

    def _functions(self) -> dict[str, Block]:
        section = merged(self.tree.get("functions"))
        return {key: as_block(value, self.tree) for key, value in section.items() if value is not None}

    @property
    def prefix(self) -> str:
        """What the names of functions begin with."""
        return f"{self.name}-{self.stage}"

    def events(self, kind: str) -> Iterator[tuple[str, int, Any, Block]]:
        """Yield the events of a kind: function, number among all its events (from 1), settings, and where it stands."""
        for function, spec in self.functions.items():
            for number, event in enumerate(event_list(spec), 1):
                if isinstance(event, Block) and event.get(kind) not in (None, False):
                    yield function, number, event[kind], event

    def numbered(self, kind: str) -> Iterator[tuple[int, str, Any, Block]]:
        """Yield the events of a kind with their number among those of the function, from 1."""
        counters: dict[str, count[int]] = {}
        for function, _, given, event in self.events(kind):
            yield next(counters.setdefault(function, count(1))), function, given, event

    def function_name(self, function: str) -> str:
        """Return what a function is called where it is deployed."""
        return str(self.functions[function].get("name") or f"{self.prefix}-{function}")

    def alias(self, function: str) -> str | None:
        """Return the alias that events call, if the function has provisioned concurrency or SnapStart."""
        spec = self.functions[function]
        return "provisioned" if spec.get("provisionedConcurrency") else "snapstart" if spec.get("snapStart") else None

    def target(self, function: str) -> dict[str, Any]:
        """Return the ARN that events call a function by."""
        arn = get_att(function_id(function))
        alias = self.alias(function)
        return join(":", arn, alias) if alias else arn

    def known_function(self, name: str, event: Block) -> bool:
        """Tell whether the service has a function that an event names; if not, that is a fault."""
        if name not in self.functions:
            known = ", ".join(self.functions)
            self.fault(f"There is no function {name!r} in this service.", f"There are: {known}.", event)
        return name in self.functions

    def put(self, logical_id: str, kind: str, properties: Mapping[str, Any], at: Any, **attributes: Any) -> Block:
        """Add a resource. Properties that are None are left out; `at` says where it stands."""
        body = {"Type": kind, **attributes, "Properties": compact(properties)}
        self.resources[logical_id] = standing_at(at, body)
        return self.resources[logical_id]

    def permit(
        self, logical_id: str, function: str, principal: Any, at: Block, source: Any = None, **more: Any
    ) -> None:
        """Let a service call a function."""
        properties = {
            "FunctionName": self.target(function),
            "Action": "lambda:InvokeFunction",
            "Principal": principal,
            "SourceArn": source,
            **more,
        }
        self.put(logical_id, "AWS::Lambda::Permission", properties, at)

    def allow(self, function: str, actions: tuple[str, ...], resource: Any, *, together: str = "") -> None:
        """Let the functions' role do something, as the framework does it for their events.

        Resources for the same actions are put in one statement: those of one function, or of all that say `together`.
        A role of the function's own gets a statement of its own.
        """
        self._add(self.statements, together or function, actions, resource)
        self._add(self.grants.setdefault(function, []), together or function, actions, resource)

    def _add(self, statements: list[dict[str, Any]], group: str, actions: tuple[str, ...], resource: Any) -> None:
        known = self._groups.get((id(statements), group, actions))
        if known is None:
            every = isinstance(resource, str) and resource == "*"
            known = {"Effect": "Allow", "Action": list(actions), "Resource": "*" if every else []}
            self._groups[id(statements), group, actions] = known
            statements.append(known)
        if isinstance(known["Resource"], list):
            known["Resource"].append(resource)

    def fault(self, what: str, remedy: str, at: Any, key: str | None = None) -> None:
        """Tell of something wrong, where `at` stands."""
        self.faults.add(what, remedy, at=origin_of(at, key))

    def note(self, text: str, at: Origin | None) -> None:
        """Tell of something that is understood, and has no effect here."""
        self.notes.append(Note(text=text, origin=at))

    @property
    def own_role(self) -> Any:
        """The role that the provider section names for all functions, if it does."""
        role = as_block(self.provider.get("iam"), self.provider).get("role")
        if isinstance(role, str) or (isinstance(role, Mapping) and any("::" in key or key == "Ref" for key in role)):
            return role
        return self.provider.get("role")

    def role_of(self, function: str) -> Any:
        """Return what a function says of its role: a logical id, an ARN, or a reference; the default one's id."""
        return self.functions[function].get("role") or self.own_role or ROLE


def as_block(value: Any, beside: Any) -> Block:
    """Return a mapping as it is; anything else as an empty one that stands where `beside` does."""
    return value if isinstance(value, Block) else standing_at(beside, {})


def as_json(value: Any) -> str:
    """Write JSON as JavaScript does, without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def event_list(spec: Block) -> list[Any]:
    """Return the events of a function."""
    events = spec.get("events")
    return events if isinstance(events, list) else []


def as_list(value: Any) -> list[Any]:
    """Return a list as it is, nothing as an empty one, and anything else as a list of it."""
    return value if isinstance(value, list) else [] if value is None else [value]


def texts(value: Any) -> list[str]:
    """Return the texts among what may be one or a list of them."""
    return [str(item) for item in as_list(value) if isinstance(item, (str, int, float))]


def compact(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is None, at any depth: the framework strips it."""
    stripped = standing_at(properties, {}) if isinstance(properties, Block) else {}
    for key, value in properties.items():
        if value is not None:
            stripped[key] = compact(value) if isinstance(value, Mapping) else value
    return stripped


def merged(sections: Any) -> Block:
    """Return a section that may be a list of mappings as one mapping; later ones go before earlier ones."""
    whole: Any = Block(Path(), 0)
    for section in as_list(sections):
        if isinstance(section, Block):
            whole = section if not whole else merge(whole, section)
    return whole if isinstance(whole, Block) else Block(Path(), 0)


def merge(base: Any, over: Any) -> Any:
    """Merge two values as lodash does: mappings by key, lists by position."""
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        block = Block(base.file, base.line) if isinstance(base, Block) else Block(Path(), 0)
        block.lines = {**getattr(base, "lines", {}), **getattr(over, "lines", {})}
        for key in dict.fromkeys([*base, *over]):
            block[key] = merge(base[key], over[key]) if key in base and key in over else over.get(key, base.get(key))
        return block
    if isinstance(base, list) and isinstance(over, list):
        paired = [merge(left, right) for left, right in zip(base, over, strict=False)]
        return [*paired, *base[len(paired) :], *over[len(paired) :]]
    return base if over is None else over


def is_reference(value: Any) -> bool:
    """Tell whether a value is written with a function of CloudFormation."""
    return isinstance(value, Mapping) and any(key == "Ref" or key.startswith("Fn::") for key in value)


def get_att(logical_id: str, attribute: str = "Arn") -> dict[str, Any]:
    """Write `!GetAtt logical_id.attribute`."""
    return {"Fn::GetAtt": [logical_id, attribute]}


def join(delimiter: str, *parts: Any) -> dict[str, Any]:
    """Write `!Join`."""
    return {"Fn::Join": [delimiter, list(parts)]}


def invocation_uri(arn: Any) -> dict[str, Any]:
    """Write the address at which an API calls the function of an ARN."""
    path = ":lambda:path/2015-03-31/functions/"
    return join("", "arn:", PARTITION, ":apigateway:", {"Ref": "AWS::Region"}, path, arn, "/invocations")


def sub(text: str) -> dict[str, Any]:
    """Write `!Sub`."""
    return {"Fn::Sub": text}


def name_in(arn: Any, separator: str) -> str:
    """Return the name that an ARN ends in, or that the reference for one names: ids of resources are made of it."""
    if isinstance(arn, str):
        return arn.split(separator)[1 if separator == "/" else -1] if separator in arn else arn
    for key in ("Fn::GetAtt", "Ref", "Fn::ImportValue", "Fn::Join", "Fn::Sub"):
        if isinstance(arn, Mapping) and key in arn:
            return name_in_reference(key, arn[key], separator)
    return ""


def name_in_reference(function: str, argument: Any, separator: str) -> str:
    if function == "Fn::GetAtt":
        return str(argument[0]) if isinstance(argument, list) and argument else str(argument).split(".")[0]
    if function == "Fn::Join" and isinstance(argument, list) and argument and as_list(argument[-1]):
        last = str(as_list(argument[-1])[-1])
        return last.rsplit("/", maxsplit=1)[-1] if separator == "/" else last
    return str(argument)
