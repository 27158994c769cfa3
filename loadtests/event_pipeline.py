"""What is sent in, and when its effect shows at the other end: how late, how many are lost, how many come twice.

locust -f loadtests/ --serverless-stack staging --headless MessageToTable
"""

import base64
import os

from pytest_serverless.locust import DynamoDbSink, S3Sink, Scenario

QUEUE, TABLE = os.environ.get("LOAD_QUEUE", "Incoming"), os.environ.get("LOAD_TABLE", "Orders")
UPLOADS, COPIES = os.environ.get("LOAD_UPLOADS", "Uploads"), os.environ.get("LOAD_COPIES", "Resized")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class MessageToTable(Scenario):
    """Each order that is sent to the queue becomes an item of the table."""

    only_when_named = True
    arrival_rate = 5
    hold = "60s"
    sink = DynamoDbSink(TABLE, key="id", deadline_s=30)
    thresholds = ("lost < 1%", "end_to_end.p95 < 10s")

    def journey(self, call):
        order = {"id": call.correlate(), "customer": "ann", "lines": {"cup": 1}}
        call.send_message(QUEUE, order, group=order["id"], deduplication=order["id"])


class ObjectToCopies(Scenario):
    """Each picture that is put into one bucket comes out of another, made smaller."""

    only_when_named = True
    arrival_rate = 2
    hold = "60s"
    sink = S3Sink(COPIES, key="320/{id}.png", deadline_s=30)
    thresholds = ("lost < 1%", "end_to_end.p95 < 10s")

    def journey(self, call):
        call.put_object(UPLOADS, f"{call.correlate()}.png", PIXEL)
