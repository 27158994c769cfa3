"""How many messages a queue with a backlog of 10,000 takes, gives and deletes in a second: ours beside moto's.

A message is sent, received and deleted: three operations. Calls are batches of ten, or single ones. botocore's own
share is measured with answers that are made beforehand: no backend behind botocore can be faster than that. Seconds are
those of the processor, so that other programs do not count.
"""

from __future__ import annotations

import copy
import gc
import itertools
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.session
from botocore.awsrequest import AWSResponse
from measure import arguments, take_turns
from moto import mock_aws
from moto.core.models import botocore_stubber
from moto.sqs.models import sqs_backends

from pytest_serverless.backends.sqs import SqsBackend, attach

BACKLOG = 10_000
BATCH = 10
KEYS = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "us-east-1"}
Ask = Callable[..., dict[str, Any]]


def entries(values: list[str], name: str) -> list[dict[str, str]]:
    return [{"Id": str(number), name: value} for number, value in enumerate(values)]


def in_batches(ask: Ask, url: str) -> int:
    """Send, receive and delete ten messages; return how many."""
    ask("SendMessageBatch", QueueUrl=url, Entries=entries(["hello"] * BATCH, "MessageBody"))
    messages = ask("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=BATCH)["Messages"]
    handles = [message["ReceiptHandle"] for message in messages]
    ask("DeleteMessageBatch", QueueUrl=url, Entries=entries(handles, "ReceiptHandle"))
    return len(handles)


def one_by_one(ask: Ask, url: str) -> int:
    """Send, receive and delete one message; return how many."""
    ask("SendMessage", QueueUrl=url, MessageBody="hello")
    (message,) = ask("ReceiveMessage", QueueUrl=url)["Messages"]
    ask("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return 1


def rate(act: Callable[[Ask, str], int], ask: Ask, url: str, seconds: float) -> Callable[[], float]:
    """Return what measures how many messages a second go through."""

    def measure() -> float:
        start = time.process_time()
        count = 0
        while (passed := time.process_time() - start) < seconds:
            count += act(ask, url)
        return count / passed

    return measure


def through(client: Any) -> Ask:
    """Return what calls an operation of a client by its name."""
    methods = {operation: getattr(client, method) for method, operation in client.meta.method_to_api_mapping.items()}
    return lambda operation, **parameters: methods[operation](**parameters)


def directly(backend: SqsBackend) -> Ask:
    """Return what asks the backend without a client, in the bytes of the protocol."""

    def ask(operation: str, **parameters: Any) -> dict[str, Any]:
        headers = {"X-Amz-Target": f"AmazonSQS.{operation}"}
        body = json.dumps(parameters).encode()
        return json.loads(backend.respond("POST", "https://sqs.us-east-1.amazonaws.com/", headers, body)[2])

    return ask


def own_client() -> Any:
    """Return a client that moto does not hear."""
    client = botocore.session.get_session().create_client("sqs", **KEYS)
    client.meta.events.unregister("before-send", botocore_stubber)
    return client


def ours() -> tuple[SqsBackend, Any, str]:
    backend, client = SqsBackend(), own_client()
    attach(client, backend)
    url = client.create_queue(QueueName="orders")["QueueUrl"]
    for _ in range(BACKLOG // BATCH):
        client.send_message_batch(QueueUrl=url, Entries=entries(["waiting"] * BATCH, "MessageBody"))
    return backend, client, url


def answered_beforehand(backend: SqsBackend, url: str) -> Any:
    """Return a client whose calls are answered with what our backend said once."""
    said: dict[str, bytes] = {}

    def keep(operation: str, **parameters: Any) -> dict[str, Any]:
        headers, body = {"X-Amz-Target": f"AmazonSQS.{operation}"}, json.dumps(parameters).encode()
        said[operation] = backend.respond("POST", url, headers, body)[2]
        return json.loads(said[operation])

    in_batches(keep, url)
    client = own_client()

    class Raw:
        def __init__(self, body: bytes) -> None:
            self.body = body

        def stream(self) -> Iterator[bytes]:
            yield self.body

    def handle(request: Any, event_name: str, **_: Any) -> AWSResponse:
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 200, headers, Raw(said[event_name.rpartition(".")[2]]))

    client.meta.events.register_first("before-send.sqs", handle)
    return client


@contextmanager
def motos() -> Iterator[tuple[Any, str]]:
    """Yield a client of moto with the same backlog, put there without its API, which would take minutes."""
    with mock_aws():
        client = boto3.client("sqs", **KEYS)
        url = client.create_queue(QueueName="orders")["QueueUrl"]
        client.send_message(QueueUrl=url, MessageBody="waiting")
        waiting = sqs_backends["123456789012"]["us-east-1"].queues["orders"]._messages
        for number in itertools.count(1):
            if number == BACKLOG:
                break
            message = copy.copy(waiting[0])
            message._old_receipt_handles, message.id = [], str(number)
            waiting.append(message)
        yield client, url


def main() -> None:
    quick = arguments(__doc__).quick
    rounds, seconds = (1, 0.2) if quick else (7, 0.7)
    backend, client, url = ours()
    with motos() as (moto, moto_url):
        gc.collect()
        gc.freeze()  # neither backlog is to be searched for garbage while the other is measured
        rates = take_turns(
            {
                "ours, behind botocore, batches of ten": rate(in_batches, through(client), url, seconds),
                "botocore alone, batches of ten": rate(
                    in_batches, through(answered_beforehand(backend, url)), url, seconds
                ),
                "ours alone, batches of ten": rate(in_batches, directly(backend), url, seconds),
                "ours, behind botocore, one by one": rate(one_by_one, through(client), url, seconds),
                "moto, behind botocore, batches of ten": rate(in_batches, through(moto), moto_url, seconds),
                "moto, behind botocore, one by one": rate(one_by_one, through(moto), moto_url, seconds),
            },
            rounds,
        )
    print(f"at a backlog of {BACKLOG:,} messages; each message is sent, received and deleted:")
    for name, measured in rates.items():
        median = statistics.median(measured)
        print(f"{name:>38}: {median:9,.0f} messages/s   {3 * median:9,.0f} operations on messages/s")


if __name__ == "__main__":
    main()
