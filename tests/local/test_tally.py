from pytest_serverless.local.tally import Tally
from tests.local.happenings import NOW, event, failed, function, report, sandbox_started

RESIZE = function("Resize")


def tally(*events):
    found = Tally()
    for each in events:
        found.count(each)
    return found


def of(found, id_="Resize"):
    return found.functions[id_]


def test_an_invocation_is_in_flight_from_its_start_to_its_report():
    begun = tally(event("arrival"), sandbox_started(), event("start"))

    assert (of(begun).arrivals, of(begun).in_flight, of(begun).sandboxes, of(begun).cold_starts) == (1, 1, 1, 1)
    begun.count(report(RESIZE))
    assert (of(begun).in_flight, of(begun).sandboxes, of(begun).failures) == (0, 1, 0)


def test_only_the_first_invocation_of_a_sandbox_is_a_cold_start_and_none_of_a_provisioned_one():
    warm = tally(sandbox_started(), event("start"), report(RESIZE), event("start"), report(RESIZE))
    provisioned = tally(sandbox_started(provisioned=True), event("start"), report(RESIZE))

    assert of(warm).cold_starts == 1
    assert of(provisioned).cold_starts == 0


def test_a_sandbox_whose_init_nobody_waited_for_has_no_cold_start():
    ahead = tally(sandbox_started(), event("init", ms=150.0, error=None), event("start"), report(RESIZE))

    assert of(ahead).cold_starts == 0


def test_what_ran_in_a_sandbox_that_is_gone_is_not_in_flight_for_ever():
    found = tally(sandbox_started(), event("start"), event("sandbox_ended", "", why="gone"))

    assert (of(found).in_flight, of(found).sandboxes) == (0, 0)


def test_a_report_after_the_end_of_its_sandbox_is_not_counted_twice():
    ended = event("sandbox_ended", why="gone")
    found = tally(
        sandbox_started(), event("start"), ended, report(RESIZE, status="error", failure=failed()), event("start")
    )

    assert (of(found).in_flight, of(found).failures) == (1, 1)


def test_throttles_are_counted_by_reason():
    found = tally(*[event("throttle", reason="A")] * 2, event("throttle", reason="B"))

    assert of(found).throttles == {"A": 2, "B": 1}


def test_the_rate_is_that_of_the_last_whole_seconds():
    found = tally(*(event("arrival", time=NOW + second + part / 10) for second in range(20) for part in range(10)))

    assert of(found).rate(NOW + 20) == 10
    assert of(found).rate(NOW + 22.5) == 6
    assert of(found).rate(NOW + 60) == 0
    assert len(of(found).seconds) <= 7


def test_all_functions_together():
    found = tally(event("arrival", "A", time=NOW), event("arrival", "B", time=NOW), event("throttle", "B", reason="X"))

    whole = found.whole()

    assert (whole.arrivals, whole.throttles, whole.rate(NOW + 1)) == (2, {"X": 1}, 0.4)
    assert (of(found, "A").arrivals, of(found, "A").throttles) == (1, {})
