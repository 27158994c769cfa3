"""How many of the ambiguous answers were throttles, once the platform's metrics are known."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_serverless.errors import InvalidParameterError

__all__ = ["Settled", "settled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Of `ambiguous` answers, at least `throttled_low` and at most `throttled_high` were throttles.

    `unexplained` is how many of them neither metric accounts for: the metrics are late, or something else answered.
    """

    ambiguous: int
    throttled_low: int
    throttled_high: int
    unexplained: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether it is known of every one what it was."""
        return self.throttled_low == self.throttled_high and not self.unexplained


def settled(
    ambiguous: int,
    *,
    throttles: float,
    errors: float,
    known_throttles: int = 0,
    known_errors: int = 0,
) -> Settled:
    """Return what the platform's sums of Throttles and Errors, over the time of the run, say of ambiguous answers.

    `known_throttles` and `known_errors` are those that were told as such, and are in the sums as well. If somebody else
    invoked the function meanwhile, the sums are more than ours, and the bounds still hold, only wider. Raises
    `InvalidParameterError` for negative counts.
    """
    given = (ambiguous, throttles, errors, known_throttles, known_errors)
    if min(given) < 0:
        raise InvalidParameterError(f"Counts and sums must be 0 or more, not {given}.")
    of_throttles = max(0, round(throttles) - known_throttles)
    of_errors = max(0, round(errors) - known_errors)
    unexplained = max(0, ambiguous - of_throttles - of_errors)
    high = min(ambiguous, of_throttles)
    low = max(0, ambiguous - unexplained - of_errors)
    return Settled(ambiguous=ambiguous, throttled_low=low, throttled_high=high, unexplained=unexplained)
