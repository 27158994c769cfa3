"""A run from its beginning to its result, once, however it ends."""

import pytest

from pytest_serverless.errors import PlatformError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.arrivals import Phase
from pytest_serverless.load.classes import Verdict
from pytest_serverless.load.estimates.thresholds import thresholds
from pytest_serverless.load.running.concluding import unreached, window_of
from pytest_serverless.load.running.conducting import Conductor, Settings
from pytest_serverless.load.running.links import LocalLink
from pytest_serverless.load.running.session import Session
from pytest_serverless.report import render
from tests.load.running.virtual import REACHED, START_S, World, equipping, scenario


class Watch:
    """Ends a run that many seconds after its start."""

    def __init__(self, after_s=1e9):
        self.after_s = after_s
        self.asked_s = []

    def why_stop(self, aggregate, now_s):
        self.asked_s.append(now_s)
        return "it costs too much" if now_s > START_S + self.after_s else None


class Stage:
    def __init__(self, *definitions, stop_after_s=1e9, **settings):
        self.world, self.equipment, self.told = World(), [], []
        self.definitions = definitions or [scenario()]
        edges = self.world.edges()
        self.link = LocalLink(
            lambda order: Session(self.definitions, order, edges, equipping(self.world, self.equipment))
        )
        self.watch = Watch(stop_after_s)
        self.conductor = Conductor(
            self.definitions,
            REACHED,
            self.link,
            edges,
            Settings(**settings),
            guard=self.watch,
            tell=self.told.append,
            round_trip_ms=lambda: 0.4,
        )

    def run(self):
        self.conductor.run()
        return self.conductor.conclude()


def test_a_run_comes_to_its_result():
    stage = Stage()

    result = stage.run()

    assert result.complete
    assert result.validity.is_valid
    assert result.dispatch.planned == result.dispatch.done == result.cell.count == 100
    assert result.arrival_rate == 10
    assert list(result.mix) == ["Shop"]
    assert result.round_trip_ms == 0.4
    assert result.started_s == pytest.approx(START_S + 0.5)
    assert result.exit_code == 0
    assert len(stage.watch.asked_s) == pytest.approx(10, abs=1)
    assert any("hold, 5 of 10 s: " in line for line in stage.told)
    assert not stage.world.broken


def test_it_is_concluded_once_whoever_asks():
    stage = Stage()
    result = stage.run()

    assert stage.conductor.conclude("it was stopped before its end") is result
    assert result.complete


def test_what_is_waited_for_after_a_run_is_no_part_of_its_time():
    stage = Stage()
    stage.conductor.run()
    stage.conductor.finish()
    stage.world.sleep(300.0)

    assert stage.conductor.conclude().ended_s == pytest.approx(START_S + 10.5, abs=1)


def test_what_must_not_go_on_is_ended_and_says_why():
    stage = Stage(stop_after_s=4.0)

    result = stage.run()

    generation = result.validity.generation
    assert not result.complete
    assert result.notes[0] == "it costs too much"
    assert result.validity.is_valid
    assert generation.planned == 100
    assert generation.sent + generation.unsent == 100
    assert 30 < result.dispatch.sent < 60
    assert result.exit_code == 4
    assert "The run was cut off: it costs too much. What follows" in render(result, "text")


def test_one_that_is_stopped_from_outside_says_so():
    stage = Stage()
    task = stage.world.spawn(stage.conductor.run)
    stage.world.sleep(4.0)

    task.kill()
    result = stage.conductor.conclude("it was stopped before its end")

    assert not result.complete
    assert result.notes[0] == "it was stopped before its end"
    assert result.dispatch.planned == result.dispatch.done
    assert result.dispatch.lost == 0


def test_what_cannot_begin_is_invalid_and_says_why():
    stage = Stage()
    stage.link.prepare = _raise(PlatformError("nothing accepted connections."))

    result = stage.run()

    assert not result.complete
    assert result.notes[0] == "the run could not begin: nothing accepted connections."
    assert result.validity.generation.planned == 100
    assert result.exit_code == 3


def _raise(error):
    def fail(*_):
        raise error

    return fail


def test_scenarios_are_set_up_before_and_cleaned_up_after_by_what_was_made():
    happened = []

    def made(name, **given):
        return scenario(
            name,
            set_up=lambda target: happened.append(f"set up {name}") or f"table of {name}",
            clean_up=lambda target, shared: happened.append(f"clean up {shared}"),
            journey=lambda call: happened.append(name) if name not in happened else None,
            **given,
        )

    Stage(made("Shop"), made("Search")).run()

    assert happened[:2] == ["set up Shop", "set up Search"]
    assert set(happened[2:4]) == {"Shop", "Search"}
    assert happened[4:] == ["clean up table of Shop", "clean up table of Search"]


