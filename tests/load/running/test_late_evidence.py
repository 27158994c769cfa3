"""A run on AWS whose answers tell nothing of instances: CloudWatch does, minutes after its end.

The account is a fake with botocore's own clients; whole runs have none, for moto answers no queries of logs.
"""

import itertools
import json
from functools import partial

import pytest

pytest.importorskip("boto3")

from pytest_serverless.errors import CredentialsError, InvalidParameterError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.arrivals import Phase
from pytest_serverless.load.estimates.intervals import Unknown
from pytest_serverless.load.estimates.thresholds import thresholds
from pytest_serverless.load.observing import Identified, evidence_for
from pytest_serverless.load.results import Target, TargetFunction
from pytest_serverless.load.running import late_evidence
from pytest_serverless.load.running.conducting import Conductor, Settings
from pytest_serverless.load.running.equipment import Equipment
from pytest_serverless.load.running.late_evidence import reader_of
from pytest_serverless.load.running.links import LocalLink
from pytest_serverless.load.running.session import Order, Report, Session
from pytest_serverless.load.running.watching import Watching
from pytest_serverless.load.safety import Guard
from pytest_serverless.load.targets import Reached, reach_url
from tests.load.observing.cloud import Cloud
from tests.load.running.virtual import START_S, FakeEquipment, World, scenario
from tests.load.scenarios.doubles import FakeDriver

SHOP = Reached(
    kind="stack",
    measured=Target(functions=(TargetFunction(name="shop", memory_mb=128),), provider="aws", region="eu-west-1"),
    urls={"Api": "https://a1.execute-api.eu-west-1.amazonaws.com"},
    functions={"Shop": "shop"},
)
INSTANCES = 10


class Account(Cloud):
    """An account in the time of a run."""

    def __init__(self, world):
        self.world = world
        super().__init__(START_S)
        self.function("shop")

    @property
    def now(self):
        return self.world()

    @now.setter
    def now(self, _):
        """It is the world's."""


class ShopDriver(FakeDriver):
    """Has a function invoked by each request, the first on each instance after an init; answers give the id alone."""

    def __init__(self, world, account):
        super().__init__(world)
        self.account = account
        self.numbers = itertools.count()

    def send(self, *request, **given):
        number = next(self.numbers)
        sent = super().send(*request, **given)
        init_ms = 300.0 if number < INSTANCES else None
        if init_ms is not None:
            self.clock.sleep(0.3)
            sent.exchange.ended_s += 0.3
        stream, ended_s = f"{number % INSTANCES}", sent.exchange.ended_s
        self.account.invoke("shop", stream, ended_s, ms=15, init_ms=init_ms, id_=f"id-{number}")
        sent.exchange.headers = {"x-amzn-requestid": f"id-{number}"}
        return sent


class Run:
    def __init__(self, *definitions, with_cloudwatch=True, **settings):
        self.world, self.told, self.orders = World(), [], []
        self.account = Account(self.world)
        self.definitions = definitions or [scenario()]
        read = partial(evidence_for, SHOP, clients=self.account.clients())
        self.conductor = Conductor(
            self.definitions,
            SHOP,
            LocalLink(self.session),
            self.world.edges(),
            Settings(**settings),
            guard=Guard(),
            tell=self.told.append,
            round_trip_ms=lambda: None,
            read=read if with_cloudwatch else None,
        )

    def session(self, order):
        self.orders.append(order)
        sent = Order.from_json(json.loads(json.dumps(order.as_json())))
        return Session(self.definitions, sent, self.world.edges(), self.equipment)

    def equipment(self, definition, order, aggregate):
        made = FakeEquipment(self.world, definition, aggregate)
        made.driver = ShopDriver(self.world, self.account)
        made.caller.identified = Identified() if order.identify else None
        return made

    def go(self):
        self.conductor.run()
        self.conductor.finish()
        self.conductor.observe()

    def result(self):
        self.go()
        return self.conductor.conclude()


def values(result, *names):
    return [getattr(result.estimates[name], "value", None) for name in names]


COLD = ("cold_starts.user_visible", "cold_starts.new_instance", "cold_starts.init")


def test_the_rates_of_cold_starts_are_those_of_the_log():
    run = Run(thresholds=thresholds("cold_starts.user_visible < 50%"))

    result = run.result()

    assert values(result, *COLD) == pytest.approx([INSTANCES / 100] * 3)
    assert values(result, "init.p50", "instances") == [300, INSTANCES]
    assert result.cold_start_source.sources == ("logs", "metrics")
    assert "100 of 100 requests were found in the log by their ids." in result.notes
    assert result.complete
    assert result.exit_code == 0
    assert result.estimates["latency.cold.p50"].value > 300 > result.estimates["latency.warm.p50"].value


def test_what_cloudwatch_has_yet_to_take_in_is_waited_for_and_told():
    run = Run()

    run.result()

    reading = run.told.index("reading CloudWatch; the result is written without it if this is interrupted")
    assert all(line.startswith("waiting ") for line in run.told[reading + 1 :])
    assert 60 <= run.world() - START_S <= 310


def test_without_the_option_nothing_is_kept_read_or_waited_for():
    run = Run(with_cloudwatch=False)

    result = run.result()

    assert run.account.asked == []
    assert not run.orders[0].identify
    assert run.conductor.tally.identified is None
    assert isinstance(result.estimates["cold_starts.user_visible"], Unknown)
    assert run.world() - START_S < 15


