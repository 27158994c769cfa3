"""boto3 for one session of tests: service models read once, clients made once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from pytest_serverless.backends.credentials import aws_environment

__all__ = ["Sdk", "gc_paused"]


@contextmanager
def gc_paused() -> Iterator[None]:
    """Collect no garbage while we set up: most of it lives for the session, and is frozen afterwards."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
            gc.freeze()


@cache
def _loader() -> Any:
    """Return what reads service models, and keeps them: nine tenths of the time that a first client takes."""
    from botocore.loaders import create_loader

    return create_loader()


class Sdk:
    """Our own boto3 session, which stands in for the default one while a backend is in use."""

    def __init__(self, region: str) -> None:
        import boto3
        import botocore.session

        self.region = region
        self._loader = _loader()
        self._clients: dict[tuple[str, str], Any] = {}
        core = botocore.session.get_session()
        core.register_component("data_loader", self._loader)
        with aws_environment(region):
            self._session = boto3.Session(botocore_session=core)

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client, always the same one for a service and region."""
        place = (service, region or self.region)
        if place not in self._clients:
            with gc_paused(), aws_environment(self.region):
                self._clients[place] = self._session.client(service, region_name=place[1])
        return self._clients[place]

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Be boto3's default session, and lend what is loaded to sessions that are made meanwhile."""
        import boto3
        import botocore.session

        from pytest_serverless.backends.service_models import read_quickly

        default, create_loader = boto3.DEFAULT_SESSION, botocore.session.create_loader

        def lend_loader(search_path_string: str | None = None) -> Any:
            return create_loader(search_path_string) if search_path_string else self._loader

        boto3.DEFAULT_SESSION = self._session
        botocore.session.create_loader = lend_loader
        try:
            with read_quickly():
                yield
        finally:
            botocore.session.create_loader = create_loader
            boto3.DEFAULT_SESSION = default

    def close(self) -> None:
        """Close the clients."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
