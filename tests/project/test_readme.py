"""Every block of the README does what it says.

A block whose first line is a comment with a file name is that file; other Python is a test file or a script. `console`
blocks are run in the folder with these files, and print what they show (`...` stands for anything); commands in `sh`
blocks, which set things up, are verified without being run.
"""

import importlib.metadata
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    line: int

    @property
    def file(self):
        """The name that the block's first line gives it; None where it gives none."""
        named = re.match(r"# ([\w./-]+\.\w+)\n", self.text)
        return named and named[1]

    @property
    def commands(self):
        """The commands of a console block, each with the output that is shown."""
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]
        return [part.partition("\n")[::2] for part in parts]


HAND_WRITTEN = '{"Records": [{"eventSource": "aws:sqs", "body": "hi", "md5OfBody": "?"}]}'
README = (ROOT / "README.md").read_text(encoding="utf-8")
LOAD_TESTING = (ROOT / "docs/load-testing.md").read_text(encoding="utf-8")


def blocks_of(text):
    return [Block(match[1], match[2], text.count("\n", 0, match.start()) + 1) for match in FENCE.finditer(text)]


def needs_locust(block):
    """Tell whether a block is for an environment that has Locust: see tests/locust/test_documentation.py."""
    return (block.file or "").startswith("loadtests/") or block.text.startswith("$ locust ")


BLOCKS = blocks_of(README)


def each(*languages, blocks=BLOCKS):
    chosen = [block for block in blocks if block.language in languages and not needs_locust(block)]
    return pytest.mark.parametrize("block", chosen, ids=lambda block: f"line-{block.line}")


@pytest.fixture
def folder(pytester, monkeypatch):
    """A folder with the files that the README names, and with a hand-written event such as its reader has."""
    (pytester.path / "tests/events").mkdir(parents=True)
    (pytester.path / "tests/events/order.json").write_text(HAND_WRITTEN, encoding="utf-8")
    for block in BLOCKS:
        if block.file:
            path = pytester.path / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    return pytester.path


def run(command, folder):
    return subprocess.run(command, cwd=folder, shell=True, capture_output=True, text=True, check=False)


def matches(shown, printed):
    pattern = ".*".join(re.escape(part) for part in shown.strip().split("..."))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


def test_no_block_is_left_out():
    assert {block.language for block in BLOCKS} <= {"python", "console", "sh", "ini", "toml", "yaml"}
    assert len(BLOCKS) == README.count("\n```") // 2


@each("python")
def test_python_runs(folder, block):
    name = block.file or "test_block.py"
    if "def test_" not in block.text:
        name = block.file or "block.py"
    (folder / name).write_text(block.text, encoding="utf-8")
    program = "-m pytest -q -W error" if "def test_" in block.text else ""
    result = run(f"{shlex.quote(sys.executable)} {program} {name}", folder)

    assert result.returncode == 0, result.stdout + result.stderr


@each("console")
def test_commands_print_what_is_shown(folder, block):
    assert block.commands, "a console block has lines that begin with $"
    for command, shown in block.commands:
        result = run(command, folder)
        assert "Traceback" not in result.stderr
        assert result.returncode in (0, 1), result.stderr
        assert not shown.strip() or matches(shown, result.stdout), f"$ {command}\n{result.stdout}{result.stderr}"


@each("sh")
def test_commands_that_set_things_up_exist(block):
    verify(block)


@each("sh", blocks=blocks_of(LOAD_TESTING))
def test_commands_of_load_tests_exist(block):
    verify(block)


def verify(block):
    for line in filter(None, map(str.strip, block.text.splitlines())):
        program, *arguments = shlex.split(line, comments=True)
        assert program in VERIFIED, f"nothing verifies {line!r}"
        VERIFIED[program](arguments)


def targets_exist(arguments):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in (argument for argument in arguments if "=" not in argument):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def extras_exist(arguments):
    assert arguments[0] == "install"
    name, _, extras = arguments[-1].rstrip("]").partition("[")
    known = importlib.metadata.metadata(name).get_all("Provides-Extra")
    assert set(filter(None, extras.split(","))) <= set(known)


def options_exist(arguments):
    from pytest_serverless.cli import _parser

    _parser().parse_args(arguments)


LOCUSTS_OWN = {"--expect-workers", "--headless", "--host", "--master", "--master-host", "--only-summary", "--processes"}


def options_of_locust_exist(arguments):
    from pytest_serverless.load.running.options import OPTIONS

    ours = {name for options in OPTIONS.values() for name in options}
    assert arguments[:2] == ["-f", "loadtests/"]
    assert {each for each in arguments if re.fullmatch(r"--[\w-]+", each)} <= {*ours, *LOCUSTS_OWN, "--worker"}


VERIFIED = {
    "locust": options_of_locust_exist,
    "make": targets_exist,
    "pip": extras_exist,
    "pytest-serverless": options_exist,
}
