"""A steady rate of HTTP requests: does the service hold it, and how many users notice a cold start?

locust -f loadtests/ --host https://staging.example.com --headless
"""

import os

from pytest_serverless.locust import Scenario

PATH = os.environ.get("LOAD_PATH", "/")


class SteadyHttp(Scenario):
    arrival_rate = 20
    ramp, warm_up, hold = "5s", "10s", "60s"
    thresholds = ("failed < 1%", "throttles < 1%", "latency.p95 < 1s")

    def journey(self, call):
        call.get(PATH)
