"""Arrivals and their effects, matched by an id: how long it took, what was lost, what came twice.

Both times are of the generator's clock: the intended start of the arrival, and the moment in which its effect was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.estimates.intervals import Interval, Unknown
from pytest_serverless.load.pipelines.estimating import duplicated, lost, time
from pytest_serverless.load.pipelines.traces import Fates, Sighting, Trace

__all__ = ["DEADLINE_S", "KEPT_S", "METRICS", "VERSION", "Counts", "Tracker"]

VERSION: Final = 1
"""Of the form that `as_json` gives."""

DEADLINE_S: Final = 60.0
"""How long an effect may take before its arrival counts as lost, where nothing else is said."""

KEPT_S: Final = 30.0
"""How long after its deadline an arrival is kept, for what other processes have seen and not told yet."""

METRICS: Final = ("end_to_end.p50", "end_to_end.p95", "end_to_end.p99", "end_to_end.mean", "lost", "duplicated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many arrivals came to what.

    `decided` ones were `seen` until their deadline or are `lost`; `late` of the lost came after it, `duplicated` of the
    seen came more than once until then. `undecided` are those that still had time when the sink was read for the last
    time, and are in no estimate; `withdrawn` ones were refused at the door, so that no effect was to come. `strays` are
    sightings of no arrival that is known here: of another run, or long after the deadline.
    """

    decided: int
    seen: int
    lost: int
    late: int
    duplicated: int
    undecided: int
    withdrawn: int
    strays: int


