"""The shop on the platform: an order goes all the way by HTTP, queue, table, stream, bus, topic, and what ends where.

Waits are skipped where nothing is in flight, so that three visibility timeouts of a minute take no minutes.
"""

import json
import sys
from datetime import date, timedelta

import pytest

from pytest_serverless.templates import load
from tests.local.end_to_end.stage import APPS, until
from tests.local.end_to_end.states import state_of

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows"),
]

TEMPLATE = APPS / "orders/template.yaml"


@pytest.fixture(scope="module")
def app():
    return load(TEMPLATE)


@pytest.fixture(scope="module")
def running(start_platform):
    return start_platform(TEMPLATE, skip_idle=True)


@pytest.fixture
def platform(running):
    running.reset()
    return running


def order(site, customer, key=None, **lines):
    headers = {"idempotency-key": key} if key else {}
    response = site.request("POST", "/orders", json={"customer": customer, "lines": lines}, headers=headers)
    assert response.status == 202, response.text
    return response.json()["id"]


def scenario(site):
    """Order small and large, twice the same, and one that nobody can accept."""
    ids = {
        "small": order(site, "ann", cup=1),
        "large": order(site, "bob", samovar=1, cup=2),
        "again": order(site, "cleo", key="k", teapot=3),
        "twice": order(site, "cleo", key="k", teapot=3),
        "wrong": order(site, "dora", teapto=1),
    }
    assert ids["again"] == ids["twice"]
    assert site.request("POST", "/orders", data="{").status == 400
    return ids


def test_the_state_in_the_end_is_that_of_the_application_in_process(platform, app, make_serverless):
    scenario(platform)
    platform.wait_quiet()
    serverless = make_serverless(TEMPLATE)
    scenario(serverless)
    serverless.settle()

    left = state_of(app, platform.client)

    assert left == state_of(serverless.app, serverless.aws.client)
    assert [item["customer"]["S"] for item in left["Orders"]] == ["ann", "bob", "cleo"]
    assert {item["customer"]["S"]: item["points"]["N"] for item in left["Customers"]} == {"bob": "25", "cleo": "11"}
    assert sorted(message["body"]["customer"] for message in left["Packing"]) == ["bob", "cleo"]
    (refused,) = left["Refused"]
    assert refused["body"]["lines"] == {"teapto": 1}
    assert {name: left[name] for name in ("Incoming", "Unannounced", "Unrewarded")} == {
        "Incoming": [],
        "Unannounced": [],
        "Unrewarded": [],
    }


def test_an_order_that_cannot_be_accepted_is_tried_three_times(platform, app):
    wrong = order(platform, "ann", teapto=1)
    platform.wait_quiet()

    (refused,) = state_of(app, platform.client)["Refused"]
    assert refused["attributes"]["DeadLetterQueueSourceArn"] == app.resources["Incoming"].arn
    assert platform.truth()["functions"]["Accept"]["arrivals"] == 3
    assert platform.logs.count(f'Not accepted: {{"id": "{wrong}"') <= 3
    assert platform.logs.count("UnknownProductError: teapto") == 3


def test_an_order_is_shown_as_soon_as_it_is_accepted(platform):
    place = f"/orders/{order(platform, 'ann', teapot=1, cup=4)}"

    shown = until(lambda: (answer := platform.request("GET", place)).status == 200 and answer).json()

    assert (shown["customer"], shown["lines"], shown["total_cents"]) == ("ann", {"teapot": 1, "cup": 4}, 5_700)
    assert platform.request("GET", "/orders/nothing").status == 404


def test_a_customers_orders_are_accepted_in_their_order(platform, app):
    ids = [order(platform, "ann", cup=count) for count in range(1, 5)]
    platform.wait_quiet()

    table = app.resources["Orders"].name
    items = platform.client("dynamodb").scan(TableName=table)["Items"]
    assert [item["id"]["S"] for item in sorted(items, key=lambda item: item["accepted"]["S"])] == ids


def test_nothing_runs_on_a_schedule_because_time_was_skipped(platform):
    order(platform, "ann", teapto=1)
    platform.wait_quiet()

    assert platform.truth()["functions"]["Report"]["arrivals"] == 0


def test_a_function_of_the_application_can_be_invoked_by_itself(platform, app):
    order(platform, "ann", cup=2)
    platform.wait_quiet()
    table = app.resources["Orders"].name
    (item,) = platform.client("dynamodb").scan(TableName=table)["Items"]
    day = item["day"]["S"]

    summary = platform.invoke("Report", {"time": f"{_next(day)}T00:00:00Z"})

    assert summary == {"day": day, "orders": 1, "total_cents": 900}
    bucket = app.resources["Reports"].name
    kept = platform.client("s3").get_object(Bucket=bucket, Key=f"{day}.json")["Body"].read()
    assert json.loads(kept) == summary


def _next(day):
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
