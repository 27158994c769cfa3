"""CloudFormation templates into `App`s; SAM's are written out as such first (`sam`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_serverless.app.model import App, Note, Resource
from pytest_serverless.templates.circles import circles
from pytest_serverless.templates.directory import Directory
from pytest_serverless.templates.dynamic_references import secret_string
from pytest_serverless.templates.faults import Faults
from pytest_serverless.templates.intrinsics import NO_VALUE, Resolver, hint
from pytest_serverless.templates.lambda_functions import functions_of
from pytest_serverless.templates.load_balancers import balanced_routes
from pytest_serverless.templates.naming import Stack, kind_of
from pytest_serverless.templates.parameters import values_of
from pytest_serverless.templates.policies import policies_of
from pytest_serverless.templates.reader import Block, origin_of, plain
from pytest_serverless.templates.routes import routes_of
from pytest_serverless.templates.wiring import triggers_of

__all__ = ["assemble", "build"]

SECTIONS = (
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
)


def build(
    document: Block,
    *,
    path: Path,
    stack: Stack,
    parameters: Mapping[str, Any],
    imports: Mapping[str, Any],
    overrides: Mapping[str, Any],
) -> App:
    """Return the application that a template describes; raise every fault in it as one `TemplateError`.

    `parameters` are the caller's, `overrides` those of a file that may serve several templates.
    """
    from pytest_serverless.templates.sam import expand, is_sam

    faults = Faults()
    _check_sections(document, faults)
    resolver = Resolver(
        stack=stack,
        faults=faults,
        resources=_resources(document, faults),
        parameters=values_of(document.get("Parameters"), parameters, imports, faults, also=overrides),
        mappings=_section(document, "Mappings", faults),
        conditions=_section(document, "Conditions", faults),
        imports=imports,
    )
    resolver.conditions.check()
    if is_sam(document):
        expand(document, resolver)
    return assemble(resolver, path=path, outputs=_section(document, "Outputs", faults))


def assemble(resolver: Resolver, *, path: Path, outputs: Mapping[str, Any], notes: tuple[Note, ...] = ()) -> App:
    """Return the application that a resolver's resources make, once every format has added its own.

    Local folders of code stand as text in a function's `Code` and a layer's `Content`, relative to the template.
    """
    resources = _resolve_resources(resolver)
    directory = Directory(resources)
    functions = functions_of(directory, resolver, path.parent)
    triggers = (*routes_of(directory), *balanced_routes(directory, resolver), *triggers_of(directory))
    policies = policies_of(directory)
    resolved_outputs = _outputs(resolver, outputs)
    _find_circles(resolver)
    resolver.faults.raise_any(path)
    return App(
        name=resolver.stack.name,
        provider="aws",
        template=path,
        region=resolver.stack.region,
        functions=functions,
        resources={key: replace(each, properties=plain(each.properties)) for key, each in resources.items()},
        triggers=triggers,
        policies=policies,
        outputs=resolved_outputs,
        notes=(*notes, *resolver.notes),
    )


def _check_sections(document: Block, faults: Faults) -> None:
    for name in document:
        if name not in SECTIONS:
            do = hint(name, SECTIONS, f"There are: {', '.join(SECTIONS)}.")
            faults.add(f"A template has no section {name!r}.", do, at=document.origin(name))


def _section(document: Block, name: str, faults: Faults) -> dict[str, Any]:
    found = document.get(name)
    if found is not None and not isinstance(found, dict):
        faults.add(f"The section {name} is no mapping.", "Write one, or remove it.", at=document.origin(name))
    return found if isinstance(found, dict) else {}


def _resources(document: Block, faults: Faults) -> dict[str, Block]:
    """Return the resources that are at least written as such."""
    section = _section(document, "Resources", faults)
    if not section:
        faults.add("The template has no resources.", "Declare some under Resources.", at=document.origin("Resources"))
    found: dict[str, Block] = {}
    for logical_id, resource in section.items():
        if isinstance(resource, Block) and isinstance(resource.get("Type"), str):
            found[logical_id] = resource.like()  # formats write into it, and the file may be read once for several apps
            found[logical_id].update(resource)
        elif not logical_id.startswith("Fn::"):
            at = origin_of(section, logical_id)
            faults.add("This resource has no Type.", "Write one, such as AWS::SQS::Queue.", id=logical_id, at=at)
        else:
            at = origin_of(section, logical_id)
            faults.add(f"{logical_id} is not understood here.", "Write the resources out.", id=logical_id, at=at)
    return found


def _resolve_resources(resolver: Resolver) -> dict[str, Resource]:
    resources = {}
    for logical_id, raw in resolver.resources.items():
        resolver.at = raw.origin()
        condition = raw.get("Condition")
        with resolver.inside(logical_id):
            if condition is None or resolver.conditions.holds(condition):
                resources[logical_id] = _resource(logical_id, raw, resolver)
    return resources


def _resource(logical_id: str, raw: Block, resolver: Resolver) -> Resource:
    kind = str(raw["Type"])
    given = raw.get("Properties")
    if given is not None and not isinstance(given, dict):
        resolver.fault("Its Properties are no mapping.", "Write one, or remove them.", at=raw.origin("Properties"))
        given = None
    properties = resolver.resolve(given if given is not None else raw.like())
    _depend(logical_id, raw, resolver)
    identity = resolver.identity(logical_id)
    if not isinstance(properties, dict) or properties is NO_VALUE:
        properties = {}
    if name := kind_of(kind).name:
        properties[name] = identity.name
    if kind == "AWS::SecretsManager::Secret" and {"SecretString", "GenerateSecretString"} & properties.keys():
        properties["SecretString"] = secret_string(resolver, logical_id)
    return Resource(
        id=logical_id,
        type=kind,
        name=identity.ref,
        arn=identity.arn,
        properties=properties,
        attributes=identity.attributes,
        origin=raw.origin(),
    )


def _depend(logical_id: str, raw: Block, resolver: Resolver) -> None:
    """Note what a resource waits for by its own word."""
    found = raw.get("DependsOn", ())
    for name in map(str, found if isinstance(found, (list, tuple)) else [found]):
        name_here = resolver.aliases.get(name, name)
        if name_here in resolver.resources:
            resolver.edges.setdefault(logical_id, set()).add(name_here)
        else:
            resolver.fault(
                f"It depends on {name!r}, and there is no such resource.",
                hint(name, resolver.resources, "Declare it, or correct the name."),
                at=raw.origin("DependsOn"),
            )


def _outputs(resolver: Resolver, section: Mapping[str, Any]) -> dict[str, Any]:
    outputs = {}
    for name, output in section.items():
        with resolver.inside(""):
            resolver.at = origin_of(output) or origin_of(section, name)
            if not isinstance(output, dict) or "Value" not in output:
                resolver.faults.add("This output has no Value.", "Write one.", id=name, at=resolver.at)
                continue
            condition = output.get("Condition")
            if condition is None or resolver.conditions.holds(condition):
                outputs[name] = plain(resolver.resolve(output["Value"]))
                resolver.resolve(output.get("Export", {}))
    return outputs


def _find_circles(resolver: Resolver) -> None:
    for found in circles(resolver.edges):
        lines = [resolver.resources[name].line for name in found]
        first = lines.index(min(lines))
        members = [*found[first:], *found[:first]]
        way = " -> ".join([*members, members[0]])
        resolver.faults.add(
            f"Resources need each other in a circle, and none could be made first: {way}.",
            _way_out(resolver, members),
            id=members[0],
            at=resolver.resources[members[0]].origin(),
        )


def _way_out(resolver: Resolver, members: list[str]) -> str:
    types = {resolver.resources[name].get("Type") for name in members}
    if "AWS::S3::Bucket" in types and "AWS::Lambda::Function" in types:
        return (
            "Give the bucket a BucketName, and use that name in the function and its policies instead of a reference."
        )
    return "Take one of the references away, or write the name that it stands for."
