"""Runs of an A/B scenario by draws of a known distribution: what is found can be held to what is true."""

import math
import random

from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.evidence import waited_by
from pytest_serverless.load.observations import Evidence, Observation
from tests.load.results.runs import START_S

EAGER, LAZY = "Shop [eager]", "Shop [lazy]"


def variants(
    *,
    seed,
    arrivals=600,
    cold_share=0.1,
    eager_init_ms=400.0,
    lazy_init_ms=120.0,
    first_ms=(20.0, 90.0),
    warm_ms=20.0,
    sigma=0.25,
    throttled=(0.0, 0.0),
    memory_mb=512,
    name="Shop",
    evidence=True,
):
    """Count arrivals of which a coin decides the variant; times are lognormal about the medians that are given.

    The lazy variant loads in its first invocation what the eager one loads in its init: its cold answers take
    `lazy_init_ms` and `first_ms[1]`, those of the other `eager_init_ms` and `first_ms[0]`. The network adds 2 ms.
    """
    draws, aggregate = random.Random(f"variants {seed}"), Aggregate(is_cold=waited_by(0.0))
    for number in range(arrivals):
        which = draws.randrange(2)
        at = START_S + number * 0.1
        key = f"{name} [{('eager', 'lazy')[which]}]"
        aggregate.plan("hold", key, at)
        aggregate.send("hold", key, at, at)
        if draws.random() < throttled[which]:
            aggregate.add(
                Observation(key, "call", "hold", at, at, at + 0.002, "throttled", "reserved_concurrency", 429)
            )
            continue
        is_cold = draws.random() < cold_share
        factor = draws.lognormvariate(0, sigma)
        init_ms = (eager_init_ms, lazy_init_ms)[which] * factor if is_cold else None
        took_ms = (first_ms[which] if is_cold else warm_ms) * factor
        told = Evidence(
            source="report",
            init_ms=init_ms,
            duration_ms=took_ms,
            billed_ms=math.ceil(took_ms + (init_ms or 0)),
            memory_mb=memory_mb,
        )
        ended = at + ((init_ms or 0) + took_ms + 2.0) / 1e3
        aggregate.add(Observation(key, "call", "hold", at, at, ended, "ok", "", 200, told if evidence else None))
        aggregate.finish("hold", key)
    return aggregate
