"""What a journey sends, and how each of its requests is counted."""

import datetime as dt
import json
from decimal import Decimal

import pytest

from pytest_serverless import events
from pytest_serverless.errors import InvalidParameterError, UnknownNameError
from pytest_serverless.load.classes import Verdict
from pytest_serverless.load.observations import Evidence
from pytest_serverless.load.scenarios.caller import MOST_STEPS
from tests.load.scenarios.doubles import START_S, Bench, Stopped


def sent(journey, **attributes):
    bench = Bench(journey, **attributes)
    bench.arrive()
    assert not bench.caller.errors.kept
    return bench.http.requests[0]


def refused(journey, **attributes):
    """What a journey says that cannot be sent."""
    bench = Bench(journey, **attributes)
    bench.arrive()
    assert not bench.http.requests
    assert not bench.invoke.requests
    assert bench.caller.errors.count == 1
    return bench.caller.errors.kept[0]


def test_the_first_call_is_timed_from_the_instant_its_arrival_was_intended_at():
    bench = Bench(lambda call: (call.get("/a"), call.pause(5), call.get("/b")))

    bench.arrive(late_s=0.5)

    first, second = bench.observations
    assert first.intended_s == START_S - 0.5
    assert first.latency_ms == pytest.approx(520)
    assert first.service_ms == pytest.approx(20)
    assert second.intended_s == second.started_s == pytest.approx(START_S + 5.02)
    assert second.latency_ms == pytest.approx(20)


def test_the_reply_tells_the_same_latency():
    latencies = []
    bench = Bench(lambda call: latencies.extend([call.get("/a").latency_ms, call.get("/b").latency_ms]))

    bench.arrive(late_s=0.5)

    assert latencies == pytest.approx([520, 20])


def test_an_observation_has_what_the_exchange_and_the_verdict_say():
    bench = Bench(lambda call: call.get("/a"))
    evidence = Evidence(source="probe", invocation=1)
    bench.http.answers = [
        {
            "verdict": Verdict("throttled", "scaling"),
            "status": 429,
            "evidence": evidence,
            "new_connection": True,
            "wire_attempts": 3,
        }
    ]

    bench.arrive(phase="warm-up")

    (seen,) = bench.observations
    assert (seen.scenario, seen.step, seen.phase) == ("Shop", "GET /a", "warm-up")
    assert (seen.kind, seen.reason, seen.status) == ("throttled", "scaling", 429)
    assert (seen.evidence, seen.new_connection, seen.wire_attempts) == (evidence, True, 3)


def test_a_call_that_is_not_ok_ends_the_journey_even_where_it_catches_all_exceptions():
    went_on = []

    def journey(call):
        try:
            call.get("/a")
        except Exception:
            went_on.append("caught")
        went_on.append("went on")

    bench = Bench(journey)
    bench.http.answers = [{"verdict": Verdict("throttled", "unnamed"), "status": 429}]
    bench.arrive()

    assert not went_on
    assert bench.caller.errors.count == 0
    assert bench.dispatch.done == 1


def test_a_call_that_is_not_checked_goes_on_and_says_what_came_of_it():
    replies = []
    bench = Bench(lambda call: replies.append(call.get("/a", check=False)))
    bench.http.answers = [{"verdict": Verdict("refused", "not_found"), "status": 404}]
    bench.arrive()

    (reply,) = replies
    assert (reply.kind, reply.reason, reply.status, reply.is_ok) == ("refused", "not_found", 404, False)


def is_confirmed(reply):
    return reply.json()["confirmed"]


@pytest.mark.parametrize(
    ("check", "body", "reason"),
    [
        (lambda reply: reply.json()["ok"], b'{"ok": false}', "rejected"),
        (is_confirmed, b'{"confirmed": null}', "rejected by is_confirmed"),
        (is_confirmed, b"{}", "rejected by is_confirmed: KeyError"),
        (is_confirmed, b"<html>", "rejected by is_confirmed: ValueError"),
        (is_confirmed, b"null", "rejected by is_confirmed: TypeError"),
    ],
)
def test_what_a_check_rejects_counts_as_an_error_of_the_function_and_ends_the_journey(check, body, reason):
    went_on = []
    bench = Bench(lambda call: (call.get("/a", check=check), went_on.append(True)))
    bench.http.answers = [{"body": body}]
    bench.arrive()

    assert bench.kinds() == [("function_error", reason)]
    assert not went_on
    assert bench.caller.errors.count == 0


