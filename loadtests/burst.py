"""Many at once, and nothing in between: each burst needs as many instances as it has requests.

locust -f loadtests/ --serverless-stack staging --headless Burst
"""

import os

from pytest_serverless import events
from pytest_serverless.locust import Phase, Scenario

FUNCTION = os.environ.get("LOAD_FUNCTION", "Take")
ORDER = {"customer": "ann", "lines": {"cup": 1}}


class Burst(Scenario):
    only_when_named = True
    function = FUNCTION
    phases = (Phase.bursts(int(os.environ.get("LOAD_BURST", "20")), "30s", every="10s"),)
    thresholds = ("throttles < 1%", "latency.p90 < 3s")

    def journey(self, call):
        call.invoke(payload=events.build("aws.http_api.request", method="POST", path="/orders", body=ORDER))
