"""The values of an event at a path, and in which elements of which arrays they stand.

As in the service's rule engine, arrays have no names: `{"a": [{"b": 1}, {"b": 2}]}` has two values at `a.b`. Values
that stand in different elements of one array do not match together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["Place", "Places", "places_of", "quick_lookup", "together"]

# In which element of each array around it a value stands; an array is named by its place in the event.
Place = Mapping[tuple[Any, ...], int]
Places = Callable[[Mapping[str, Any]], list[tuple[Any, Place]]]

_NOWHERE: Place = {}
MISSING = object()


def together(one: Place, other: Place) -> Place | None:
    """Return the place of two values together; None if they stand in different elements of one array."""
    if not one or not other:
        return one or other
    if any(one.get(array, index) != index for array, index in other.items()):
        return None
    return {**one, **other}


def places_of(path: str) -> Places:
    """Return what finds the values at a path, with their places; a dot in a name of the event parts names too."""
    names = tuple(path.split("."))
    return lambda event: list(_values(event, names, (), _NOWHERE))


def quick_lookup(path: str) -> Callable[[Mapping[str, Any]], Any]:
    """Return what finds the value at a path outside of arrays, or `MISSING`; it may overlook names with dots."""
    *outer, last = path.split(".")
    if not outer:
        return lambda event: event.get(last, MISSING)
    if len(outer) == 1:
        first = outer[0]

        def find(event: Mapping[str, Any]) -> Any:
            node = event.get(first)
            return node.get(last, MISSING) if type(node) is dict else MISSING

        return find

    def find_deep(event: Mapping[str, Any]) -> Any:
        node: Any = event
        for name in outer:
            node = node.get(name)
            if type(node) is not dict:
                return MISSING
        return node.get(last, MISSING)

    return find_deep


def _values(node: Any, names: tuple[str, ...], address: tuple[Any, ...], place: Place) -> Iterator[tuple[Any, Place]]:
    if isinstance(node, Mapping):
        for length in range(1, len(names) + 1):
            name = ".".join(names[:length])
            if name in node:
                yield from _values(node[name], names[length:], (*address, name), place)
    elif isinstance(node, list | tuple):
        for index, element in enumerate(node):
            inside = isinstance(element, Mapping | list | tuple)
            there = {**place, address: index} if inside else place
            yield from _values(element, names, (*address, index), there)
    elif not names:
        yield node, place
