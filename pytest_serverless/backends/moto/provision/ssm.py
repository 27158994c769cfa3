"""Parameters of the Systems Manager. Moto's part is slow to import (a second), so only where one is used."""

from __future__ import annotations

from pytest_serverless.app.model import Resource
from pytest_serverless.backends.moto.provision.bench import Bench, called, tag_list

__all__ = ["parameter"]


def parameter(resource: Resource, bench: Bench) -> None:
    """Make a `AWS::SSM::Parameter`."""
    named = {"Name": called(resource, "Name"), "Tags": tag_list(resource.properties.get("Tags"))}
    bench.call("ssm", "put_parameter", **{**resource.properties, **named})
