"""boto3 clients of services at addresses of our own, which no mock in this process answers or hears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_serverless.backends import finder
from pytest_serverless.backends.credentials import aws_environment
from pytest_serverless.errors import MissingExtraError

__all__ = ["EndpointClients"]


class EndpointClients:
    """Makes clients, one for each service and choice of options; `url_of` says where a service is.

    Their credentials are made up. Invocations are tried once: a throttled one is an answer here.
    """

    def __init__(self, region: str, url_of: Callable[[str], str]) -> None:
        self._region = region
        self._url_of = url_of
        self._session: Any = None
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, **options: Any) -> Any:
        """Return a client; `options` are those of `boto3.client`."""
        key = service, repr(sorted(options.items()))
        if key not in self._clients:
            self._clients[key] = self._made(service, options)
        return self._clients[key]

    def _made(self, service: str, options: dict[str, Any]) -> Any:
        try:
            import boto3
            import botocore.session
            from botocore.config import Config
        except ModuleNotFoundError as error:
            raise MissingExtraError(module="boto3", extra="aws", needed_for="A client of the platform") from error
        with aws_environment(self._region):
            if self._session is None:
                self._session = boto3.Session(botocore_session=botocore.session.get_session())
            config = Config(retries={"total_max_attempts": 1}) if service == "lambda" else Config()
            given = {"endpoint_url": self._url_of(service), "region_name": self._region, **options}
            given["config"] = config.merge(options["config"]) if "config" in options else config
            client = self._session.client(service, **given)
        _apart(client)
        return client

    def close(self) -> None:
        """Close the clients."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()


def _apart(client: Any) -> None:
    """Let nobody in this process hear what a client does: mocks listen to the clients that are made while they are."""
    from botocore import handlers

    for event, handler, *_ in handlers.BUILTIN_HANDLERS:
        if (event, handler) in finder.HANDLERS or getattr(handler, "__module__", "").startswith("moto."):
            client.meta.events.unregister(event, handler)
