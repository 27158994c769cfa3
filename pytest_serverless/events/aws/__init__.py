"""Events of Amazon Web Services, one source a file, each imported when it is first used."""

from __future__ import annotations

import importlib
from functools import partial
from typing import TYPE_CHECKING

from pytest_serverless.events.aws.place import Place
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.namespace import EventNamespace

if TYPE_CHECKING:
    from pytest_serverless.events.aws.alb import AlbEvents
    from pytest_serverless.events.aws.cloudformation import CloudformationEvents
    from pytest_serverless.events.aws.cloudwatch_logs import CloudwatchLogsEvents
    from pytest_serverless.events.aws.cognito import CognitoEvents
    from pytest_serverless.events.aws.destinations import DestinationsEvents
    from pytest_serverless.events.aws.dynamodb import DynamodbEvents
    from pytest_serverless.events.aws.eventbridge import EventbridgeEvents
    from pytest_serverless.events.aws.function_url import FunctionUrlEvents
    from pytest_serverless.events.aws.http_api import HttpApiEvents
    from pytest_serverless.events.aws.kinesis import KinesisEvents
    from pytest_serverless.events.aws.rest_api import RestApiEvents
    from pytest_serverless.events.aws.s3 import S3Events
    from pytest_serverless.events.aws.scheduler import SchedulerEvents
    from pytest_serverless.events.aws.sns import SnsEvents
    from pytest_serverless.events.aws.source import AwsEventSource
    from pytest_serverless.events.aws.sqs import SqsEvents

__all__ = ["AwsEvents", "sources"]

_NAMES = (
    "rest_api",
    "http_api",
    "function_url",
    "alb",
    "s3",
    "sns",
    "sqs",
    "scheduler",
    "eventbridge",
    "dynamodb",
    "kinesis",
    "cloudwatch_logs",
    "cognito",
    "cloudformation",
    "destinations",
)
"""The sources in the order of the catalog: `rest_api` is `RestApiEvents` in `rest_api.py`."""


def sources() -> list[type[AwsEventSource]]:
    """Return every source, in the order of the catalog."""
    return [_source(name) for name in _NAMES]


def _source(name: str) -> type[AwsEventSource]:
    module = importlib.import_module(f"{__name__}.{name}")
    found: type[AwsEventSource] = getattr(module, f"{name.title().replace('_', '')}Events")
    return found


def _make(name: str, mint: Mint, place: Place | None) -> AwsEventSource:
    return _source(name)(mint, place)


class AwsEvents(EventNamespace):
    """Builds AWS events: each attribute is a source, each method of it an event type."""

    alb: AlbEvents
    cloudformation: CloudformationEvents
    cloudwatch_logs: CloudwatchLogsEvents
    cognito: CognitoEvents
    destinations: DestinationsEvents
    dynamodb: DynamodbEvents
    eventbridge: EventbridgeEvents
    function_url: FunctionUrlEvents
    http_api: HttpApiEvents
    kinesis: KinesisEvents
    rest_api: RestApiEvents
    s3: S3Events
    scheduler: SchedulerEvents
    sns: SnsEvents
    sqs: SqsEvents

    def __init__(self, mint: Mint | None = None, place: Place | None = None) -> None:
        mint = mint or Mint()
        super().__init__("aws", {name: partial(_make, name, mint, place) for name in _NAMES})
