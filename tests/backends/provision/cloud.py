"""An empty account, and applications to make in it."""

from pathlib import Path

from botocore.config import Config

from pytest_serverless.app.model import App, Function, Origin, Resource
from pytest_serverless.backends.moto.provision import provision
from pytest_serverless.templates.naming import Stack, identify

ROLE = "arn:aws:iam::123456789012:role/worker"
SHOP = Stack("shop")
TEMPLATE = Path("template.yaml")


def resource(kind, name="Thing", /, **properties):
    """Return a resource that is named as templates name it."""
    identity = identify(kind, name, properties, SHOP)
    return Resource(
        id=name,
        type=kind,
        name=identity.ref,
        arn=identity.arn,
        properties=properties,
        attributes=identity.attributes,
        origin=Origin(TEMPLATE, 7),
    )


def function(name="Fn", **settings):
    defaults = {"name": f"shop-{name}", "provider": "aws", "handler": "app.handler", "timeout_s": 3.0, "memory_mb": 128}
    return Function(id=name, **{**defaults, **settings})


def lambda_function(name="Fn", **properties):
    """Return the resource that is a function, too."""
    fixed = {"FunctionName": f"shop-{name}", "Handler": "app.handler", "Runtime": "python3.13", "Role": ROLE}
    return resource("AWS::Lambda::Function", name, **{**fixed, **properties})


def app(*resources, functions=(), **more):
    return App(
        name="shop",
        provider="aws",
        template=TEMPLATE,
        resources={each.id: each for each in resources},
        functions={each.id: each for each in functions},
        **more,
    )


class Cloud:
    def __init__(self, session, clients):
        self._session = session
        self._clients = clients

    def client(self, service):
        if service not in self._clients:
            # moto does not know the host names that have an account in them
            config = Config(account_id_endpoint_mode="disabled")
            self._clients[service] = self._session.client(service, config=config)
        return self._clients[service]

    def make(self, *resources, only=None, **more):
        """Make an application of the resources, and return the first of them."""
        provision(app(*resources, **more), self.client, only)
        return resources[0] if resources else None
