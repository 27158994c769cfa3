"""What AWS Lambda charges for: requests, GB-seconds, provisioned concurrency, ephemeral storage, and API Gateway.

By https://aws.amazon.com/lambda/pricing/ (2026-09-20). The free tier covers requests and duration on demand alone: none
of what provisioned concurrency serves, as both of that page's examples reckon it. Not counted: SnapStart, streamed
bytes, durable functions, and the 12 months of free calls of API Gateway that new accounts have.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.pricing.amounts import plain
from pytest_serverless.pricing.usage import Charge, Usage

__all__ = ["charges"]

_STORAGE_INCLUDED_MB = 512
_MOST_MB = 10_240


def charges(usage: Usage, mb_per_gb: int = 1024) -> Iterator[Charge]:
    """Yield what is charged for a function's usage; another size of a GB shows what a mistake in units makes."""
    _check(usage)
    mb, kind = usage.memory_mb, usage.architecture
    if kind not in ("x86", "arm"):
        raise InvalidParameterError(f"The architecture is x86 or arm, not {kind!r}.")
    yield Charge(what="requests", meter="requests", quantity=usage.requests)
    yield _duration(f"duration ({kind})", f"{kind}.duration", usage.billed_ms, mb, mb_per_gb, free=True)
    yield Charge(what="requests, provisioned", meter="requests", quantity=usage.provisioned_requests, free=False)
    what = f"duration, provisioned ({kind})"
    yield _duration(what, f"{kind}.provisioned_duration", usage.provisioned_billed_ms, mb, mb_per_gb, free=False)
    kept = _gb_seconds(usage.provisioned_s * 1000, mb, mb_per_gb)
    yield Charge(
        what=f"provisioned concurrency ({kind})",
        meter=f"{kind}.provisioned",
        quantity=kept,
        step=f"{plain(usage.provisioned_s)} s provisioned × {mb:,} MB ÷ {mb_per_gb:,} = {plain(kept)} GB-s",
        free=False,
    )
    yield from _others(usage, mb_per_gb)


def _gb_seconds(ms: Decimal, mb: int, mb_per_gb: int) -> Decimal:
    return ms * mb / (1000 * mb_per_gb)


def _duration(what: str, meter: str, ms: Decimal, mb: int, mb_per_gb: int, *, free: bool) -> Charge:
    quantity = _gb_seconds(ms, mb, mb_per_gb)
    step = f"{plain(ms, 0)} ms billed × {mb:,} MB ÷ {1000 * mb_per_gb:,} = {plain(quantity)} GB-s"
    return Charge(what=what, meter=meter, quantity=quantity, step=step, free=free)


def _others(usage: Usage, mb_per_gb: int) -> Iterator[Charge]:
    beyond = usage.storage_mb - _STORAGE_INCLUDED_MB
    ms = usage.billed_ms + usage.provisioned_billed_ms
    storage = _gb_seconds(ms, beyond, mb_per_gb)
    step = (
        f"{plain(ms, 0)} ms billed × {beyond:,} MB of storage over 512 ÷ {1000 * mb_per_gb:,} = {plain(storage)} GB-s"
    )
    yield Charge(what="ephemeral storage", meter="storage", quantity=storage, step=step)
    if usage.gateway is not None:
        requests = usage.requests + usage.provisioned_requests
        what = f"API Gateway ({usage.gateway.upper()} API)"
        yield Charge(what=what, meter=f"gateway.{usage.gateway}", quantity=requests)


def _check(usage: Usage) -> None:
    if not 128 <= usage.memory_mb <= _MOST_MB:
        raise InvalidParameterError(f"Lambda's memory is 128 to 10,240 MB, not {usage.memory_mb:,}.")
    if not _STORAGE_INCLUDED_MB <= usage.storage_mb <= _MOST_MB:
        raise InvalidParameterError(f"Lambda's ephemeral storage is 512 to 10,240 MB, not {usage.storage_mb:,}.")
