"""HTML, of which nothing is markup but what is written here: text is escaped, and so is data in scripts."""

from __future__ import annotations

import html
import json
from typing import Any, Final

from pytest_serverless.report.document import Cell, Given
from pytest_serverless.report.escaping import plain

__all__ = ["data", "element", "escaped", "line", "shown", "table"]

_LONGEST: Final = 200
_LONGEST_IN_LINE: Final = 2000
# With these escaped, no text in a script's data can end it, or open another or a comment.
_UNSAFE: Final = {ord(each): f"\\u{ord(each):04x}" for each in "<>&"}


def escaped(text: str, longest: int = _LONGEST) -> str:
    """Return text of anybody as HTML that shows it, without controls, in an element or a quoted attribute."""
    return html.escape(plain(text, longest), quote=True)


def element(name: str, content: str = "", /, **attributes: str) -> str:
    """Return an element; its content is HTML already, its attributes are text. `class_` is `class`."""
    told = "".join(f' {key.rstrip("_").replace("_", "-")}="{html.escape(of)}"' for key, of in attributes.items())
    return f"<{name}{told}>{content}</{name}>"


def shown(cell: Cell, longest: int = _LONGEST) -> str:
    """Return a cell; the direction of text that is not ours does not go on beyond it."""
    if isinstance(cell, Given):
        return element("bdi", escaped(cell.text, longest), class_="given")
    return escaped(cell, longest)


def line(parts: tuple[Cell, ...]) -> str:
    """Return a line of several parts, with the spaces that part them."""
    return "".join(_spaced(part) for part in parts)


def _spaced(part: Cell) -> str:
    told = shown(part, _LONGEST_IN_LINE)
    return told if isinstance(part, Given) else f"{' ' * part.startswith(' ')}{told}{' ' * part.endswith(' ')}"


def table(head: tuple[str, ...], rows: tuple[tuple[Cell, ...], ...]) -> str:
    """Return a table that scrolls by itself where it is too wide; the first cell of a row is its heading."""
    heads = "".join(element("th", escaped(each), scope="col") for each in head)
    body = "".join(element("tr", _row(row)) for row in rows)
    above = element("thead", element("tr", heads)) if any(head) else ""
    return element("div", element("table", above + element("tbody", body)), class_="wide", tabindex="0")


def _row(row: tuple[Cell, ...]) -> str:
    first, *others = row
    return element("th", shown(first), scope="row") + "".join(element("td", shown(cell)) for cell in others)


def data(value: Any) -> str:
    """Return JSON values as the content of a script that holds data; all of it is ASCII."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).translate(_UNSAFE)
