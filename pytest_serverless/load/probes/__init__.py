"""The probe: one file to be copied beside a function, that lets its answers tell which instance gave them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pytest_serverless.errors import UnknownNameError

__all__ = ["FILES", "probe_file"]

FILES: Mapping[str, str] = {"nodejs": "serverless_probe.cjs", "python": "serverless_probe.py"}
"""The probe's file by language."""


def probe_file(language: str) -> Path:
    """Return the probe for a language; raises `UnknownNameError` where there is none."""
    if language not in FILES:
        raise UnknownNameError("probe for the language", language, FILES)
    return Path(__file__).with_name(FILES[language])
