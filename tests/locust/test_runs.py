"""Runs from their beginning to their end."""

from tests.locust.stage import simulated


def test_a_run_counts_every_arrival(run_locust):
    ran = run_locust(*simulated())

    assert ran.result.complete
    assert ran.result.validity.is_valid, ran.out
    assert ran.dispatch.planned == ran.dispatch.sent == ran.dispatch.done
    assert ran.code == 0, ran.out


def test_workers_lose_nothing(run_locust):
    ran = run_locust(*simulated(), "--processes", "2")

    assert ran.result.generator.workers == 2
    assert ran.dispatch.planned == ran.dispatch.sent == ran.dispatch.done == ran.result.cell.count
    assert ran.code == 0, ran.out


def test_without_a_target_it_says_what_there_could_be(run_locust):
    ran = run_locust()

    assert ran.code == 2
    assert "--host" in ran.out
    assert "--serverless-stack" in ran.out
    assert "--serverless-local" in ran.out
