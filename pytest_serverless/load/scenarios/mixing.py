"""Which journeys a scenario has, and how often each is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_serverless.errors import InvalidParameterError, UnknownNameError, shorten
from pytest_serverless.load.arrivals import Mix
from pytest_serverless.load.scenarios.attributes import check_takes
from pytest_serverless.load.scenarios.call import Call

__all__ = ["Journey", "journeys_of"]

Journey = Callable[[Call], Any]
"""What one arrival does."""


def journeys_of(attributes: Mapping[str, Any]) -> tuple[dict[str, Journey], dict[str, float] | None]:
    """Return journeys by their names, and their weights; a single one is named "" and has none.

    Raises InvalidParameterError, or UnknownNameError for a name in the mix that is no method.
    """
    journey, mix = attributes.get("journey"), attributes.get("mix")
    if journey is not None and mix is not None:
        raise InvalidParameterError("it has a journey and a mix: put the journey into the mix, by its name")
    if mix is None and journey is None:
        raise InvalidParameterError(
            "it needs what an arrival does: def journey(self, call), or mix = {browse: 80, buy: 20}"
        )
    if mix is None:
        return {"": check_takes("journey", journey, "call")}, None
    if not isinstance(mix, Mapping) or not mix:
        raise InvalidParameterError(f"mix has journeys and their weights, {{browse: 80, buy: 20}}, not {shorten(mix)}")
    journeys: dict[str, Journey] = {}
    weights: dict[str, float] = {}
    for each, weight in mix.items():
        name, function = _named(each, attributes)
        if name in journeys:
            raise InvalidParameterError(f"two journeys of the mix are named {name!r}; results are told apart by names")
        journeys[name] = check_takes(name, function, "call")
        weights[name] = weight
    Mix(weights)
    return journeys, weights


def _named(each: Any, attributes: Mapping[str, Any]) -> tuple[str, Any]:
    """Return a journey of the mix by its name: a method's, or its function's."""
    methods = {name: value for name, value in attributes.items() if callable(value)}
    if isinstance(each, str):
        if each not in methods:
            raise UnknownNameError("method for the mix", each, methods)
        return each, methods[each]
    name = getattr(each, "__name__", "")
    if not callable(each) or name in {"", "<lambda>"}:
        raise InvalidParameterError(
            f"a journey of the mix is a function with a name, def browse(call), or the name of a method, not "
            f"{shorten(each)}"
        )
    bound = methods.get(name)
    return name, bound if getattr(bound, "__func__", None) is each else each
