"""Text of others, made harmless for each format."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["code", "plain", "prose"]

_LONGEST: Final = 200
# Controls and what turns the direction of text; surrogates; lines and paragraphs of their own; what XML cannot hold.
_REMOVED: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_MARKS: Final = re.compile(r"([\\`*_{}\[\]<>&|~])")
_APART: Final = "\u200b"
# Hosts of repositories tell everybody who is named, and link numbers and addresses, wherever they find them.
_LINKED: Final = re.compile(r"(?<=[@#])(?=\w)|(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)


def plain(text: str, longest: int = _LONGEST) -> str:
    """Return text in one line, without anything that a terminal obeys, and not longer than that."""
    kept = "".join(" " if each.isspace() else each for each in text if each.isspace() or _is_kept(each)).strip()
    return kept if len(kept) <= longest else f"{kept[: longest - 1]}…"


def _is_kept(character: str) -> bool:
    return unicodedata.category(character) not in _REMOVED


def prose(text: str) -> str:
    """Return text as Markdown that shows it as it is: no markup, no HTML, no mentions."""
    return _LINKED.sub(_APART, _MARKS.sub(r"\\\1", plain(text, 10 * _LONGEST)))


def code(text: str, longest: int = _LONGEST) -> str:
    """Return text as a Markdown code span, fit for a table too; nothing in it is markup."""
    kept = plain(text, longest).replace("|", "\\|")
    if not kept:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", kept)), default=0) + 1)
    space = " " if "`" in (kept[0], kept[-1]) else ""
    return f"{fence}{space}{kept}{space}{fence}"