def test_after_a_set_up_that_failed_the_others_are_cleaned_up():
    happened = []
    first = scenario("First", set_up=lambda target: 1, clean_up=lambda target, shared: happened.append(shared))
    second = scenario("Second", set_up=_raise(ValueError("no table")), clean_up=lambda *_: happened.append("second"))

    result = Stage(first, second).run()

    assert happened == [1]
    assert "Second.set_up raised ValueError: no table" in result.notes[0]
    assert result.exit_code == 3


def test_a_clean_up_that_fails_is_told_and_others_are_cleaned_up_still():
    happened = []
    first = scenario("First", set_up=lambda target: 1, clean_up=_raise(ValueError("in use")))
    second = scenario("Second", set_up=lambda target: 2, clean_up=lambda target, shared: happened.append(shared))

    result = Stage(first, second).run()

    assert happened == [2]
    assert "First.clean_up raised ValueError: in use" in result.notes[0]
    assert result.complete
    assert result.exit_code == 0


def test_what_was_set_up_is_cleaned_up_however_the_end_is_told():
    happened = []
    stage = Stage(scenario(set_up=lambda target: 1, clean_up=lambda target, shared: happened.append(shared)))
    stage.conductor.run()
    stage.link.finish = _raise(RuntimeError("of ours"))

    with pytest.raises(RuntimeError):
        stage.conductor.conclude()

    assert happened == [1]


def test_a_watch_that_breaks_ends_the_run_as_invalid_with_what_was_measured():
    stage = Stage()
    stage.watch.why_stop = _raise(KeyError("kinds"))

    result = stage.run()

    assert result.dispatch.sent > 0
    assert result.notes[0] == "watching it ended by KeyError: 'kinds'"
    assert "the measurement itself failed 1 times" in str(result.validity)
    assert result.exit_code == 3


def test_a_sender_that_breaks_makes_it_invalid():
    stage = Stage()
    stage.conductor._prepare()
    stage.link._session._players[0].row = _raise(OSError("the file is gone"))
    stage.link.start(START_S)
    stage.conductor._watch()

    result = stage.conductor.conclude()

    assert result.notes[0] == "the measurement itself failed"
    assert "sending ended by OSError: the file is gone" in result.notes
    assert not result.complete
    assert result.exit_code == 3


@pytest.mark.parametrize(("every", "valid"), [(100, True), (50, False)])
def test_one_journey_in_a_hundred_may_raise(every, valid):
    numbers = iter(range(1, 1000))

    result = Stage(scenario(journey=lambda call: 1 / (next(numbers) % every))).run()

    assert result.validity.generation.journey_errors == 100 // every
    assert result.validity.is_valid is valid


def test_an_inconclusive_run_goes_on_until_its_time_is_used_up():
    stage = Stage(scenario(hold=20), extend_s=25.0, thresholds=thresholds("latency.p99.9 < 1s"))

    result = stage.run()

    assert [line for line in stage.told if "inconclusive after" in line] == [
        "inconclusive after 17 s: going on for 10 s",
        "inconclusive after 27 s: going on for 13 s",
        "inconclusive after 40 s: going on for 2 s",
    ]
    assert result.dispatch.planned == result.dispatch.done == 450
    assert [second.planned for second in list(result.dispatch.course())[1:-1]] == [10] * 44
    assert result.complete
    assert result.exit_code == 4


def test_it_goes_on_no_longer_than_until_it_decides():
    stage = Stage(scenario(hold=20), extend_s=600.0, thresholds=thresholds("throttles < 1.5%"))

    result = stage.run()

    assert result.exit_code == 0
    assert 250 <= result.dispatch.planned < 500


def test_a_run_that_decides_does_not_go_on():
    result = Stage(extend_s=60.0, thresholds=thresholds("latency.p50 < 1s")).run()

    assert result.dispatch.planned == 100
    assert result.exit_code == 0


def test_only_the_last_phase_becomes_longer():
    phases = [Phase.ramp(0, 10, 10, pattern="uniform"), Phase.hold(10, 10, pattern="uniform")]
    stage = Stage(scenario(phases=phases), extend_s=10.0, thresholds=thresholds("latency.p99.9 < 1s"))

    result = stage.run()

    assert result.aggregate.dispatch(phase="ramp").planned == 50
    assert result.dispatch.planned == 200


def test_what_came_to_no_function_decides_nothing():
    stage = Stage()
    start = stage.link.start
    stage.link.start = lambda at_s: (refuse(stage), start(at_s))

    result = stage.run()

    assert unreached(result.aggregate.cell()) == 100
    assert "100 of 100 requests came to no function" in str(result.validity)
    assert result.exit_code == 3


def refuse(stage):
    verdict = Verdict("refused", "not_found")
    stage.equipment[0].driver.answers = [{"status": 404, "verdict": verdict} for _ in range(100)]


def test_the_time_to_look_at_is_there_where_nothing_was_answered():
    planned = Aggregate()
    planned.plan("hold", "Shop", START_S + 0.5)

    window = window_of(planned, ("hold",))

    assert tuple(window) == (START_S, START_S + 1.0)
    assert window_of(planned, ("other",)) is None
