"""A function asked directly, by Lambda's Invoke API, with the event that its gateway would send.

locust -f loadtests/ --serverless-stack staging --headless LambdaInvoke
"""

import os

from pytest_serverless import events
from pytest_serverless.locust import Scenario

FUNCTION = os.environ.get("LOAD_FUNCTION", "Take")
ORDER = {"customer": "ann", "lines": {"cup": 1}}


class LambdaInvoke(Scenario):
    only_when_named = True
    function = FUNCTION
    arrival_rate = 20
    warm_up, hold = "10s", "60s"
    thresholds = ("function_errors < 1%", "throttles < 1%", "cold_starts.user_visible < 5%", "latency.warm.p95 < 500ms")

    def journey(self, call):
        call.invoke(payload=events.build("aws.http_api.request", method="POST", path="/orders", body=ORDER))
