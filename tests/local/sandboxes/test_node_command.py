"""How Node.js is found and started."""

import os
import sys
from pathlib import Path

import pytest

from pytest_serverless.app.model import Origin
from pytest_serverless.errors import PlatformError
from pytest_serverless.local.sandboxes.maker import ProcessSandboxes
from pytest_serverless.local.sandboxes.nodejs import command, mismatch, node_version
from tests.local.sandboxes.house import function_of
from tests.local.sandboxes.node_runs import nodejs_function

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows"),
]


@pytest.fixture
def node(tmp_path):
    """Make a program that says it is Node.js of a version."""

    def make(version):
        program = tmp_path / f"node-{version}"
        program.write_text(f"#!/bin/sh\necho {version}\n")
        program.chmod(0o755)
        return str(program)

    return make


def _function(tmp_path, runtime="nodejs20.x", **given):
    return nodejs_function(tmp_path, "index.handler", runtime=runtime, id="Greet", **given)


def test_a_missing_node_is_told_with_the_function_that_needs_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PlatformError, match=r"Greet runs on nodejs20\.x, and there is no `node` on PATH\. Install"):
        command(_function(tmp_path))
    with pytest.raises(PlatformError, match=r"there is no program '/no/node'"):
        command(_function(tmp_path), node="/no/node")


@pytest.mark.parametrize(("version", "said"), [("v16.20.2", "is Node.js 16.20.2"), ("what?", "does not tell")])
def test_a_node_that_is_too_old_or_none_is_refused(tmp_path, node, version, said):
    with pytest.raises(PlatformError, match=said):
        command(_function(tmp_path), node=node(version))


def test_a_program_that_cannot_be_run_has_no_version(tmp_path):
    assert node_version(str(tmp_path / "nothing")) == ()


def test_another_major_version_is_worth_a_note(tmp_path, node):
    assert mismatch(_function(tmp_path), node=node("v20.1.0")) is None
    assert mismatch(_function(tmp_path), node=node("v22.11.0")).startswith(
        "Functions of nodejs20.x are run by Node.js 22 here ("
    )


def test_memory_is_divided_as_lambda_divides_it(tmp_path, node):
    """The shares are those of the `bootstrap` in Lambda's images: a tenth is for what is new."""
    arguments, _ = command(_function(tmp_path, memory_mb=1024), node=node("v20.1.0"))

    assert arguments[1:-1] == [
        "--expose-gc",
        "--max-http-header-size=81920",
        "--max-semi-space-size=51",
        "--max-old-space-size=922",
    ]
    assert Path(arguments[-1]).name == "bootstrap.mjs"


@pytest.mark.parametrize("option", ["--max-old-space-size=64", "--max_semi_space_size=8"])
def test_memory_that_the_function_divides_itself_is_let_be(tmp_path, node, option):
    arguments, _ = command(_function(tmp_path, environment={"NODE_OPTIONS": option}), node=node("v20.1.0"))

    assert not any("space" in argument for argument in arguments)


@pytest.mark.parametrize(
    ("runtime", "version", "off"),
    [
        ("nodejs18.x", "v20.19.0", []),
        ("nodejs20.x", "v20.1.0", []),
        ("nodejs20.x", "v20.19.0", ["--no-experimental-require-module"]),
        ("nodejs22.x", "v22.12.0", ["--no-experimental-require-module", "--no-experimental-detect-module"]),
        ("nodejs24.x", "v24.1.0", []),
    ],
)
def test_what_lambda_switches_off_is_off(tmp_path, node, runtime, version, off):
    """The table of https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html (2025-11)."""
    arguments, _ = command(_function(tmp_path, runtime), node=node(version))

    assert [argument for argument in arguments if argument.startswith("--no-")] == off


def test_what_lambda_switches_off_can_be_switched_on(tmp_path, node):
    function = _function(tmp_path, environment={"NODE_OPTIONS": "--experimental-require-module"})
    arguments, _ = command(function, node=node("v20.19.0"))

    assert "--no-experimental-require-module" not in arguments


def test_modules_are_looked_for_in_layers_beside_the_template_and_in_the_code(tmp_path, node):
    layer, code = tmp_path / "layer", tmp_path / "app" / "src"
    for folder in (layer / "nodejs/node_modules", tmp_path / "node_modules", code):
        folder.mkdir(parents=True)
    origin = Origin(tmp_path / "app" / "template.yaml", 1)
    function = nodejs_function(code, "index.handler", layers=(layer,), origin=origin)

    _, variables = command(function, node=node("v20.1.0"))

    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_nodejs20.x"
    assert variables["NODE_PATH"].split(os.pathsep) == [
        str(folder)
        for folder in (layer / "nodejs/node_modules", tmp_path / "node_modules", code / "node_modules", code)
    ]


def test_a_node_path_of_the_functions_own_is_let_be(tmp_path, node):
    _, variables = command(_function(tmp_path, environment={"NODE_PATH": "/own"}), node=node("v20.1.0"))

    assert "NODE_PATH" not in variables


def test_a_missing_node_is_told_before_anything_is_started(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    functions = [function_of(), _function(tmp_path)]

    with pytest.raises(PlatformError, match="Greet runs on nodejs20"):
        ProcessSandboxes().require(functions)


def test_what_runs_nowhere_here_is_noted(tmp_path):
    notes = []

    ProcessSandboxes(note=notes.append).require([_function(tmp_path, "java21"), _function(tmp_path, "java21")])

    assert notes == ["Greet is not run here: it is java21, and neither in Python nor in Node.js."]


def test_another_python_is_worth_a_note_once(tmp_path):
    notes, here = [], f"{sys.version_info[0]}.{sys.version_info[1]}"

    ProcessSandboxes(note=notes.append).require([_function(tmp_path, f"python{here}")])
    assert notes == []

    ProcessSandboxes(note=notes.append).require([_function(tmp_path, "python3.99"), _function(tmp_path, "python3.99")])
    (note,) = notes
    assert note.startswith(f"Functions of python3.99 are run by Python {here} here")
