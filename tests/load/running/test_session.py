"""One process of a run: it sends, drains, and tells all that it saw, once."""

import pytest

from pytest_serverless.errors import CredentialsError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.arrivals import Phase, Plan
from pytest_serverless.load.running.conducting import longer
from pytest_serverless.load.running.session import Order, Report, Session
from tests.load.running.virtual import REACHED, START_S, World, equipping, scenario


class Stage:
    def __init__(self, *definitions, worker=0, workers=1):
        self.world, self.equipment, self.told = World(), [], []
        self.definitions = definitions or [scenario()]
        self.order = Order(
            worker=worker,
            workers=workers,
            seed=7,
            reached=REACHED,
            plans={each.name: each.plan for each in self.definitions},
        )
        self.session = Session(
            self.definitions,
            self.order,
            self.world.edges(),
            equipping(self.world, self.equipment),
            on_observation=self.told.append,
        )

    def begin(self, until_s=0.0):
        self.session.prepare()
        self.session.start(START_S)
        self.world.sleep(until_s)


def test_all_is_sent_and_told_in_parts_that_add_up():
    stage = Stage()
    whole = Aggregate()
    stage.begin(3.0)
    whole.merge(stage.session.report().aggregate)
    assert whole.dispatch().planned == 30
    assert not stage.session.is_done
    stage.world.sleep(8.0)
    assert stage.session.is_done

    stage.session.finish()
    last = stage.session.report(last=True)
    whole.merge(last.aggregate)

    dispatch = whole.dispatch()
    assert dispatch.planned == dispatch.sent == dispatch.done == whole.cell().count == len(stage.told) == 100
    assert last.is_last
    assert last.unsent == last.errors == last.failures == 0
    assert not stage.world.broken


def test_what_is_under_way_is_waited_for_and_no_more_is_sent():
    stage = Stage(scenario(journey=lambda call: (call.pause(2.0), call.get("/")), drain_s=5))
    stage.begin(4.0)

    stage.session.finish()

    report = stage.session.report(last=True)
    dispatch = report.aggregate.dispatch()
    assert dispatch.planned == dispatch.sent == dispatch.done == 40
    assert report.unsent == 60
    assert stage.world() == pytest.approx(START_S + 6, abs=0.1)


def test_what_does_not_end_in_time_is_ended_and_counted_as_in_flight():
    stage = Stage(scenario(journey=lambda call: call.pause(1000.0), drain_s=5))
    stage.begin(4.0)

    stage.session.finish()

    dispatch = stage.session.report(last=True).aggregate.dispatch()
    assert dispatch.sent == dispatch.in_flight == 40
    assert stage.world() == pytest.approx(START_S + 9, abs=0.1)


def test_finishing_twice_is_finishing_once():
    stage = Stage()
    stage.begin(1.0)

    stage.session.finish()
    stage.session.finish()

    assert stage.session.report(last=True).unsent == 90
    assert stage.session.report(last=True).aggregate == Aggregate()


def test_a_session_that_was_not_begun_finishes_too():
    stage = Stage()

    stage.session.finish()

    assert stage.session.report(last=True).unsent == 0
    assert not stage.session.is_done


def test_a_part_of_workers_sends_its_part_and_is_as_wide():
    stage = Stage(scenario(max_in_flight=5, journey=lambda call: call.pause(1000.0), drain_s=0), worker=1, workers=2)
    stage.begin(11.0)
    stage.session.finish()

    dispatch = stage.session.report(last=True).aggregate.dispatch()

    assert dispatch.planned == 50
    assert dispatch.sent == 3
    assert dispatch.dropped == {"in_flight": 47}


def test_connections_are_opened_for_the_rate_or_the_largest_burst():
    steady, bursts = Stage(scenario(arrival_rate=100)), Stage(scenario(phases=[Phase.bursts(300, "10s")]))
    narrow = Stage(scenario(phases=[Phase.bursts(300, "10s")], max_in_flight=20), workers=4)
    for stage in (steady, bursts, narrow):
        stage.session.prepare()

    assert [stage.equipment[0].opened for stage in (steady, bursts, narrow)] == [[26], [301], [5]]


def test_credentials_are_renewed_while_it_runs_and_connections_closed():
    stage = Stage()
    stage.begin(5.5)
    stage.session.finish()
    stage.session.close()

    assert stage.equipment[0].renewed == 5
    assert stage.equipment[0].is_closed


