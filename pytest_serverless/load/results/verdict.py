"""What a run comes to, for people and for the shell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

__all__ = ["FAILED", "INCONCLUSIVE", "INVALID", "PASSED", "Outcome", "exit_code", "outcome_of"]

PASSED, FAILED, INVALID, INCONCLUSIVE = 0, 1, 3, 4

Outcome = Literal["pass", "fail", "inconclusive", "invalid"]


def outcome_of(judged: Literal["pass", "fail", "inconclusive"], *, is_valid: bool, complete: bool) -> Outcome:
    """Return what a threshold's judgement is worth in its run: what was cut off has passed nothing."""
    if not is_valid:
        return "invalid"
    return "inconclusive" if judged == "pass" and not complete else judged


def exit_code(outcomes: Iterable[Literal["pass", "fail", "inconclusive"]], *, is_valid: bool, complete: bool) -> int:
    """Return 0 for a pass, 1 where a threshold failed, 3 for an invalid run, 4 for an inconclusive one.

    An invalid run decides nothing, whatever its numbers are. One that was cut off may fail, but never pass.
    """
    if not is_valid:
        return INVALID
    found = set(outcomes)
    if "fail" in found:
        return FAILED
    return PASSED if complete and found <= {"pass"} else INCONCLUSIVE
