"""A result, told: the verdict first, then what it rests on; as plain text, Markdown, JUnit XML or a page of HTML.

Whatever a target sent (reasons, names) is text here and nothing else: it is stripped of control characters and escaped
as each format needs it.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from pytest_serverless.load.results.result import Result
from pytest_serverless.report.comparing import comparison_of, differences_report
from pytest_serverless.report.junit import junit
from pytest_serverless.report.markdown import markdown
from pytest_serverless.report.page import page, section
from pytest_serverless.report.sections import report_of
from pytest_serverless.report.text import text

__all__ = [
    "FORMATS",
    "Format",
    "comparison_of",
    "differences_report",
    "junit",
    "markdown",
    "page",
    "render",
    "report_of",
    "section",
    "text",
]

Format = Literal["text", "markdown", "junit", "html"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)


def render(result: Result, form: Format = "text") -> str:
    """Return a result as a document in one of the formats."""
    if form == "junit":
        return junit(result)
    if form == "html":
        return page(result)
    return markdown(report_of(result)) if form == "markdown" else text(report_of(result))
