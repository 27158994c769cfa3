"""Events of Amazon Web Services, one source a file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pytest_serverless.events.aws.alb import AlbEvents
from pytest_serverless.events.aws.cloudwatch_logs import CloudwatchLogsEvents
from pytest_serverless.events.aws.destinations import DestinationsEvents
from pytest_serverless.events.aws.dynamodb import DynamodbEvents
from pytest_serverless.events.aws.eventbridge import EventbridgeEvents
from pytest_serverless.events.aws.function_url import FunctionUrlEvents
from pytest_serverless.events.aws.http_api import HttpApiEvents
from pytest_serverless.events.aws.kinesis import KinesisEvents
from pytest_serverless.events.aws.place import Place
from pytest_serverless.events.aws.rest_api import RestApiEvents
from pytest_serverless.events.aws.s3 import S3Events
from pytest_serverless.events.aws.scheduler import SchedulerEvents
from pytest_serverless.events.aws.sns import SnsEvents
from pytest_serverless.events.aws.sqs import SqsEvents
from pytest_serverless.events.mint import Mint
from pytest_serverless.events.namespace import EventNamespace

if TYPE_CHECKING:
    from pytest_serverless.events.aws.source import AwsEventSource

__all__ = ["SOURCES", "AwsEvents"]

SOURCES: tuple[type[AwsEventSource], ...] = (
    RestApiEvents,
    HttpApiEvents,
    FunctionUrlEvents,
    AlbEvents,
    S3Events,
    SnsEvents,
    SqsEvents,
    SchedulerEvents,
    EventbridgeEvents,
    DynamodbEvents,
    KinesisEvents,
    CloudwatchLogsEvents,
    DestinationsEvents,
)


class AwsEvents(EventNamespace):
    """Builds AWS events: each attribute is a source, each method of it an event type."""

    alb: AlbEvents
    cloudwatch_logs: CloudwatchLogsEvents
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
        super().__init__("aws", {source.name.partition(".")[2]: partial(source, mint, place) for source in SOURCES})
