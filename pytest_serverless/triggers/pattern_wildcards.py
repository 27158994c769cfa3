r"""The wildcard of patterns: `*` is any text, also none; `\*` and `\\` are the characters themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pytest_serverless.triggers.pattern_reader import RefusedPatternError

__all__ = ["wildcard"]


def wildcard(pattern: str) -> Callable[[Any], bool]:
    """Return what tells whether a value is a text that the pattern describes."""
    first, *others = _pieces(pattern)
    if not others:
        return lambda value: isinstance(value, str) and value == first
    *middle, last = others

    def test(value: Any) -> bool:
        if not isinstance(value, str) or not value.startswith(first):
            return False
        position = len(first)
        for piece in middle:  # the leftmost place leaves the most to what follows
            found = value.find(piece, position)
            if found < 0:
                return False
            position = found + len(piece)
        return len(value) - position >= len(last) and value.endswith(last)

    return test


def _pieces(pattern: str) -> list[str]:
    """Return the texts between the asterisks."""
    pieces = [""]
    for character, is_star in _characters(pattern):
        if is_star:
            pieces.append("")
        else:
            pieces[-1] += character
    return pieces


def _characters(pattern: str) -> Iterator[tuple[str, bool]]:
    index = 0
    while index < len(pattern):
        pair = pattern[index : index + 2]
        if pair == "**":
            raise RefusedPatternError(f"Consecutive wildcard characters at pos {_position(pattern, index)}")
        if pair[0] != "\\":
            yield pair[0], pair[0] == "*"
            index += 1
        elif pair in {"\\*", "\\\\"}:
            yield pair[1], False
            index += 2
        else:
            raise RefusedPatternError(f"Invalid escape character at pos {_position(pattern, index)}")


def _position(pattern: str, index: int) -> int:
    """Return where the engine sees a character: it counts the bytes of the text in its quotation marks."""
    return 1 + len(pattern[:index].encode("utf-8", "surrogatepass"))