def test_what_a_check_confirms_is_ok():
    bench = Bench(lambda call: call.get("/a", check=lambda reply: reply.json()["ok"]))
    bench.arrive()

    assert bench.kinds() == [("ok", "")]


def test_a_check_is_not_asked_about_what_is_not_ok():
    bench = Bench(lambda call: call.get("/a", check=lambda reply: False))
    bench.http.answers = [{"verdict": Verdict("throttled", "unnamed"), "status": 429}]
    bench.arrive()

    assert bench.kinds() == [("throttled", "unnamed")]


def test_a_check_that_is_itself_broken_is_an_error_of_the_journey_but_its_request_is_counted():
    bench = Bench(lambda call: call.get("/a", check=lambda reply: missing_name))  # noqa: F821
    bench.arrive()

    assert bench.kinds() == [("ok", "")]
    assert "NameError" in bench.caller.errors.kept[0]


def test_a_request_under_way_when_the_run_stops_is_counted_once_and_its_journey_is_not_finished():
    bench = Bench(lambda call: call.get("/a"))
    bench.http.answers = [Stopped()]

    with pytest.raises(Stopped):
        bench.arrive(late_s=1.0)

    (seen,) = bench.observations
    assert (seen.kind, seen.reason, seen.status) == ("failed", "stopped", None)
    assert seen.latency_ms == pytest.approx(1020)
    assert bench.dispatch.in_flight == 1
    assert bench.aggregate.gauge.now == 0


def test_a_journey_that_stops_in_a_pause_has_no_request_to_count():
    def journey(call):
        call.get("/a")
        raise Stopped

    bench = Bench(journey)
    with pytest.raises(Stopped):
        bench.arrive()

    assert bench.kinds() == [("ok", "")]


def test_the_gauge_counts_a_request_while_it_is_under_way():
    levels = []
    bench = Bench(lambda call: call.get("/a", check=lambda reply: True))
    sending = bench.http.send
    bench.http.send = lambda *given, **more: (levels.append(bench.aggregate.gauge.now), sending(*given, **more))[1]
    bench.arrive()

    assert levels == [1]
    assert bench.aggregate.gauge.now == 0


def test_a_driver_that_raises_leaves_the_gauge_and_counts_no_request():
    bench = Bench(lambda call: call.get("/a"))
    bench.http.answers = [RuntimeError("nothing holds")]
    bench.arrive()

    assert not bench.observations
    assert bench.aggregate.gauge.now == 0
    assert bench.caller.errors.count == 1
    assert bench.dispatch.done == 1


@pytest.mark.parametrize(
    ("path", "params", "address"),
    [
        ("/items", None, "/items"),
        ("items", None, "/items"),
        ("/items/tom & jerry", None, "/items/tom%20&%20jerry"),
        ("/größe/日本", None, "/gr%C3%B6%C3%9Fe/%E6%97%A5%E6%9C%AC"),
        ("/a%20b", None, "/a%20b"),
        ("/100%", None, "/100%25"),
        ("/a?x=1 2", None, "/a?x=1%202"),
        ("/a", {"q": "tom & jerry", "tag": ["a", "b"], "none": None}, "/a?q=tom+%26+jerry&tag=a&tag=b"),
        ("/a?x=1", [("y", 2)], "/a?x=1&y=2"),
        ("/a", {}, "/a"),
        ("/a\r\nHost: evil", None, "/a%0D%0AHost:%20evil"),
        ("https://other.example.com/a b", None, "https://other.example.com/a%20b"),
        ("next?to=https://other.example.com", None, "/next?to=https://other.example.com"),
    ],
)
def test_paths_are_escaped_as_far_as_they_are_not_already(path, params, address):
    assert sent(lambda call: call.get(path, params=params))[1] == address


