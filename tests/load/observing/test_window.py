from datetime import datetime, timezone

import pytest

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.observing import window_of
from pytest_serverless.load.observing.window import moment_of

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    ("text", "before_now_s"),
    [
        ("now", 0),
        ("Now", 0),
        ("-30m", 1800),
        ("-2h15m", 8100),
        ("-1d", 86400),
        ("-90s", 90),
        ("2026-11-23T12:00", 1800),
        ("2026-11-23 12:00:30", 1770),
        ("2026-11-23T12:00:00Z", 1800),
        ("2026-11-23T12:00:00.500z", 1799.5),
        ("2026-11-23T14:00+02:00", 1800),
        ("2026-11-23T07:00:00-05:00", 1800),
        ("2026-11-23", 45000),
    ],
)
def test_moments(text, before_now_s):
    assert NOW - moment_of(text, NOW) == pytest.approx(before_now_s)


@pytest.mark.parametrize(
    "text", ["", "-", "30m", "-30", "-30x", "yesterday", "12:00", "2026-13-01", "2026-11-23T25:00"]
)
def test_what_is_no_moment(text):
    with pytest.raises(InvalidParameterError, match=r"--from .*write ISO 8601"):
        window_of(text, "now", NOW)


def test_the_zone_of_the_machine_does_not_matter(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert moment_of("2026-11-23T12:00", NOW) == NOW - 1800
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_stretch_says_when_it_is():
    assert str(window_of("-30m", "now", NOW)) == "2026-11-23 12:00:00 to 2026-11-23 12:30:00 UTC"


@pytest.mark.parametrize(("begin", "end"), [("now", "now"), ("-10m", "-20m"), ("2026-11-23T12:20", "2026-11-23T12:10")])
def test_a_stretch_has_its_begin_before_its_end(begin, end):
    with pytest.raises(InvalidParameterError, match=f"--from {begin} is not before --to {end}"):
        window_of(begin, end, NOW)


def test_what_is_still_to_come_cannot_be_observed():
    with pytest.raises(
        InvalidParameterError, match="--to 2026-11-23T14:00 is still to come: it is 2026-11-23 12:30:00"
    ):
        window_of("-30m", "2026-11-23T14:00", NOW)
