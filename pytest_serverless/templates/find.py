"""Which template a test belongs to: the nearest one above it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_serverless.app.model import Origin
from pytest_serverless.templates.faults import Faults

__all__ = ["NAMES", "find", "templates_below"]

NAMES = (
    *("template.yaml", "template.yml", "template.json"),
    *("serverless.yml", "serverless.yaml", "serverless.json"),
)
"""The names that a template has where no setting says otherwise."""


def find(test: Path, *, root: Path, patterns: Sequence[str] = ()) -> Path | None:
    """Return the template that a test file, or a folder of tests, belongs to; None if there is none.

    Without patterns, that is the nearest folder at or above it, up to `root`, in which there is one of `NAMES`.
    With them (globs below `root`, the setting `serverless_templates`) it is the nearest of the templates that they
    match; if they match a single one, every test belongs to it. Two in one folder raise TemplateError.
    """
    chosen = templates_below(root, patterns) if patterns else None
    if chosen is not None and len(chosen) == 1:
        return chosen[0]
    start = test if test.is_dir() else test.parent
    for folder in (start, *start.parents):
        candidates = (
            [path for path in chosen if path.parent == folder]
            if chosen is not None
            else [path for name in NAMES if (path := folder / name).is_file()]
        )
        if len(candidates) > 1:
            _refuse(folder, candidates, root)
        if candidates:
            return candidates[0]
        if folder == root:
            break
    return None


def templates_below(root: Path, patterns: Sequence[str]) -> list[Path]:
    """Return the files below a folder that globs match, each once, in order."""
    return sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()})


def _refuse(folder: Path, candidates: list[Path], root: Path) -> None:
    names = " and ".join(path.name for path in candidates)
    first = candidates[0].relative_to(root) if candidates[0].is_relative_to(root) else candidates[0]
    faults = Faults()
    faults.add(
        f"There are {names} in one folder, and nothing says which of them the tests are about.",
        f"Set serverless_templates, for example to {first.as_posix()}.",
        at=Origin(candidates[0], 1),
    )
    faults.raise_any(folder)