class Tracker:
    """Takes in what was sent and what was seen, in whichever order and process; merges with others.

    A process that sends or sees tells so, and hands what is new on by `take`. Who has all of it together calls `fold`
    about once a second: an arrival is kept for its deadline and `KEPT_S`, then it is counted and forgotten. That is
    about 500 bytes for each that is kept (90 MB at 2,000 arrivals a second with a deadline of 60 s), and a few bytes
    for each second of the run.
    """

    def __init__(self) -> None:
        self._traces: dict[str, Trace] = {}
        self._fates: dict[tuple[str, str], Fates] = {}
        self._watched: dict[str, float] = {}
        self._strays = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tracker) and self._ordered() == other._ordered()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def _trace(self, id: str) -> Trace:  # noqa: A002  # it is one
        trace = self._traces.get(id)
        if trace is None:
            trace = self._traces[id] = Trace()
        return trace

    def sent(
        self,
        id: str,  # noqa: A002  # it is one
        intended_s: float,
        phase: str,
        scenario: str,
        *,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        """Take in that an arrival is on its way, whose effect has this id; seconds since the epoch."""
        trace = self._trace(id)
        trace.intended_us = int(intended_s * 1e6)
        trace.due_us = trace.intended_us + int(deadline_s * 1e6)
        trace.group = (phase, scenario)

    def withdraw(self, id: str) -> None:  # noqa: A002  # it is one
        """Take in that an arrival was refused, so that nothing is to come of it; if something does, it counts."""
        self._trace(id).withdrawn = True

    def seen(self, id: str, at_s: float, *, since_s: float | None = None) -> None:  # noqa: A002  # it is one
        """Take in that an effect was seen, and since when, at most, it was there: it was looked for then in vain.

        Without `since_s` it is taken to have come at that moment, as from a queue that is waited at.
        """
        at_us = int(at_s * 1e6)
        self._trace(id).see((at_us, at_us if since_s is None else min(int(since_s * 1e6), at_us)))

    def take_in(self, sightings: Iterable[Sighting]) -> None:
        """Take in several of them."""
        for each in sightings:
            self.seen(each.id, each.at_s, since_s=each.since_s)

    def watched(self, reader: str, until_s: float) -> None:
        """Take in that a reader has seen all that was there until then."""
        self._watched[reader] = max(until_s, self._watched.get(reader, until_s))

    @property
    def watched_s(self) -> float | None:
        """Until when every reader has read; None where none did."""
        return min(self._watched.values(), default=None)

    def outstanding(self, now_s: float) -> int:
        """Return how many arrivals have time still, and nothing has been seen of them: what it is worth to wait for."""
        now_us = int(now_s * 1e6)
        return sum(trace.is_outstanding and trace.due_us > now_us for trace in self._traces.values())

    def fold(self, now_s: float) -> None:
        """Count and forget what was due `KEPT_S` ago, from the oldest on."""
        before_us = int((now_s - KEPT_S) * 1e6)
        old: list[str] = []
        for name, trace in self._traces.items():
            if (trace.due_us or (trace.seen[0][0] if trace.seen else 0)) > before_us:
                break
            old.append(name)
        for name in old:
            trace = self._traces.pop(name)
            if trace.intended_us is None:
                self._strays += bool(trace.seen)
            else:
                _fates(self._fates, trace.group).add(trace)

    def take(self) -> Tracker:
        """Return what is new since the last time, and begin anew; all that is taken adds up to the whole."""
        taken = Tracker()
        taken._traces, self._traces = self._traces, {}
        taken._fates, self._fates = self._fates, {}
        taken._strays, self._strays = self._strays, 0
        taken._watched = dict(self._watched)
        return taken

    def merge(self, other: Tracker) -> None:
        """Add what another has taken in: what it has seen is matched with what was sent here, and the reverse."""
        for name, trace in other._traces.items():
            self._trace(name).merge(trace)
        for group, fates in other._fates.items():
            _fates(self._fates, group).merge(fates)
        self._strays += other._strays
        for reader, until_s in other._watched.items():
            self.watched(reader, until_s)

    def counts(self, until_s: float, *, phases: Iterable[str] | None = None) -> Counts:
        """Return how many arrivals of these phases, or of all, came to what until then."""
        fates, undecided, strays = self._decided(until_s, phases)
        course = fates.course()
        return Counts(
            decided=sum(second.decided for second in course),
            seen=sum(second.seen for second in course),
            lost=sum(second.lost for second in course),
            duplicated=sum(second.duplicated for second in course),
            late=fates.late,
            undecided=undecided,
            withdrawn=fates.withdrawn,
            strays=strays,
        )

    def estimates(
        self, until_s: float, *, phases: Iterable[str] | None = None, also: Iterable[str] = ()
    ) -> dict[str, Interval | Unknown]:
        """Return the estimates of `METRICS`, in milliseconds and shares, of these phases or of all.

        `until_s` is when the sink was read for the last time. An arrival that had not come to an effect then, and had
        not reached its deadline, is neither seen nor lost: all arrivals of that age are left out, seen ones too, for
        else the slow ones alone would be missing. Where nothing was outstanding, none is left out. `also` names
        further metrics, such as `end_to_end.p99.9`; those of anything else are passed over.
        """
        fates, undecided, _ = self._decided(until_s, phases)
        names = dict.fromkeys([*METRICS, *(name for name in also if name.startswith("end_to_end."))])
        of_times = {name: time(fates, name, undecided) for name in names if name.startswith("end_to_end.")}
        return {**of_times, "lost": lost(fates, undecided), "duplicated": duplicated(fates, undecided)}

    def _decided(self, until_s: float, phases: Iterable[str] | None) -> tuple[Fates, int, int]:
        """Return what the decided arrivals came to, how many are not, and how many sightings are strays."""
        wanted, whole, undecided, strays = None if phases is None else set(phases), Fates(), 0, self._strays
        for (phase, _), fates in self._fates.items():
            if wanted is None or phase in wanted:
                whole.merge(fates)
        until_us = int(until_s * 1e6)
        of_phases = list(self._of(wanted))
        none_is_out = not any(trace.is_outstanding and trace.due_us > until_us for trace in of_phases)
        for trace in of_phases:
            if none_is_out or trace.due_us <= until_us:
                whole.add(trace)
            else:
                undecided += not trace.withdrawn
        strays += sum(trace.intended_us is None and bool(trace.seen) for trace in self._traces.values())
        return whole, undecided, strays

    def _of(self, phases: set[str] | None) -> Iterator[Trace]:
        for trace in self._traces.values():
            if trace.intended_us is not None and (phases is None or trace.group[0] in phases):
                yield trace

    def _ordered(self) -> dict[str, Any]:
        whole = self.as_json()
        return {**whole, "traces": [(*group, sorted(rows, key=str)) for *group, rows in whole["traces"]]}

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON, which is also what MessagePack can pack."""
        traces: dict[tuple[str, str], list[Any]] = {}
        for name, trace in self._traces.items():
            traces.setdefault(trace.group, []).append((name, *trace.row()))
        return {
            "version": VERSION,
            "traces": [[*group, rows] for group, rows in sorted(traces.items())],
            "fates": [[*group, fates.as_json()] for group, fates in sorted(self._fates.items())],
            "watched": dict(sorted(self._watched.items())),
            "strays": self._strays,
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Tracker:
        """Read what `as_json` gave; raises InvalidParameterError for another version's."""
        if value.get("version") != VERSION:
            raise InvalidParameterError(
                f"What a pipeline came to, of version {value.get('version')!r}, cannot be read here, only {VERSION}. "
                "Let master and workers run the same version of pytest-serverless-toolkit."
            )
        made = Tracker()
        made._traces = {
            name: Trace.of_row(row, (phase, scenario))
            for phase, scenario, rows in value["traces"]
            for name, *row in rows
        }
        made._fates = {(phase, scenario): Fates.from_json(each) for phase, scenario, each in value["fates"]}
        made._watched, made._strays = dict(value["watched"]), value["strays"]
        return made


def _fates(of: dict[tuple[str, str], Fates], group: tuple[str, str]) -> Fates:
    found = of.get(group)
    if found is None:
        found = of[group] = Fates()
    return found
