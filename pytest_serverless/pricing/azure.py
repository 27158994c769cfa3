"""What Azure Functions charge for: executions and GB-seconds, on the Consumption and the Flex Consumption plan.

By https://learn.microsoft.com/azure/azure-functions/functions-consumption-costs (2025-10), flex-consumption-plan beside
it and https://azure.microsoft.com/pricing/details/functions/. One GB-second is 1,024,000 MB-milliseconds there too.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.pricing.amounts import plain
from pytest_serverless.pricing.usage import Charge, Usage

__all__ = ["FLEX_SIZES_MB", "consumption_charges", "flex_charges"]

FLEX_SIZES_MB = (512, 2048, 4096)
"""The memory an instance of the Flex Consumption plan may have."""

_BUCKET_MB = 128
_MOST_MB = 1536


def consumption_charges(usage: Usage, mb_per_gb: int = 1024) -> Iterator[Charge]:
    """Yield what is charged on the Consumption plan: for the memory used, rounded up to 128 MB."""
    if usage.memory_mb > _MOST_MB:
        raise InvalidParameterError(
            f"On the Consumption plan a function uses at most 1,536 MB, not {usage.memory_mb:,}."
        )
    if usage.provisioned_s or usage.provisioned_requests:
        raise InvalidParameterError("The Consumption plan keeps no instances ready; azure.flex does.")
    mb = -(-usage.memory_mb // _BUCKET_MB) * _BUCKET_MB
    rounded = f" ({usage.memory_mb} MB rounded up to 128s)" if mb != usage.memory_mb else ""
    yield Charge(what="executions", meter="executions", quantity=usage.requests)
    yield _time("duration", "duration", usage.billed_ms, mb, mb_per_gb, rounded)


def flex_charges(usage: Usage, mb_per_gb: int = 1024) -> Iterator[Charge]:
    """Yield what is charged on the Flex Consumption plan: for an instance's memory while it executes.

    `provisioned_*` is of always ready instances: their baseline is charged for all of their time, as the metric
    `AlwaysReadyUnits` counts it (2025-10; the documents of 2024 had it for their idle time alone). They have no free
    grant. Whether it is the execution or a stretch of activity that lasts 1,000 ms at least, the documents leave open:
    `billed_ms` of a run is best taken from the metric `OnDemandFunctionExecutionUnits`.
    """
    mb = usage.memory_mb
    if mb not in FLEX_SIZES_MB:
        raise InvalidParameterError(f"An instance of the Flex Consumption plan has 512, 2,048 or 4,096 MB, not {mb:,}.")
    yield Charge(what="executions", meter="on_demand.executions", quantity=usage.requests)
    yield _time("duration", "on_demand.duration", usage.billed_ms, mb, mb_per_gb)
    yield Charge(
        what="executions, always ready",
        meter="always_ready.executions",
        quantity=usage.provisioned_requests,
        free=False,
    )
    ready, active = usage.provisioned_s * 1000, usage.provisioned_billed_ms
    yield _time("duration, always ready", "always_ready.duration", active, mb, mb_per_gb)
    yield _time("always ready baseline", "always_ready.baseline", ready, mb, mb_per_gb)


def _time(what: str, meter: str, ms: Decimal, mb: int, mb_per_gb: int, rounded: str = "") -> Charge:
    quantity = ms * mb / (1000 * mb_per_gb)
    step = f"{plain(ms, 0)} ms billed × {mb:,} MB{rounded} ÷ {1000 * mb_per_gb:,} = {plain(quantity)} GB-s"
    return Charge(what=what, meter=meter, quantity=quantity, step=step)
