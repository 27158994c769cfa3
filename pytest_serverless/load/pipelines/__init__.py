"""Pipelines: an arrival puts an object or sends a message, and its effect shows somewhere else, later.

What an arrival carries to be known by its effect is an id. Both times, when it was meant to be sent and when its effect
was seen, are of the generator's clock.
"""

from pytest_serverless.load.pipelines.pipeline import Pipeline, estimates_of
from pytest_serverless.load.pipelines.readers import Reader, Watch
from pytest_serverless.load.pipelines.services import ServiceDriver, Services
from pytest_serverless.load.pipelines.sinks import DynamoDbSink, HttpSink, S3Sink, Sink, SqsSink
from pytest_serverless.load.pipelines.traces import Sighting
from pytest_serverless.load.pipelines.tracking import Counts, Tracker

__all__ = [
    "Counts",
    "DynamoDbSink",
    "HttpSink",
    "Pipeline",
    "Reader",
    "S3Sink",
    "ServiceDriver",
    "Services",
    "Sighting",
    "Sink",
    "SqsSink",
    "Tracker",
    "Watch",
    "estimates_of",
]
