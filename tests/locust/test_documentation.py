"""What README and docs/load-testing.md show of load tests does what they say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.test_readme import BLOCKS, LOAD_TESTING, blocks_of, matches

OF_LOAD_TESTING = blocks_of(LOAD_TESTING)
READ = """
import sys
from pytest_serverless.load.running.beginning import read
from pytest_serverless.locust import Scenario
from locust.util.load_locustfile import load_locustfile

for name, user in load_locustfile(sys.argv[1])[0].items():
    if issubclass(user, Scenario):
        read(user.serverless_given())
    print(name)
"""
DOCUMENTS = {"README.md": BLOCKS, "load-testing.md": OF_LOAD_TESTING}


def write_files(blocks, folder):
    for block in blocks:
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")


def run(command, folder):
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    return subprocess.run(command, cwd=folder, env=environment, shell=True, capture_output=True, text=True, check=False)


def outline(text):
    """What of a report does not depend on the speed of a machine: its words, without numbers, verdicts and widths."""
    words = " ".join(text.replace("...", "\0").split())
    words = re.sub(r"; about [\d,]+ more samples decide|n too small", "", words)
    words = re.sub(r"\b(PASS|FAIL|FAILED|INCONCLUSIVE|passed)\b", "*", words)
    return re.sub(r"(\(?\d[\d.,]*( (to|of) \d[\d.,]*\)?)? *)+", "# ", words).replace("\0", "...")


@pytest.fixture
def folder(tmp_path):
    """The application of the README."""
    write_files([block for block in BLOCKS if not (block.file or "").startswith("loadtests/")], tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", [each for each in OF_LOAD_TESTING if each.language == "python"], ids=lambda b: b.file)
def test_locustfiles_can_be_read(block, folder):
    compile(block.text, block.file, "exec")
    if block.file.startswith("tests/"):
        return
    (folder / "locustfile.py").write_text(block.text)
    (folder / "read.py").write_text(READ)

    result = run("python read.py locustfile.py", folder)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("\n") == block.text.count("\nclass ")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_print_what_is_shown(document, folder):
    blocks = DOCUMENTS[document]
    write_files([each for each in blocks if (each.file or "").startswith("loadtests/")], folder)
    consoles = [each for each in blocks if each.language == "console"]
    commands = [
        each for block in consoles if document != "README.md" or "locust" in block.text for each in block.commands
    ]
    assert any("locust" in command for command, _ in commands)
    for command, shown in commands:
        result = run(command + " --serverless-max-lag 5000" * command.startswith("locust"), folder)
        assert result.returncode in (0, 1, 4), result.stdout + result.stderr
        assert matches(outline(shown), outline(result.stdout)), f"$ {command}\n{result.stdout}{result.stderr}"
