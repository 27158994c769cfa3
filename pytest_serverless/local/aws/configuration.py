"""What the process of the mocked services is started with, on its standard input."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Configuration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A template, and who runs its functions.

    `choices` are the values that `templates.load` takes, the account among them. `platform` is the URL of the server
    that invokes functions. With `skip_idle` waits pass at once while nothing is in flight. `most_deliveries` is how
    many invocations may be under way at once that a service caused, `expiry_s` how often items past their time to live
    are deleted; `network` are the hosts that subscriptions may post to, as patterns of `NetworkGuard`.
    """

    template: Path
    platform: str
    choices: Mapping[str, Any] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 0
    skip_idle: bool = False
    most_deliveries: int = 500
    expiry_s: float = 60.0
    network: Sequence[str] = ()

    def encode(self) -> bytes:
        """Return it as a line of JSON."""
        return json.dumps({**asdict(self), "template": str(self.template)}).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Configuration:
        """Read what `encode` returned."""
        given = json.loads(line)
        return cls(**{**given, "template": Path(given["template"]), "network": tuple(given["network"])})

    @property
    def account(self) -> str:
        """The account that the services answer for."""
        return str(self.choices.get("account") or "123456789012")
