"""What a failed test shows before anything else. PYTEST_DONT_REWRITE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

__all__ = ["show_first"]


def show_first(report: pytest.TestReport, title: str, text: str) -> None:
    """Show a text above the traceback of a failed test; before the other sections, where there is no traceback.

    It goes in as lines of the traceback, which reporters print, files keep and distributed runs send on as it is.
    """
    longrepr: Any = report.longrepr
    chain = getattr(longrepr, "chain", None)
    traceback = chain[0][0] if chain else getattr(longrepr, "reprtraceback", None)
    if traceback is None:
        report.sections.insert(0, (title, text))
        return
    from _pytest._code.code import ReprEntryNative

    heading = f" {title} ".center(80, "-")
    lines = [f"{line}\n" for line in (heading, *text.splitlines(), "")]
    traceback.reprentries = [ReprEntryNative(lines), *traceback.reprentries]
