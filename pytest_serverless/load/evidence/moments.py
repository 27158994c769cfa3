"""Times as exported logs have them, read as seconds since the epoch."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

__all__ = ["epoch_s"]

_iso = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?\s*(Z|UTC|[+-]\d\d:?\d\d)?", re.IGNORECASE
).match
_american = re.compile(r"(\d\d?)/(\d\d?)/(\d{4}),? (\d\d?):(\d\d):(\d\d)(?:\.(\d+))?(?: ([AP])M)?").match

_MILLISECONDS = 1e11
"""Numbers above it are milliseconds: seconds will be as many in the year 5138."""


def epoch_s(value: Any) -> float | None:
    """Return a time in seconds since the epoch; None for what is none.

    Numbers are seconds or milliseconds. Texts are ISO 8601 with any number of decimals, UTC where they do not say, or
    as the portal of Azure writes them to CSV for Americans: month, day, year.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return value / 1e3 if value > _MILLISECONDS else float(value)
    text = str(value).strip()
    try:
        if match := _iso(text):
            return _of_iso(match)
        if match := _american(text):
            return _of_american(match)
        return epoch_s(float(text))
    except ValueError:
        return None


def _of_iso(match: re.Match[str]) -> float:
    *parts, decimals, zone = match.groups()
    moment = datetime(*map(int, parts), tzinfo=timezone.utc)  # type: ignore[arg-type, misc]  # six numbers
    if zone and zone[0] in "+-":
        ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        moment += -ahead if zone[0] == "+" else ahead
    return moment.timestamp() + float(f"0.{decimals or 0}")


def _of_american(match: re.Match[str]) -> float:
    month, day, year, hour, minute, second, decimals, half = match.groups()
    hours = int(hour) if half is None else int(hour) % 12 + 12 * (half == "P")
    moment = datetime(int(year), int(month), int(day), hours, int(minute), int(second), tzinfo=timezone.utc)
    return moment.timestamp() + float(f"0.{decimals or 0}")
