"""An unused plugin does nothing: a run with it is compared with one without, from its start to after the summary."""

import json
import os
import re
import subprocess
import sys
from collections import Counter

import pytest

PLUGIN = "serverless_toolkit"
HEAVY = {
    *("azure", "boto3", "botocore", "flask", "functions_framework", "gevent", "locust", "moto", "pydantic"),
    *("requests", "responses", "simplejson", "time_machine", "typing_extensions", "yaml"),
}

# Loaded by `-p`, before every other plugin: notes what the process does to the world, and at its end what it imported.
SPY = """
import atexit, json, os, sys, tempfile, threading

ACTS = {"os.fork", "os.forkpty", "os.mkdir", "os.posix_spawn", "os.putenv", "os.rename", "os.symlink", "os.unsetenv",
        "socket.bind", "socket.connect", "socket.getaddrinfo", "subprocess.Popen"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
TEMPORARY = tempfile.gettempdir()
acts = []

def note(event, args):
    if event in ACTS or event == "open" and isinstance(args[2], int) and args[2] & WRITING:
        acts.append(f"{event} {'of its own' if is_capture(args[0]) else args[0]!r}")

def is_capture(path):
    "Tell whether this is one of the nameless files that pytest captures output with."
    return isinstance(path, str) and os.path.dirname(path) == TEMPORARY and not os.path.exists(path)

@atexit.register
def report():
    path = os.environ.pop("SPY_REPORT")
    found = {"modules": sorted(sys.modules), "acts": acts[:],
             "environment": [f"{name}={value}" for name, value in os.environ.items()],
             "threads": [thread.name for thread in threading.enumerate()]}
    with open(path, "w") as file:
        json.dump(found, file)

sys.addaudithook(note)
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Reports of a run without the plugin and of one with it, each with what it printed."""
    folder = tmp_path_factory.mktemp("suite")
    (folder / "test_plain.py").write_text("def test_plain():\n    assert True\n")
    (folder / "spy.py").write_text(SPY)
    return [run(folder, "no:"), run(folder, "")]


def run(folder, prefix):
    report = folder.parent / f"{folder.name}-{prefix.rstrip(':') or 'with'}.json"
    environment = {
        "PATH": os.environ["PATH"],  # nothing else: what the plugin set in this very process must not reach both
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(folder),
        "SPY_REPORT": str(report),
    }
    command = [sys.executable, "-m", "pytest", "-p", "spy", "-p", f"{prefix}{PLUGIN}", "-p", "no:cacheprovider"]
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 passed" in result.stdout
    return {**json.loads(report.read_text()), "files": sorted(os.listdir(folder)), "output": words(result.stdout)}


def words(output):
    """What was printed, without what differs from run to run, and without pytest's own list of plugins."""
    lines = [line for line in output.splitlines() if not line.startswith("plugins:")]
    return re.sub(r"in \d+\.\d+s", "in no time", "\n".join(line.strip("=") for line in lines))


def added(runs, what):
    without, with_plugin = runs
    return sorted((Counter(with_plugin[what]) - Counter(without[what])).elements())


def test_the_plugin_was_active(runs):
    assert "pytest_serverless.plugin" in added(runs, "modules")


def test_it_imports_nothing_but_itself_and_a_little_of_the_standard_library(runs):
    foreign = {name.split(".")[0] for name in added(runs, "modules")} - {"pytest_serverless"}

    assert foreign <= sys.stdlib_module_names
    assert len(foreign) <= 3, "pytest has loaded already what a plugin needs"


def test_it_loads_none_of_the_rooms_behind_its_fixtures(runs):
    modules = {name for name in added(runs, "modules") if name.startswith("pytest_serverless.")}
    passive = {"pytest_serverless.backends", "pytest_serverless.backends.finder"}  # it waits for botocore, and no more

    assert {name.split(".")[1] for name in modules - passive} <= {"clock", "errors", "plugin"}


def test_nothing_heavy_is_imported(runs):
    assert not HEAVY & {name.split(".")[0] for name in added(runs, "modules")}


def test_it_writes_no_file_and_starts_no_process(runs):
    assert added(runs, "acts") == []
    assert runs[1]["files"] == ["spy.py", "test_plain.py"]


def test_it_sets_no_environment_variable(runs):
    assert added(runs, "environment") == []


def test_it_starts_no_thread(runs):
    assert added(runs, "threads") == []


def test_it_prints_nothing(runs):
    assert runs[1]["output"] == runs[0]["output"]


def test_what_stands_behind_the_fixtures_is_not_rewritten_by_pytest(pytester):
    pytester.makeconftest("import pytest\npytest.register_assert_rewrite('pytest_serverless')\n")
    pytester.makepyfile("""
        from pytest_serverless.backends import aws

        def test_loader():
            assert "assertion" not in type(aws.__loader__).__module__
    """)
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize("module", ["pytest_serverless", "pytest_serverless.cli", "pytest_serverless.events"])
def test_importing_the_package_brings_nothing_heavy(module):
    code = f"import {module}, sys; print(*sorted(name.split('.')[0] for name in sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not HEAVY & set(result.stdout.split())
    assert "pytest" not in result.stdout.split(), "what is used outside of tests does not need pytest"
