"""The simulation beside what queueing theory says of it.

Erlang's loss formula (A. K. Erlang, 1917) holds for Poisson arrivals that find `c` places and are lost where all are
taken; it asks for the mean service time alone, whatever its distribution.
"""

import math
import statistics

import pytest

from pytest_serverless.admission import LAMBDA, FunctionLimits, Granted
from pytest_serverless.admission.durations import Durations
from pytest_serverless.admission.simulation import Simulation, poisson, simulate
from pytest_serverless.errors import InvalidParameterError

NO_RATES = LAMBDA.replaced({"requests_per_s_each": "inf", "scaling_burst": 100_000, "scaling_per_10_s": "inf"})


def erlang_b(offered, places):
    """The share that is lost, as the ratio of the last term of e^a's series to the sum of the first ones."""
    terms = [offered**k / math.factorial(k) for k in range(places + 1)]
    return terms[-1] / sum(terms)


def lost_shares(places, offered, service, *, per_sandbox=1, batches=20, count=5_000, seed=1):
    """Return the share lost in each batch of arrivals: batches, for neighbours depend on each other."""
    refused = []
    simulate(
        poisson(offered / service.mean_s, count=(batches + 1) * count, seed=seed),
        service.draw,
        limits=NO_RATES,
        function=FunctionLimits(reserved=places // per_sandbox, per_sandbox=per_sandbox),
        seed=seed + 1,
        observe=lambda arrived, decision, done: refused.append((arrived, not isinstance(decision, Granted))),
    )
    kept = refused[count:]  # the first batch begins with nothing running
    return [statistics.fmean(lost for _, lost in kept[i : i + count]) for i in range(0, batches * count, count)]


@pytest.mark.parametrize(("places", "offered"), [(1, 0.5), (10, 12.1), (25, 20.0), (100, 90.0)])
def test_the_share_that_is_refused_is_erlangs(places, offered):
    shares = lost_shares(places, offered, Durations.parse("exponential:mean=100ms"))

    error = statistics.stdev(shares) / math.sqrt(len(shares))
    assert abs(statistics.fmean(shares) - erlang_b(offered, places)) < 4 * error
    assert error < 0.1 * erlang_b(offered, places)  # so that the comparison says something


@pytest.mark.parametrize(
    "service",
    ["100ms", "uniform:low=0ms,high=200ms", "exponential:mean=100ms", "lognormal:median=60ms,sigma=1.0"],
)
def test_whatever_the_distribution_of_the_service(service):
    shares = lost_shares(10, 8.0, Durations.parse(service), seed=11)

    error = statistics.stdev(shares) / math.sqrt(len(shares))
    assert abs(statistics.fmean(shares) - erlang_b(8.0, 10)) < 4 * error


def test_sandboxes_that_serve_several_are_as_many_places():
    shares = lost_shares(12, 10.0, Durations.parse("exponential:mean=100ms"), per_sandbox=3, seed=21)

    error = statistics.stdev(shares) / math.sqrt(len(shares))
    assert abs(statistics.fmean(shares) - erlang_b(10.0, 12)) < 4 * error


def test_who_waits_without_a_deadline_takes_as_long_as_erlang_says():
    # Erlang's delay formula (M/M/c): who waits, waits 1 / (cμ - λ) on average.
    places, offered, mean_s, batch = 5, 4.0, 0.1, 10_000
    lost = erlang_b(offered, places)
    waits = lost / (1 - offered / places * (1 - lost))
    expected = mean_s + waits * mean_s / (places - offered)
    told = []
    simulate(
        poisson(offered / mean_s, count=31 * batch, seed=31),
        Durations.parse("exponential:mean=100ms").draw,
        limits=NO_RATES,
        function=FunctionLimits(reserved=places, queue_s=math.inf),
        seed=32,
        observe=lambda arrived, decision, done: told.append(done - arrived),
    )

    means = [statistics.fmean(told[i : i + batch]) for i in range(batch, 31 * batch, batch)]
    error = statistics.stdev(means) / math.sqrt(len(means))
    assert abs(statistics.fmean(means) - expected) < 4 * error
    assert error < 0.02 * expected


def test_what_is_busy_is_arrivals_times_service():
    # Little: L = λW, of those that are admitted.
    seconds = []
    run = simulate(
        poisson(200, count=50_000, seed=5),
        Durations.parse("lognormal:median=50ms,sigma=0.5").draw,
        limits=NO_RATES,
        observe=lambda arrived, decision, done: seconds.append(done - arrived),
    )
    busy = run.as_json()["busy"]

    assert busy["seconds"] == pytest.approx(sum(seconds))
    assert busy["mean"] == pytest.approx(sum(seconds) / run.as_json()["seconds"])
    assert sum(busy["cells"]) * busy["cell_s"] == pytest.approx(sum(seconds), rel=1e-3)


def test_a_cold_start_takes_its_init_longer():
    told = []
    simulate(
        [0.0, 1.0, 10.0],
        lambda _: 2.0,
        init=lambda _: 0.5,
        observe=lambda *each: told.append((each[0], each[1].is_new, each[2])),
    )

    assert told == [(0.0, True, 2.5), (1.0, True, 3.5), (10.0, False, 12.0)]


def test_the_same_seed_gives_the_same_run():
    def run(seed):
        service = Durations.parse("exponential:mean=1s").draw
        return simulate(poisson(5, count=500, seed=2), service, seed=seed).as_json()

    assert run(3) == run(3)
    assert run(3) != run(4)


def test_idle_sandboxes_end_between_arrivals():
    limits = LAMBDA.replaced({"idle_s": 60})

    run = simulate([0.0, 59.0, 200.0, 1000.0], lambda _: 0.5, limits=limits)

    assert run.as_json()["cold_starts"] == 3
    assert run.as_json()["sandboxes"] == {"now": 1, "most": 1, "ever": 3}


def test_what_is_provisioned_is_ready_at_the_first_arrival():
    run = simulate(
        [1.0, 1.0, 1.0],
        lambda _: 1.0,
        function=FunctionLimits(reserved=2, provisioned={"live": 1}),
        qualifier="live",
    )

    truth = run.as_json()
    assert (truth["admitted"], truth["spill_overs"], truth["cold_starts"], truth["throttled"]) == (2, 1, 1, 1)


def test_who_waits_is_served_in_order_or_refused_at_the_deadline():
    told = []
    run = simulate(
        [0.0, 1.0, 2.0, 3.0],
        lambda _: 5.0,
        function=FunctionLimits(reserved=1, queue_s=8.0),
        observe=lambda arrived, decision, done: told.append((arrived, type(decision).__name__, done)),
    )

    assert told == [
        (0.0, "Granted", 5.0),
        (1.0, "Granted", 10.0),
        (2.0, "Refused", 10.0),
        (3.0, "Granted", 15.0),
    ]
    assert run.end == 15.0
    assert run.as_json()["expired"] == 1


def test_who_waits_for_the_scaling_rate_is_served_when_it_allows():
    told = []
    simulate(
        [100_000.0] * 4,
        lambda _: 60.0,
        limits=LAMBDA.replaced({"scaling_burst": 1, "scaling_per_10_s": 10}),
        function=FunctionLimits(queue_s=2.5),
        observe=lambda arrived, decision, done: told.append((type(decision).__name__, round(done - arrived, 6))),
    )

    assert told == [("Granted", 60.0), ("Granted", 61.0), ("Granted", 62.0), ("Refused", 2.5)]


def test_a_surge_over_the_scaling_rate():
    # 5,000 arrivals a second of 1 s each, for 3 s, where 20,000 may run: 1,000 sandboxes at once, then 100 a second.
    limits = LAMBDA.replaced({"account_concurrency": 20_000})
    truth = simulate((n / 5000 for n in range(15_000)), lambda _: 1.0, limits=limits).as_json()

    assert truth["sandboxes"]["ever"] == pytest.approx(1300, abs=1)
    assert truth["limits"] == {"scaling": truth["throttled"]}


def test_arrivals_must_be_in_order():
    with pytest.raises(InvalidParameterError, match=r"1.0 comes after 2.0"):
        simulate([2.0, 1.0], lambda _: 1.0)


def test_no_arrivals_at_all():
    assert simulate([], lambda _: 1.0).as_json()["arrivals"] == 0


def test_what_comes_in_parts_comes_to_the_same_as_at_once():
    arrivals = list(poisson(100, count=2000, seed=3))
    limits = LAMBDA.replaced({"account_concurrency": 12, "idle_s": 1})
    service = Durations.parse("exponential:mean=100ms").draw
    whole = simulate(arrivals, service, limits=limits, seed=5)
    run = Simulation(service, limits=limits, seed=5)

    for start in range(0, 2000, 300):
        run.feed(arrivals[start : start + 300])

    assert run.rest().as_json() == whole.as_json()


def test_after_a_rest_everything_has_ended_and_more_may_come():
    run = Simulation(lambda _: 10.0, limits=LAMBDA.replaced({"account_concurrency": 1}))
    run.feed([0.0])
    run.rest()
    run.feed([10.0, 11.0])

    truth = run.rest().as_json()

    assert (truth["admitted"], truth["throttled"], truth["cold_starts"]) == (2, 1, 1)
    with pytest.raises(InvalidParameterError, match=r"19.9 comes after 20"):
        run.feed([19.9])
