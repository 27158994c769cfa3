"""The header that the probe adds to a function's answers, and its line in a log; `load/probes` writes them.

`v1;instance=4f…;n=1;init_start=1764150000.120;init_end=1764150000.480;type=on-demand;ms=12.250;now=1764150000.501`

`instance` is drawn in the first invocation, `n` counts its invocations. Times are seconds since the epoch by the
instance's clock: `init_start` when the probe was imported, `init_end` when the handler was wrapped, `now` when the
answer was. `ms` is how long the handler took, `type` the platform's word for how it was initialised, `request` the id
of the invocation where there is one. What is not known is not there.
"""

from __future__ import annotations

import re
from typing import Final

from pytest_serverless.load.observations import Evidence

__all__ = ["HEADER", "find_line", "read"]

HEADER: Final = "x-serverless-probe"

_MOST = 1000
_line = re.compile(r"x-serverless-probe: (v1;[^\s\"\\]{1,1000})").search


def read(value: str | None, received_s: float | None = None) -> Evidence | None:
    """Return what a header says; None where it is missing, of another version, or not to be read.

    `received_s` is when the answer came, by the generator's clock. The end of the init is turned into that clock: late
    by what the answer was on its way, so that an init that ended just before the request may count as waited for.
    Without it, times stay in the instance's own clock. The time of the init is that of a first invocation alone: no
    other had one.
    """
    if not value or not value.startswith("v1;") or len(value) > _MOST:
        return None
    fields = dict(part.split("=", 1) for part in value.split(";")[1:] if "=" in part)
    try:
        return _evidence(fields, received_s)
    except (ValueError, OverflowError):
        return None


def _evidence(fields: dict[str, str], received_s: float | None) -> Evidence | None:
    instance = fields.get("instance")
    if not instance:
        return None
    number, start, end, now, took = (fields.get(name) for name in ("n", "init_start", "init_end", "now", "ms"))
    invocation = int(number) if number else None
    init_end = float(end) if end else None
    init_ms = (init_end - float(start)) * 1e3 if invocation == 1 and init_end is not None and start else None
    if init_end is not None and now and received_s is not None:
        init_end += received_s - float(now)
    return Evidence(
        source="probe",
        instance=instance,
        invocation=invocation,
        init_ms=init_ms,
        init_type=fields.get("type") or None,
        init_ended_s=init_end,
        duration_ms=float(took) if took else None,
        request_id=fields.get("request") or None,
    )


def find_line(log: str, received_s: float | None = None) -> Evidence | None:
    """Return what the probe's last line in a log says, as `read` does of the header."""
    if HEADER not in log:
        return None
    match = _line(log, log.rindex(HEADER))
    return read(match[1], received_s) if match else None
