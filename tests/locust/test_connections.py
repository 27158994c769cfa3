"""Connections of a process: one pool for all of its scenarios, open before anything is sent."""

from tests.locust.stage import simulated

TWO = """
from pytest_serverless.locust import Phase, Scenario

class Shop(Scenario):
    phases = (Phase.bursts(20, "1s"),)

    def journey(self, call):
        call.get("/")

class Store(Shop):
    pass
"""


def test_bursts_of_two_scenarios_open_none_on_their_way(run_locust):
    ran = run_locust(*simulated("300ms"), file=TWO)

    cell = ran.result.aggregate.cell()
    assert cell.count == 40, ran.out
    assert cell.count_of("ok") == 40
    assert cell.new_connections == 0
