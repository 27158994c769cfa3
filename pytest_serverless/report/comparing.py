"""What a comparison says: of two runs, or of the variants within one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.results.changes import Change
from pytest_serverless.load.results.comparing import Comparison
from pytest_serverless.load.results.differences import Differences
from pytest_serverless.report.document import Cell, Given, Report, Section
from pytest_serverless.report.figures import alone, count, estimated

__all__ = ["comparison_of", "differences_report", "variants_of"]

_WORDS: Final = {"changed": "CHANGED", "within": "within chance", "unknown": "unknown"}
_DIFFER: Final = {**_WORDS, "changed": "DIFFERS"}
_WORTH_TELLING: Final = 20
"""So many times what there is may be needed more; a difference that takes yet more is nothing to wait for."""

_NO_SIZES: Final[Mapping[str, float]] = {}


def _told(change: Change) -> str:
    """Return a difference; that of two shares is in points, for a per cent of a share would be something else."""
    told = estimated(change.difference, change.unit)
    return told.replace(" %", " points") if change.unit == "share" else told


def comparison_of(comparison: Comparison, sizes: Mapping[str, float] = _NO_SIZES) -> Report:
    """Return what changed from A to B first, then everything that was compared.

    `sizes` are of differences that shall be told, by their metrics, in the metrics' units.
    """
    changed = comparison.changed
    lines = tuple((f"{each.metric}: {_told(each)}",) for each in changed)
    some = f"{len(changed)} of {len(comparison.changes)} metrics changed by more than chance"
    named = (each for each in comparison.changes if each.metric in sizes)
    return Report(
        verdict=some if changed else "No change exceeds its interval",
        lines=lines,
        sections=(
            Section(
                title="From A to B",
                head=("", "A", "B", "B less A", ""),
                rows=tuple(_row(each, _WORDS) for each in comparison.changes),
                lines=tuple((said,) for each in named for said in _more(each, sizes[each.metric], "of each run")),
            ),
            Section(title="Notes", lines=tuple((Given(note),) for note in comparison.notes)),
        ),
    )


def differences_report(found: tuple[Differences, ...], sizes: Mapping[str, float] = _NO_SIZES) -> Report:
    """Return what differs between the variants of one run."""
    differing = [f"{each.metric}: {_told(each)}" for pair in found for each in pair.changed]
    in_all = sum(len(pair.changes) for pair in found)
    some = f"{len(differing)} of {in_all} metrics differ by more than chance"
    return Report(
        verdict=some if differing else "No difference exceeds its interval",
        lines=tuple((each,) for each in differing),
        sections=tuple(variants_of(each, sizes) for each in found),
    )


def variants_of(differences: Differences, sizes: Mapping[str, float] = _NO_SIZES) -> Section:
    """Return what differs between two variants, and how many more samples would tell what is not known.

    `sizes` are of differences that shall be told, by their metrics, in the metrics' units; where none is named, it is
    the size that was seen.
    """
    lines: list[tuple[Cell, ...]] = [
        ("A is ", Given(differences.a), ", B is ", Given(differences.b), ", of ", Given(differences.scenario))
    ]
    for each in differences.changes:
        size = sizes.get(each.metric)
        requests = differences.more_requests(each, size)
        lines += [(said,) for said in _more(each, size, "of each variant", requests)]
    return Section(
        title="Variants",
        head=("", "A", "B", "B less A", ""),
        rows=tuple(_row(each, _DIFFER) for each in differences.changes),
        lines=tuple(lines),
    )


def _row(change: Change, words: Mapping[str, str]) -> tuple[Cell, ...]:
    return (
        change.metric,
        alone(change.a, change.unit),
        alone(change.b, change.unit),
        _told(change),
        words[change.outcome],
    )


def _more(change: Change, size: float | None, whose: str, requests: int | None = None) -> Iterator[str]:
    """Yield how many more samples are needed, where there are too few, or a size is named."""
    more, found = change.more(size), change.difference
    if more is None:
        if isinstance(found, Unknown):
            yield f"{change.metric}: {found.note or 'nothing tells'}"
    elif isinstance(found, Unknown):
        yield f"{change.metric}: {_many(change, more, requests)} {whose} are needed for an interval"
    elif more and (size is not None or more <= _WORTH_TELLING * found.n):
        wanted = found.value if size is None else size
        yield f"{change.metric}: {_many(change, more, requests)} {whose} are needed to tell {_sized(change, wanted)}"
    elif size is not None:
        yield f"{change.metric}: there are enough {change.samples} to tell {_sized(change, size)}"


def _many(change: Change, more: int, requests: int | None) -> str:
    """Return how many samples, and in how many requests they come, where not each is one."""
    besides = f" (in {count(requests)} requests)" if requests and change.samples != "requests" else ""
    return f"about {count(more)} more {change.samples}{besides}"


def _sized(change: Change, size: float) -> str:
    told = alone(Interval(value=abs(size), lower=abs(size), upper=abs(size), n=1, method=""), change.unit)
    return f"a difference of {told.replace(' %', ' points') if change.unit == 'share' else told}"
