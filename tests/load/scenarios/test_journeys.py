"""One arrival, one journey: counted whatever becomes of it."""

import pytest

from pytest_serverless.load.classes import Verdict
from tests.load.scenarios.doubles import Bench, Stopped


def test_a_journey_uses_what_a_call_returned_in_the_next():
    def journey(call):
        items = call.get("/items").json()
        call.get(f"/items/{items[0]['id']}", name="GET /items/{id}")

    bench = Bench(journey)
    bench.http.answers = [{"body": b'[{"id": 42}]'}]
    bench.arrive()

    assert [request[1] for request in bench.http.requests] == ["/items", "/items/42"]
    assert set(bench.aggregate.cells) == {("hold", "Shop", "GET /items"), ("hold", "Shop", "GET /items/{id}")}
    assert (bench.dispatch.planned, bench.dispatch.sent, bench.dispatch.done) == (1, 1, 1)


def test_an_exception_of_a_journey_is_counted_and_shown_with_its_own_lines():
    def journey(call):
        call.get("/items")
        {}["missing"]

    bench = Bench(journey)
    bench.arrive()

    assert bench.caller.errors.count == 1
    (shown,) = bench.caller.errors.kept
    assert shown.startswith("A journey of Shop raised:\nTraceback")
    assert '{}["missing"]' in shown
    assert shown.endswith("KeyError: 'missing'\n")
    assert 'journeys.py", line' not in shown.replace("test_journeys.py", "")
    assert bench.dispatch.done == 1


def test_the_same_exception_is_shown_once_and_others_up_to_a_few():
    raised = iter([KeyError("a"), KeyError("b"), *[type(f"Error{each}", (Exception,), {})() for each in range(9)]])

    def journey(call):
        raise next(raised)

    bench = Bench(journey)
    for _ in range(11):
        bench.arrive()

    assert bench.caller.errors.count == 11
    assert len(bench.caller.errors.kept) == 5
    assert sum("KeyError" in shown for shown in bench.caller.errors.kept) == 1


def test_secrets_are_not_shown():
    def journey(call):
        raise ValueError("the token is s3cr3t-of-tests")

    bench = Bench(journey, secrets=["s3cr3t-of-tests"])
    bench.arrive()

    assert "the token is ***" in bench.caller.errors.kept[0]


def test_what_ends_the_greenlet_is_let_through_and_the_journey_is_not_finished():
    def journey(call):
        raise Stopped

    bench = Bench(journey)
    with pytest.raises(Stopped):
        bench.arrive()

    assert bench.dispatch.in_flight == 1
    assert bench.caller.errors.count == 0


def test_a_journey_that_ends_early_is_finished():
    bench = Bench(lambda call: (call.get("/a"), call.get("/b")))
    bench.http.answers = [{"verdict": Verdict("function_error", "unhandled"), "status": 500}]
    bench.arrive()

    assert [each.step for each in bench.observations] == ["GET /a"]
    assert bench.dispatch.done == 1


def test_journeys_of_a_mix_are_counted_apart():
    def browse(call):
        call.get("/items")

    def buy(call):
        call.post("/orders")

    bench = Bench(mix={browse: 3, buy: 1})
    for journey in ("browse", "buy", "browse"):
        bench.arrive(journey=journey)

    assert [each.scenario for each in bench.observations] == ["Shop/browse", "Shop/buy", "Shop/browse"]
    assert bench.aggregate.dispatch(scenario="Shop/browse").done == 2


def test_a_journey_without_data_has_an_empty_row():
    rows = []
    Bench(lambda call: rows.append(dict(call.data))).arrive()

    assert rows == [{}]