def test_ids_are_joined_in_the_judged_phases_alone():
    phases = [Phase.hold(10, "5s", name="before", judged=False), Phase.hold(10, "10s", pattern="uniform")]
    run = Run(scenario(phases=phases))

    result = run.result()

    judged = result.cell.count
    assert run.conductor.tally.identified.seen > judged
    assert f"{judged:,} of {judged:,} requests were found in the log by their ids." in result.notes
    assert values(result, *COLD) == [0, 0, 0]  # instances were started before


def test_an_interrupt_while_it_waits_leaves_the_result_without():
    run = Run()
    task = run.world.spawn(run.go)
    while not any(line.startswith("waiting") for line in run.told):
        run.world.sleep(0.5)

    task.kill()
    result = run.conductor.conclude("it was stopped before its end")

    assert result.complete
    assert result.cell.count == 100
    assert result.notes == ("--serverless-cloudwatch: it was not waited for until CloudWatch knew of this run.",)
    assert isinstance(result.estimates["cold_starts.user_visible"], Unknown)


def test_a_run_that_was_cut_off_is_told_at_once():
    run = Run()
    task = run.world.spawn(run.conductor.run)
    run.world.sleep(5)

    task.kill()
    run.conductor.finish()
    run.conductor.observe()
    result = run.conductor.conclude("it was stopped before its end")

    assert run.account.asked == []
    assert not result.complete


def test_what_cannot_be_read_is_told_and_loses_nothing():
    run = Run()
    said = "User: arn:aws:iam::123456789012:user/me is not authorized to perform: logs:StartQuery"
    run.account.fail("StartQuery", "AccessDeniedException", said)

    result = run.result()

    assert result.complete
    assert result.cell.count == 100
    assert len(result.notes) == 1
    assert result.notes[0].startswith("--serverless-cloudwatch: AWS does not allow logs:StartQuery")


def test_whatever_breaks_the_reading_the_run_has_its_result(monkeypatch):
    run = Run()
    monkeypatch.setattr(Account, "_start_query", lambda *_: 1 / 0)

    result = run.result()

    assert result.complete
    assert result.notes == ("--serverless-cloudwatch: reading CloudWatch ended by ZeroDivisionError: division by zero",)


# What processes tell.


def test_ids_go_from_process_to_process_once_each():
    run = Run()
    sessions = [run.session(order_of(worker)) for worker in (0, 1)]
    for each in sessions:
        each.prepare()
        each.start(START_S)
    run.world.sleep(5)
    early = [told(each) for each in sessions]
    run.world.sleep(6)
    for each in sessions:
        each.finish()
    late = [told(each, last=True) for each in sessions]

    tally = run.conductor.tally
    for report in [*early, *late]:
        tally.add(0, report)

    assert tally.identified.seen == 100
    assert [each.identified.seen for each in early] == pytest.approx([25, 25], abs=1)
    assert json.loads(json.dumps(early[0].as_json()))["identified"]["seen"] == early[0].identified.seen


def order_of(worker):
    return Order(worker=worker, workers=2, seed=0, reached=SHOP, plans={"Shop": scenario().plan}, identify=True)


def told(session, *, last=False):
    return Report.from_json(json.loads(json.dumps(session.report(last=last).as_json())))


def test_processes_that_keep_no_ids_tell_none():
    order = Order(worker=0, workers=1, seed=0, reached=SHOP, plans={})

    assert told(Watching(order, World().edges(), path="http")).identified is None


# Of what there is something to read.


@pytest.mark.parametrize(
    ("reached", "functions", "said"),
    [
        (
            Reached(kind="local", measured=Target(provider="local"), functions={"Shop": "shop"}),
            (),
            "the local platform",
        ),
        (reach_url("https://staging.example.com"), ("shop",), "--serverless-stack"),
        (reach_url("https://lambda.eu-west-1.amazonaws.com"), (), "`function` of each scenario"),
    ],
)
def test_a_target_without_cloudwatch_is_refused_before_anything_is_sent(reached, functions, said):
    with pytest.raises(InvalidParameterError, match=said):
        reader_of(reached, functions)


@pytest.mark.parametrize(
    ("reached", "functions"),
    [(SHOP, ("Other",)), (reach_url("https://lambda.eu-west-1.amazonaws.com"), ("shop", "shop"))],
)
def test_all_functions_of_a_stack_are_read_and_of_an_address_those_that_are_invoked(monkeypatch, reached, functions):
    world, given = World(), []
    account = Account(world)
    monkeypatch.setattr(late_evidence, "connect", lambda **where: given.append(where) or account.clients())
    account.invoke("shop", "a", START_S + 1, init_ms=100.0)
    edges = world.edges()

    read = reader_of(reached, functions, profile="mine")
    observed = read(START_S, START_S + 60, now=edges.clock, sleep=edges.sleep, tell=lambda _: None)

    assert given == [{"region": "eu-west-1", "profile": "mine", "aws_url": None}]
    assert [(each.name, each.invocations) for each in observed.functions] == [("shop", 1)]


def test_a_profile_that_there_is_not_is_told_before_anything_is_sent(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    with pytest.raises(CredentialsError, match="nobody"):
        reader_of(SHOP, (), profile="nobody")


def test_whoever_sends_keeps_ids_where_it_is_told_to():
    kept, edges = Identified(), World().edges()

    assert Equipment(scenario(), SHOP, Aggregate(), None, edges, identified=kept).caller.identified is kept
    assert Equipment(scenario(), SHOP, Aggregate(), None, edges).caller.identified is None
