"""Platforms as users start them, one or few to a file: whole processes, real time, the loopback alone."""

from contextlib import ExitStack

import pytest

from pytest_serverless.local.running import RunningPlatform
from pytest_serverless.local.settings import Settings
from tests.local.end_to_end.stage import write_application

pytest.importorskip("moto")
pytest.importorskip("httptools")


@pytest.fixture(scope="module")
def start_platform():
    """Start a platform for the tests of a file: `start_platform(template, skip_idle=True)`."""
    with ExitStack() as running:

        def start(template, **settings):
            chosen = Settings(template=template, **{"reload": False, **settings})
            return running.enter_context(RunningPlatform(chosen))

        yield start


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    """Write an application: `application(template, {"src/app.py": code})`; returns the path of its template."""

    def write(template, files):
        return write_application(tmp_path_factory.mktemp("application"), template, files)

    return write
