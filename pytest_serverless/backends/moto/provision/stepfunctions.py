"""State machines and activities: described, started, and answered by moto, which does not run their states."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision.bench import Bench, StepError, called, tag_list
from pytest_serverless.backends.moto.provision.fitting import json_text

__all__ = ["activity", "state_machine"]


def state_machine(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::StepFunctions::StateMachine`."""
    properties = resource.properties
    bench.call(
        "stepfunctions",
        "create_state_machine",
        name=called(resource, "StateMachineName"),
        definition=_definition(properties, bench),
        roleArn=properties.get("RoleArn"),
        type=properties.get("StateMachineType"),
        loggingConfiguration=properties.get("LoggingConfiguration"),
        tracingConfiguration=properties.get("TracingConfiguration"),
        tags=tag_list(properties.get("Tags")),
    )


def activity(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::StepFunctions::Activity`."""
    bench.call("stepfunctions", "create_activity", name=called(resource, "Name"))


def _definition(properties: Mapping[str, Any], bench: Bench) -> str:
    text = _written(properties, bench)
    substitutions = properties.get("DefinitionSubstitutions") or {}
    return re.sub(r"\$\{(\w+)\}", lambda found: str(substitutions.get(found[1], found[0])), text)


def _written(properties: Mapping[str, Any], bench: Bench) -> str:
    """Return the definition from the template, or from the file that it names; one that is in S3 cannot be had."""
    for key in ("DefinitionString", "Definition"):
        if properties.get(key):
            return json_text(properties[key])
    place = properties.get("DefinitionUri") or properties.get("DefinitionS3Location")
    if not isinstance(place, str) or place.startswith("s3://"):
        return json.dumps({"Comment": f"in S3: {place}", "StartAt": "Pass", "States": {"Pass": _PASS}})
    file = bench.app.template.parent / place
    if not file.is_file():
        raise StepError("DefinitionUri", f"there is no file {file}")
    return file.read_text(encoding="utf-8")


_PASS = {"Type": "Pass", "End": True}
