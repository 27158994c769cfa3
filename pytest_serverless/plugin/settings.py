"""What a suite can set: each setting as a flag, an ini key, and a fixture to override. PYTEST_DONT_REWRITE.

This much is loaded in every run; `values.py` reads what they hold.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

import pytest

__all__ = [
    "BASELINE",
    "ELSEWHERE",
    "FAILED",
    "MARKER_LINE",
    "ORIGIN",
    "REGION",
    "TIMELINE",
    "declare",
    "read",
    "summary",
]

BASELINE: Mapping[str, str] = dict(os.environ)
"""The environment before the suite's own code ran."""

ORIGIN: pytest.StashKey[str] = pytest.StashKey()
"""How to get a test's events again, for its failure report; set where a test used any."""

ELSEWHERE: pytest.StashKey[list[str]] = pytest.StashKey()
"""What the workers of a distributed run have to say at its end."""

FAILED: pytest.StashKey[bool] = pytest.StashKey()
"""Whether the test itself has failed: then what its application did wrong is not told on top of it."""

TIMELINE: pytest.StashKey[Callable[[], str]] = pytest.StashKey()
"""What tells the failure report of a test what happened to its application; nothing where nothing did."""

REGION = "us-east-1"
"""The region where nobody chooses one."""

_HELP = {
    "seed": "Seed of the ids in events; each test has its own source, made of this and the test's name (default: 0)",
    "now": "Time at which every test starts, as ISO 8601 (2026-11-23T10:00:00Z); events are then the same to the byte",
    "cold_start": "When handlers are imported anew: never, or each_test (default: never)",
    "aws_account": "AWS account of events and contexts (default: 123456789012)",
    "aws_region": "AWS region of events, contexts and applications (default: us-east-1, or what serverless.yml says)",
    "environment": "Environment of samconfig.toml, or stage of serverless.yml, whose values the templates get",
    "permissions": "Calls that a function's role does not allow: off, report, or enforce (default: off)",
}

_LISTS = {
    "env": "Environment variables of the functions, NAME=VALUE a line",
    "templates": "Templates of the applications under test, as globs below rootdir (default: the nearest above a test)",
    "parameters": "Values of the templates' parameters, NAME=VALUE a line",
    "imports": "What comes from elsewhere, NAME=VALUE a line: exports, ssm:/name, secretsmanager:id, cf:stack.x",
    "network": "Hosts that tests with mocked backends may reach nevertheless, as patterns",
}

_CHOICES = {"cold_start": ("never", "each_test"), "permissions": ("off", "report", "enforce")}

MARKER_LINE = (
    "serverless(*, env=None, cold=None, seed=None, now=None, template=None, parameters=None, permissions=None, "
    "endpoint=None): "
    "settings of pytest-serverless-toolkit for these tests. env: environment variables of the functions; "
    "cold: import handlers anew in each test; template: path from the test's folder; "
    "endpoint: URL of an emulator, or aws, where the application is deployed and nothing is mocked; "
    "the others as the settings of these names."
)


def declare(parser: pytest.Parser) -> None:
    """Declare every setting as a flag and an ini key."""
    group = parser.getgroup("serverless", "serverless functions")
    for name, text in _HELP.items():
        flag = f"--serverless-{name.replace('_', '-')}"
        group.addoption(flag, dest=f"serverless_{name}", default=None, choices=_CHOICES.get(name), help=text)
        parser.addini(f"serverless_{name}", text, default=None)
    for name, text in _LISTS.items():
        parser.addini(f"serverless_{name}", text, type="linelist", default=[])


def read(config: pytest.Config, name: str, default: str) -> str:
    """Return a setting: the flag, else the ini key, else the default."""
    for value in (config.getoption(f"serverless_{name}"), config.getini(f"serverless_{name}")):
        if value:
            text = str(value)
            if text not in _CHOICES.get(name, (text,)):
                raise pytest.UsageError(f"serverless_{name} is {' or '.join(_CHOICES[name])}, not {text!r}.")
            return text
    return default


def summary(config: pytest.Config) -> list[str]:
    """Return the lines to be said at the end of the run, each once; nothing where no application was used."""
    stacks = sys.modules.get("pytest_serverless.plugin.stacks")
    own = stacks.findings(config) if stacks is not None else []
    return list(dict.fromkeys([*own, *config.stash.get(ELSEWHERE, [])]))
