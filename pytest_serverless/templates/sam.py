"""SAM templates: `AWS::Serverless::*` resources, written out as the CloudFormation resources that they stand for.

The logical ids are those that SAM gives, but that it ends those of deployments, versions and layers in a digest of
their content: here a deployment is `ApiDeployment`, a version `FunctionVersion`, and a layer keeps its id.
Source: https://github.com/aws/serverless-application-model, docs/internals/generated_resources.rst, and
aws-sam-translator 1.115 (2026-11).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pytest_serverless.templates.intrinsics import Resolver, hint
from pytest_serverless.templates.reader import Block, standing_at
from pytest_serverless.templates.sam_globals import Globals

if TYPE_CHECKING:
    from pytest_serverless.templates.sam_apis import Api

__all__ = ["Sam", "expand", "is_sam"]

TRANSFORM = "AWS::Serverless-2016-10-31"
PREFIX = "AWS::Serverless::"


def is_sam(document: Block) -> bool:
    """Tell whether a template is to be transformed by SAM."""
    found = document.get("Transform")
    return TRANSFORM in (found if isinstance(found, list) else [found])


def expand(document: Block, resolver: Resolver) -> None:
    """Replace the serverless resources of a resolver by what they stand for."""
    from pytest_serverless.templates.sam_apis import rest_api, web_api
    from pytest_serverless.templates.sam_functions import function
    from pytest_serverless.templates.sam_others import OTHERS

    sam = Sam(resolver, Globals(document, resolver))
    drafts = sam.take()
    for kind, expander in (("Api", rest_api), ("HttpApi", web_api), ("Function", function)):
        for logical_id, resource in drafts.pop(kind, []):
            with resolver.inside(logical_id):
                resolver.at = resource.origin()
                expander(sam, logical_id, resource)
    for kind, resources in drafts.items():
        for logical_id, resource in resources:
            with resolver.inside(logical_id):
                resolver.at = resource.origin()
                other = OTHERS.get(kind)
                if other is None:
                    do = hint(kind, ["Api", "Function", "HttpApi", *OTHERS], "Correct the type.")
                    resolver.fault(f"There is no type {PREFIX}{kind}.", do, at=resource.origin("Type"))
                else:
                    other(sam, logical_id, resource)
    for api in sam.apis.values():
        with resolver.inside(api.id):
            resolver.at = api.place.origin()
            api.finish()


class Sam:
    """A template while it is written out."""

    def __init__(self, resolver: Resolver, globals_: Globals) -> None:
        self.resolver = resolver
        self.globals = globals_
        self.apis: dict[str, Api] = {}

    def take(self) -> dict[str, list[tuple[str, Block]]]:
        """Take the serverless resources that there are out of the template, by their kind, with Globals in them."""
        found: dict[str, list[tuple[str, Block]]] = {}
        for logical_id, resource in list(self.resolver.resources.items()):
            type_ = str(resource.get("Type"))
            if "Connectors" in resource:
                self.note(resource, f"The connectors of {logical_id} are not read: it gets no permissions by them.")
            if not type_.startswith(PREFIX):
                continue
            condition = resource.get("Condition")
            if condition is not None and not self.resolver.conditions.holds(condition):
                continue  # it stays as it is: whoever refers to it is told that it is not there
            kind = type_.removeprefix(PREFIX)
            merged = self.globals.merged(kind, logical_id, resource)
            found.setdefault(kind, []).append((logical_id, merged))
            del self.resolver.resources[logical_id]
        return found

    def put(self, logical_id: str, kind: str, properties: dict[str, Any], at: Block, **more: Any) -> None:
        """Add a resource that stands where `at` does; values that are None are left out."""
        body = {"Type": kind, "Properties": standing_at(at, {k: v for k, v in properties.items() if v is not None})}
        self.resolver.resources[logical_id] = standing_at(at, {**body, **more})

    def value(self, raw: Any) -> Any:
        """Return a value that decides what is written out, resolved."""
        return self.resolver.resolve(raw)

    def note(self, at: Block, text: str) -> None:
        before, self.resolver.at = self.resolver.at, at.origin()
        self.resolver.note(text)
        self.resolver.at = before

    def referred(self, value: Any) -> str | None:
        """Return the logical id that a value names: by itself, by `Ref` or by `GetAtt`."""
        if isinstance(value, dict) and len(value) == 1:
            found = value.get("Ref")
            if found is None and isinstance(attribute := value.get("Fn::GetAtt"), list):
                found = attribute[0]
            value = found
        return value if isinstance(value, str) else None


Expander = Callable[[Sam, str, Block], None]
