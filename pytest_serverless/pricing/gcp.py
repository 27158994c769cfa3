"""What Google charges for functions: on Cloud Run by vCPU and memory, in the 1st generation by GHz and memory.

By https://cloud.google.com/run/pricing (2025-08-19; request-based billing, which functions have) and
https://cloud.google.com/functions/pricing-1stgen. Their GiB, and the 1st generation's GB, have 1,024 MB.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.pricing.amounts import plain
from pytest_serverless.pricing.usage import Charge, Usage

__all__ = ["GHZ", "VCPU", "functions_charges", "run_charges"]

VCPU: Final[Mapping[int, Decimal]] = {
    128: Decimal("0.083"),
    256: Decimal("0.167"),
    512: Decimal("0.333"),
    1024: Decimal("0.583"),
    2048: Decimal(1),
    4096: Decimal(2),
    8192: Decimal(2),
    16384: Decimal(4),
    32768: Decimal(8),
}
"""The vCPU that a function gets with so many MiB unless it asks for others
(https://cloud.google.com/functions/docs/configuring/memory, 2025-09-04)."""

GHZ: Final[Mapping[int, Decimal]] = {
    128: Decimal("0.2"),
    256: Decimal("0.4"),
    512: Decimal("0.8"),
    1024: Decimal("1.4"),
    2048: Decimal("2.4"),
    4096: Decimal("4.8"),
    8192: Decimal("4.8"),
}
"""The GHz that a function of the 1st generation is charged with so many MB."""

_ZERO = Decimal(0)


def run_charges(usage: Usage, mb_per_gb: int = 1024) -> Iterator[Charge]:
    """Yield what is charged on Cloud Run; minimum instances cost less while they serve nothing."""
    if usage.vcpu is None and usage.memory_mb not in VCPU:
        raise InvalidParameterError(
            f"How many vCPU go with {usage.memory_mb:,} MB is not known: name them (--vcpu, Usage.vcpu), or a memory "
            f"of {', '.join(f'{size:,}' for size in VCPU)}."
        )
    vcpu = VCPU[usage.memory_mb] if usage.vcpu is None else usage.vcpu
    active, idle = _active_and_idle_s(usage)
    yield Charge(what="requests", meter="requests", quantity=usage.requests + usage.provisioned_requests)
    yield _seconds("CPU", "cpu", active, vcpu, "vCPU", "vCPU-s")
    yield _memory("memory", "memory", active, usage.memory_mb, mb_per_gb, "GiB-s")
    yield _seconds("CPU, idle", "idle_cpu", idle, vcpu, "vCPU", "vCPU-s")
    yield _memory("memory, idle", "idle_memory", idle, usage.memory_mb, mb_per_gb, "GiB-s")


def functions_charges(usage: Usage, mb_per_gb: int = 1024) -> Iterator[Charge]:
    """Yield what is charged in the 1st generation; of minimum instances that serve nothing the CPU costs less."""
    if usage.memory_mb not in GHZ:
        raise InvalidParameterError(
            f"A function of the 1st generation has {', '.join(f'{size:,}' for size in GHZ)} MB, not "
            f"{usage.memory_mb:,}."
        )
    ghz = GHZ[usage.memory_mb]
    active, idle = _active_and_idle_s(usage)
    yield Charge(what="invocations", meter="invocations", quantity=usage.requests + usage.provisioned_requests)
    yield _seconds("CPU", "cpu", active, ghz, "GHz", "GHz-s")
    yield _memory("memory", "memory", active + idle, usage.memory_mb, mb_per_gb, "GB-s")
    yield _seconds("CPU, idle", "idle_cpu", idle, ghz, "GHz", "GHz-s")


def _active_and_idle_s(usage: Usage) -> tuple[Decimal, Decimal]:
    kept = usage.provisioned_billed_ms / 1000
    return usage.billed_ms / 1000 + kept, max(usage.provisioned_s - kept, _ZERO)


def _seconds(what: str, meter: str, seconds: Decimal, size: Decimal, of: str, unit: str) -> Charge:
    quantity = seconds * size
    step = f"{plain(seconds)} s × {plain(size)} {of} = {plain(quantity)} {unit}{_idle(meter)}"
    return Charge(what=what, meter=meter, quantity=quantity, step=step)


def _memory(what: str, meter: str, seconds: Decimal, mb: int, mb_per_gb: int, unit: str) -> Charge:
    quantity = seconds * mb / mb_per_gb
    step = f"{plain(seconds)} s × {mb:,} MB ÷ {mb_per_gb:,} = {plain(quantity)} {unit}{_idle(meter)}"
    return Charge(what=what, meter=meter, quantity=quantity, step=step)


def _idle(meter: str) -> str:
    return " idle" if meter.startswith("idle") else ""
