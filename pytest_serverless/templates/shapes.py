"""What stands where a mapping, a list or text is expected: nothing, where it is something else.

CloudFormation's schemas judge every property of every type; here only those are judged that something is made of.
"""

from __future__ import annotations

from typing import Any

__all__ = ["listing", "mapping", "mappings", "text"]


def mapping(value: Any) -> dict[str, Any]:
    """Return a mapping as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def listing(value: Any) -> list[Any]:
    """Return a list as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []


def mappings(value: Any) -> list[dict[str, Any]]:
    """Return the mappings in a list."""
    return [item for item in listing(value) if isinstance(item, dict)]


def text(value: Any) -> str:
    """Return text as it is, and none for anything else."""
    return value if isinstance(value, str) else ""
