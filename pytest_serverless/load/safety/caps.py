"""The most that a run may be: arrivals, time and money, looked at before it begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.arrivals import Plan
from pytest_serverless.pricing import Bill, over_budget
from pytest_serverless.pricing.amounts import Number, exact

__all__ = ["Caps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The most arrivals, seconds and dollars of a run, all its scenarios together; None is no cap.

    Dollars may be a text, as an option has them, and are a `Decimal` afterwards.
    """

    max_arrivals: int | None = None
    max_duration_s: float | None = None
    max_cost: Number | None = None

    def __post_init__(self) -> None:
        if self.max_cost is not None:
            object.__setattr__(self, "max_cost", exact(self.max_cost, "--serverless-max-cost"))
        for option, value in (
            ("--serverless-max-arrivals", self.max_arrivals),
            ("--serverless-max-duration", self.max_duration_s),
            ("--serverless-max-cost", self.max_cost),
        ):
            if value is not None and not value > 0:  # type: ignore[operator]  # no text any more
                raise InvalidParameterError(
                    f"{option} is {value}, and no run is that small. Allow more than 0, or leave it out."
                )

    def check(self, plans: Iterable[Plan], bill: Bill | None = None) -> None:
        """Raise InvalidParameterError where what is planned is more than is allowed.

        `bill` is what the run is expected to cost, which a cap on its cost needs: `Spending.expected`.
        """
        all_plans = list(plans)
        self._check_arrivals(all_plans)
        self._check_duration(all_plans)
        if self.max_cost is None:
            return
        if bill is None:
            raise InvalidParameterError("--serverless-max-cost: nothing tells what the run will cost.")
        refusal = over_budget(bill, self.max_cost)
        if refusal:
            notes = "".join(f" ({note}.)" for note in bill.notes)
            raise InvalidParameterError(f"--serverless-max-cost: the run was not begun. {refusal}{notes}")

    def _check_arrivals(self, plans: list[Plan]) -> None:
        parts = [plan.planned() for plan in plans]
        arrivals = sum(part.arrivals for part in parts)
        if self.max_arrivals is not None and round(arrivals) > self.max_arrivals:
            about = "" if all(part.exact for part in parts) else "about "
            raise InvalidParameterError(
                f"--serverless-max-arrivals: {about}{arrivals:,.0f} arrivals are planned, and {self.max_arrivals:,} "
                "are the most that are allowed. Lower the rate, shorten the phases, or allow more."
            )

    def _check_duration(self, plans: list[Plan]) -> None:
        longest_s = max((plan.duration_s for plan in plans), default=0.0)
        if self.max_duration_s is not None and longest_s > self.max_duration_s:
            raise InvalidParameterError(
                f"--serverless-max-duration: {longest_s:g} s are planned, and {self.max_duration_s:g} s are the most "
                "that are allowed. Shorten the phases, or allow more."
            )
