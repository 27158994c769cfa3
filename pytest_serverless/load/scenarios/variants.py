"""Which variant of an A/B scenario an arrival is: interleaved, for one day differs from the next by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pytest_serverless.load.arrivals.seeds import unit

__all__ = ["Interleave", "variant_of"]

Interleave = Literal["coin", "abba"]
"""A draw for each arrival, or blocks in an order and then in its reverse, which have as many of each."""


def variant_of(variants: Sequence[str], interleave: Interleave, seed: int, number: int) -> str:
    """Return the variant of the arrival with this number, counted from 0."""
    count = len(variants)
    if interleave == "coin":
        return variants[int(unit(seed, number) * count)]
    place = number % (2 * count)
    return variants[place if place < count else 2 * count - 1 - place]
