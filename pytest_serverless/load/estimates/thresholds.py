"""What a run must keep to: limits for its estimates, which their intervals pass, fail or leave open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pytest_serverless.errors import InvalidParameterError, UnknownNameError, shorten
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.estimates.sizes import more_needed

__all__ = ["METRICS", "Judgement", "Threshold", "Unit", "quantile_share", "thresholds", "unit_of"]

Unit = Literal["share", "ms", "per second", "count", "USD"]

METRICS: Final[Mapping[str, Unit]] = {
    "throttles": "share",
    "function_errors": "share",
    "ambiguous": "share",
    "refused": "share",
    "failed": "share",
    "lost": "share",
    "duplicated": "share",
    "cold_starts.new_instance": "share",
    "cold_starts.user_visible": "share",
    "cold_starts.init": "share",
    "latency": "ms",
    "latency.warm": "ms",
    "latency.cold": "ms",
    "service": "ms",
    "init": "ms",
    "end_to_end": "ms",
    "throughput": "per second",
    "concurrency": "count",
    "instances": "count",
}
"""What may be limited, and in which unit; a time is followed by `.p50`, `.p99`, `.p99.9` or `.mean`."""

_TEXT = re.compile(
    r"\s*(?P<metric>[a-z_.\d]+?)\s*(?P<sign><=|>=|<|>)\s*(?P<number>\d+(\.\d*)?|\.\d+)\s*(?P<unit>\S*)\s*"
)
_OF_TIME = re.compile(r"(?P<metric>.+)\.(?P<which>mean|p(?P<per_cent>\d{1,2}(\.\d+)?))")
_UNITS: Final[Mapping[Unit, Mapping[str, float]]] = {
    "share": {"%": 0.01, "": 1.0},
    "ms": {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4},
    "per second": {"/s": 1.0, "/m": 1 / 60, "": 1.0},
    "count": {"": 1.0},
}
_EXAMPLES = "'throttles < 1%', 'cold_starts.user_visible < 5%', 'latency.p99 < 300ms' or 'throughput > 45/s'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A limit that an estimate must keep to: below it (`<`, `<=`) or above it (`>`, `>=`).

    `limit` is a share from 0 to 1, milliseconds, a number a second or a count; `text` is how it was written.
    """

    metric: str
    sign: Literal["<", "<=", ">", ">="]
    limit: float
    unit: Unit
    text: str

    def __str__(self) -> str:
        return self.text

    @staticmethod
    def parse(text: str) -> Threshold:
        """Read `latency.p99 < 300ms`; raises InvalidParameterError, or UnknownNameError for a metric there is not."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise InvalidParameterError(f"{shorten(text)} cannot be read as a threshold. Write {_EXAMPLES}.")
        unit = unit_of(found["metric"])
        factors = _UNITS[unit]
        if found["unit"] not in factors:
            known = " or ".join(f"{found['number']}{each}" for each in factors)
            raise InvalidParameterError(f"{shorten(text)}: {found['metric']} is limited by {known}.")
        limit = float(found["number"]) * factors[found["unit"]]
        if unit == "share" and not 0 <= limit <= 1:
            raise InvalidParameterError(f"{shorten(text)}: a share lies between 0 and 1, or 0% and 100%.")
        sign: Any = found["sign"]
        return Threshold(metric=found["metric"], sign=sign, limit=limit, unit=unit, text=" ".join(text.split()))

    @property
    def is_upper(self) -> bool:
        """Whether the estimate must stay below the limit."""
        return self.sign[0] == "<"

    @property
    def quantile(self) -> float | None:
        """The share that the metric's quantile stands for (0.99 for p99); None where it is none."""
        found = _OF_TIME.fullmatch(self.metric) if self.unit == "ms" else None
        return None if found is None or found["per_cent"] is None else quantile_share(found["which"])

    def judge(self, estimate: Interval | Unknown) -> Judgement:
        """Tell what an estimate decides: all of its interval on one side of the limit, or nothing."""
        return Judgement(threshold=self, estimate=estimate, outcome=self._outcome(estimate))

    def _outcome(self, estimate: Interval | Unknown) -> Literal["pass", "fail", "inconclusive"]:
        if isinstance(estimate, Unknown):
            return "inconclusive"
        keeps, breaks = estimate.upper - self.limit, estimate.lower - self.limit
        if not self.is_upper:
            keeps, breaks = self.limit - estimate.lower, self.limit - estimate.upper
        at_limit_is_kept = self.sign.endswith("=")
        if keeps < 0 or (at_limit_is_kept and not keeps):
            return "pass"
        return "fail" if breaks > 0 or (not at_limit_is_kept and not breaks) else "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What an estimate decides about a threshold; what is inconclusive has not passed."""

    threshold: Threshold
    estimate: Interval | Unknown
    outcome: Literal["pass", "fail", "inconclusive"]

    @property
    def more(self) -> int | None:
        """About how many more samples will decide, if the estimate stays as it is; None where no number would."""
        if self.outcome != "inconclusive":
            return 0
        if isinstance(self.estimate, Unknown):
            return self.estimate.more
        return more_needed(self.estimate, self.threshold.limit, is_share=self.threshold.unit == "share")

    def __str__(self) -> str:
        said = f"{self.outcome}: {self.threshold}, is {_in_words(self.estimate, self.threshold.unit)}"
        if self.outcome != "inconclusive":
            return said
        more = self.more
        return f"{said}; {f'about {more:,} more samples decide' if more else 'more samples alone will not decide'}"

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "threshold": self.threshold.text,
            "metric": self.threshold.metric,
            "limit": self.threshold.limit,
            "outcome": self.outcome,
            "estimate": self.estimate.as_json(),
            "more": self.more,
        }


def thresholds(*texts: str, limits: Mapping[str, str] | None = None) -> tuple[Threshold, ...]:
    """Read thresholds from texts, `throttles < 1%`, and from limits by name, `{"latency.p99": "< 300ms"}`."""
    named: Iterable[str] = (f"{name} {limit}" for name, limit in (limits or {}).items())
    return tuple(Threshold.parse(text) for text in (*texts, *named))


def unit_of(metric: str) -> Unit:
    """Return the unit of a metric; raises UnknownNameError where there is no such metric."""
    found = _OF_TIME.fullmatch(metric)
    if found is not None and METRICS.get(found["metric"]) == "ms":
        return "ms"
    if METRICS.get(metric, "ms") != "ms":
        return METRICS[metric]
    of_time = [f"{name}.{which}" for name, unit in METRICS.items() if unit == "ms" for which in ("p50", "p95", "p99")]
    raise UnknownNameError("metric", metric, [*(name for name, unit in METRICS.items() if unit != "ms"), *of_time])


def quantile_share(name: str) -> float:
    """Return the share that `p99.9` stands for; to its last digit, so that it is the nearest number to 0.999."""
    digits, _, decimals = name.removeprefix("p").partition(".")
    return float(f"0.{digits:>02}{decimals}")


def _in_words(estimate: Interval | Unknown, unit: Unit) -> str:
    if isinstance(estimate, Unknown):
        return str(estimate)
    factor, after = {"share": (100, " %"), "ms": (1, " ms"), "per second": (1, "/s"), "count": (1, "")}[unit]
    value, lower, upper = (f"{number * factor:.4g}" for number in (estimate.value, estimate.lower, estimate.upper))
    return f"{value}{after} ({lower} to {upper}, n = {estimate.n:,})"
