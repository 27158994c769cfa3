"""The stretch of time that is asked about, as people write it."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Final, NamedTuple

from pytest_serverless.errors import InvalidParameterError

__all__ = ["HOW", "Window", "moment_of", "window_of"]

HOW: Final = "ISO 8601 (2026-11-23T12:00, UTC unless it has a zone), -30m, -2h15m or now"
"""How moments are written."""

_relative = re.compile(r"-(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?").fullmatch
_SECONDS: Final = (86_400, 3_600, 60, 1)


class Window(NamedTuple):
    """From when to when, in seconds since the epoch; the end is not part of it."""

    from_s: float
    to_s: float

    def __str__(self) -> str:
        first, last = (f"{datetime.fromtimestamp(each, timezone.utc):%Y-%m-%d %H:%M:%S}" for each in self)
        return f"{first} to {last} UTC"


def window_of(begin: str, end: str, now_s: float) -> Window:
    """Return a stretch of time; raises InvalidParameterError for one that is none, or has not ended yet."""
    window = Window(moment_of(begin, now_s, "--from"), moment_of(end, now_s, "--to"))
    if not window.from_s < window.to_s:
        raise InvalidParameterError(f"--from {begin} is not before --to {end}: {window}.")
    if window.to_s > now_s + 1:
        raise InvalidParameterError(
            f"--to {end} is still to come: it is {datetime.fromtimestamp(now_s, timezone.utc):%Y-%m-%d %H:%M:%S} UTC. "
            "Times without a zone are UTC."
        )
    return window


def moment_of(text: str, now_s: float, option: str = "A time") -> float:
    """Return a moment in seconds since the epoch; raises InvalidParameterError for what is none."""
    given = text.strip()
    if given.lower() == "now":
        return now_s
    ago = _relative(given)
    if ago and any(ago.groups()):
        return now_s - sum(int(number or 0) * seconds for number, seconds in zip(ago.groups(), _SECONDS, strict=True))
    try:
        # Python 3.10 knows no Z.
        moment = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", given))
    except ValueError:
        raise InvalidParameterError(f"{option} {text}: write {HOW}.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
