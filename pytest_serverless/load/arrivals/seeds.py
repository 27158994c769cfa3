"""Seeds that are derived: the same for the same parts, in whatever process, and unrelated for any others."""

from __future__ import annotations

import hashlib
import json
from typing import Final

__all__ = ["derive_seed", "unit"]

_64_BITS: Final = (1 << 64) - 1


def derive_seed(run_seed: int, *parts: str | float) -> int:
    """Return a seed of 64 bits for a part of a run: a worker's index, a scenario's name.

    A worker that is forked has its parent's sources of randomness; one that derives its seed has its own.
    """
    text = json.dumps([run_seed, *parts])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def unit(seed: int, index: int) -> float:
    """Return the draw of this index from [0, 1): SplitMix64, which needs none of the draws before it.

    Source: https://prng.di.unimi.it/splitmix64.c (public domain).
    """
    state = (seed + (index + 1) * 0x9E3779B97F4A7C15) & _64_BITS
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _64_BITS
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _64_BITS
    return ((state ^ (state >> 31)) >> 11) * 2.0**-53
