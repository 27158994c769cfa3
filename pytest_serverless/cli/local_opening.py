"""What `local` says at its start: the functions, where they are reached, and how to point a shell at them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from pytest_serverless.admission import FunctionLimits
from pytest_serverless.app.model import App, Function
from pytest_serverless.local.concurrency import function_limits
from pytest_serverless.local.settings import Addresses

__all__ = ["opening"]


def opening(app: App, addresses: Addresses) -> Iterator[str]:
    """Yield lines; those that start with `export` are for a shell, to the letter."""
    limits = function_limits(app)
    yield f"{app.name}, from {app.template.name}"
    yield ""
    yield from _columns([_function(function, limits[id_]) for id_, function in app.functions.items()])
    yield ""
    yield from _columns(_places(addresses))
    if addresses.environment:
        yield ""
        yield "To use it from a shell, by the AWS CLI or any SDK:"
        yield ""
        yield from (f"export {name}={shlex.quote(value)}" for name, value in addresses.environment.items())
    yield ""


def _function(function: Function, limits: FunctionLimits) -> list[str]:
    runtime = getattr(function.settings, "runtime", "") or "container image"
    sizes = [f"{function.memory_mb} MB", f"{function.timeout_s:g} s"]
    return [function.id, function.name, runtime, *sizes, _concurrency(limits)]


def _concurrency(limits: FunctionLimits) -> str:
    found = [] if limits.reserved is None else [f"reserved {limits.reserved}"]
    found += [f"provisioned {count} for {qualifier}" for qualifier, count in limits.provisioned.items()]
    return ", ".join(found)


def _places(addresses: Addresses) -> Iterator[list[str]]:
    yield ["Invoke API", addresses.invoke]
    if addresses.aws:
        yield ["AWS services", addresses.aws]
    for api, url in addresses.apis.items():
        yield [api, url]


def _columns(rows: Iterator[list[str]] | Sequence[list[str]]) -> Iterator[str]:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
