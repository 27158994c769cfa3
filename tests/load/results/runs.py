"""Runs in virtual time: what a load generator would have counted of a function that only exists as numbers."""

from pytest_serverless.admission import LAMBDA, FunctionLimits, Granted
from pytest_serverless.admission.simulation import poisson, simulate
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.estimates.measured import generation
from pytest_serverless.load.estimates.thresholds import thresholds
from pytest_serverless.load.estimates.validity import judge
from pytest_serverless.load.observations import Evidence, Observation
from pytest_serverless.load.results import ColdStartSource, Generator, Target, TargetFunction, make_result
from pytest_serverless.pricing import Usage, bill_of_run

START_S = 1_800_000_000.0
WARM_UP_S = 10.0
FUNCTION = TargetFunction(
    name="shop-Checkout-1A2B", runtime="python3.12", architecture="arm", memory_mb=512, reserved=6
)
TARGET = Target(
    url="https://user:hunter2@shop.example.com/orders?key=s3cret",
    functions=(FUNCTION,),
    provider="aws",
    region="eu-west-1",
)
SOURCE = ColdStartSource(sources=("probe",), cannot_say=("inits that no request waited for",))
THRESHOLDS = ("throttles < 50%", "latency.p99 < 90ms", "cold_starts.user_visible < 50%")


def is_cold(observation):
    return observation.evidence.invocation == 1


def count(
    *, rate=50.0, arrivals=3000, seed=1, service_s=0.1, sigma=0.1, init_s=0.4, reserved=6, idle_s=0.6, reason=None
):
    """Count a run of a function of which `reserved` instances may run; its first seconds are the warm-up."""
    aggregate, served = Aggregate(is_cold=is_cold), {}

    def observe(arrived, decision, done):
        at, evidence = START_S + arrived, None
        phase = "warm-up" if arrived < WARM_UP_S else "hold"
        if isinstance(decision, Granted):
            number = served[decision.sandbox] = served.get(decision.sandbox, 0) + 1
            evidence = Evidence(
                source="probe",
                instance=str(decision.sandbox),
                invocation=number,
                init_ms=init_s * 1e3 if number == 1 else None,
            )
        kind, why, status = ("ok", "", 200) if evidence else ("throttled", reason or "reserved_concurrency", 429)
        aggregate.plan(phase, "buy", at)
        aggregate.send(phase, "buy", at, at + 0.001)
        aggregate.finish(phase, "buy")
        ended = max(START_S + done, at) + 0.002
        aggregate.add(Observation("buy", "call", phase, at, at + 0.001, ended, kind, why, status, evidence))

    simulate(
        poisson(rate, count=arrivals, seed=seed),
        lambda draws: service_s * draws.lognormvariate(0, sigma),
        init=lambda _: init_s,
        limits=LAMBDA.replaced({"idle_s": idle_s}),
        function=FunctionLimits(reserved=reserved),
        seed=seed,
        observe=observe,
    )
    return aggregate


def make_run(aggregate=None, *, limits=THRESHOLDS, facts_of_generation=None, **facts):
    """A result of a counted run, with facts of one's own."""
    counted = count() if aggregate is None else aggregate
    given = {
        "run_id": "run-1",
        "started_s": START_S,
        "ended_s": START_S + 60,
        "mix": {"buy": 1},
        "target": TARGET,
        "generator": Generator(workers=2, cpu=0.31, python="3.12.1", machine="Linux x86_64"),
        "validity": judge(generation(counted, cpu=0.31, **(facts_of_generation or {}))),
        "thresholds": thresholds(*limits),
        "cold_start_source": SOURCE,
        "arrival_rate": 50.0,
        "round_trip_ms": 2.1,
        "git": "0123abc",
        "cost": bill_of_run([Usage(requests=2500, billed_ms=250_000, memory_mb=512, architecture="arm")]).as_json(),
    }
    return make_result(counted, **{**given, **facts})
