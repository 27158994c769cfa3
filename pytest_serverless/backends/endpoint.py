"""AWS as it is somewhere else: a LocalStack, another emulator, or a real account; nothing is mocked.

The resources must be there. Where the endpoint knows a CloudFormation stack of the application's name, they are found
by it; else they are taken to have the names that the template gives them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pytest_serverless.backends import finder
from pytest_serverless.backends.journal import Journal
from pytest_serverless.clock import SYSTEM, Clock
from pytest_serverless.errors import MissingExtraError

__all__ = ["REAL", "EndpointBackend"]

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE")

REAL = "aws"
"""In place of a URL: AWS itself, with the credentials and the region of the environment."""


class EndpointBackend:
    """The services at an endpoint, with the journal of the calls made to them; what a test leaves there stays."""

    def __init__(
        self, url: str, *, region: str = "us-east-1", account: str = "123456789012", clock: Clock = SYSTEM
    ) -> None:
        self.url = None if url == REAL else url
        self.region = region
        self.account = account
        self.journal = Journal(account=account, clock=clock)
        self._clients: dict[str, Any] = {}

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment in which a function's own clients reach the endpoint."""
        found = {name: os.environ[name] for name in _CREDENTIALS if name in os.environ}
        found |= {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}
        return {**found, "AWS_ENDPOINT_URL": self.url} if self.url else found

    @contextmanager
    def entered(self, test: str = "") -> Iterator[EndpointBackend]:
        """Keep the journal of one test."""
        finder.install()
        self.journal.clear()
        taps = finder.TAPS
        taps.given_parameters = self.journal.given_parameters
        taps.before_call = self.journal.before_call
        taps.after_call = self.journal.after_call
        taps.after_call_error = self.journal.after_call_error
        try:
            yield self
        finally:
            taps.clear()

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a boto3 client, always the same one for a service."""
        if service not in self._clients:
            try:
                import boto3
            except ModuleNotFoundError as error:
                raise MissingExtraError(module="boto3", extra="aws", needed_for="An endpoint of AWS") from error
            self._clients[service] = boto3.client(
                service,
                region_name=region or self.region,
                endpoint_url=self.url,
            )
        return self._clients[service]

    def names(self, stack: str) -> Mapping[str, str]:
        """Return the physical ids of a deployed stack's resources by their ids; empty where there is no such stack."""
        from botocore.exceptions import BotoCoreError, ClientError

        with self.journal.quietly():
            try:
                found = self.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
            except (BotoCoreError, ClientError):
                return {}
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found if "PhysicalResourceId" in each}
