"""Headers of a request or a response: names in any case, values more than one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pytest_serverless.errors import InvalidParameterError, shorten

__all__ = ["HeaderTypes", "Headers"]

HeaderTypes = Mapping[str, str | Sequence[str]] | Iterable[tuple[str, str]]
"""Headers by name, a list for one that is repeated; or pairs, in the order in which they are sent."""


class Headers(Mapping[str, str]):
    """Headers in the order they were sent, in the sender's spelling.

    `headers["content-type"]` finds a name in any case and joins repeated values with a comma; `get_list` has each.
    """

    __slots__ = ("pairs",)

    def __init__(self, headers: HeaderTypes = ()) -> None:
        items = headers.items() if isinstance(headers, Mapping) else headers
        self.pairs = tuple((name, one) for name, value in items for one in _texts(name, value))

    def get_list(self, name: str) -> list[str]:
        """Return every value of a header, none where it was not sent."""
        lower = name.lower()
        return [value for found, value in self.pairs if found.lower() == lower]

    def grouped(self) -> dict[str, list[str]]:
        """Return the values by name, in the spelling in which each name came first."""
        names: dict[str, str] = {}
        groups: dict[str, list[str]] = {}
        for name, value in self.pairs:
            groups.setdefault(names.setdefault(name.lower(), name), []).append(value)
        return groups

    def without(self, *names: str) -> Headers:
        """Return these headers but the named ones (in lower case)."""
        return Headers((name, value) for name, value in self.pairs if name.lower() not in names)

    def __getitem__(self, name: str) -> str:
        values = self.get_list(name)
        if not values:
            raise KeyError(name)
        return ", ".join(values)

    def __iter__(self) -> Iterator[str]:
        return iter(self.grouped())

    def __len__(self) -> int:
        return len(self.grouped())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.get_list(name))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Headers):
            return self._compared() == other._compared()
        return isinstance(other, Mapping) and self._compared() == Headers(other)._compared()

    def __hash__(self) -> int:
        return hash(self.pairs)

    def __repr__(self) -> str:
        return f"Headers({list(self.pairs)!r})"

    def _compared(self) -> dict[str, list[str]]:
        return {name.lower(): values for name, values in self.grouped().items()}


def _texts(name: Any, value: Any) -> list[str]:
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    if not isinstance(name, str) or not all(isinstance(one, str) for one in values):
        raise InvalidParameterError(f"headers: {name!r} takes a text or a list of texts, got {shorten(value)}.")
    return values
