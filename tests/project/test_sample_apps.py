"""The sample applications' own tests pass, run as their users would run them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.node_modules import copy_with_modules

APPS = sorted(path for path in (Path(__file__).parents[2] / "fixtures/apps").iterdir() if (path / "tests").is_dir())
IN_NODE = {app for app in APPS if (app / "src/package.json").is_file()}
ON_THE_PLATFORM = [
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows"),
]


@pytest.mark.parametrize(
    "app", [pytest.param(app, id=app.name, marks=ON_THE_PLATFORM if app in IN_NODE else ()) for app in APPS]
)
def test_the_tests_of_an_application_pass(app, tmp_path):
    if app in IN_NODE:
        copy_with_modules(app, tmp_path / app.name)
        app = tmp_path / app.name
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    result = subprocess.run(command, cwd=app, env=os.environ, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr
    assert " passed" in result.stdout
    assert "skipped" not in result.stdout
