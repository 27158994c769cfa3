"""What a function used: the sums that a bill is made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.pricing.amounts import Number, exact

__all__ = ["Architecture", "Charge", "Gateway", "Increments", "Usage"]

Architecture = Literal["x86", "arm"]
Gateway = Literal["rest", "http"]

_SUMS = ("requests", "billed_ms", "provisioned_requests", "provisioned_billed_ms", "provisioned_s")
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Increments:
    """How a duration is rounded up before it is billed: to steps of so many ms, and to a least duration."""

    step_ms: int
    minimum_ms: int

    def billed_ms(self, duration_ms: Number) -> Decimal:
        """Return what is billed for one request of that duration."""
        steps = (exact(duration_ms, "A duration") / self.step_ms).to_integral_value(ROUND_CEILING)
        return max(steps * self.step_ms, Decimal(self.minimum_ms))


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a function of one size used: sums, of a run or of a month.

    `memory_mb` is what it is set to, and what it used on Azure's Consumption plan. `billed_ms` is the sum over its
    requests, each rounded up as its plan does it (`Plan.increments`), init included where that is billed; a `REPORT`
    line tells it. `provisioned_*` is what instances that are kept ready served, and is not in `requests` and
    `billed_ms`: provisioned concurrency, always ready instances (Flex), minimum instances (Google); `provisioned_s` is
    for how long they were kept, each one's seconds added up. `vcpu` is of Cloud Run alone: None is what it gives to a
    function of that memory. `storage_mb` is Lambda's ephemeral storage.
    """

    memory_mb: int
    requests: Decimal = _ZERO
    billed_ms: Decimal = _ZERO
    provisioned_requests: Decimal = _ZERO
    provisioned_billed_ms: Decimal = _ZERO
    provisioned_s: Decimal = _ZERO
    architecture: Architecture = "x86"
    storage_mb: int = 512
    vcpu: Decimal | None = None
    gateway: Gateway | None = None

    def __post_init__(self) -> None:
        for name in _SUMS:
            object.__setattr__(self, name, exact(getattr(self, name), f"Usage.{name}"))
        if self.vcpu is not None:
            object.__setattr__(self, "vcpu", exact(self.vcpu, "Usage.vcpu"))
        if self.memory_mb <= 0:
            raise InvalidParameterError(f"Usage.memory_mb is a number of MB over 0, not {self.memory_mb}.")

    def merge(self, other: Usage) -> Usage:
        """Return both together; they must be of the same size and kind."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in _SUMS}
        merged = dataclasses.replace(self, **sums)
        if merged != dataclasses.replace(other, **sums):
            raise InvalidParameterError(
                f"Usages of different sizes cannot be merged: {self!r} and {other!r}. Bill both: bill_of_run([a, b])."
            )
        return merged

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values; sums are text, with every digit."""
        values = dataclasses.asdict(self)
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Usage:
        """Return what `as_json` was made of."""
        return Usage(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A quantity on a meter. `step` tells how it came about; `free` whether a free tier may cover it."""

    what: str
    meter: str
    quantity: Decimal
    step: str = ""
    free: bool = True
