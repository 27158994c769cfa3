"""Times as logs write them."""

from datetime import datetime, timezone

import pytest

from pytest_serverless.load.evidence.moments import epoch_s

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    ("text", "after_noon_s"),
    [
        ("2026-11-23T12:00:00Z", 0),
        ("2026-11-23T12:00:00.470Z", 0.47),
        ("2026-11-23 12:00:00.470", 0.47),
        ("2026-11-23T12:00:00.123456789Z", 0.123456789),
        ("2026-11-23T12:00:00.5+00:00", 0.5),
        ("2026-11-23T13:30:00+01:30", 0),
        ("2026-11-23T07:00:00-0500", 0),
        ("11/23/2026, 12:00:01.470 PM", 1.47),
        ("11/23/2026 12:00:01", 1),
        (NOON, 0),
        (NOON * 1000 + 470, 0.47),
        (str(NOON), 0),
    ],
)
def test_moments_are_read(text, after_noon_s):
    assert epoch_s(text) == pytest.approx(NOON + after_noon_s, abs=1e-6)


def test_hours_of_american_clocks():
    hours = [epoch_s(f"11/23/2026, {hour}:00:00 {half}") for half in ("AM", "PM") for hour in (12, 1, 11)]

    assert [(each - NOON) / 3600 for each in hours] == [-12, -11, -1, 0, 1, 11]


@pytest.mark.parametrize("text", [None, "", "soon", True, "2026-13-01T00:00:00Z", "99/99/2026 1:00:00", [], {}])
def test_what_is_no_moment_is_none(text):
    assert epoch_s(text) is None