@pytest.mark.parametrize(
    ("path", "step"),
    [
        ("/items?page=2", "POST /items"),
        ("items", "POST /items"),
        ("https://user:pass@other.example.com/a?x=1", "POST /a"),
        ("https://other.example.com", "POST /"),
        ("/fetch/https://other.example.com", "POST /fetch/https://other.example.com"),
    ],
)
def test_a_step_is_called_by_its_method_and_path_without_host_and_query(path, step):
    bench = Bench(lambda call: call.post(path))
    bench.arrive()

    assert bench.observations[0].step == step


def test_a_step_may_have_a_name():
    bench = Bench(lambda call: call.get("/items/42", name="GET /items/{id}"))
    bench.arrive()

    assert bench.observations[0].step == "GET /items/{id}"


def test_ids_in_paths_are_noticed_when_they_make_too_many_steps():
    numbers = iter(range(MOST_STEPS + 50))
    bench = Bench(lambda call: call.get(f"/items/{next(numbers)}"))
    for _ in range(MOST_STEPS):
        bench.arrive()
    assert bench.caller.errors.count == 0

    bench.arrive()

    assert bench.caller.errors.count == 1
    assert "name='GET /items/{id}'" in bench.caller.errors.kept[0]


@pytest.mark.parametrize(
    ("options", "body", "content_type"),
    [
        ({}, b"", None),
        ({"json": {"a": [1, "ü"]}}, b'{"a":[1,"\\u00fc"]}', "application/json"),
        ({"json": []}, b"[]", "application/json"),
        ({"data": b"\x00\xff"}, b"\x00\xff", None),
        ({"data": "grün"}, "grün".encode(), None),
        ({"data": {"a": "1 &", "b": ["x", "y"]}}, b"a=1+%26&b=x&b=y", "application/x-www-form-urlencoded"),
        ({"json": 1, "headers": {"Content-Type": "application/vnd.x+json"}}, b"1", "application/vnd.x+json"),
    ],
)
def test_bodies_and_their_content_types(options, body, content_type):
    request = sent(lambda call: call.post("/a", **options))

    assert request[3] == body
    assert request[2].get("content-type") == content_type


def test_the_headers_of_a_call_come_over_those_of_the_scenario_in_any_case():
    request = sent(
        lambda call: call.get("/a", headers={"x-tenant": "b"}), headers={"X-Tenant": "a", "Accept": "text/*"}
    )

    assert request[2] == {"x-tenant": "b", "accept": "text/*"}


@pytest.mark.parametrize(
    ("url", "carried"),
    [
        ("https://api.example.com/other", {"x-tenant": "a"}),
        ("https://bucket.s3.amazonaws.com/key?X-Amz-Signature=1", {}),
        ("http://api.example.com/other", {}),
    ],
)
def test_the_headers_of_the_scenario_go_to_nobody_but_the_target(url, carried):
    assert sent(lambda call: call.get(url), headers={"X-Tenant": "a"})[2] == carried


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"json": {"total": [Decimal("1.5")]}}, "json['total'][0] is not JSON: Decimal('1.5')"),
        ({"json": {"at": dt.date(2026, 1, 2)}}, "json['at'] is not JSON: datetime.date(2026, 1, 2)"),
        ({"json": {"x": float("nan")}}, "json['x'] is not JSON: nan"),
        ({"json": 1, "data": b""}, "give json or data, not both"),
        ({"data": 12}, "data is bytes, a text or the fields of a form, not 12"),
        ({"headers": {"x-a": "1\r\nx-b: 2"}}, "The header 'x-a' must be a text of one line"),
        ({"headers": {"x-a": "日本"}}, "The header 'x-a' must be a text of one line in Latin-1"),
        ({"headers": {"x-a": 1}}, "The header 'x-a' must be a text"),
        ({"headers": {"x a": "1"}}, "'x a' is no name of a header"),
    ],
)
def test_what_cannot_be_sent_is_told_before_it_is(options, said):
    assert said in refused(lambda call: call.post("/a", **options))


def test_a_value_of_a_header_is_not_told_because_it_may_be_a_secret():
    assert "hunter22" not in refused(lambda call: call.get("/a", headers={"x-key": "hunter22\n"})).splitlines()[-1]


def test_a_path_is_a_text_without_a_fragment():
    assert "A path is a text such as '/items', not 12" in refused(lambda call: call.get(12))
    assert "Write %23" in refused(lambda call: call.get("/items/#1"))


