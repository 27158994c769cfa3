"""A result as one page of HTML, which needs nothing but itself; or as a section of a page of somebody else's.

Nothing of it is fetched from anywhere, and a policy in its head lets no script run but its own. Without JavaScript the
tables have all that the charts show. The charts are drawn by uPlot (see NOTICE).
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from pytest_serverless.load.results.result import Result
from pytest_serverless.load.results.verdict import FAILED, INCONCLUSIVE, INVALID
from pytest_serverless.report.document import Cell, Report, Section
from pytest_serverless.report.page.drawing import figures
from pytest_serverless.report.page.facts import lag, target, validity
from pytest_serverless.report.page.limits import judged
from pytest_serverless.report.page.markup import element, escaped, line, shown, table
from pytest_serverless.report.sections import report_of

__all__ = ["page", "section"]

_ASSETS: Final = Path(__file__).parent / "assets"
_STATES: Final = {FAILED: "fail", INVALID: "invalid", INCONCLUSIVE: "inconclusive"}
_BARE: Final = "body{margin:0;background:#fff}@media screen and (prefers-color-scheme:dark){body{background:#16181c}}"
_LAST: Final = ("Run", "Notes")
_WHICH: Final = ("scenarios", "target", "began", "took")


def page(result: Result) -> str:
    """Return a whole page; it may be opened from a file, mailed, or kept with a build."""
    styles = (_BARE, _styles())
    allowed = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
    allowed |= {"script-src": _hashed(_script()), "style-src": " ".join(map(_hashed, styles))}
    title = f"{report_of(result).verdict}: {', '.join(result.mix)}"
    policy = "; ".join(f"{name} {value}" for name, value in allowed.items())
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"{element('title', escaped(title))}"
        f"<style>{_BARE}</style>"
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{section(result)}</body></html>\n'


def section(result: Result) -> str:
    """Return a `<section>` for the body of another page: its styles are for it alone, and its script draws only there.

    Where scripts are not run, or not allowed, its tables are still whole.
    """
    report = report_of(result)
    parts = [_head(result, report), *_bodies(result, report)]
    made = "\n".join((f"<style>{_styles()}</style>", *parts, f"<script>{_script()}</script>"))
    return element("section", made, class_="serverless-report", data_state=_STATES.get(result.exit_code, "pass"))


def _head(result: Result, report: Report) -> str:
    """Return the verdict with what it consists of, thresholds as a table."""
    first, count = len(result.validity.reasons), len(result.judgements)
    reasons, limits, others = report.lines[:first], report.lines[first : first + count], report.lines[first + count :]
    parts = (
        element("h1", escaped(report.verdict)),
        element("p", _about(report), class_="about"),
        _list((*reasons, *others)),
        judged(result, limits),
    )
    return element("header", "".join(parts))


def _about(report: Report) -> str:
    """Return which run it is."""
    facts = {row[0]: row[1] for each in report.sections if each.title == "Run" for row in each.rows}
    return " · ".join(shown(facts[name]) for name in _WHICH)


def _bodies(result: Result, report: Report) -> list[str]:
    """Return the sections in the order of a page: what was measured, then what the run was."""
    drawn = figures(result)
    last = [each for each in report.sections if each.title in _LAST]
    measured = [each for each in report.sections if each.title not in _LAST]
    at = next((at for at, each in enumerate(measured) if each.title == "Arrivals"), -1) + 1
    told = [*measured[:at], lag(result), *measured[at:], validity(result), target(result), *last]
    return [_body(each, drawn.get(each.title, "")) for each in told if each.rows or each.lines]


def _body(each: Section, figure: str) -> str:
    below = table(each.head, each.rows) if each.rows else ""
    return element("section", f"{element('h2', escaped(each.title))}{figure}{below}{_list(each.lines)}")


def _list(lines: tuple[tuple[Cell, ...], ...]) -> str:
    return element("ul", "".join(element("li", line(each)) for each in lines)) if lines else ""


@cache
def _styles() -> str:
    return _asset("uplot.css") + _asset("report.css")


@cache
def _script() -> str:
    licence = f"/*! uPlot: https://github.com/leeoniya/uPlot\n{_asset('uplot.licence')}*/\n"
    return f"(() => {{\n{licence}{_asset('uplot.js')}\n{_asset('report.js')}}})();\n"


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _hashed(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
