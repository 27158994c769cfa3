"""Three rates of cold starts, counted: of new instances, of requests that waited for one, of inits.

They differ. Platforms start instances ahead of need, so that many a first invocation waits for nothing; and where one
instance serves several requests at once, several wait for one start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pytest_serverless.load.evidence.logged import Log, Logged
from pytest_serverless.load.observations import Evidence, Observation

__all__ = [
    "HOW",
    "ColdCounts",
    "Missing",
    "count_log",
    "count_observations",
    "is_new",
    "waited",
    "waited_by",
    "was_first",
]

_AHEAD = "provisioned-concurrency"
_RESTORED = "snap-start"

HOW: dict[str, str] = {
    "lambda_invoke": "send requests with `LogType=Tail`: the REPORT in each answer tells",
    "aws": (
        "wrap the handler with the probe, so that each answer says which instance gave it; or let the run read "
        "CloudWatch (which needs `logs:StartQuery` and `logs:GetQueryResults`), or export the log group and name the "
        "file"
    ),
    "azure": (
        "wrap the function with the probe; or export the table requests of Application Insights, written by a host of "
        "2025 or later, and name the file"
    ),
    "gcp": (
        "wrap the function with the probe; or export the service's log with "
        "`gcloud logging read --format=json`, the system's entries included, and name the file"
    ),
    "": "wrap the handler with the probe (`pytest_serverless/load/probes` has one for Python and one for Node.js)",
}
"""How to get evidence, by the path of the requests or the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """There is no evidence: no rate, which is not a rate of zero. `how` says how to get some."""

    requests: int
    how: str

    def __str__(self) -> str:
        of = f"of none of {self.requests:,} requests" if self.requests else "as there were no requests"
        return f"It is not known {of} whether an instance was started for it. To know it, {self.how}."


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdCounts:
    """Counts for the three rates; `pytest_serverless.load.estimates` makes intervals of them.

    - `known`: invocations of which it is known whether they waited; `unknown` are all others.
    - `user_visible`: those of the known that waited for an init or a restore.
    - `numbered`: invocations of which it is known whether they were the first on their instance; `new_instances` were.
    - `ahead`: first invocations on an instance that was ready before their request came.
    - `inits`: what the platform initialised, None where only its logs could tell.
    - `by_type`: the known by how their instance was initialised, "" where that was not told.
    """

    known: int
    unknown: int
    user_visible: int
    numbered: int
    new_instances: int
    ahead: int
    inits: int | None
    by_type: dict[str, int]


def is_new(evidence: Evidence) -> bool | None:
    """Tell whether an invocation was the first on its instance; None where that is not known.

    A REPORT has the time of an init in the first alone. With provisioned concurrency it has it in none: there the probe
    is needed, which counts invocations itself.
    """
    if evidence.invocation is not None:
        return evidence.invocation == 1
    if evidence.init_ms is not None or evidence.restore_ms is not None:
        return True
    return False if evidence.source == "report" else None


def was_first(logged: Logged) -> bool | None:
    """Tell whether a logged invocation was the first on its instance; None where that is not known.

    Logs tell of all that is started in their time: an instance of which they do not was there before.
    """
    if logged.evidence is None:
        return None
    first = is_new(logged.evidence)
    return False if first is None and logged.waited is False else first


def waited(
    evidence: Evidence, *, started_s: float | None = None, service_ms: float | None = None, round_trip_ms: float = 0.0
) -> bool | None:
    """Tell whether a request waited for its instance to start; None where that is not known.

    `started_s` is when it was sent, `service_ms` how long it took, by the generator's clock; `round_trip_ms` is what
    an answer takes on its way at least. A request waited if the init ended after it was sent, whichever number it has
    on its instance. Where only the init's length is known, a request that took less than init and handler together
    cannot have waited for all of it: the instance was started ahead of need. (Whether the REPORT of such an invocation
    has an Init Duration at all is not documented.)
    """
    if evidence.init_type == _AHEAD:
        return False
    if evidence.restore_ms is not None:
        return True
    if evidence.init_type == _RESTORED:
        # The probe's times are those of the snapshot: it cannot tell when it was restored.
        return is_new(evidence)
    if evidence.init_ended_s is not None and started_s is not None:
        return evidence.init_ended_s >= started_s
    if evidence.init_ms is not None:
        least_ms = evidence.init_ms + (evidence.duration_ms or 0.0) + round_trip_ms
        return service_ms is None or service_ms >= least_ms
    if evidence.invocation is not None and evidence.invocation > 1:
        return False
    return False if evidence.source == "report" else None


def waited_by(round_trip_ms: float = 0.0) -> Callable[[Observation], bool | None]:
    """Return what tells of an observation whether it waited; None without evidence."""

    def tells(observation: Observation) -> bool | None:
        evidence = observation.evidence
        if evidence is None:
            return None
        return waited(
            evidence,
            started_s=observation.started_s,
            service_ms=(observation.ended_s - observation.started_s) * 1e3,
            round_trip_ms=round_trip_ms,
        )

    return tells


def count_observations(
    observations: Iterable[Observation], *, round_trip_ms: float = 0.0, path: str = ""
) -> ColdCounts | Missing:
    """Count requests that a function answered, or failed to; others never had an instance.

    Raises nothing: without any evidence the result says how to get some, by the path or provider.
    """
    tells = waited_by(round_trip_ms)
    served = (each for each in observations if each.kind in {"ok", "function_error"})
    return _count(((each.evidence, tells(each), _is_new(each.evidence)) for each in served), None, path)


def count_log(log: Log, *, path: str = "") -> ColdCounts | Missing:
    """Count the invocations of a log, and its inits: those too that nobody waited for."""
    facts = ((each.evidence, each.waited, was_first(each)) for each in log.invocations)
    return _count(facts, len(log.inits), path)


def _is_new(evidence: Evidence | None) -> bool | None:
    return None if evidence is None else is_new(evidence)


Facts = tuple[Evidence | None, bool | None, bool | None]
"""Of one request: its evidence, whether it waited for its instance, and whether it was the first there."""


def _count(facts: Iterable[Facts], inits: int | None, path: str) -> ColdCounts | Missing:
    known = unknown = visible = numbered = new = ahead = 0
    by_type: dict[str, int] = {}
    for evidence, has_waited, first in facts:
        if evidence is None or has_waited is None:
            unknown += 1
        else:
            known += 1
            visible += has_waited
            by_type[evidence.init_type or ""] = by_type.get(evidence.init_type or "", 0) + 1
        numbered += first is not None
        new += first is True
        ahead += first is True and has_waited is False
    if not known and not numbered:
        return Missing(requests=unknown, how=HOW.get(path) or HOW.get(_PROVIDERS.get(path, ""), HOW[""]))
    return ColdCounts(
        known=known,
        unknown=unknown,
        user_visible=visible,
        numbered=numbered,
        new_instances=new,
        ahead=ahead,
        inits=inits,
        by_type=by_type,
    )


_PROVIDERS = {
    "function_url": "aws",
    "rest_api": "aws",
    "http_api": "aws",
    "alb": "aws",
    "cloudfront": "aws",
    "cloud_run": "gcp",
}
