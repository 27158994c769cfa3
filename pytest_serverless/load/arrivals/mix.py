"""Which journey an arrival makes, where a scenario mixes several."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.arrivals.checks import check_number

__all__ = ["Mix"]


class Mix:
    """Journeys by their weights, which need not add up to a hundred: `{"browse": 80, "buy": 20}`.

    `shares` are the same as parts of one. Raises InvalidParameterError for weights that are no mix.
    """

    __slots__ = ("_bounds", "_last", "_names", "shares")

    def __init__(self, weights: Mapping[str, float]) -> None:
        for name, weight in weights.items():
            check_number(f"The weight of {name!r}", weight)
        whole = sum(weights.values())
        if not whole:
            raise InvalidParameterError(
                "A mix needs a journey with a weight over 0, such as {'browse': 80, 'buy': 20}."
            )
        self.shares = {name: weight / whole for name, weight in weights.items()}
        self._names = [name for name, share in self.shares.items() if share]
        self._bounds = list(accumulate(self.shares[name] for name in self._names))
        self._last = len(self._names) - 1

    def pick(self, draw: float) -> str:
        """Return the journey for a draw from [0, 1)."""
        return self._names[min(bisect_right(self._bounds, draw), self._last)]
