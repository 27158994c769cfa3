"""What only Google Cloud knows of a function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["GcpSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GcpSettings:
    """Where a function runs, and how it is called.

    `signature` is what the deployment says (`--signature-type`); a decorator of `functions_framework` overrules it, and
    without either it follows from the event.
    """

    project: str = "test-project"
    revision: str = "00001-abc"
    signature: Literal["http", "cloudevent"] | None = None
