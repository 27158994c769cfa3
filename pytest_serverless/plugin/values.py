"""What the settings and the marker of a test come to. PYTEST_DONT_REWRITE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import pytest

__all__ = ["Marker", "instant", "marker_of", "pairs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What `@pytest.mark.serverless` says of a test; None where it says nothing."""

    env: Mapping[str, str] | None = None
    cold: bool | None = None
    seed: int | None = None
    now: str | None = None
    template: str | None = None
    parameters: Mapping[str, Any] | None = None
    permissions: str | None = None
    endpoint: str | None = None


def pairs(config: pytest.Config, name: str) -> dict[str, str]:
    """Return what an ini key of NAME=VALUE lines says."""
    found = {}
    for line in config.getini(f"serverless_{name}"):
        key, separator, value = line.partition("=")
        if not separator or not key.strip():
            raise pytest.UsageError(f"serverless_{name} takes lines such as TABLE=orders, not {line!r}.")
        found[key.strip()] = value.strip()
    return found


def instant(text: str) -> float:
    """Return the seconds since the epoch of an ISO 8601 time; UTC where it names no zone."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise pytest.UsageError(f"serverless_now is a time such as 2026-11-23T10:00:00Z, not {text!r}.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


def marker_of(node: pytest.Item) -> Marker:
    """Merge the test's markers: the closest says, and `env` adds up."""
    merged: dict[str, Any] = {}
    env: dict[str, str] = {}
    for marker in reversed(list(node.iter_markers("serverless"))):
        unknown = marker.kwargs.keys() - set(Marker.__slots__)
        if marker.args or unknown:
            what = f"the unknown keyword {min(unknown)!r}" if unknown else "a positional argument"
            raise pytest.UsageError(
                f"{node.nodeid}: @pytest.mark.serverless was given {what}; it takes {', '.join(Marker.__slots__)}."
            )
        merged |= marker.kwargs
        env |= marker.kwargs.get("env") or {}
    return Marker(**merged | {"env": env})
