"""Finding a template's resources by what they are called where they are deployed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pytest_serverless.app.model import Resource

__all__ = ["Directory"]

FUNCTION = re.compile(r"arn:[^:]*:lambda:[^:]*:[^:]*:function:[^:/]+")


class Directory:
    """The resources by their ARNs, and by whatever else a reference to them gives."""

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        self.resources = resources
        self._ids: dict[str, str] = {}
        for resource in resources.values():
            for value in (resource.arn, *resource.attributes.values()):
                if isinstance(value, str) and value.startswith("arn:"):
                    self._ids.setdefault(value, resource.id)
        self._named = {(resource.type, resource.name): resource.id for resource in resources.values()}

    def id_of(self, name: Any, kind: str = "") -> str | None:
        """Return the logical id of what an ARN names, or, of a type that is said, a reference or a name."""
        if not isinstance(name, str):
            return None
        if (found := self._ids.get(name)) is not None:
            return found
        return self._named.get((kind, name)) if kind else None

    def source(self, name: Any, kind: str = "") -> str | None:
        """Return the logical id of what events come from, or its ARN where it is not part of the template."""
        return self.id_of(name, kind) or (name if isinstance(name, str) else None)

    def function(self, name: Any) -> str | None:
        """Return the logical id of the function that an ARN, a qualified ARN, a name or an invocation URI names."""
        if not isinstance(name, str):
            return None
        found = FUNCTION.search(name)
        if found:
            return self._ids.get(found[0])
        return self._named.get(("AWS::Lambda::Function", name.partition(":")[0]))

    def of_type(self, *types: str) -> list[Resource]:
        """Return the resources of these types, in the template's order."""
        return [resource for resource in self.resources.values() if resource.type in types]
