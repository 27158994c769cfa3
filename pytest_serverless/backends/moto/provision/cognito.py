"""User pools with their clients, domains, groups and users."""

from __future__ import annotations

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision import identities
from pytest_serverless.backends.moto.provision.bench import Bench, called

__all__ = ["client", "domain", "group", "pool", "resource_server", "user"]


def pool(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Cognito::UserPool`; its name is not its id, which is what references give."""
    properties = resource.properties
    name = properties.get("UserPoolName") or f"{bench.app.name}-{resource.id}"
    made = bench.call("cognito-idp", "create_user_pool", **{**properties, "PoolName": name})
    identities.user_pool(bench, made["UserPool"]["Id"], resource.name)


def client(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Cognito::UserPoolClient`."""
    properties = resource.properties
    name = properties.get("ClientName") or f"{bench.app.name}-{resource.id}"
    made = bench.call("cognito-idp", "create_user_pool_client", **{**properties, "ClientName": name})
    minted = made["UserPoolClient"]["ClientId"]
    secret = resource.attributes.get("ClientSecret")
    identities.user_pool_client(bench, properties["UserPoolId"], minted, resource.name, secret)


def domain(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Cognito::UserPoolDomain`."""
    bench.call("cognito-idp", "create_user_pool_domain", **resource.properties)


def group(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Cognito::UserPoolGroup`."""
    bench.call("cognito-idp", "create_group", **{**resource.properties, "GroupName": called(resource, "GroupName")})


def user(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Cognito::UserPoolUser`; nobody is sent an invitation, and no trigger is asked."""
    named = {"Username": called(resource, "Username"), "MessageAction": "SUPPRESS"}
    with identities.without_triggers(bench, resource.properties["UserPoolId"]):
        bench.call("cognito-idp", "admin_create_user", **{**resource.properties, **named})


def resource_server(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::Cognito::UserPoolResourceServer`."""
    bench.call("cognito-idp", "create_resource_server", **resource.properties)
