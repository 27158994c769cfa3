"""What a scenario is, from the attributes of its class: all of it checked before anything is sent.

When arrivals come:

- `arrival_rate`: arrivals a second, the scenario's total; `hold`: for how long, "60s" or a number of seconds.
  Before that `ramp`, in which the rate climbs, and `warm_up`, in which it is kept and nothing is judged. `arrivals`
  is "poisson" or "uniform".
- or `phases`: of `Phase.hold`, `Phase.ramp`, `Phase.steps` and `Phase.bursts`, one after the other.

What each does, one of:

- `journey(self, call)`: see `Call`.
- `mix`: journeys and their weights, functions or names of methods, `{browse: 80, "buy": 20}`.

In place of when arrivals come, `find` may be a search, which decides it: "limit", "onset", "scaling", "idle", or
one with parameters, `Limit(most=500)`.

All others may be left out:

- `thresholds`: texts, `"throttles < 1%"`; see `Threshold`.
- `data`: what `feed` returns, or a list of rows; each arrival has one.
- `variants`: two names or more, one of which each arrival is, by a draw or in turns (`interleave`: "coin", "abba").
- `auth`: credentials; `headers`: sent with each HTTP request.
- `function`: its id or name, what `call.invoke()` invokes; `api`: the id of the HTTP API, where there are several.
- `path`, `rules`: which table says what answers mean, and rules or a file of them that are looked at before.
- `max_in_flight`: journeys at once, all processes together; what is due beyond is dropped and counted.
- `timeout_s`: for an answer; `drain_s`: for what is under way at the end.
- `sink`: where the effects of what is sent show, `SqsSink("Queue")`, found by ids as `call.correlate` gives.
- `set_up(self, target)`, `clean_up(self, target, shared)`: once, before and after; see `Setup`.
- `only_when_named`: leave it out unless the command line names it; `until_throttled`: it is meant to throttle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_serverless.errors import InvalidParameterError, ServerlessError, UnknownNameError, shorten
from pytest_serverless.load.arrivals import Mix, Phase, Plan
from pytest_serverless.load.auth import Credentials
from pytest_serverless.load.classes import Rule
from pytest_serverless.load.estimates.thresholds import Threshold
from pytest_serverless.load.finding import SEARCH_PHASE, Search
from pytest_serverless.load.pipelines import Sink
from pytest_serverless.load.scenarios.attributes import check_names, read
from pytest_serverless.load.scenarios.feeders import Feed
from pytest_serverless.load.scenarios.mixing import Journey, journeys_of
from pytest_serverless.load.scenarios.variants import Interleave

__all__ = ["Definition", "define"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A scenario.

    `plan` says when arrivals come, and which journey each makes; `journeys` has them by name, or one named "".
    `directory` is that of the locustfile, which the paths of files are relative to. `seed` is None unless the command
    line names one. The rest is as the scenario's class has it.
    """

    name: str
    plan: Plan
    journeys: Mapping[str, Journey]
    thresholds: tuple[Threshold, ...] = ()
    auth: Credentials | None = None
    data: Feed | None = None
    function: str | None = None
    api: str | None = None
    path: str | None = None
    rules: tuple[Rule, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    sink: Sink | None = None
    find: Search | None = None
    variants: tuple[str, ...] = ()
    interleave: Interleave = "coin"
    max_in_flight: int = 1000
    timeout_s: float = 30.0
    drain_s: float = 10.0
    only_when_named: bool = False
    until_throttled: bool = False
    set_up: Callable[[Any], Any] | None = None
    clean_up: Callable[[Any, Any], Any] | None = None
    seed: int | None = None
    directory: Path | None = None

    def key(self, journey: str = "", variant: str = "") -> str:
        """Return what it is counted by: "Shop", "Shop/browse" of a mix, "Shop [lazy]" of an A/B scenario."""
        return f"{self.name}{journey and f'/{journey}'}{variant and f' [{variant}]'}"

    @property
    def keys(self) -> tuple[str, ...]:
        """All that it is counted by."""
        return tuple(self.weights)

    @property
    def weights(self) -> dict[str, float]:
        """The parts of its arrivals, of one, by what they are counted by."""
        return {self.key(journey, variant): share for journey, variant, share in self._shares()}

    def _shares(self) -> Iterator[tuple[str, str, float]]:
        variants = self.variants or ("",)
        mix = {"": 1.0} if self.plan.mix is None else Mix(self.plan.mix).shares
        for journey, share in mix.items():
            for variant in variants:
                yield journey, variant, share / len(variants)

    @property
    def judged(self) -> tuple[str, ...]:
        """The phases that thresholds and rates are of."""
        return tuple(phase.name for phase in self.plan.phases if phase.judged)

    @property
    def arrival_rate(self) -> float | None:
        """The arrivals a second in the judged phases; None where they have no one rate."""
        judged = [phase for phase in self.plan.phases if phase.judged]
        rates = {rate for phase in judged for rate in (phase.from_per_s, phase.to_per_s)}
        return rates.pop() if len(rates) == 1 and all(phase.pattern != "burst" for phase in judged) else None


def define(
    name: str,
    attributes: Mapping[str, Any],
    overrides: Mapping[str, Any] | None = None,
    *,
    directory: Path | None = None,
) -> Definition:
    """Read a scenario from the attributes of its class, with methods bound to whatever they are to be called on.

    `overrides` are those of the command line: `arrival_rate`, `hold` and `seed`. `directory` is that of the locustfile.
    Raises InvalidParameterError, whose message begins with the scenario's name.
    """
    try:
        return _defined(name, attributes, _checked(overrides or {}), directory)
    except ServerlessError as error:
        text = str(error)
        raise InvalidParameterError(f"Scenario {name}: {text}{'' if text.endswith(('.', '?')) else '.'}") from None


_OVERRIDES = ("arrival_rate", "hold", "seed")
_OF_PLAN = ("arrival_rate", "hold", "warm_up", "ramp", "arrivals")


def _checked(overrides: Mapping[str, Any]) -> dict[str, Any]:
    for name in overrides:
        if name not in _OVERRIDES:
            raise UnknownNameError("option for a scenario", name, _OVERRIDES)
    return {name: value for name, value in overrides.items() if value is not None}


def _defined(name: str, attributes: Mapping[str, Any], overrides: dict[str, Any], directory: Path | None) -> Definition:
    seed = overrides.pop("seed", None)
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise InvalidParameterError(f"the seed is a whole number, not {shorten(seed)}")
    journeys, mix = journeys_of(attributes)
    check_names(attributes, journeys)
    given = read(attributes, directory)
    plan = _plan(given, read(overrides), mix)
    if "interleave" in given and "variants" not in given:
        raise InvalidParameterError("interleave says how variants take turns, and it has none: variants = ('a', 'b')")
    rest = {each: value for each, value in given.items() if each not in {*_OF_PLAN, "phases"}}
    return Definition(name=name, plan=plan, journeys=journeys, seed=seed, directory=directory, **rest)


def _plan(given: Mapping[str, Any], overrides: Mapping[str, Any], mix: Mapping[str, float] | None) -> Plan:
    if "find" in given:
        return _searched(given, overrides)
    if "phases" in given:
        return _phased(given, overrides, mix)
    chosen = {**given, **overrides}
    lacking = [name for name in ("arrival_rate", "hold") if name not in chosen]
    if lacking:
        raise InvalidParameterError(
            f"it has no {' and no '.join(lacking)}. Write arrival_rate = 50 (a second, all together) and hold = '60s', "
            "or phases = [Phase.hold(50, '60s')]"
        )
    return Plan.steady(
        chosen["arrival_rate"],
        chosen["hold"],
        ramp=chosen.get("ramp"),
        warm_up=chosen.get("warm_up"),
        pattern=chosen.get("arrivals", "poisson"),
        mix=mix,
    )


def _searched(given: Mapping[str, Any], overrides: Mapping[str, Any]) -> Plan:
    """Return a plan of one phase in place of what cannot be planned; a search decides by what it sees."""
    both = [name for name in (*_OF_PLAN, "phases", "variants") if name in given or name in overrides]
    if both:
        raise InvalidParameterError(f"it has find, which decides what is sent, and {both[0]}: leave one away")
    return Plan([Phase.bursts(1, 1.0, name=SEARCH_PHASE)])


def _phased(given: Mapping[str, Any], overrides: Mapping[str, Any], mix: Mapping[str, float] | None) -> Plan:
    both = [name for name in _OF_PLAN if name in given]
    if both:
        raise InvalidParameterError(f"it has phases, which say when arrivals come, and {both[0]}: leave one away")
    if overrides:
        raise InvalidParameterError(
            f"its arrivals come in phases of its own, so the {' and '.join(overrides)} of the command line have no "
            "place in it"
        )
    phases = given["phases"]
    if not any(phase.judged and phase.expected for phase in phases):
        raise InvalidParameterError("none of its phases with arrivals is judged: give one of them judged=True")
    return Plan(phases, mix=mix)
