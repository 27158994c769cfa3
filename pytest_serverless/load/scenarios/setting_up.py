"""What happens once before a run and once after it, in the process that conducts it."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pytest_serverless.errors import (
    InvalidParameterError,
    MissingExtraError,
    ServerlessError,
    UnknownNameError,
    shorten,
)
from pytest_serverless.load.auth.redaction import redact
from pytest_serverless.load.scenarios.definition import Definition
from pytest_serverless.load.targets.reached import Reached

__all__ = ["Setup", "clean_up", "set_up"]

_Returned = TypeVar("_Returned")
_KEYS = {
    "aws_access_key_id": "AWS_ACCESS_KEY_ID",
    "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "aws_session_token": "AWS_SESSION_TOKEN",
}


class Setup:
    """What `set_up` and `clean_up` are given: the target, by the ids of its template.

    `environment` has the variables under which SDKs reach it, if it needs any.
    """

    __slots__ = ("_profile", "_reached")

    def __init__(self, reached: Reached, profile: str | None = None) -> None:
        self._reached = reached
        self._profile = profile

    def __repr__(self) -> str:
        return f"<The target of a run: {self._reached.measured}>"

    @property
    def environment(self) -> Mapping[str, str]:
        return dict(self._reached.environment)

    def url(self, id: str | None = None) -> str:  # noqa: A002  # the template's word for it
        """Return the base URL of an HTTP API or function URL; of the only one without an id."""
        return self._reached.url(id)

    def ref(self, id: str) -> str:  # noqa: A002  # the template's word for it
        """Return what `Ref` gives of a resource."""
        if id not in self._reached.resources:
            raise UnknownNameError("resource of the target", id, self._reached.resources)
        return self._reached.resources[id]

    def function(self, id: str) -> str:  # noqa: A002  # the template's word for it
        """Return the name of a function."""
        return self._reached.function(id)

    def client(self, service: str) -> Any:
        """Return a client of boto3 for a service, at the target's own endpoint if it has one.

        It has the keys and the region of the target, or else those of the profile, or that boto3 finds by itself.
        """
        reached = self._reached
        if reached.kind == "url":
            raise InvalidParameterError(
                f"{reached.measured} is an address alone, so there is no {service!r} that is known to be its own. Name "
                "the stack by --serverless-stack, or make a client yourself: boto3.client(…)."
            )
        endpoint = reached.service_url(service)
        try:
            import boto3
        except ImportError as error:
            raise MissingExtraError(module="boto3", extra="aws", needed_for="A client of an AWS service") from error
        given = reached.environment
        region = given.get("AWS_REGION") or given.get("AWS_DEFAULT_REGION") or reached.measured.region
        keys = {name: given[variable] for name, variable in _KEYS.items() if variable in given}
        session = boto3.Session(profile_name=None if keys else self._profile, region_name=region, **keys)
        return session.client(service, endpoint_url=endpoint)


def set_up(definition: Definition, reached: Reached, *, profile: str | None = None) -> Any:
    """Run a scenario's `set_up`, if it has one, and return what it returned, as workers get it: plain JSON.

    Raises ServerlessError for what it raises, chained, and InvalidParameterError for a result that is no JSON.
    """
    wanted = definition.set_up
    if wanted is None:
        return None
    returned = _run(definition, "set_up", lambda: wanted(Setup(reached, profile)), "Nothing was sent.")
    try:
        return json.loads(json.dumps(returned, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidParameterError(
            f"{definition.name}.set_up returned {shorten(returned)}, and every worker is told it as JSON: {error}. "
            "Return names and texts, and make clients where they are used."
        ) from None


def clean_up(definition: Definition, reached: Reached, shared: Any, *, profile: str | None = None) -> None:
    """Run a scenario's `clean_up`, if it has one, with what `set_up` returned.

    It is for every scenario whose `set_up` has returned, however the run ended. What `set_up` made before it raised is
    its own to remove. Raises ServerlessError for what it raises, chained.
    """
    wanted = definition.clean_up
    if wanted is not None:
        _run(
            definition,
            "clean_up",
            lambda: wanted(Setup(reached, profile), shared),
            "What set_up made may still be there.",
        )


def _run(definition: Definition, name: str, function: Callable[[], _Returned], after: str) -> _Returned:
    try:
        return function()
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        last = frames[-1]
        own = next((each for each in reversed(frames) if _is_of(each.filename, definition.directory)), last)
        secrets = definition.auth.secrets() if definition.auth is not None else ()
        what = redact(f"{type(error).__name__}: {error}", secrets)
        raise ServerlessError(
            f"{definition.name}.{name} raised {what} ({Path(own.filename).name}, line {own.lineno}). {after}"
        ) from error


def _is_of(file: str, directory: Path | None) -> bool:
    """Tell whether a file is one of the user's own, not of a library that it calls."""
    return directory is not None and Path(file).is_relative_to(directory)
