"""The sample applications' own tests pass, run as their users would run them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

APPS = sorted(path for path in (Path(__file__).parents[2] / "fixtures/apps").iterdir() if (path / "tests").is_dir())


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_the_tests_of_an_application_pass(app):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    result = subprocess.run(command, cwd=app, env=os.environ, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr
    assert " passed" in result.stdout
    assert "skipped" not in result.stdout
