"""Where ids and times come from: a seeded source and a clock.

Two ids of one mint always differ; two mints with one seed and one start give the same ones.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence
from typing import TypeVar

from pytest_serverless.clock import SYSTEM, Clock

__all__ = ["Mint"]

T = TypeVar("T")

_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Mint:
    """Makes the ids and times of events.

    Without a `seed` the ids differ from run to run. `clock` gives the times, in seconds since the epoch.
    """

    def __init__(self, *, seed: int | str | None = None, clock: Clock = SYSTEM) -> None:
        self.seed = seed
        self.clock = clock
        self._random = random.Random(seed)  # noqa: S311  # ids of test data, not secrets
        self._count = 0

    def now(self) -> float:
        """Return the time, in seconds since the epoch, to the millisecond."""
        return self.now_ms() / 1000

    def now_ms(self) -> int:
        """Return the time in milliseconds since the epoch."""
        return int(self.clock.now() * 1000)

    def serial(self) -> int:
        """Return a number one higher than the last, from 1."""
        self._count += 1
        return self._count

    def uuid(self) -> str:
        """Return a random (version 4) UUID in lower case."""
        bits = (self._random.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62)) | (4 << 76) | (2 << 62)
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def hex(self, length: int) -> str:
        """Return `length` hexadecimal digits in lower case."""
        return f"{self._random.getrandbits(4 * length):0{length}x}"

    def digits(self, length: int) -> str:
        """Return `length` decimal digits, the first not 0."""
        low: int = 10 ** (length - 1)
        return str(self._random.randrange(low, 10 * low))

    def alphanumeric(self, length: int) -> str:
        """Return `length` characters of A-Z and 0-9."""
        return "".join(self._random.choices(_ALPHANUMERIC, k=length))

    def base64(self, size: int) -> str:
        """Return `size` random bytes as base64 text."""
        return base64.b64encode(self._random.randbytes(size)).decode("ascii")

    def number(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return self._random.randint(low, high)

    def choice(self, options: Sequence[T]) -> T:
        """Return one of `options`."""
        return self._random.choice(options)
