"""Resources that a call names, and nothing else led to: made before the call is carried out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property

from pytest_serverless.app.model import App
from pytest_serverless.backends.arns import resources_of
from pytest_serverless.outcome import BackendCall

__all__ = ["Named"]

_SUFFIX_OF_SECRET = len("-AbCdEf")


class Named:
    """Looks at every call of the test and of its handlers, and refuses none.

    A test that writes `Bucket="invoices"`, as the template does, finds that bucket as one that asks `ref` does,
    whatever tests ran before.
    """

    def __init__(self, app: App, account: str, need: Callable[[Collection[str]], None]) -> None:
        self._app = app
        self._account = account
        self._need = need

    def __call__(self, call: BackendCall) -> None:
        """Make what a call is about, if it is of the application."""
        ids = {self._ids.get(arn) for arn in self._arns(call)} - {None}
        if ids:
            self._need([id_ for id_ in ids if id_ is not None])

    def _arns(self, call: BackendCall) -> Collection[str]:
        if call.resource is None:
            return resources_of(call.service, call.parameters, region=self._app.region, account=self._account)
        return [call.resource.partition("/")[0] if call.service == "s3" else call.resource]

    @cached_property
    def _ids(self) -> Mapping[str, str]:
        ids = {}
        for id_, resource in self._app.resources.items():
            if resource.arn:
                ids[resource.arn.removesuffix(":*")] = id_
            if resource.arn and resource.type == "AWS::SecretsManager::Secret":
                ids[resource.arn[:-_SUFFIX_OF_SECRET]] = id_
        return ids
