"""What is installed: the package alone, and the tests run against it."""

import importlib.metadata
import os
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import pytest_serverless

DISTRIBUTION = "pytest-serverless-toolkit"


@pytest.fixture(scope="module")
def files():
    return [file for file in importlib.metadata.files(DISTRIBUTION) if file.parts[0] != ".."]


def test_the_wheel_holds_the_package_and_its_metadata_alone(files):
    tops = {file.parts[0] for file in files}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"pytest_serverless"}
    assert len(tops) == 2


def test_the_package_is_marked_as_typed(files):
    assert "pytest_serverless/py.typed" in [file.as_posix() for file in files]


def test_what_runs_functions_in_nodejs_is_with_it(files):
    assert "pytest_serverless/local/sandboxes/node/bootstrap.mjs" in [file.as_posix() for file in files]


def test_what_draws_the_charts_of_reports_is_with_it(files):
    names = {file.name for file in files if file.parent.as_posix() == "pytest_serverless/report/page/assets"}

    assert names == {"report.css", "report.js", "uplot.css", "uplot.js", "uplot.licence"}


def test_the_licence_is_with_it(files):
    assert any(file.name == "LICENSE" and file.parts[0].endswith(".dist-info") for file in files)


def test_the_command_and_the_plugin_are_registered():
    points = importlib.metadata.distribution(DISTRIBUTION).entry_points

    assert {(point.group, point.name) for point in points} == {
        ("console_scripts", "pytest-serverless"),
        ("pytest11", "serverless_toolkit"),
    }


def test_the_version_is_that_of_the_package():
    assert importlib.metadata.version(DISTRIBUTION) == pytest_serverless.__version__


# They have an environment of their own, and are not there where the oldest releases are tried.
BESIDE_LOCUST = {"certifi", "gevent", "geventhttpclient", "locust"}


def test_the_oldest_releases_that_are_tried_are_the_oldest_that_are_allowed():
    requirements = [Requirement(text) for text in importlib.metadata.requires(DISTRIBUTION)]
    allowed = {r.name: str(r.specifier).removeprefix(">=") for r in requirements if r.name != DISTRIBUTION}
    lines = (Path(__file__).parents[1] / "oldest.txt").read_text(encoding="utf-8").splitlines()
    tried = dict(line.split("==") for line in lines if not line.startswith("#"))

    assert tried == {name: version for name, version in allowed.items() if name not in BESIDE_LOCUST}


@pytest.mark.skipif("PYTEST_SERVERLESS_WHEEL" not in os.environ, reason="make test and tox say that a wheel was built")
def test_what_is_tested_is_the_installed_wheel():
    assert Path(pytest_serverless.__file__).parts[-3] == "site-packages"
