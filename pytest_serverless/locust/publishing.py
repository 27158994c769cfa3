"""What is made of a result when a run has ended: the result's file, the page, a section of Locust's own report."""

from __future__ import annotations

from pathlib import Path

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.results import Result, write
from pytest_serverless.load.running.conducting import Settings
from pytest_serverless.report import render
from pytest_serverless.report.page import section

__all__ = ["insert", "publish"]

_END = "</body>"


def publish(result: Result, settings: Settings) -> tuple[list[str], bool]:
    """Write what is asked for; return what is to be printed, and whether all was written.

    What cannot be written is said, and loses nothing else.
    """
    said, is_written = [render(result, "text")], True
    if settings.result is not None:
        try:
            write(result, settings.result)
            said.append(f"Result: {settings.result} (pytest-serverless load report {settings.result})")
        except InvalidParameterError as error:
            said.append(str(error))
            is_written = False
    if settings.page is not None:
        try:
            settings.page.write_text(render(result, "html"), encoding="utf-8")
            said.append(f"Report: {settings.page}")
        except OSError as error:
            said.append(f"{settings.page} cannot be written: {error.strerror}.")
            is_written = False
    return said, is_written


def insert(result: Result, page: Path) -> None:
    """Put a result before the end of an HTML page."""
    text = page.read_text(encoding="utf-8")
    before, end, after = text.rpartition(_END)
    if end:
        page.write_text(f"{before}{section(result)}{end}{after}", encoding="utf-8")
