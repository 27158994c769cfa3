"""How many invocations run at once, by Little's law: L = λ W, whatever the distributions (J. D. C. Little, 1961)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_serverless.load.estimates.batches import BATCHES, batched, half_width
from pytest_serverless.load.estimates.intervals import Interval, Unknown

__all__ = ["littles_law"]

_STAYS = 10
"""The window must be this many times as long as an invocation, for what it cuts off at its ends to be little."""


def littles_law(
    starts: Sequence[int], cell_s: float, client_s: Interval, server_s: Interval | None = None
) -> Interval | Unknown:
    """Return the mean number of invocations in flight, from what was admitted in each `cell_s` seconds of the hold.

    `client_s` is the mean time from sending to the answer, an upper bound, for it includes the network; `server_s` the
    mean duration that the platform reports: the value where it is given, and the lower bound. One mean time is left off
    at each end. Unknown where the law does not hold: the window is short, or arrivals became more or fewer.
    """
    stay = server_s or client_s
    edge = math.ceil(client_s.value / cell_s)
    window = list(starts[edge : len(starts) - edge])
    batches = batched((float(count), 1) for count in window)
    failed = _unfit(window, cell_s, client_s.value)
    if failed is not None or batches is None:
        return Unknown(n=sum(window), needed=None, note=failed or f"the hold has less than {BATCHES} stretches of time")
    arrivals = sum(window)
    per_s = arrivals / (len(window) * cell_s)
    uncertain = half_width(batches) / cell_s / per_s
    return Interval(
        value=per_s * stay.value,
        lower=per_s * stay.value * (1 - math.hypot(uncertain, (stay.value - stay.lower) / stay.value)),
        upper=per_s * client_s.value * (1 + math.hypot(uncertain, (client_s.upper - client_s.value) / client_s.value)),
        n=arrivals,
        method="Little's law",
        note="" if server_s else "by the client's time, which includes the network: an upper bound",
    )


def _unfit(window: Sequence[int], cell_s: float, stay_s: float) -> str | None:
    """Return what the law lacks, if anything."""
    seconds, arrivals = len(window) * cell_s, sum(window)
    if seconds < _STAYS * stay_s:
        return f"the hold, less its ends, is {seconds:.3g} s: less than {_STAYS} times the mean time of {stay_s:.3g} s"
    if not arrivals:
        return "nothing was admitted in the hold"
    half = len(window) // 2
    first, second = sum(window[:half]), sum(window[len(window) - half :])
    if abs(first - second) > max(4 * math.sqrt(first + second), 0.02 * (first + second)):
        return f"arrivals did not stay as they were: {first:,} in the first half of the hold, {second:,} in the second"
    return None
