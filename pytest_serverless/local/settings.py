"""What a local platform is started with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Addresses", "Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A template, and how to run it.

    `choices` are the values of its parameters and the like, as `templates.load` takes them. The Invoke API and the
    control endpoints are at `port`, the HTTP APIs at the ports after it; 0 takes free ones. `limits` overrides limits
    by name. `backends` runs the mocked services as well; `skip_idle` jumps over waits while nothing is in flight;
    `reload` watches the functions' code; `coverage` lets coverage.py measure the sandboxes; `env` is in the environment
    of every function, in place of the template's variables of these names; `node` is the program that runs Node.js
    functions.

    With `simulate`, a service time (`20ms`, `lognormal:median=20ms,sigma=0.4`), no handler is run: functions take that
    long, their init phase `simulate_init`, drawn from `seed`. `simulate_proactive` is the share of sandboxes that are
    started ahead of need, `simulate_idle` how long an idle one is kept (a text of the same kind; None: as the limit
    `idle_s` says), `simulate_stall` when nothing is answered (`every=5s,for=1s,from=5s`).
    """

    template: Path
    choices: Mapping[str, Any] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 0
    limits: Mapping[str, str] = field(default_factory=dict)
    simulate: str | None = None
    simulate_init: str = "150ms"
    simulate_proactive: float = 0.0
    simulate_idle: str | None = None
    simulate_stall: str | None = None
    seed: str = "0"
    backends: bool = True
    skip_idle: bool = False
    reload: bool = True
    coverage: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    node: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a platform that runs is asked: URLs of the Invoke API, of the mocked services and of each HTTP API.

    `functions` has the names of the functions by their ids, `resources` what `Ref` gives of everything, `environment`
    the variables that point a shell, or a test, at the platform.
    """

    invoke: str
    aws: str | None
    apis: Mapping[str, str]
    functions: Mapping[str, str]
    resources: Mapping[str, str]
    environment: Mapping[str, str]
    pid: int

    def as_json(self) -> dict[str, Any]:
        """Return all of it, as a ready file has it."""
        return {
            "invoke": self.invoke,
            "control": f"{self.invoke}/_serverless",
            "aws": self.aws,
            "apis": dict(self.apis),
            "functions": dict(self.functions),
            "resources": dict(self.resources),
            "environment": dict(self.environment),
            "pid": self.pid,
        }
