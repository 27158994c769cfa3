"""Times that are written as text."""

import pytest

from pytest_serverless.clock import seconds
from pytest_serverless.errors import InvalidParameterError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("60s", 60),
        ("10m", 600),
        ("1h30m", 5400),
        ("1h 30m 5s", 5405),
        ("250ms", 0.25),
        ("1s500ms", 1.5),
        (".5s", 0.5),
        ("1.5h", 5400),
        (" 7 us ", 7e-6),
        ("0s", 0),
    ],
)
def test_a_time_is_the_sum_of_its_parts(text, expected):
    assert seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "'' is no time"),
        ("soon", "'soon' is no time. Write a number and a unit, 'us', 'ms', 's', 'm' or 'h': 20ms, 60s or 1h30m."),
        ("30m1h", "is no time"),
        ("5s5s", "is no time"),
        ("-5s", "is no time"),
        ("10min", "is no time"),
        ("60", "60 has no unit. Write 60ms or 60s."),
        ("1h30", "is no time"),
        ("nans", "is no time"),
        ("1e3s", "is no time"),
    ],
)
def test_what_is_no_time_is_told_with_what_is(text, words):
    with pytest.raises(InvalidParameterError) as caught:
        seconds(text)
    assert words in str(caught.value)
