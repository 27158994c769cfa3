"""A target in virtual time, for finders to send their bursts to."""

import pytest

from pytest_serverless.admission import LAMBDA, FunctionLimits, Granted
from pytest_serverless.admission.simulation import simulate
from pytest_serverless.load.observations import Evidence, Observation

REASONS = {
    "ConcurrentInvocationLimitExceeded": "account_concurrency",
    "ReservedFunctionConcurrentInvocationLimitExceeded": "reserved_concurrency",
}


class Target:
    """A simulated function. All arrivals so far are simulated anew with each burst: what came before stays the same."""

    def __init__(self, reserved, hold_s, limits):
        self.reserved = reserved
        self.hold_s = hold_s
        self.limits = LAMBDA.replaced(limits)
        self.arrivals = []
        self.end = 0.0

    def burst(self, size, after_s=1.0, spread_s=0.05):
        """Send so many within the spread, some time after all before have ended."""
        start = self.end + after_s
        self.arrivals += [start + spread_s * i / size for i in range(size)]
        seen = []

        def observe(arrived, decision, done):
            granted = isinstance(decision, Granted)
            evidence = Evidence(source="probe", instance=str(decision.sandbox)) if granted else None
            reason = "" if granted else REASONS[decision.reason]
            kind = "ok" if granted else "throttled"
            seen.append(Observation("burst", "call", "hold", arrived, arrived, done, kind, reason, evidence=evidence))

        simulate(
            self.arrivals,
            lambda _: self.hold_s,
            limits=self.limits,
            function=FunctionLimits(reserved=self.reserved),
            observe=observe,
        )
        burst = seen[-size:]
        self.end = max(one.ended_s for one in burst)
        return burst


@pytest.fixture
def make_target():
    def make(reserved=None, *, hold_s=0.3, **limits):
        return Target(reserved, hold_s, limits)

    return make
