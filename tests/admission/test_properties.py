"""Whatever comes, in whatever order: no limit is passed, nobody is forgotten, and the truth is true."""

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pytest_serverless.admission import LAMBDA, Admission, FunctionLimits, Granted, Refused, Waiting

ACCOUNT = 8
PROVISIONED = 2
OWN = {
    "plain": FunctionLimits(),
    "other": FunctionLimits(queue_s=3.0),
    "reserved": FunctionLimits(reserved=4, provisioned={"live": PROVISIONED}),
    "several": FunctionLimits(reserved=2, per_sandbox=3, queue_s=1.0),
    "never": FunctionLimits(reserved=0),
}
ON_DEMAND = {"reserved": 4 - PROVISIONED, "several": 2, "never": 0}
UNRESERVED = ACCOUNT - 4 - 2
BURST, PER_S = 3, 1.0
IDLE_S = 20.0


class Gate(RuleBasedStateMachine):
    """Keeps books of its own, as plainly as can be, beside what is told by admission."""

    @initialize(choice=st.sampled_from(["most_recently_used", "least_recently_used"]))
    def begin(self, choice):
        limits = LAMBDA.replaced(
            {
                "account_concurrency": ACCOUNT,
                "unreserved_minimum": 0,
                "scaling_burst": BURST,
                "scaling_per_10_s": PER_S * 10,
                "idle_s": IDLE_S,
                "choice": choice,
            }
        )
        self.gate = Admission(limits, OWN)
        self.now = 0.0
        self.area = 0.0
        self.serving = Counter()
        self.owner, self.provisioned = {}, set()
        self.idle_since = {}
        self.waiting = {}
        self.arrivals, self.admitted, self.refused, self.gone_waiting = 0, 0, 0, 0
        self.begun = {name: [] for name in OWN}
        for function, sandbox in self.gate.to_provision():
            self.owner[sandbox] = function
            self.provisioned.add(sandbox)
            self.gate.release(sandbox, self.now)

    def serve(self, function, granted):
        sandbox = granted.sandbox
        if granted.is_new:
            assert sandbox not in self.owner
            self.owner[sandbox] = function
            self.begun[function].append(self.now)
        assert self.owner[sandbox] == function
        assert granted.provisioned == (sandbox in self.provisioned)
        assert self.now < self.idle_since.pop(sandbox, self.now) + IDLE_S or granted.provisioned
        self.serving[sandbox] += 1
        self.admitted += 1

    def grant(self, granted):
        for ticket, one in granted:
            function, until = self.waiting.pop(ticket)
            assert self.now < until
            self.serve(function, one)

    @rule(
        function=st.sampled_from(sorted(OWN)),
        qualifier=st.sampled_from([None, "live"]),
        synchronous=st.booleans(),
        count=st.integers(1, 4),
    )
    def arrive(self, function, qualifier, synchronous, count):
        for _ in range(count):
            self.arrive_once(function, qualifier, synchronous)

    def arrive_once(self, function, qualifier, synchronous):
        decision = self.gate.arrive(function, self.now, qualifier=qualifier, synchronous=synchronous)
        self.arrivals += 1
        if isinstance(decision, Granted):
            self.serve(function, decision)
        elif isinstance(decision, Waiting):
            assert OWN[function].queue_s == decision.until - self.now
            self.waiting[decision.ticket] = function, decision.until
        else:
            assert isinstance(decision, Refused)
            self.refused += 1

    @rule(data=st.data())
    def release(self, data):
        if busy := sorted(self.serving):
            sandbox = data.draw(st.sampled_from(busy))
            self.serving[sandbox] -= 1
            if not self.serving[sandbox]:
                del self.serving[sandbox]
                self.idle_since[sandbox] = self.now
            self.grant(self.gate.release(sandbox, self.now))

    @rule(data=st.data())
    def lose(self, data):
        if known := sorted(self.owner):
            sandbox = data.draw(st.sampled_from(known))
            self.serving.pop(sandbox, None)
            self.idle_since.pop(sandbox, None)
            del self.owner[sandbox]
            self.provisioned.discard(sandbox)
            self.grant(self.gate.lost(sandbox, self.now))

    @rule(seconds=st.sampled_from([0.125, 0.25, 0.5, 1.0, 4.0, 16.0]))
    def pass_time(self, seconds):
        self.area += self.serving.total() * seconds
        self.now += seconds

    @rule()
    def scale(self):
        self.grant(self.gate.scaled(self.now))

    @rule()
    def expire(self):
        due = {ticket for ticket, (_, until) in self.waiting.items() if until <= self.now}
        assert set(self.gate.expired(self.now)) == due
        for ticket in due:
            del self.waiting[ticket]
            self.gone_waiting += 1

    @rule(data=st.data())
    def withdraw(self, data):
        if live := sorted(ticket for ticket, (_, until) in self.waiting.items() if until > self.now):
            ticket = data.draw(st.sampled_from(live))
            self.gate.withdrawn(ticket)
            del self.waiting[ticket]
            self.gone_waiting += 1

    @rule()
    def end_idle(self):
        due = {
            sandbox
            for sandbox, since in self.idle_since.items()
            if since + IDLE_S <= self.now and sandbox not in self.provisioned
        }
        ended = set(self.gate.idle(self.now))
        assert {sandbox for sandbox in ended if sandbox in self.owner} == due
        for sandbox in due:
            del self.owner[sandbox], self.idle_since[sandbox]

    @rule()
    def provision(self):
        for function, sandbox in self.gate.to_provision():
            self.owner[sandbox] = function
            self.provisioned.add(sandbox)
            self.grant(self.gate.release(sandbox, self.now))
        assert len(self.provisioned) == PROVISIONED

    @invariant()
    def no_limit_is_passed(self):
        on_demand = Counter(self.owner[sandbox] for sandbox in self.serving if sandbox not in self.provisioned)
        assert all(on_demand[name] <= limit for name, limit in ON_DEMAND.items())
        assert on_demand["plain"] + on_demand["other"] <= UNRESERVED
        assert len(self.serving) <= ACCOUNT
        assert all(count <= OWN[self.owner[sandbox]].per_sandbox for sandbox, count in self.serving.items())

    @invariant()
    def sandboxes_are_not_added_too_fast(self):
        for moments in self.begun.values():
            for first, moment in enumerate(moments):
                assert len(moments) - first <= BURST + (moments[-1] - moment) * PER_S

    @invariant()
    def the_truth_is_true(self):
        truth = self.gate.truth.as_json(self.now)
        assert truth["arrivals"] == self.arrivals == truth["admitted"] + truth["throttled"] + truth["waiting"]
        assert truth["admitted"] == self.admitted
        assert truth["throttled"] + truth["waiting"] == self.refused + self.gone_waiting + len(self.waiting)
        assert truth["cold_starts"] == sum(map(len, self.begun.values()))
        assert truth["busy"]["now"] == self.serving.total()
        assert truth["busy"]["seconds"] == pytest.approx(self.area, abs=1e-6)
        assert {name: part["busy"]["now"] for name, part in truth["functions"].items()} == {
            name: sum(count for sandbox, count in self.serving.items() if self.owner[sandbox] == name) for name in OWN
        }


Gate.TestCase.settings = settings(deadline=None, max_examples=60, stateful_step_count=60, derandomize=True)
TestGate = Gate.TestCase
