"""What a search came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_serverless.load.estimates.intervals import Interval, Unknown, estimate_from_json

__all__ = ["WORDS", "Found"]

WORDS: Final[Mapping[str, str]] = {
    "concurrency_limit": "concurrency limit",
    "throttling_from": "arrivals a second at which throttling starts",
    "scaling_burst": "instances added at one moment",
    "scaling_per_10_s": "instances added in 10 s",
    "idle_kept": "seconds that idle instances are kept (median)",
}
"""What each value that can be found is, with its unit where it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer of one search.

    - `search`: its name, as `limit`; `scenario`: whose target it was.
    - `values` by the names in `WORDS`. One that was refused is `Unknown`, and its note says why.
    - `reasons`: why there is no answer, or why its bounds are no closer; none where it is as good as was asked for.
    - `requests` were sent in `steps`; `throttles` are those that came, by reason.
    """

    search: str
    scenario: str
    values: Mapping[str, Interval | Unknown]
    reasons: tuple[str, ...] = ()
    requests: int = 0
    steps: int = 0
    throttles: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_answered(self) -> bool:
        """Whether every value has bounds, close or not."""
        return all(isinstance(each, Interval) for each in self.values.values())

    @property
    def is_found(self) -> bool:
        """Whether every value has bounds, as close as was asked for."""
        return not self.reasons and self.is_answered

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "search": self.search,
            "scenario": self.scenario,
            "values": {name: each.as_json() for name, each in self.values.items()},
            "reasons": list(self.reasons),
            "requests": self.requests,
            "steps": self.steps,
            "throttles": dict(self.throttles),
        }

    @staticmethod
    def from_json(given: Mapping[str, Any]) -> Found:
        """Read what `as_json` gave; KeyError, TypeError or ValueError for anything else."""
        return Found(
            search=str(given["search"]),
            scenario=str(given["scenario"]),
            values={str(name): estimate_from_json(each) for name, each in given["values"].items()},
            reasons=tuple(str(reason) for reason in given["reasons"]),
            requests=int(given["requests"]),
            steps=int(given["steps"]),
            throttles={str(reason): int(count) for reason, count in given["throttles"].items()},
        )
