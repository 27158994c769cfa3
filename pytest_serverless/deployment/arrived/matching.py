"""How what was expected differs from what is there.

Of a mapping only what is expected of it counts, at any depth: it may have more. A list has as many elements as are
expected. Everything else is compared with `==`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["NOTHING", "NOT_JSON", "Difference", "differences", "nearest"]

_COMPARED: Final = 200  # characters of two texts that tell how alike they are
_WIDTH: Final = 100
_CANDIDATES: Final = 20


class _Absent:
    """What is found where there is no value."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __repr__(self) -> str:
        return self._words


NOTHING: Final = _Absent("nothing")
NOT_JSON: Final = _Absent("what is not JSON")


@dataclass(frozen=True, slots=True)
class Difference:
    """A place in a value, what was expected there and what was found."""

    path: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        expected, found = _apart(repr(self.expected), repr(self.found))
        return f"{self.path}: expected {expected}, found {found}"

    @property
    def likeness(self) -> float:
        """How alike the two are, between 0 and 1."""
        expected, found = repr(self.expected)[:_COMPARED], repr(self.found)[:_COMPARED]
        return difflib.SequenceMatcher(None, expected, found).ratio()


def differences(expected: Any, found: Any, path: str = "") -> Iterator[Difference]:
    """Yield where `found` is not what was expected, place by place."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for name, value in expected.items():
            yield from differences(value, found.get(name, NOTHING), f"{path}.{name}" if path else str(name))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (value, other) in enumerate(zip(expected, found, strict=True)):
            yield from differences(value, other, f"{path}[{index}]")
    elif not expected == found:  # noqa: SIM201  what is expected decides, and may only know `==`
        yield Difference(path, expected, found)


def nearest(candidates: Sequence[Mapping[str, Any]], expected: Mapping[str, Any]) -> list[Difference]:
    """Return the differences of the candidate that comes closest; of several the one most alike in them."""
    every = sorted((list(differences(expected, candidate)) for candidate in candidates), key=len)
    best = [found for found in every if len(found) == len(every[0])][:_CANDIDATES]
    return max(best, key=lambda found: sum(difference.likeness for difference in found), default=[])


def _apart(expected: str, found: str) -> tuple[str, str]:
    """Cut two long texts to where they part."""
    if max(len(expected), len(found)) <= _WIDTH:
        return expected, found
    pairs = zip(expected, found, strict=False)
    parted = next((index for index, (one, other) in enumerate(pairs) if one != other), 0)
    start = max(0, parted - _WIDTH // 4)
    return _window(expected, start), _window(found, start)


def _window(text: str, start: int) -> str:
    end = start + _WIDTH
    return f"{'…' * (start > 0)}{text[start:end]}{'…' * (end < len(text))}"
