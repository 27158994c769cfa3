"""Which resources a text speaks of: by name, ARN, URL, or whatever else identifies them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from pytest_serverless.app.model import App, Resource

__all__ = ["Mentions", "strings"]

_SHORTEST = 3


def strings(value: Any) -> Iterator[str]:
    """Yield every text in a value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for item in value.values() for text in strings(item))
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from (text for item in value for text in strings(item))
    elif is_dataclass(value) and not isinstance(value, type):
        yield from (text for each in fields(value) for text in strings(getattr(value, each.name)))


class Mentions:
    """Finds in values the ids of an application's resources and functions.

    A name counts where it stands by itself: `orders` is in `https://…/orders` and `arn:…:table/orders/index/x`, and is
    not in `orders-archive`.
    """

    def __init__(self, app: App) -> None:
        self._ids: dict[str, set[str]] = defaultdict(set)
        for resource in app.resources.values():
            for handle in _handles(resource):
                self._ids[handle].add(resource.id)
        for function in app.functions.values():
            self._ids[function.name].add(function.id)
        alternatives = "|".join(re.escape(handle) for handle in sorted(self._ids, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<![\w-])(?:{alternatives})(?![\w-])") if alternatives else None

    def ids(self, *values: Any) -> set[str]:
        """Return the ids of all that is mentioned anywhere in the values."""
        if self._pattern is None:
            return set()
        return {
            each for text in strings(values) for handle in self._pattern.findall(text) for each in self._ids[handle]
        }


def _handles(resource: Resource) -> set[str]:
    texts: Iterable[str] = [resource.name, resource.arn or "", *strings(resource.attributes)]
    return {text for text in texts if len(text) >= _SHORTEST and not text.isdigit() and text not in _COMMON}


# Values of attributes that say nothing about whose they are.
_COMMON = frozenset({"true", "false", "None", "Off", "On", "$LATEST", "$default", "default", "ACTIVE"})
