"""The public names: few, all there, and typed for those who use them."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_serverless

CONSUMER = Path(__file__).parent / "typed_consumer.py"
PACKAGE = Path(pytest_serverless.__file__).parent
# What imports gevent or Locust, which patches its process, is looked at in a process of its own: tests/locust.
PATCHING = re.compile(r"^(from|import) (gevent|geventhttpclient|locust)\b", re.MULTILINE)
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if PACKAGE / "locust" not in path.parents and not PATCHING.search(path.read_text(encoding="utf-8"))
)


def test_the_public_names_are_few():
    assert len(pytest_serverless.__all__) <= 25


def test_every_public_name_has_a_docstring_or_is_a_type():
    for name in pytest_serverless.__all__:
        value = getattr(pytest_serverless, name)
        assert value.__doc__, name


@pytest.mark.parametrize("name", MODULES)
def test_every_name_that_a_module_offers_is_there(name):
    module = importlib.import_module(name)
    offered = getattr(module, "__all__", [])

    assert len(set(offered)) == len(offered)
    assert [missing for missing in offered if not hasattr(module, missing)] == []


def test_the_public_names_are_what_dir_shows():
    assert set(pytest_serverless.__all__) <= set(dir(pytest_serverless))


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'pytest_serverless' has no attribute 'Invokerr'"):
        pytest_serverless.Invokerr  # noqa: B018  # looking it up is the test


def mypy(request, path):
    cache = request.config.cache.mkdir("mypy") if hasattr(request.config, "cache") else path.parent / ".mypy_cache"
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={cache}", path.name]
    return subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False).stdout.splitlines()


def expected(path):
    """The lines of a file that a comment `# E: code` says are wrong, with the code."""
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    return [(number, line.partition("# E: ")[2]) for number, line in lines if "# E: " in line]


@pytest.mark.realtime
def test_a_typed_suite_passes_mypy_where_it_is_right_and_only_there(request, tmp_path):
    path = tmp_path / "test_consumer.py"
    path.write_text(CONSUMER.read_text(encoding="utf-8"), encoding="utf-8")

    errors = [line for line in mypy(request, path) if ": error:" in line]

    assert [(int(line.split(":")[1]), line.rpartition("[")[2].rstrip("]")) for line in errors] == expected(path), errors
