"""Numbers and classes as people read them: with bounds and unit, or the statement that there is none."""

from __future__ import annotations

from typing import Final

from pytest_serverless.load.aggregates.cells import Class
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.thresholds import Unit

__all__ = ["CLASSES", "alone", "count", "estimated", "ms", "number", "share"]

CLASSES: Final[dict[Class, str]] = {
    "warm": "warm",
    "cold": "cold",
    "unknown": "ok, unknown if cold",
    "throttled": "throttled",
    "ambiguous": "ambiguous",
    "failed": "failed",
}
"""Classes of answers, as reports call them."""

_UNITS: Final[dict[Unit, tuple[float, str]]] = {
    "share": (100, " %"),
    "ms": (1, " ms"),
    "per second": (1, "/s"),
    "count": (1, ""),
    "USD": (1, " USD"),
}


def count(value: int) -> str:
    """Return a whole number."""
    return f"{value:,}"


def number(value: float) -> str:
    """Return a number with three digits that count, and never as a power of ten."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 1 or not size else f"{value:.3g}" if size >= 1e-4 else f"{value:.4f}"


def ms(value: float | None) -> str:
    """Return a time, or a dash where there was none."""
    return "-" if value is None else f"{number(value)} ms"


def share(some: int, of: int) -> str:
    """Return a part of a whole."""
    return f"{number(100 * some / of)} %" if of else "-"


def estimated(estimate: Interval | Unknown, unit: Unit, *, short: bool = False) -> str:
    """Return an estimate with its bounds; `short` leaves off the unit."""
    if isinstance(estimate, Unknown):
        if estimate.needed is None:
            return "unknown"
        return f"n too small ({count(estimate.n)} of {count(estimate.needed)})"
    factor, after = _UNITS[unit]
    shown = _count if unit == "count" else number
    value, lower, upper = (shown(each * factor) for each in (estimate.value, estimate.lower, estimate.upper))
    bounds = f" ({lower} to {upper})" if estimate.width else ""
    return f"{value}{'' if short else after}{bounds}"


def _count(value: float) -> str:
    return count(int(value)) if value == int(value) else number(value)


def alone(estimate: Interval | Unknown, unit: Unit) -> str:
    """Return the value of an estimate whose bounds and number of samples are told elsewhere."""
    if isinstance(estimate, Unknown):
        return "unknown" if estimate.needed is None else "n too small"
    factor, after = _UNITS[unit]
    return f"{number(estimate.value * factor)}{after}"
