"""Whole runs of Locust. It must not be in the process of pytest, whose modules it would patch."""

import importlib.util

import pytest

from tests.locust.stage import end, start, wait

MISSING = [name for name in ("locust", "httptools") if importlib.util.find_spec(name) is None]


def pytest_collection_modifyitems(items):
    for item in items:
        if "/tests/locust/" in item.path.as_posix():
            item.add_marker(pytest.mark.realtime)
            item.add_marker(pytest.mark.xdist_group("realtime"))
            if MISSING:
                item.add_marker(pytest.mark.skip(reason=f"needs {' and '.join(MISSING)}: make load"))


@pytest.fixture
def start_locust(tmp_path):
    """Start Locust; it does not outlive the test."""
    started = []

    def start_one(*arguments, **given):
        started.append(start(tmp_path, *arguments, **given))
        return started[-1]

    yield start_one
    for each in started:
        end(each)


@pytest.fixture
def run_locust(tmp_path, start_locust):
    """Run Locust to its end: `run_locust(*simulated("20ms"), file=LOCUSTFILE)`."""

    def run(*arguments, timeout_s=60.0, **given):
        return wait(start_locust(*arguments, **given), tmp_path, timeout_s)

    return run
