"""From an arrival to its journey: which one, with which data, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pytest_serverless.load.arrivals import Arrival, Share, derive_seed
from pytest_serverless.load.scenarios.call import Call, JourneyEnded
from pytest_serverless.load.scenarios.caller import Caller
from pytest_serverless.load.scenarios.definition import Definition
from pytest_serverless.load.scenarios.feeders import Rows
from pytest_serverless.load.scenarios.variants import variant_of

__all__ = ["Player", "Turn"]

_NO_DATA: Mapping[str, Any] = {}


class Turn(NamedTuple):
    """What an arrival is: what it is counted by, its phase, and the journey and the variant it makes."""

    key: str
    phase: str
    journey: str
    variant: str


class Player:
    """Plays the journeys of one scenario in one process.

    A dispatcher asks for the `turn` of each arrival that comes due, once, and counts it as planned; unless it drops it
    for a reason of its own, it asks for its `row`, drops it with the reason "data" where there is none, and else counts
    it as sent and runs `play`, which counts it as finished::

        turn = player.turn(arrival)
        aggregate.plan(turn.phase, turn.key, intended_s)
        if (row := player.row()) is None:
            aggregate.drop(turn.phase, turn.key, intended_s, "data")
        else:
            aggregate.send(turn.phase, turn.key, intended_s, clock())
            spawn(player.play, turn, intended_s, row, source)

    Variants take turns among the arrivals of each journey in each process. Data is read through when it is made:
    InvalidParameterError for what cannot be used.
    """

    def __init__(self, definition: Definition, caller: Caller, *, seed: int = 0, share: Share | None = None) -> None:
        part = share or Share()
        self._journeys = definition.journeys
        self._variants = definition.variants
        self._interleave = definition.interleave
        self._caller = caller
        self._numbers = dict.fromkeys(definition.journeys, 0)
        self._seeds = {
            name: derive_seed(seed, "variants", definition.name, name, part.worker) for name in definition.journeys
        }
        self._keys = {
            (journey, variant): definition.key(journey, variant)
            for journey in definition.journeys
            for variant in definition.variants or ("",)
        }
        self._rows = _opened(definition, part, seed)

    def turn(self, arrival: Arrival) -> Turn:
        """Return what an arrival is, and let the next be another variant."""
        journey = arrival.journey
        if not self._variants:
            return Turn(self._keys[journey, ""], arrival.phase, journey, "")
        number = self._numbers[journey]
        self._numbers[journey] = number + 1
        variant = variant_of(self._variants, self._interleave, self._seeds[journey], number)
        return Turn(self._keys[journey, variant], arrival.phase, journey, variant)

    def row(self) -> Mapping[str, Any] | None:
        """Return the data of the next arrival that is sent; None when all has been used that is used once."""
        return _NO_DATA if self._rows is None else self._rows.take()

    def play(self, turn: Turn, intended_s: float, row: Mapping[str, Any], source: int = 0) -> None:
        """Make the journey. What it raises is counted, not raised; only what ends the greenlet is let through.

        Then the journey is not finished, and the request it was in is counted as failed, with the reason "stopped".
        """
        caller = self._caller
        call = Call(
            caller,
            key=turn.key,
            phase=turn.phase,
            intended_s=intended_s,
            data=row,
            variant=turn.variant,
            source=source,
        )
        try:
            self._journeys[turn.journey](call)
        except JourneyEnded:
            pass
        except Exception as error:  # noqa: BLE001  # a journey is anybody's code
            caller.errors.add(error, turn.key)
        finally:
            call.abandon()
        caller.aggregate.finish(turn.phase, turn.key)

    def close(self) -> None:
        """Close the files of the data."""
        if self._rows is not None:
            self._rows.close()


def _opened(definition: Definition, part: Share, seed: int) -> Rows | None:
    if definition.data is None:
        return None
    own = derive_seed(seed, "data", definition.name, part.worker)
    return definition.data.open(definition.directory, worker=part.worker, workers=part.workers, seed=own)
