"""What we make of SAM templates, beside what AWS's own transform makes of them.

The transform's output is a CloudFormation template: read as such, it has to give the same application. Known
differences: SAM ends the logical ids of deployments, versions and layers in a digest; it adds tags, and a stage
("Stage") that no caller uses.
"""

import copy
import json
import re
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from pytest_serverless.templates import load
from pytest_serverless.templates.reader import read

FOLDER = Path(__file__).parents[2] / "fixtures/templates/sam"
TEMPLATES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
DIGEST = re.compile(r"(Deployment|Version|Shared)[0-9a-f]{10}$")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@cache
def ours(name):
    return load(FOLDER / f"{name}.yaml", stack="demo")


@pytest.fixture
def theirs(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    def transform(name):
        template = json.loads(json.dumps(read(FOLDER / f"{name}.yaml")))
        parameters = {
            key: declared["Default"]
            for key, declared in template.get("Parameters", {}).items()
            if "Default" in declared
        }
        for resource in template["Resources"].values():
            remember_paths(resource)
        for section in template.get("Globals", {}).values():
            remember_paths({"Properties": section})
        output = Translator({}, Parser()).translate(copy.deepcopy(template), parameters)
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(output))
        return load(path, stack="demo")

    return transform


def remember_paths(resource):
    """The transform takes code from S3 alone."""
    for key in ("CodeUri", "ContentUri"):
        if key in resource.get("Properties", {}):
            resource["Properties"][key] = "s3://bucket/key"


def plain(logical_id):
    return DIGEST.sub(r"\1", logical_id)


def settled(value):
    """A value without what differs by design: digests in ids, and so in what is named after them."""
    text = json.dumps(value, sort_keys=True, default=str)
    text = re.sub(r"(demo-\w*?(?:Shared|Version|Deployment))[0-9a-f]{10}", r"\1", text)
    return json.loads(text)


def statements_of(app):
    found = {}
    for policy in app.policies:
        if policy.kind != "resource":
            entry = found.setdefault((policy.principal, policy.kind), [])
            entry += [policy.managed] if policy.managed else [normal_statement(each) for each in policy.statements]
    return {key: sorted(map(str, entries)) for key, entries in found.items()}


def normal_statement(statement):
    listed = {
        key: sorted(value if isinstance(value, list) else [value], key=str) if key in ("Action", "Resource") else value
        for key, value in statement.items()
    }
    return json.dumps(listed, sort_keys=True).replace("sns:publish", "sns:Publish")


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_same_resources_come_out(name, theirs):
    expected = {plain(resource.id): resource.type for resource in theirs(name).resources.values()}

    assert {plain(resource.id): resource.type for resource in ours(name).resources.values()} == expected


@pytest.mark.parametrize("name", TEMPLATES)
def test_roles_have_the_same_statements_and_managed_policies(name, theirs):
    expected = statements_of(theirs(name))

    assert statements_of(ours(name)) == expected


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_same_may_call_functions_and_send_to_queues(name, theirs):
    def granted(app):
        return {
            (policy.principal, policy.name): settled(policy.statements)
            for policy in app.policies
            if policy.kind == "resource"
        }

    expected = granted(theirs(name))

    assert granted(ours(name)) == expected


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_same_events_call_the_same_functions(name, theirs):
    def events(app):
        return sorted(
            (trigger.kind, trigger.function, str(trigger.source), json.dumps(settled(trigger.settings), sort_keys=True))
            for trigger in app.triggers
            if not hasattr(trigger.settings, "front")
        )

    expected = events(theirs(name))

    assert events(ours(name)) == expected


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_same_routes_lead_to_the_same_functions(name, theirs):
    def routes(app):
        return sorted(
            (trigger.function, json.dumps(asdict(trigger.settings), sort_keys=True))
            for trigger in app.triggers
            if hasattr(trigger.settings, "front")
        )

    expected = routes(theirs(name))

    assert routes(ours(name)) == expected


@pytest.mark.parametrize("name", TEMPLATES)
def test_functions_are_set_up_alike(name, theirs):
    def setups(app):
        return {
            function.id: (
                function.name,
                function.handler,
                function.timeout_s,
                function.memory_mb,
                settled(function.environment),
                function.role,
                function.settings,
            )
            for function in app.functions.values()
        }

    expected = setups(theirs(name))

    assert setups(ours(name)) == expected


@pytest.mark.parametrize("name", TEMPLATES)
def test_resources_have_the_same_properties(name, theirs):
    """But for bodies of APIs, which are compared as routes, and for code and tags."""

    def properties(app):
        return {
            plain(resource.id): settled(
                {key: value for key, value in resource.properties.items() if key not in SET_ASIDE[resource.type]}
            )
            for resource in app.resources.values()
            if resource.type in SET_ASIDE
        }

    expected = properties(theirs(name))

    assert properties(ours(name)) == expected


SET_ASIDE = {
    "AWS::ApiGatewayV2::Stage": ("Tags",),
    "AWS::Cognito::UserPool": (),
    "AWS::DynamoDB::Table": (),
    "AWS::Events::Rule": (),
    "AWS::Lambda::EventInvokeConfig": (),
    "AWS::Lambda::EventSourceMapping": (),
    "AWS::Lambda::Function": ("Code", "Tags", "Layers"),
    "AWS::Lambda::Url": (),
    "AWS::Logs::SubscriptionFilter": (),
    "AWS::S3::Bucket": (),
    "AWS::SNS::Subscription": (),
    "AWS::SQS::Queue": (),
    "AWS::Scheduler::Schedule": (),
}
