"""Where functions log, and what their settings hide.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html and
monitoring-cloudwatchlogs-log-level.html beside it (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pytest_serverless.errors import CredentialsError, PlatformError
from pytest_serverless.load.evidence.cloudwatch import log_group
from pytest_serverless.load.evidence.logged import Log
from pytest_serverless.load.observing.clients import Caller
from pytest_serverless.load.results import TargetFunction

__all__ = ["Place", "function_and_qualifier", "of_functions", "place_of"]

_arn = re.compile(
    r"(?:arn:[^:]+:lambda:[^:]*:\d*:function:|\d{12}:function:|\d{12}:)?([\w-]+)(?::([\w$-]+))?"
).fullmatch
_stream = re.compile(r"\d{4}/\d\d/\d\d/([\w-]*)\[[^\]]*\]").match
_DEFAULT = "/aws/lambda/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A function's log group, and the alias whose instances are kept ready for it.

    `hides_reports`: its settings keep the lines of the platform out of the log.
    """

    function: str
    log_group: str
    alias: str | None = None
    hides_reports: bool = False
    runtime: str | None = None
    architecture: str | None = None
    memory_mb: int | None = None
    storage_mb: int | None = None

    @property
    def target(self) -> TargetFunction:
        """What a result tells of the function."""
        return TargetFunction(
            name=self.function, runtime=self.runtime, architecture=self.architecture, memory_mb=self.memory_mb
        )


def function_and_qualifier(reference: str) -> tuple[str, str | None]:
    """Return the name of a function and its version or alias, from a name, a `name:alias` or an ARN."""
    match = _arn(reference)
    return (match[1], match[2]) if match else (reference, None)


def place_of(reference: str, client: Any, call: Caller) -> tuple[Place, str]:
    """Return where a function logs, and a note, "" mostly.

    What its settings are may not be told to the caller, who may still read its log: then it is the default group.
    Raises `NotReadableError` where there is no such function.
    """
    name, qualifier = function_and_qualifier(reference)
    default = Place(function=name, log_group=log_group(name), alias=_alias(qualifier))
    try:
        found = call(client.get_function_configuration, FunctionName=name)
    except CredentialsError as error:
        if "allow" not in str(error):
            raise
        note = f"{name}: its settings may not be read (lambda:GetFunctionConfiguration); it is taken to log to "
        return default, f"{note}{default.log_group}, by the x86 architecture."
    place, note = _configured(default, found), ""
    if place.alias is None:
        alias, note = _kept_ready(name, client, call)
        place = replace(place, alias=alias)
    if place.hides_reports:
        hidden = (
            f"{name}: its SystemLogLevel is WARN, so that its log has no REPORT lines. Set it to INFO for evidence."
        )
        note = f"{hidden} {note}".strip()
    return place, note


def _alias(qualifier: str | None) -> str | None:
    return None if qualifier == "$LATEST" else qualifier


def _configured(place: Place, found: Mapping[str, Any]) -> Place:
    logging = found.get("LoggingConfig") or {}
    return replace(
        place,
        log_group=logging.get("LogGroup") or place.log_group,
        hides_reports=logging.get("LogFormat") == "JSON" and logging.get("SystemLogLevel") == "WARN",
        runtime=found.get("Runtime"),
        architecture=next(iter(found.get("Architectures") or ()), None),
        memory_mb=found.get("MemorySize"),
        storage_mb=(found.get("EphemeralStorage") or {}).get("Size"),
    )


def _kept_ready(name: str, client: Any, call: Caller) -> tuple[str | None, str]:
    """Return the alias or version with provisioned concurrency, if there is one, or a note why that is not known."""
    try:
        found = call(client.list_provisioned_concurrency_configs, FunctionName=name)
    except (CredentialsError, PlatformError) as error:
        return None, f"{name}: whether it has provisioned concurrency could not be read. {error}"
    arns = (each.get("FunctionArn", "") for each in found.get("ProvisionedConcurrencyConfigs", ()))
    return next((arn.rpartition(":")[2] for arn in arns), None), ""


def of_functions(log: Log, places: Sequence[Place]) -> Log:
    """Return what a log tells of these functions, each by its name.

    Log groups may be shared: then the stream has the function's name. One group for each function is the default.
    """
    wanted = {each.function for each in places}
    owners = {each.log_group.removeprefix(_DEFAULT): each.function for each in reversed(places)}

    def owner(stream: str, group: str) -> str:
        match = _stream(stream)
        return (match[1] if match else "") or owners.get(group, group)

    invocations = [
        replace(each, function=name)
        for each in log.invocations
        if (name := owner((each.evidence and each.evidence.instance) or "", each.function)) in wanted
    ]
    inits = [
        replace(each, function=name) for each in log.inits if (name := owner(each.instance, each.function)) in wanted
    ]
    return Log(invocations=invocations, inits=inits, unread=log.unread)


def groups(places: Iterable[Place]) -> list[str]:
    """Return the log groups, each once."""
    return list(dict.fromkeys(each.log_group for each in places))
