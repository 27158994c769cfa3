"""The fixture of load tests. PYTEST_DONT_REWRITE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_serverless.load.measuring.measurement import Measurement


@pytest.fixture(scope="session")
def serverless_load_settings() -> dict[str, Any]:
    """Settings of all load tests, as `serverless_load` takes them; override it to name a `host` or a `stack`."""
    return {}


@pytest.fixture
def serverless_load(
    request: pytest.FixtureRequest, serverless_load_settings: Mapping[str, Any]
) -> Callable[..., Measurement]:
    """Run a scenario in a process of its own: `serverless_load("loadtests/", "Shop", arrival_rate=50, hold="60s")`.

    The locustfile, a file or a folder, is sought from the test's folder and those above it; further names are those of
    scenarios. `host`, `stack` or `local` is the target, `local` with the template nearest to the test unless one is
    named. `python`, `processes`, `options`, `env` and `within_s` are as in
    `pytest_serverless.load.measuring.child_run.ChildRun`.

    Returns what was measured; raises MeasurementError for a run that is INVALID or was cut off.
    """
    from pytest_serverless.load.measuring.child_run import ChildRun
    from pytest_serverless.plugin.stacks import template_of

    def run(locustfile: str | Path, *scenarios: str, **given: Any) -> Measurement:
        settings = {**serverless_load_settings, **given}
        if not any(settings.get(name) for name in ("host", "stack", "local")):
            settings["local"] = template_of(request.node)
        path = _found(Path(locustfile), request.path.parent, request.config.rootpath)
        return ChildRun(locustfile=path, scenarios=scenarios, **settings).measure()

    return run


def _found(wanted: Path, folder: Path, top: Path) -> Path:
    """Return a path from the test's folder, or from the nearest one above it that has it, up to the top."""
    upwards = [folder, *(each for each in folder.parents if each == top or top in each.parents)]
    return next((each / wanted for each in upwards if (each / wanted).exists()), folder / wanted)


__all__ = ["serverless_load", "serverless_load_settings"]
