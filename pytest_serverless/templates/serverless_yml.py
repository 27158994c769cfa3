"""`serverless.yml` of Serverless Framework, versions 3 and 4, into `App`s; without Node.js.

Variables are resolved first, then functions and events are written out as the CloudFormation resources that the
framework deploys, and those are read like any template. Plugins are not run: what they would add is missing, and noted.
Source: https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml and the framework's code (2026-11).
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_serverless.app.model import App, Origin
from pytest_serverless.templates.cloudformation import assemble
from pytest_serverless.templates.faults import Faults
from pytest_serverless.templates.intrinsics import Resolver
from pytest_serverless.templates.naming import Stack
from pytest_serverless.templates.parameters import values_of
from pytest_serverless.templates.reader import Block, origin_of, read
from pytest_serverless.templates.serverless_alb import compile_alb
from pytest_serverless.templates.serverless_events import compile_events
from pytest_serverless.templates.serverless_existing import existing_triggers
from pytest_serverless.templates.serverless_functions import compile_functions
from pytest_serverless.templates.serverless_http import compile_http
from pytest_serverless.templates.serverless_http_api import compile_http_api, compile_websockets
from pytest_serverless.templates.serverless_mappings import compile_mappings
from pytest_serverless.templates.serverless_naming import function_id
from pytest_serverless.templates.serverless_packages import compile_deployment_bucket, compile_layers, plugins_of
from pytest_serverless.templates.serverless_roles import PLUGIN as ROLES_PLUGIN
from pytest_serverless.templates.serverless_roles import compile_roles
from pytest_serverless.templates.serverless_rules import compile_rules
from pytest_serverless.templates.serverless_service import Service, as_block, event_list, merge, merged
from pytest_serverless.templates.serverless_sources import Surroundings, dotenv, sources
from pytest_serverless.templates.serverless_variables import UnresolvedError, VariableResolver

__all__ = ["load_serverless"]

EVENTS = (
    *("activemq", "alb", "alexaSkill", "cloudwatchEvent", "cloudwatchLog", "cognitoUserPool", "eventBridge", "http"),
    *("httpApi", "iot", "kafka", "msk", "rabbitmq", "s3", "schedule", "sns", "sqs", "stream", "websocket"),
)
SILENT_PLUGINS = {ROLES_PLUGIN, "serverless-python-requirements", "serverless-offline"}
EXTENDABLE = ("Condition", "CreationPolicy", "DeletionPolicy", "UpdatePolicy", "UpdateReplacePolicy")


def load_serverless(
    path: Path,
    *,
    stage: str | None = None,
    options: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    stubs: Mapping[str, Any] | None = None,
    region: str | None = None,
    account: str = "123456789012",
    environment: Mapping[str, str] | None = None,
) -> App:
    """Return the application of a `serverless.yml`; raise every fault in it as one `TemplateError`.

    `stage` and `region` are those of the command line, `options` its other options (`${opt:…}`), `params` what it gives
    by `--param`; these are options, too, for those who have one set of values. `environment` is where `${env:…}` looks:
    the process's, and `.env` files where the service uses them. `stubs` answer what is not in the project, under the
    variable without `${` and `}` (`cf:network-dev.VpcId`, `ssm:/shop/token`, `file(./config.js):key`), and exports
    under their names.
    """
    given = {"stage": stage, "region": region}
    around = Surroundings(
        folder=path.parent.resolve(),
        account=account,
        region=region,
        options={**(params or {}), **{key: value for key, value in given.items() if value}, **(options or {})},
        params=params or {},
        stubs=stubs or {},
        environment=os.environ if environment is None else environment,
    )
    return app_of(read(path), path, around)


def app_of(document: Any, path: Path, around: Surroundings) -> App:
    faults = Faults()
    if not isinstance(document, Block) or not document:
        faults.add("The file describes no service.", "Write `service`, `provider` and `functions`.", at=Origin(path, 1))
        faults.raise_any(path)
    around = with_dotenv(document, around, path)
    variables = VariableResolver(document, sources=sources(around), faults=faults, origin=Origin(path, 1))
    service = service_of(variables.resolve(), around, variables, faults)
    compile_service(service)
    return assembled(service, path, around)


def with_dotenv(document: Block, around: Surroundings, path: Path) -> Surroundings:
    """Add what `.env` files say, which version 4 reads always, and version 3 with `useDotenv`."""
    if not (document.get("useDotenv") or "4" in str(document.get("frameworkVersion", ""))):
        return around
    variables = VariableResolver(document, sources=sources(around), faults=Faults(), origin=Origin(path, 1))
    try:
        stage = around.stage_of(variables)
    except UnresolvedError:
        return around
    return dataclasses.replace(around, environment={**dotenv(around.folder, stage), **around.environment})


def service_of(tree: Block, around: Surroundings, variables: VariableResolver, faults: Faults) -> Service:
    named = tree.get("service")
    name = named.get("name") if isinstance(named, Mapping) else named
    if not name:
        faults.add("The service has no name.", "Write `service: name`.", at=tree.origin("service"))
    provider = tree.get("provider")
    if not isinstance(provider, Block):
        tree["provider"] = provider = Block(tree.file, tree.line, {"name": provider}.items())
    if provider.get("name") != "aws":
        what = f"The provider is {provider.get('name')!r}."
        faults.add(what, "Only `provider: {name: aws}` is read.", at=tree.origin("provider"))
    try:
        stage, region = around.stage_of(variables), around.region_of(variables)
    except UnresolvedError:
        stage, region = "dev", "us-east-1"
    return Service(tree, name=str(name), stage=stage, region=region, folder=around.folder, faults=faults)


def compile_service(service: Service) -> None:
    """Write the service out as resources, in the framework's order: roles last, when it is known what they are for."""
    note_what_is_not_run(service)
    compile_deployment_bucket(service)
    compile_functions(service)
    compile_layers(service)
    compile_events(service)
    compile_rules(service)
    compile_http(service)
    compile_http_api(service)
    compile_websockets(service)
    compile_alb(service)
    compile_mappings(service)
    compile_roles(service)