def test_what_makes_preparing_impossible_is_raised():
    stage = Stage()
    stage.equipment[0].fault = CredentialsError("the tokens have expired")

    with pytest.raises(CredentialsError, match="the tokens have expired"):
        stage.session.prepare()


def test_a_sender_that_breaks_ends_the_run_and_is_told_once():
    rows = iter([{"id": 1}, {"id": 2}])

    class Breaking:
        def row(self):
            return next(rows)  # the third has none

    stage = Stage()
    stage.session._players[0].row = Breaking().row
    stage.begin(5.0)
    assert stage.session.is_done

    report = stage.session.report()

    assert report.failures == 1
    assert "sending ended by StopIteration" in report.troubles[0]
    assert stage.session.report().failures == 0


def test_journeys_that_raise_are_counted_until_now():
    stage = Stage(scenario(journey=lambda call: 1 / 0))
    stage.begin(1.0)
    assert stage.session.report().errors == 10
    stage.world.sleep(1.0)
    report = stage.session.report()

    assert report.errors == 20
    assert "ZeroDivisionError" in report.troubles[0]
    assert report.aggregate.dispatch().done == 10


def test_the_processor_is_that_of_sending_not_of_the_drain():
    stage = Stage(scenario(journey=lambda call: call.pause(8.0), drain_s=20))
    stage.world.used_s = 3.0
    stage.begin()
    stage.world.spawn(lambda: (stage.world.sleep(5), setattr(stage.world, "used_s", 900.0)))
    stage.world.sleep(4.0)
    stage.world.used_s = 5.0

    stage.session.finish()

    assert stage.session.report(last=True).cpu == pytest.approx(0.5)


@pytest.mark.parametrize("told_s", [7.0, 11.0], ids=["in time", "late"])
def test_a_longer_plan_goes_on_where_the_former_ended(told_s):
    stage = Stage(scenario(arrivals="poisson", arrival_rate=50))
    stage.begin(told_s)

    stage.session.extend({"Shop": longer(stage.definitions[0].plan, 5.0)}, 10.0)
    stage.world.sleep(16.0 - told_s)
    assert stage.session.is_done
    stage.session.finish()

    dispatch = stage.session.report(last=True).aggregate.dispatch()
    first = list(stage.definitions[0].plan.arrivals(7, "Shop"))
    assert dispatch.planned == dispatch.sent == dispatch.done
    by_second = [second.planned for second in dispatch.course()]
    assert sum(by_second[:10]) == len(first)  # what came before is as it was
    assert len(by_second) == 15
    assert min(by_second) > 25


def test_a_session_that_has_finished_takes_no_longer_plan():
    stage = Stage()
    stage.begin(1.0)
    stage.session.finish()

    stage.session.extend({"Shop": Plan.steady(10, 100)}, 10.0)
    stage.world.sleep(50.0)

    assert stage.session.report(last=True).aggregate.dispatch().planned == 10


def test_orders_and_reports_are_the_same_after_their_way():
    stage = Stage()
    stage.begin(2.0)
    report = stage.session.report()

    assert Order.from_json(stage.order.as_json()) == stage.order
    again = Report.from_json(report.as_json())
    assert again.as_json() == report.as_json()


def test_what_still_goes_wrong_at_the_end_is_told_once():
    stage = Stage()
    stage.equipment[0].told = ["no new token"]
    stage.begin(11.0)

    assert stage.session.report().troubles == ()
    stage.session.finish()
    assert stage.session.report(last=True).troubles == ("no new token",)


def test_a_renewal_that_breaks_is_told_and_nothing_more_is_sent():
    stage = Stage()
    stage.equipment[0].trouble = KeyError("expires")
    stage.begin(3.0)

    assert stage.session.is_done
    told = stage.session.report()
    assert told.failures == 1
    assert told.troubles == ("renewing credentials ended by KeyError: 'expires'",)


def test_scenarios_have_their_connections_beside_those_of_others():
    burst = (Phase.bursts(30, "1s"),)
    stage = Stage(*(scenario(name=name, phases=burst, arrival_rate=None, hold=None) for name in ("Shop", "Store")))

    stage.session.prepare()

    (first,), (second,) = (each.opened for each in stage.equipment)
    assert first > 30
    assert second == 2 * first
