"""A `serverless.yml` comes to the same resources as Serverless Framework 3.40 makes of it.

`compiled.json` beside each is what the framework's `package` wrote, recorded by tools/record_serverless.py.
"""

import json
from functools import partial
from pathlib import Path

import pytest

from pytest_serverless.templates.cloudformation import assemble
from pytest_serverless.templates.faults import Faults
from pytest_serverless.templates.intrinsics import Resolver
from pytest_serverless.templates.naming import Stack
from pytest_serverless.templates.reader import read
from pytest_serverless.templates.serverless_yml import load_serverless

FOLDER = Path(__file__).parents[2] / "fixtures/templates/serverless"
SERVICES = {"events": ("every-event-dev", "eu-west-1"), "roles": ("own-roles-dev", "us-east-1")}


def recorded(service):
    name, region = SERVICES[service]
    path = FOLDER / service / "compiled.json"
    template = read(path)
    resolver = Resolver(stack=Stack(name, region), faults=Faults(), resources=template["Resources"])
    return assemble(resolver, path=path, outputs={key: {"Value": value} for key, value in template["Outputs"].items()})


written = partial(json.dumps, sort_keys=True)


def as_plain(value):
    """What a value says: the framework writes a single action as a list, and the order of statements means nothing."""
    if isinstance(value, dict):
        plain = {key: as_plain(item) for key, item in value.items() if key != "Code"}
        if "Effect" in plain and isinstance(plain.get("Action"), str):
            plain["Action"] = [plain["Action"]]
        if isinstance(plain.get("Statement"), list):
            plain["Statement"].sort(key=written)
        return plain
    return [as_plain(item) for item in value] if isinstance(value, list) else value


def described(app):
    return {
        resource.id: (resource.type, resource.name, resource.arn, as_plain(dict(resource.properties)))
        for resource in app.resources.values()
    }


def policies_of(app):
    return sorted(
        (policy.principal, policy.name, str(policy.managed), sorted(map(written, as_plain(list(policy.statements)))))
        for policy in app.policies
    )


@pytest.fixture(scope="module", params=SERVICES)
def pair(request):
    return load_serverless(FOLDER / request.param / "serverless.yml"), recorded(request.param)


def test_there_are_the_same_resources(pair):
    ours, theirs = pair

    assert sorted(described(ours)) == sorted(described(theirs))


def test_every_resource_has_the_same_properties(pair):
    ours, theirs = map(described, pair)

    assert {key: ours[key] for key in theirs} == theirs


def test_outputs_have_the_same_values(pair):
    ours, theirs = pair

    assert ours.outputs == theirs.outputs


def test_functions_are_called_by_the_same_triggers(pair):
    ours, theirs = pair

    triggers = {(trigger.id, trigger.kind, trigger.function, trigger.source) for trigger in theirs.triggers}
    assert {(trigger.id, trigger.kind, trigger.function, trigger.source) for trigger in ours.triggers} >= triggers


def test_roles_have_the_same_policies(pair):
    ours, theirs = map(policies_of, pair)

    assert ours == theirs
