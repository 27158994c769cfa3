"""A suite of a user who checks types: mypy accepts every line but those that say which error it has."""

from collections.abc import Callable
from typing import Any

import pytest
from typing_extensions import assert_type

from pytest_serverless import (
    AwsEvents,
    AzureEvents,
    Event,
    GcpEvents,
    Invoker,
    LambdaContext,
    Outcome,
    ServerlessError,
    events,
    invoke,
)


def handler(event: Event, context: LambdaContext) -> dict[str, Any]:
    assert_type(context.memory_limit_in_mb, str)
    assert_type(context.get_remaining_time_in_millis(), int)
    return {"id": context.aws_request_id}


def test_builders(aws_events: AwsEvents) -> None:
    assert_type(aws_events.sqs.fifo("hello", queue="orders.fifo", group="g1"), dict[str, Any])
    aws_events.s3.object_created(bucket="uploads", key="tom & jerry.jpg")
    aws_events.sqs.fifo("hello", receive_count=2, attributes={"tries": 3, "raw": b"x"})
    aws_events.sqs.fifo(queue=3)  # E: arg-type
    aws_events.sqs.fifo("hello", receives=2)  # E: call-arg


def test_builders_of_others(azure_events: AzureEvents, gcp_events: GcpEvents) -> None:
    assert_type(azure_events.http.request(), dict[str, Any])
    assert_type(gcp_events.http.request(), dict[str, Any])


def test_contexts(lambda_context: LambdaContext, make_lambda_context: Callable[..., LambdaContext]) -> None:
    assert_type(make_lambda_context(timeout=30).function_name, str)
    assert lambda_context.function_nam  # E: attr-defined


def test_invoke(invoke: Invoker, aws_events: AwsEvents) -> None:
    event = aws_events.sqs.standard("hello")
    assert_type(invoke(handler, event, check=False), Outcome)
    assert_type(invoke(handler, event), Any)
    invoke("app.handler", event, env={"TABLE": "orders"}, timeout=1.5, memory_mb=512, cold=True)
    invoke(handler, event, timeout="soon")  # E: call-overload


def test_without_fixtures() -> None:
    outcome = invoke(handler, events.build("aws.sqs.fifo", body="hello"), check=False)
    assert_type(outcome.ok, bool)
    assert_type([violation.path for violation in events.check({})], list[str])
    with pytest.raises(ServerlessError):
        events.like({})
