"""For locustfiles: scenarios whose arrivals do not wait for their answers, and what their measurement needs.

::

    from pytest_serverless.locust import Scenario

    class Shop(Scenario):
        arrival_rate = 50
        hold = "60s"

        def journey(self, call):
            call.get("/items")

Importing this imports Locust, which patches the standard library for gevent: only Locust's own process may.
"""

from __future__ import annotations

from pytest_serverless.errors import MissingExtraError

try:
    import locust as _locust  # noqa: F401  # before anything else: it patches
except ImportError as error:
    raise MissingExtraError(module="locust", extra="load", needed_for="A locustfile") from error

from pytest_serverless.load.arrivals import Phase
from pytest_serverless.load.auth import (
    ApiKey,
    AwsSignature,
    BearerToken,
    ClientCredentials,
    CognitoUsers,
    FunctionKey,
    GoogleIdToken,
)
from pytest_serverless.load.classes import Rule, statuses
from pytest_serverless.load.finding import Idle, Limit, Onset, Scaling
from pytest_serverless.load.pipelines import DynamoDbSink, HttpSink, S3Sink, SqsSink
from pytest_serverless.load.scenarios.call import Call
from pytest_serverless.load.scenarios.feeders import csv_rows, feed, jsonl_rows
from pytest_serverless.load.scenarios.reply import Reply
from pytest_serverless.locust.run import register
from pytest_serverless.locust.users import Scenario, measure_users

__all__ = [
    "ApiKey",
    "AwsSignature",
    "BearerToken",
    "Call",
    "ClientCredentials",
    "CognitoUsers",
    "DynamoDbSink",
    "FunctionKey",
    "GoogleIdToken",
    "HttpSink",
    "Idle",
    "Limit",
    "Onset",
    "Phase",
    "Reply",
    "Rule",
    "S3Sink",
    "Scaling",
    "Scenario",
    "SqsSink",
    "csv_rows",
    "feed",
    "jsonl_rows",
    "measure_users",
    "statuses",
]

register()