def note_what_is_not_run(service: Service) -> None:
    """Note plugins, and events that only a plugin knows."""
    for plugin in plugins_of(service):
        if plugin not in SILENT_PLUGINS:
            text = f"The plugin {plugin!r} is not run; what it would add to the service is missing."
            service.note(text, service.tree.origin("plugins"))
    for function, spec in service.functions.items():
        if spec.get("events") and not isinstance(spec["events"], list):
            service.fault(
                f"The events of {function!r} are no list.", "Write `events:` and each after a `-`.", spec, "events"
            )
        for event in event_list(spec):
            unknown = [kind for kind in event if kind not in EVENTS] if isinstance(event, Block) else [str(event)]
            for kind in unknown:
                service.note(f"The event {kind!r} of {function!r} is not known here, and never sent.", origin_of(event))


def assembled(service: Service, path: Path, around: Surroundings) -> App:
    """Put the user's own resources to those of the service, and read them all."""
    custom = merged(service.tree.get("resources"))
    resources, outputs = with_custom(service, custom)
    resolver = Resolver(
        stack=Stack(
            str(service.provider.get("stackName") or service.prefix), region=service.region, account=around.account
        ),
        faults=service.faults,
        resources=resources,
        parameters=values_of(custom.get("Parameters"), {}, around.stubs, service.faults, also=around.params),
        mappings=as_block(custom.get("Mappings"), service.tree),
        conditions=as_block(custom.get("Conditions"), service.tree),
        imports=around.stubs,
    )
    resolver.conditions.check()
    app = assemble(resolver, path=path, outputs=outputs, notes=tuple(service.notes))
    return dataclasses.replace(
        app,
        triggers=(*app.triggers, *existing_triggers(service, app, resolver)),
        aliases={key: function_id(key) for key in service.functions if function_id(key) in app.functions},
    )


def with_custom(service: Service, custom: Block) -> tuple[dict[str, Block], dict[str, Any]]:
    """Return the resources and outputs of the service with those that `resources` adds, merges or extends."""
    own = as_block(custom.get("Resources"), service.tree)
    resources: dict[str, Any] = {**service.resources}
    for logical_id, resource in own.items():
        resources[logical_id] = merge(resources[logical_id], resource) if logical_id in resources else resource
    for logical_id, extension in as_block(custom.get("extensions"), service.tree).items():
        if logical_id not in resources:
            remedy = "Correct its id; the framework's are like HelloLambdaFunction and IamRoleLambdaExecution."
            service.fault(f"There is no resource {logical_id!r} to extend.", remedy, extension)
        elif isinstance(extension, Block):
            resources[logical_id] = extended(resources[logical_id], extension)
    typed = {
        key: value for key, value in resources.items() if isinstance(value, Block) and "::" in str(value.get("Type"))
    }
    for logical_id in sorted(resources.keys() - typed.keys()):
        remedy = "Write one, such as AWS::SQS::Queue."
        service.fault(f"The resource {logical_id!r} has no Type that exists.", remedy, own, logical_id)
    return typed, {**service.outputs, **as_block(custom.get("Outputs"), service.tree)}


def extended(resource: Block, extension: Block) -> Block:
    """Return a resource with what an extension says: its properties go before the generated ones."""
    whole = resource.like()
    whole.update(resource)
    for key, value in extension.items():
        if key in ("Properties", "Metadata") and isinstance(value, Block):
            whole[key] = overlaid(whole.get(key), value)
        elif key in EXTENDABLE:
            whole[key] = value
    return whole


def overlaid(base: Any, over: Block) -> Block:
    block = over.like()
    block.update(base if isinstance(base, Mapping) else {})
    block.update(over)
    return block
