"""References and functions of CloudFormation, resolved to plain values.

Every name and ARN follows from the naming table, so a value is resolved wherever it stands, in any order; what refers
to what is noted, and a circle is a fault. Where a value cannot be known, the fault is collected and `Unknown` stands
for it: whatever it flows into is unknown, too, and no fault follows from a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pytest_serverless.app.model import Note, Origin
from pytest_serverless.errors import near_misses, or_list
from pytest_serverless.templates.conditions import Conditions
from pytest_serverless.templates.faults import Faults
from pytest_serverless.templates.naming import Identity, Stack, identify, kind_of
from pytest_serverless.templates.reader import Block, origin_of

__all__ = ["NO_VALUE", "UNKNOWN", "Resolver", "Unknown", "hint", "is_unknown"]


class Unknown(str):
    """A value that a fault stands for."""

    __slots__ = ()


class _NoValue:
    def __repr__(self) -> str:
        return "AWS::NoValue"


UNKNOWN = Unknown("?")
NO_VALUE: Any = _NoValue()


def is_unknown(value: Any) -> bool:
    """Tell whether a value, or anything in it, could not be resolved."""
    if isinstance(value, dict):
        return any(is_unknown(item) for item in value.values())
    return any(map(is_unknown, value)) if isinstance(value, list) else isinstance(value, Unknown)


def hint(name: str, known: Any, otherwise: str) -> str:
    """Return the question that follows an unknown name: the near misses, or what to do instead."""
    names = [each for each in known if isinstance(each, str)]
    near = [each for each in names if each.lower() == name.lower()] or near_misses(name, names)
    return f"Did you mean {or_list(near)}?" if near else otherwise


class Resolver:
    """Resolves the values of one template.

    `resources` are those of the template, unresolved, with `Type` and `Properties`; a format that generates resources
    adds its own. `parameters` are the values of parameters. `imports` answers what comes from elsewhere: by the name of
    an export, by `Id.Attribute` for what only a deployment knows (custom resources, nested stacks), and by
    `ssm:…`, `secretsmanager:…`, `cf:…` for what is looked up. `aliases` are further names: `Function.Version` of what
    a format generates.
    """

    def __init__(
        self,
        *,
        stack: Stack,
        faults: Faults,
        resources: dict[str, Block],
        parameters: Mapping[str, Any] | None = None,
        mappings: Mapping[str, Any] | None = None,
        conditions: Mapping[str, Any] | None = None,
        imports: Mapping[str, Any] | None = None,
    ) -> None:
        self.stack = stack
        self.faults = faults
        self.resources = resources
        self.parameters = dict(parameters or {})
        self.mappings = mappings or {}
        self.imports = imports or {}
        self.conditions = Conditions(self, conditions or {})
        self.aliases: dict[str, str] = {}
        self.edges: dict[str, set[str]] = {}
        self.notes: list[Note] = []
        self.at: Origin | None = None
        self.id = ""
        self._identities: dict[str, Identity] = {}
        self._naming: set[str] = set()
        self._pseudo = self._pseudo_parameters()

    def _pseudo_parameters(self) -> dict[str, Any]:
        return {
            "AWS::AccountId": self.stack.account,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": self.stack.partition,
            "AWS::Region": self.stack.region,
            "AWS::StackId": self.stack.id,
            "AWS::StackName": self.stack.name,
            "AWS::URLSuffix": self.stack.url_suffix,
        }

    @contextmanager
    def inside(self, logical_id: str) -> Iterator[None]:
        """Resolve as part of a resource: faults name it, and what it refers to is noted."""
        before, self.id = self.id, logical_id
        try:
            yield
        finally:
            self.id = before

    def fault(self, what: str, do: str, *, at: Origin | None = None) -> Unknown:
        """Collect a fault at the value that is being resolved; return what stands for the value."""
        self.faults.add(what, do, id=self.id, at=at or self.at)
        return UNKNOWN

    def resolve(self, value: Any) -> Any:
        """Return the value without references; `NO_VALUE` if there is to be none."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return self._mapping(value)
        if isinstance(value, list):
            return [item for each in value if (item := self.resolve(each)) is not NO_VALUE]
        return value

    def peel(self, value: Any) -> Any:
        """Return the branch that an `Fn::If` takes, with the references in it; None if it is `AWS::NoValue`."""
        while isinstance(value, dict) and len(value) == 1:
            argument = value.get("Fn::If")
            if not (isinstance(argument, list) and len(argument) == 3):
                break
            value = argument[1 if self.conditions.holds(argument[0]) else 2]
        return None if isinstance(value, dict) and value == {"Ref": "AWS::NoValue"} else value

    def _text(self, value: str, at: Origin | None = None) -> Any:
        if "{{resolve:" not in value:
            return value
        from pytest_serverless.templates.dynamic_references import resolve_text

        before, self.at = self.at, at or self.at
        try:
            return resolve_text(self, value)
        finally:
            self.at = before

    def _mapping(self, value: dict[str, Any]) -> Any:
        for name in value:
            if name == "Ref" or name.startswith("Fn::"):
                if name == "Ref" and len(value) > 1:
                    continue  # a property may be called so
                return self._call(name, value)
        resolved: dict[str, Any] = value.like() if isinstance(value, Block) else {}
        for key, each in value.items():
            item = self._text(each, origin_of(value, key)) if isinstance(each, str) else self.resolve(each)
            if item is not NO_VALUE:
                resolved[key] = item
        return resolved

    def _call(self, name: str, value: dict[str, Any]) -> Any:
        from pytest_serverless.templates.functions import FUNCTIONS

        before, self.at = self.at, origin_of(value, name) or self.at
        try:
            function: Callable[[Resolver, Any], Any] | None = FUNCTIONS.get(name)
            if function is None:
                do = hint(name, FUNCTIONS, f"There are: {', '.join(sorted(FUNCTIONS))}.")
                return self.fault(f"There is no intrinsic function {name}.", do)
            if len(value) > 1 and name != "Fn::Transform":
                others = or_list([key for key in value if key != name])
                return self.fault(
                    f"{name} stands beside {others}.", "An intrinsic function stands alone in its mapping."
                )
            return function(self, value if name == "Fn::Transform" else value[name])
        finally:
            self.at = before

    def ref(self, name: str) -> Any:
        """Return what `Ref` gives for a parameter, pseudo parameter or resource."""
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        name = self.aliases.get(name, name)
        if name in self.resources:
            identity = self.reference(name)
            return identity.ref if identity else UNKNOWN
        known = [*self.resources, *self.parameters, *self._pseudo, *self.aliases]
        return self.fault(
            f"It refers to {name!r}, and there is no such parameter or resource.",
            hint(name, known, "Declare it, or correct the name."),
        )

    def attribute(self, name: str, attribute: str) -> Any:
        """Return what `GetAtt` gives for an attribute of a resource."""
        full = f"{name}.{attribute}"
        if full in self.imports:
            return self.imports[full]
        name = self.aliases.get(name, name)
        if name not in self.resources:
            what = "and that is a parameter" if name in self.parameters else "and there is no such resource"
            do = (
                "Use Ref."
                if name in self.parameters
                else hint(name, self.resources, "Declare it, or correct the name.")
            )
            return self.fault(f"It takes the attribute {attribute!r} of {name!r}, {what}.", do)
        if full in self.aliases:
            return self.ref(full)
        identity = self.reference(name)
        if identity is None:
            return UNKNOWN
        return self._attribute_of(name, identity, attribute)

    def _attribute_of(self, name: str, identity: Identity, attribute: str) -> Any:
        if attribute in identity.attributes:
            return identity.attributes[attribute]
        if identity.readable:
            found: Any = self.properties(name)
            for part in attribute.split("."):
                found = found.get(part, NO_VALUE) if isinstance(found, dict) else NO_VALUE
            if found is not NO_VALUE:
                return self.resolve(found)
        kind = self.resources[name].get("Type", "")
        if not identity.known:
            return self._guess(name, kind, attribute)
        do = hint(attribute, identity.attributes, f"It has: {', '.join(sorted(identity.attributes)) or 'none'}.")
        return self.fault(f"{name!r} is an {kind}, which has no attribute {attribute!r} here.", do)

    def _guess(self, name: str, kind: str, attribute: str) -> str:
        text = f"{name}-{attribute}".replace(".", "-")
        value = self.stack.arn("".join(kind.split("::")[1:2]).lower(), text) if attribute.endswith("Arn") else text
        self.note(
            f"{name}.{attribute} ({kind}) is known only where it is deployed; {value!r} stands for it. "
            f"Give another in serverless_imports under {name}.{attribute!s}."
        )
        return value

    def reference(self, name: str) -> Identity | None:
        """Return what a resource is called, and note that the one being resolved needs it."""
        condition = self.resources[name].get("Condition")
        if condition is not None and not self.conditions.holds(condition):
            self.fault(
                f"It refers to {name!r}, which is not there: its condition {condition!r} is false.",
                "Put the reference under the same condition, or choose other parameters.",
            )
            return None
        if self.id:
            self.edges.setdefault(self.id, set()).add(name)
        return self.identity(name)

    def identity(self, name: str) -> Identity:
        """Return what a resource is called, whoever asks."""
        if name not in self._identities:
            resource = self.resources[name]
            kind = kind_of(str(resource.get("Type", "")))
            given = self.properties(name)
            properties: dict[str, Any] = dict.fromkeys(given)
            if name not in self._naming:  # a name made of itself is a circle, which is told of as one
                self._naming.add(name)
                with self.inside(name):
                    properties |= {key: self.resolve(given[key]) for key in kind.identifying if key in given}
                self._naming.discard(name)
            properties = {key: value for key, value in properties.items() if value is not NO_VALUE}
            self._identities[name] = identify(str(resource.get("Type", "")), name, properties, self.stack)
        return self._identities[name]

    def properties(self, name: str) -> dict[str, Any]:
        """Return a resource's properties, unresolved."""
        found = self.resources[name].get("Properties")
        return found if isinstance(found, dict) else {}

    def note(self, text: str) -> None:
        note = Note(text=text, origin=self.at)
        if note not in self.notes:
            self.notes.append(note)

    def imported(self, key: str, what: str) -> Any:
        """Return what the stub map has under a key; it is a fault if it has nothing."""
        if key in self.imports:
            return self.imports[key]
        return self.fault(
            f"{what} comes from outside of the template, and no value is given for it.",
            hint(key, self.imports, f"Give one in serverless_imports under {key!r}."),
        )
