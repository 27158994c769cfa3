"""Two ways to do the same, interleaved: what differs is found with its interval, or what is lacking is told."""

import pytest

from tests.locust.loadtests import LOADTESTS, against

INIT_MS = 400
"""What Eager loads in its init phase, and Lazy does not."""


@pytest.fixture
def run(run_locust):
    """Compare the functions of `LazyLoading` in bursts of ten, each of which finds none of the last one's instances."""
    platform = "--no-backends --limit idle_s=1"

    def run_one(in_all):
        variables = {"LOAD_BURST": "10", "LOAD_EVERY": "4s", "LOAD_IN_ALL": in_all}
        ran = run_locust(*against("cold_start", platform), "LazyLoading", loadtests=f"{LOADTESTS}/", env=variables)
        [differences] = ran.result.differences
        return ran, differences, {each.metric: each for each in differences.changes}

    return run_one


def test_what_lazy_loading_saves_is_found_with_its_interval(run):
    ran, differences, changes = run("24s")

    assert (differences.a, differences.b) == ("Eager", "Lazy")
    saved = changes["init.p50"]
    assert saved.outcome == "changed"
    assert saved.difference.upper < 0, "Lazy begins sooner"
    assert saved.difference.lower - 50 <= -INIT_MS <= saved.difference.upper + 50, "give or take what starting costs"
    assert changes["latency.cold.p50"].outcome == "changed"
    assert changes["cold_starts.user_visible"].outcome != "changed"
    assert ran.code == 0, ran.out


def test_with_too_few_samples_it_says_how_many_more_are_needed(run):
    ran, differences, changes = run("4s")

    saved = changes["init.p50"]
    assert (saved.outcome, changes["latency.cold.p50"].outcome) == ("unknown", "unknown")
    assert differences.more_requests(saved) > 0
    assert "more cold starts" in ran.out
    assert "of each variant are needed" in ran.out
