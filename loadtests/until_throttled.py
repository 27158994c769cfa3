"""How much is too much: the concurrency limit, the rate at which throttling starts, and what a ramp beyond it does.

locust -f loadtests/ --serverless-stack staging --headless FindLimit

The function needs reserved concurrency of its own, or all others in the account would be throttled with it.
"""

import os

from pytest_serverless.locust import Limit, Onset, Phase, Scenario

FUNCTION = os.environ.get("LOAD_FUNCTION", "Take")
MOST = int(os.environ.get("LOAD_MOST", "200"))


class FindLimit(Scenario):
    """How many run at once, exactly; the function must take longer than a burst does to arrive."""

    only_when_named = True
    function = FUNCTION
    find = Limit(most=MOST)

    def journey(self, call):
        call.invoke()


class FindOnset(Scenario):
    """The rate a second from which more than one of a hundred is throttled."""

    only_when_named = True
    function = FUNCTION
    find = Onset(first=MOST / 10, most=MOST)

    def journey(self, call):
        call.invoke()


class UntilThrottled(Scenario):
    """From nothing to too much within a minute: what do those see who are still served?"""

    only_when_named = until_throttled = True
    function = FUNCTION
    phases = (Phase.ramp(0, MOST, "60s", judged=True),)
    thresholds = ("function_errors < 1%",)

    def journey(self, call):
        call.invoke(check=False)
