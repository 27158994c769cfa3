"""The `Globals` section of SAM: what it gives to each resource of a kind, and how it is merged.

Mappings are merged, lists joined (the global part first), everything else is the resource's own where it says it;
an intrinsic function counts as a plain value.
Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
(2026-11).
"""

from __future__ import annotations

from typing import Any

from pytest_serverless.templates.intrinsics import Resolver, hint
from pytest_serverless.templates.reader import Block, origin_of
from pytest_serverless.templates.shapes import listing

__all__ = ["Globals"]

KINDS = (
    "Api",
    "CapacityProvider",
    "Function",
    "HttpApi",
    "LayerVersion",
    "MicroVMImage",
    "NetworkConnector",
    "SimpleTable",
    "StateMachine",
    "WebSocketApi",
)

# What a function has to say itself.
OWN = ("Events", "FunctionName", "Policies", "Role", "ImageUri", "PackageType", "InlineCode", "Metadata")

# Lists that are replaced, not joined.
REPLACED = ("Architectures",)


class Globals:
    """The section, by kinds of resources."""

    def __init__(self, document: Block, resolver: Resolver) -> None:
        section = document.get("Globals")
        self._resolver = resolver
        self._section: dict[str, Block] = {}
        for kind, properties in section.items() if isinstance(section, dict) else ():
            at = origin_of(section, kind)
            if kind not in KINDS:
                do = hint(kind, KINDS, f"There are: {', '.join(KINDS)}.")
                resolver.fault(f"Globals has no part {kind!r}.", do, at=at)
            elif not isinstance(properties, Block):
                resolver.fault(f"Globals.{kind} is no mapping.", "Write one, or remove it.", at=at)
            else:
                self._section[kind] = properties
        for name in OWN:
            if name in self._section.get("Function", ()):
                at = self._section["Function"].origin(name)
                resolver.fault(f"Globals.Function has {name}.", "Each function has to say it itself.", at=at)

    def merged(self, kind: str, logical_id: str, resource: Block) -> Block:
        """Return a resource with what Globals gives it."""
        own = resource.get("Properties")
        own = own if isinstance(own, Block) else resource.like()
        shared = self._shared(kind, logical_id, resource)
        result = resource.like()
        result.update(resource)
        result["Properties"] = _merge(shared, own) if shared else own
        return result

    def _shared(self, kind: str, logical_id: str, resource: Block) -> Block | None:
        """Return what a resource takes of Globals: all but what it says it ignores."""
        shared = self._section.get(kind)
        ignored = resource.get("IgnoreGlobals")
        if shared is None or ignored is None:
            return shared
        if ignored == "*":
            return None
        kept = shared.like()
        names = listing(ignored)
        kept.update((key, value) for key, value in shared.items() if key not in names)
        for key in map(str, names):
            if key not in shared:
                at, do = resource.origin("IgnoreGlobals"), hint(key, shared, "Remove it.")
                self._resolver.faults.add(f"It ignores {key!r}, which Globals does not have.", do, id=logical_id, at=at)
        return kept


def _merge(shared: Block, own: Block) -> Block:
    result = own.like()
    result.lines = {**shared.lines, **own.lines}
    result.update(shared)
    for key, value in own.items():
        result[key] = _merge_value(key, shared[key], value) if key in shared else value
    return result


def _merge_value(key: str, shared: Any, own: Any) -> Any:
    if key in REPLACED:
        return own
    if isinstance(shared, Block) and isinstance(own, Block) and not (_is_intrinsic(shared) or _is_intrinsic(own)):
        return _merge(shared, own)
    if isinstance(shared, list) and isinstance(own, list):
        return [*shared, *own]
    return own


def _is_intrinsic(value: dict[str, Any]) -> bool:
    return len(value) == 1 and any(key == "Ref" or key.startswith("Fn::") for key in value)
