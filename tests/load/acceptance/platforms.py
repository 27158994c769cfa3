"""Platforms in virtual time that runs are measured on, and what is true of them in the long run."""

from itertools import islice

from pytest_serverless.admission import LAMBDA, FunctionLimits, Personality
from pytest_serverless.admission.durations import Durations
from pytest_serverless.admission.simulation import Simulation, poisson
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.estimates.measured import Measured
from pytest_serverless.load.evidence import waited_by
from pytest_serverless.load.finding import VirtualSender
from pytest_serverless.load.observing.estimating import rates

FREE = LAMBDA.replaced(
    {
        "requests_per_s_each": "inf",
        "scaling_burst": 100_000,
        "scaling_per_10_s": "inf",
        "account_concurrency": 100_000,
    }
)
SERVICE = Durations.parse("exponential:mean=100ms")
INIT = Durations.parse("lognormal:median=150ms,sigma=0.3")
SETTLE = 300
METRICS = ("cold_starts.user_visible", "cold_starts.new_instance", "cold_starts.init", "throttles")


class Target:
    """A function, and what of it a run measures: `per_s` arrivals, of which the first are left out."""

    def __init__(self, per_s, *, proactive=0.0, idle="10m", init=None, limits=FREE, qualifier=None, **function):
        self.per_s = per_s
        self._habits = {"proactive": proactive, "idle": Durations.parse(idle)}
        self._options = {
            "init": init and Durations.parse(init).draw,
            "limits": limits,
            "function": FunctionLimits(**function),
            "qualifier": qualifier,
        }

    def options(self, seed):
        return {**self._options, "seed": seed, "personality": Personality(**self._habits, seed=str(seed))}

    def sender(self, seed):
        return VirtualSender(SERVICE.draw, rest_s=0.0, **self.options(seed))

    def estimates(self, arrivals, seed):
        """Measure one run as the load layer does; return its estimates by their metrics, and the run's own truth."""
        sender = self.sender(seed)
        judged = sender.hold(self.per_s, SETTLE + arrivals)[SETTLE:]
        tells = waited_by()
        aggregate = Aggregate(is_cold=tells)
        for one in judged:
            aggregate.add(one)
        measured = Measured(aggregate.cell())
        found = {metric: measured.of(metric) for metric in METRICS}
        served = [one for one in judged if one.evidence]
        by_log = rates(
            [(one.started_s, tells(one)) for one in served],
            [(one.started_s, one.evidence.invocation == 1) for one in served],
            len(served),
            init_times_s=[at for at in sender.init_times_s if at >= judged[0].started_s],
        )
        return {**found, "cold_starts.init": by_log.init}

    def truth(self, arrivals, seed=1_000_003):
        """Return the rates in the long run, counted where they were decided."""
        run = Simulation(SERVICE.draw, **self.options(seed))
        times = poisson(self.per_s, count=SETTLE + arrivals, seed=seed + 1)  # not what service times are drawn from
        run.feed(islice(times, SETTLE))
        run.truth.clear()
        run.feed(times)
        counts = run.rest().as_json()
        return {
            "cold_starts.user_visible": counts["cold_starts"] / counts["admitted"],
            "cold_starts.new_instance": counts["new_instances"] / counts["admitted"],
            "cold_starts.init": counts["inits"] / counts["admitted"],
            "throttles": counts["throttled"] / counts["arrivals"],
        }
