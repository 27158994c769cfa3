"""What a scenario sends with: connections are opened without a request, and credentials go to its own APIs alone."""

import pytest

from pytest_serverless.errors import PlatformError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.auth import ApiKey
from pytest_serverless.load.drivers.contract import Exchange
from pytest_serverless.load.results import Target
from pytest_serverless.load.running.equipment import Equipment
from pytest_serverless.load.targets.reached import Reached
from tests.load.running.virtual import START_S, World, scenario

SHOP, STOCK = "https://shop.example.com", "https://stock.example.com/prod"
REACHED = Reached(kind="url", measured=Target(provider="aws"), urls={"Shop": SHOP, "Stock": STOCK})


class Connections:
    """A transport that opens what it is told to, and keeps what was sent."""

    def __init__(self, opened=2, trouble=None):
        self.opened, self.told = opened, trouble
        self.sent = []

    def open(self, url, connections):
        return self.opened

    def trouble(self, url):
        return self.told

    def exchange(self, method, url, headers, body=b""):
        self.sent.append((url, dict(headers)))
        return Exchange(START_S, START_S, 200, {}, b"")


def equipment(transport, **attributes):
    definition = scenario(**{"api": "Shop", **attributes})
    return Equipment(definition, REACHED, Aggregate(), transport, World().edges())


def test_why_nothing_could_be_opened_is_told_and_nothing_is_sent_to_learn_it():
    transport = Connections(0, ConnectionRefusedError(111, "Connection refused"))
    with pytest.raises(PlatformError, match=r"https://shop\.example\.com: .*Connection refused"):
        equipment(transport).prepare(2)
    assert not transport.sent


def test_credentials_go_to_every_api_of_the_target_and_to_nobody_else():
    transport = Connections()
    http = equipment(transport, auth=ApiKey("s3cret-key")).caller.http
    for url in ("/items", f"{STOCK}/items", "https://elsewhere.example.com/items"):
        http.send("GET", url, {})
    with_key = [url for url, headers in transport.sent if "s3cret-key" in headers.values()]
    assert with_key == [f"{SHOP}/items", f"{STOCK}/items"]