def test_every_method_is_sent_as_its_own():
    methods = ["get", "post", "put", "patch", "delete", "head", "options"]
    bench = Bench(lambda call: [getattr(call, method)("/a") for method in methods])
    bench.arrive()

    assert [request[0].lower() for request in bench.http.requests] == methods
    assert "A method is 'GET', 'POST'" in refused(lambda call: call.request("FETCH", "/a"))


def test_a_request_carries_the_user_it_is_sent_for():
    bench = Bench(lambda call: call.get(f"/{call.source}"))
    bench.arrive(source=3)

    assert bench.http.requests[0][1] == "/3"
    assert bench.http.requests[0][4] == 3


def test_a_function_is_invoked_by_its_id_with_an_event():
    event = events.build("aws.sqs.standard", body="tom & jerry")
    bench = Bench(lambda call: call.invoke("Checkout", event))
    bench.arrive()

    method, address, _, body, _ = bench.invoke.requests[0]
    assert (method, address) == ("POST", "stack-Checkout-1A2B")
    assert json.loads(body) == event
    assert bench.observations[0].step == "invoke Checkout"


def test_a_function_that_is_no_id_is_invoked_by_its_name():
    bench = Bench(lambda call: call.invoke("other-function:live", name="other"))
    bench.arrive()

    assert bench.invoke.requests[0][1] == "other-function:live"
    assert bench.observations[0].step == "other"


def test_the_scenarios_own_function_is_invoked_without_a_name():
    bench = Bench(lambda call: call.invoke(payload={"total": 1}), function="Checkout")
    bench.arrive()

    assert bench.invoke.requests[0][1] == "stack-Checkout-1A2B"
    assert bench.invoke.requests[0][3] == b'{"total":1}'


def test_without_a_payload_the_event_is_empty_and_bytes_are_sent_as_they_are():
    bench = Bench(lambda call: (call.invoke("Checkout"), call.invoke("Checkout", b'{"raw": 1}')))
    bench.arrive()

    assert [request[3] for request in bench.invoke.requests] == [b"{}", b'{"raw": 1}']


def test_an_invocation_without_a_function_names_those_there_are():
    assert "give call.invoke('Name', …), or set `function` in Shop. There are 'Checkout'." in refused(
        lambda call: call.invoke()
    )


def test_a_payload_that_is_no_json_is_told_by_its_place():
    assert "payload['total'] is not JSON: Decimal('1')" in refused(
        lambda call: call.invoke("Checkout", {"total": Decimal(1)})
    )


def test_a_journey_knows_its_data_what_was_set_up_and_the_target():
    known = []
    bench = Bench(
        lambda call: known.append([call.data, call.shared, call.phase, call.variant, call.ref("Orders"), call.url()]),
        shared={"table": "t"},
        data=[{"user": "ann"}],
    )
    bench.arrive()

    assert known == [[{"user": "ann"}, {"table": "t"}, "hold", "", "stack-orders", "https://api.example.com/prod"]]


def test_a_resource_that_the_target_does_not_have_is_told_with_the_nearest():
    raised = []

    def journey(call):
        with pytest.raises(UnknownNameError) as caught:
            call.ref("Order")
        raised.append(str(caught.value))

    Bench(journey).arrive()

    assert raised == ["There is no resource of the target named 'Order'. Did you mean 'Orders'?"]


def test_a_check_is_a_function_or_says_whether():
    assert "check is True, False or a function of the reply, not 'ok'" in refused(
        lambda call: call.get("/", check="ok")
    )


def test_a_pause_is_no_less_than_nothing():
    assert "A pause in seconds is a number, 0 or more, not -1." in refused(lambda call: call.pause(-1))


def test_drivers_are_made_when_they_are_first_used():
    made = []
    bench = Bench(lambda call: call.get("/a"))
    bench.caller._make_http = lambda: (made.append("http"), bench.http)[1]
    bench.caller._make_invoke = lambda: made.append("invoke")
    bench.arrive()
    bench.arrive()

    assert made == ["http"]


def test_headers_that_cannot_be_sent_are_refused_with_the_scenario():
    with pytest.raises(InvalidParameterError, match="Scenario Shop: The header 'x-a' must be a text"):
        Bench(lambda call: None, headers={"x-a": None})
