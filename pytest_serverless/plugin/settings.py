"""What a suite can set: each setting as a flag, an ini key, and a fixture to override. PYTEST_DONT_REWRITE.

This much is loaded in every run; `values.py` reads what they hold.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

__all__ = ["BASELINE", "MARKER_LINE", "ORIGIN", "declare", "read"]

BASELINE: Mapping[str, str] = dict(os.environ)
"""The environment before the suite's own code ran."""

ORIGIN: pytest.StashKey[str] = pytest.StashKey()
"""How to get a test's events again, for its failure report; set where a test used any."""

_HELP = {
    "seed": "Seed of the ids in events; each test has its own source, made of this and the test's name (default: 0)",
    "now": "Time at which every test starts, as ISO 8601 (2026-11-23T10:00:00Z); events are then the same to the byte",
    "cold_start": "When handlers are imported anew: never, or each_test (default: never)",
    "aws_account": "AWS account of events and contexts (default: 123456789012)",
    "aws_region": "AWS region of events and contexts (default: us-east-1)",
}

_CHOICES = {"cold_start": ("never", "each_test")}

MARKER_LINE = (
    "serverless(*, env=None, cold=None, seed=None, now=None): settings of pytest-serverless-toolkit for these tests. "
    "env: environment variables of the functions; cold: import handlers anew in each test; "
    "seed, now: as the settings of these names."
)


def declare(parser: pytest.Parser) -> None:
    """Declare every setting as a flag and an ini key."""
    group = parser.getgroup("serverless", "serverless functions")
    for name, text in _HELP.items():
        flag = f"--serverless-{name.replace('_', '-')}"
        group.addoption(flag, dest=f"serverless_{name}", default=None, choices=_CHOICES.get(name), help=text)
        parser.addini(f"serverless_{name}", text, default=None)
    parser.addini(
        "serverless_env", "Environment variables of the functions, NAME=VALUE a line", type="linelist", default=[]
    )


def read(config: pytest.Config, name: str, default: str) -> str:
    """Return a setting: the flag, else the ini key, else the default."""
    for value in (config.getoption(f"serverless_{name}"), config.getini(f"serverless_{name}")):
        if value:
            text = str(value)
            if text not in _CHOICES.get(name, (text,)):
                raise pytest.UsageError(f"serverless_{name} is {' or '.join(_CHOICES[name])}, not {text!r}.")
            return text
    return default
