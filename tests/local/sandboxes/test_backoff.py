"""When a function that fails as it starts is tried again."""

from pytest_serverless.local.sandboxes.backoff import Backoff


def test_two_failures_put_nothing_off():
    backoff = Backoff()

    assert [backoff.failed("f", "why", 10.0) for _ in range(2)] == [0, 0]
    assert backoff.answer("f", 10.0) is None


def test_from_the_third_on_the_wait_doubles_up_to_a_minute():
    backoff = Backoff()

    assert [backoff.failed("f", "why", 0.0) for _ in range(11)] == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_meanwhile_the_last_failure_is_the_answer():
    backoff = Backoff()
    for number in range(3):
        backoff.failed("f", number, 10.0)

    assert [backoff.answer("f", now) for now in (10.0, 10.99, 11.0)] == [2, 2, None]
    assert backoff.answer("another", 10.0) is None


def test_a_start_that_works_forgets_them():
    backoff = Backoff()
    for _ in range(5):
        backoff.failed("f", "why", 10.0)
    backoff.started("f")

    assert backoff.answer("f", 10.0) is None
    assert backoff.failed("f", "why", 10.0) == 0
