"""Batch means: bounds that hold for samples which depend on their neighbours, as cold starts do.

Samples in the order of time are cut into a few long batches. The batches hardly depend on each other, so that their
spread tells how uncertain the whole is, whatever happens within them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from pytest_serverless.load.estimates.distributions import t_quantile
from pytest_serverless.load.estimates.intervals import CONFIDENCE

__all__ = ["BATCHES", "as_batched", "batched", "half_width"]

BATCHES = 20
"""How many batches there are: enough for a spread, few enough to be long."""

_FEWER = (BATCHES, 10, 5)
"""How many there may be where there are few stretches, as in a run of seconds: Student's t allows for it."""

Cell = tuple[float, int]
"""The sum of what was measured in a stretch of time (for a share: how often it happened), and of how many samples."""


def batched(cells: Iterable[Cell], count: int = BATCHES) -> list[Cell] | None:
    """Join cells, in the order of time, into so many batches of about the same number of samples.

    None where the cells are too few or too unequal for that.
    """
    given = [cell for cell in cells if cell[1]]
    in_all = sum(n for _, n in given)
    batches = [[0.0, 0] for _ in range(count)]
    before = 0
    for total, n in given:
        batch = batches[int((before + n / 2) / in_all * count)]
        batch[0] += total
        batch[1] += n
        before += n
    return [(total, int(n)) for total, n in batches] if all(n for _, n in batches) else None


def as_batched(cells: Iterable[Cell]) -> list[Cell] | None:
    """Join cells into the usual number of batches, or fewer where they are few; None where not even that can be."""
    given = list(cells)
    return next((batches for count in _FEWER if (batches := batched(given, count))), None)


def half_width(batches: list[Cell], confidence: float = CONFIDENCE) -> float:
    """Return how far the bounds of the mean of all samples are from it.

    The batches may differ in their number of samples: the mean is the ratio of two sums, and its spread that of the
    residuals (W. G. Cochran, Sampling Techniques, 1977, chapter 6).
    """
    count = len(batches)
    total, n = sum(batch[0] for batch in batches), sum(batch[1] for batch in batches)
    residuals = sum((batch[0] - total / n * batch[1]) ** 2 for batch in batches)
    error = math.sqrt(count * residuals / (count - 1)) / n
    return t_quantile((1 + confidence) / 2, count - 1) * error
