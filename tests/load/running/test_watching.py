"""Requests of users that wait for their answers: what is counted of them."""

import pytest

from pytest_serverless.load.running.session import Order
from pytest_serverless.load.running.watching import PHASE, Requested, Watching
from tests.load.running.virtual import REACHED, START_S, World

ORDER = Order(worker=0, workers=1, seed=0, reached=REACHED, plans={})


def watching(path="http_api"):
    world = World()
    return world, Watching(ORDER, world.edges(), path=path)


def requested(at_s=START_S, **given):
    facts = {"step": "GET /", "url": "http://127.0.0.1:8080/", "status": 200, "headers": {}, "body": b"", "error": None}
    return Requested(started_s=at_s, ended_s=at_s + 0.05, **{**facts, **given})


def counted(*requests, path="http_api"):
    _, session = watching(path)
    session.start(START_S)
    for each in requests:
        session.saw(each)
    return session.report(last=True).aggregate


@pytest.mark.parametrize(
    ("given", "kind", "reason"),
    [
        ({}, "ok", ""),
        ({"status": 429, "body": b'{"message":"Too Many Requests"}'}, "throttled", "gateway"),
        ({"status": 503, "body": b'{"message":"Service Unavailable"}'}, "ambiguous", "throttle_or_timeout"),
        ({"status": None, "headers": None, "error": ConnectionResetError()}, "failed", "reset"),
        ({"status": 0, "headers": None}, "failed", "other"),
        ({"status": 301, "headers": {"location": "https://elsewhere.example.com/"}}, "failed", "redirect"),
        ({"status": 301, "headers": {"location": "/there"}}, "ok", ""),
    ],
)
def test_answers_mean_what_they_mean_to_scenarios(given, kind, reason):
    cell = counted(requested(**given)).cell()

    assert cell.count_of(kind, reason or None) == cell.count == 1


def test_evidence_tells_of_cold_starts():
    headers = {"x-serverless-probe": f"v1;instance=ab;n=1;init={(START_S - 0.01) * 1e3:.0f};init_ms=400"}

    cell = counted(requested(headers=headers), requested(headers={"x-serverless-probe": "v1;instance=ab;n=2"})).cell()

    assert cell.evidenced == 2
    assert cell.new_instances == 1


def test_every_request_is_an_arrival_that_was_sent_when_it_was_due():
    aggregate = counted(*(requested(START_S + number / 10) for number in range(20)))

    dispatch = aggregate.dispatch(phase=PHASE)
    assert dispatch.planned == dispatch.sent == dispatch.done == 20
    assert dispatch.lag.max_ms == 0


def test_what_is_before_or_after_does_not_count():
    world, session = watching()
    session.prepare()
    session.saw(requested())
    session.start(START_S)
    session.saw(requested())
    world.sleep(5.0)
    session.finish()
    session.saw(requested())
    session.extend({}, 5.0)
    session.close()

    assert session.report(last=True).aggregate.cell().count == 1
    assert not session.is_done


def test_the_processor_is_that_until_it_was_finished():
    world, session = watching()
    assert session.report().cpu is None
    session.start(START_S)
    world.sleep(4.0)
    world.used_s = 1.0
    session.finish()
    session.finish()

    assert session.report(last=True).cpu == pytest.approx(0.25)
