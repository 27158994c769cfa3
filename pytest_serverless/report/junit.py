"""A report as JUnit XML, which pipelines read: a test case for each threshold, and for each search.

The form is that of pytest's own `--junit-xml` (xunit2): suites, a suite with its counts, cases with a failure or error.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pytest_serverless.load.results.result import Result
from pytest_serverless.load.results.verdict import Outcome, outcome_of
from pytest_serverless.report.escaping import plain

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["junit"]

_LONGEST = 2000


def junit(result: Result) -> str:
    """Return a result as JUnit XML; what is invalid is an error, what is inconclusive a failure that says so."""
    from xml.etree.ElementTree import Element, SubElement, tostring

    cases = _cases(result)
    outcomes = [outcome for _, outcome, _ in cases]
    seconds = f"{result.ended_s - result.started_s:.3f}"
    suites = Element("testsuites", name="pytest-serverless load")
    suite = SubElement(
        suites,
        "testsuite",
        name=plain(f"load {', '.join(result.mix)}"),
        errors=str(outcomes.count("invalid")),
        failures=str(outcomes.count("fail") + outcomes.count("inconclusive")),
        skipped="0",
        tests=str(len(cases)),
        time=seconds,
        timestamp=datetime.fromtimestamp(result.started_s, timezone.utc).isoformat(timespec="milliseconds"),
        hostname=plain(result.generator.machine) or "unknown",
    )
    for name, outcome, words in cases:
        case = SubElement(suite, "testcase", classname="load", name=plain(name), time=seconds)
        _add_outcome(case, outcome, plain(words, _LONGEST))
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _cases(result: Result) -> list[tuple[str, Outcome, str]]:
    """Return of each threshold and search its text, what it came to and why; without any, whether it was measured."""
    is_valid, complete = result.validity.is_valid, result.complete
    invalid, cut_off = str(result.validity), "" if complete else "inconclusive: the run was cut off"
    found = [
        (
            f"{each.search} of {each.scenario}",
            outcome_of("pass" if each.is_answered else "inconclusive", is_valid=is_valid, complete=complete),
            "; ".join([*each.reasons, *filter(None, [cut_off])]) if is_valid else invalid,
        )
        for each in result.found
    ]
    if not result.judgements and not found:
        measured = outcome_of("pass", is_valid=is_valid, complete=complete)
        return [("measurement", measured, cut_off if is_valid else invalid)]
    return [
        (
            each.threshold.text,
            outcome_of(each.outcome, is_valid=is_valid, complete=complete),
            "; ".join(filter(None, [str(each), cut_off])) if is_valid else invalid,
        )
        for each in result.judgements
    ] + found


def _add_outcome(case: Element, outcome: Outcome, words: str) -> None:
    from xml.etree.ElementTree import SubElement

    if outcome == "pass":
        return
    kind = "error" if outcome == "invalid" else "failure"
    SubElement(case, kind, type=outcome, message=words).text = words
