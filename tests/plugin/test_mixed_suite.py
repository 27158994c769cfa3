"""A suite that is half theirs and half ours: moto, an endpoint, freezegun, asyncio and patches, in any order."""

import shutil
from pathlib import Path

import pytest

SUITE = Path(__file__).parents[2] / "fixtures/mixed_suite"
THEIRS, OURS = 14, 9

pytestmark = pytest.mark.realtime


@pytest.fixture
def suite(pytester, monkeypatch):
    monkeypatch.delenv("PYTEST_ADDOPTS")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(SUITE, pytester.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return lambda *options: pytester.runpytest_subprocess("-p", "no:hypothesispytest", *options)


def test_their_part_passes_without_us(suite):
    suite("-p", "no:serverless_toolkit", "-p", "no:xdist", "theirs").assert_outcomes(passed=THEIRS)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_of_it_passes_in_random_order(suite, seed):
    suite("-p", "no:xdist", f"--randomly-seed={seed}").assert_outcomes(passed=THEIRS + OURS)


def test_all_of_it_passes_under_xdist(suite):
    suite("-n", "2", "--dist", "loadscope").assert_outcomes(passed=THEIRS + OURS)


def test_the_halves_pass_whichever_comes_first(suite):
    for order in (("ours", "theirs"), ("theirs", "ours")):
        suite("-p", "no:xdist", "-p", "no:randomly", *order).assert_outcomes(passed=THEIRS + OURS)
