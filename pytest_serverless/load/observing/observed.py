"""What a platform knows of a stretch of time: a document of its own, for nobody saw what was sent.

It is no result of a run: there are no arrivals, no answers and no latency in it, and nothing to judge a generator by.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.intervals import Interval, Unknown, estimate_from_json
from pytest_serverless.load.estimates.thresholds import Judgement, Threshold
from pytest_serverless.load.evidence import Log
from pytest_serverless.load.results import ColdStartSource, Target, exit_code
from pytest_serverless.load.results.files import read_json

__all__ = ["KIND", "SCHEMA", "ObservedFunction", "ObservedStack", "Queried", "is_observed", "read_observed"]

KIND: Final = "observation"
"""What sets the document apart from the result of a run."""

SCHEMA: Final = 1
"""The version of the document. It rises where an older reader would misread it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedFunction:
    """One function: its log's invocations, those that waited for a start, inits and instances; and its metrics.

    `metrics` are sums (`invocations`, `errors`, `throttles`, `spill_overs`, `provisioned`, `async_received`,
    `async_dropped`) and peaks (`concurrency`, `provisioned_concurrency`, `iterator_age_ms`, `async_age_ms`) over the
    whole minutes that hold the time; None is what was not told.
    """

    name: str
    invocations: int = 0
    waited: int = 0
    inits: int = 0
    instances: int = 0
    metrics: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queried:
    """What asking cost: `amount` is text, in `currency`, by the rates that `source` names."""

    bytes_scanned: float
    metrics: int
    amount: str
    currency: str = "USD"
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedStack:
    """What is known of some functions from `from_s` to `to_s`, seconds since the epoch, the end excluded.

    - `invocations` and `inits`: those in the logs, whoever asked for them.
    - `estimates` by name: `cold_starts.…`, `throttles`, `function_errors`, `concurrency`, `instances`, and of `init`
      and `duration` each `p50`, `p95`, `p99` and `mean`; in shares from 0 to 1, milliseconds and counts.
    - `source`: what told, and what it cannot say.
    - `cost`: of what was invoked, a bill as JSON; `queried`: of the asking, None where nothing was asked for money.
    - `complete`: False where the platform may know more by now.
    - `log`: all that was read, to join requests to; None where this was read from a file itself.
    """

    tool_version: str
    from_s: float
    to_s: float
    target: Target
    functions: tuple[ObservedFunction, ...]
    invocations: int
    inits: int
    estimates: Mapping[str, Interval | Unknown]
    source: ColdStartSource
    judgements: tuple[Judgement, ...] = ()
    cost: Mapping[str, Any] | None = None
    queried: Queried | None = None
    complete: bool = True
    notes: tuple[str, ...] = ()
    log: Log | None = field(default=None, compare=False, repr=False)

    @property
    def exit_code(self) -> int:
        """0 for a pass or nothing to judge, 1 where a threshold failed, 4 where one is inconclusive."""
        return exit_code((each.outcome for each in self.judgements), is_valid=True, complete=self.complete)

    def total(self, metric: str) -> float | None:
        """Return a metric summed over all functions, None where it is not known of one of them."""
        values = [each.metrics.get(metric) for each in self.functions]
        known = [value for value in values if value is not None]
        return sum(known) if known and len(known) == len(values) else None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "kind": KIND,
            "schema": SCHEMA,
            **{name: getattr(self, name) for name in _PLAIN},
            "exit_code": self.exit_code,
            "target": self.target.as_json(),
            "functions": [{**asdict(each), "metrics": dict(each.metrics)} for each in self.functions],
            "estimates": {name: each.as_json() for name, each in self.estimates.items()},
            "thresholds": [each.as_json() for each in self.judgements],
            "source": {"sources": list(self.source.sources), "cannot_say": list(self.source.cannot_say)},
            "cost": None if self.cost is None else dict(self.cost),
            "queried": None if self.queried is None else asdict(self.queried),
            "notes": list(self.notes),
        }

    @staticmethod
    def from_json(given: Mapping[str, Any]) -> ObservedStack:
        """Read what `as_json` gave; raises InvalidParameterError for anything else, or a newer version."""
        if given.get("schema") != SCHEMA:
            raise InvalidParameterError(
                f"This observation has version {given.get('schema')} of the schema, and version {SCHEMA} can be read "
                "here. Read it with the pytest-serverless-toolkit that has written it."
            )
        try:
            return _from_json(given)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidParameterError(f"This is no whole observation: {type(error).__name__}: {error}.") from error


_PLAIN: Final = ("tool_version", "from_s", "to_s", "invocations", "inits", "complete")


def _from_json(given: Mapping[str, Any]) -> ObservedStack:
    return ObservedStack(
        **{name: given[name] for name in _PLAIN},
        target=Target.from_json(given["target"]),
        functions=tuple(ObservedFunction(**each) for each in given["functions"]),
        estimates={name: estimate_from_json(each) for name, each in given["estimates"].items()},
        judgements=tuple(
            Threshold.parse(each["threshold"]).judge(estimate_from_json(each["estimate"]))
            for each in given["thresholds"]
        ),
        source=ColdStartSource(**{name: tuple(each) for name, each in given["source"].items()}),
        cost=given["cost"],
        queried=None if given["queried"] is None else Queried(**given["queried"]),
        notes=tuple(given["notes"]),
    )


def is_observed(given: Any) -> bool:
    """Tell whether a JSON document is an observation."""
    return isinstance(given, Mapping) and given.get("kind") == KIND


def read_observed(path: str | os.PathLike[str]) -> ObservedStack:
    """Read an observation; raises InvalidParameterError, which names the file, where it is none."""
    given = read_json(path)
    if not is_observed(given):
        raise InvalidParameterError(f"{os.fspath(path)} is no observation.")
    try:
        return ObservedStack.from_json(given)
    except InvalidParameterError as error:
        raise InvalidParameterError(f"{os.fspath(path)}: {error}") from error
