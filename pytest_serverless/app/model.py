"""What every provider's applications are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Function"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function as it is deployed.

    `handler` is `module.attribute`; `code` the folder that is its deployment package, where there is one. `settings`
    holds what only its provider knows, as one of the typed records beside this module (`aws.LambdaSettings`, …).
    """

    name: str
    provider: str
    handler: str
    timeout_s: float
    memory_mb: int
    code: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    settings: Any = None
