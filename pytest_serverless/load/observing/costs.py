"""What was invoked costs, and what the asking cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from pytest_serverless.errors import InvalidParameterError
from pytest_serverless.load.evidence import Log
from pytest_serverless.load.observing.observed import Queried
from pytest_serverless.load.observing.places import Place
from pytest_serverless.pricing import Rates, Usage, bill_of_run

__all__ = ["bill_of", "price_of_asking"]

_GB: Final = Decimal(10**9)
_AHEAD: Final = "provisioned-concurrency"


def bill_of(log: Log, places: Iterable[Place] = (), region: str | None = None) -> tuple[Mapping[str, Any] | None, str]:
    """Return the bill of what Lambda's reports say was billed, and a note, "" mostly; None where there are none."""
    known = {each.function: each for each in places}
    sums: dict[tuple[str, int, bool], list[int]] = {}
    for each in log.invocations:
        evidence = each.evidence
        if evidence is not None and evidence.billed_ms is not None and evidence.memory_mb:
            row = sums.setdefault((each.function, evidence.memory_mb, evidence.init_type == _AHEAD), [0, 0])
            row[0] += 1
            row[1] += evidence.billed_ms
    if not sums:
        return None, "What it cost is not known: no log line says what was billed." if log.invocations else ""
    rates, note = _rates("aws.lambda", region)
    if any(ahead for *_, ahead in sums):
        note = f"Keeping provisioned concurrency ready is not in the bill, only what it served. {note}".strip()
    usages = [
        _usage(known.get(name), memory_mb, count, billed_ms, ahead=ahead)
        for (name, memory_mb, ahead), (count, billed_ms) in sorted(sums.items())
    ]
    return bill_of_run(usages, rates=rates).as_json(), note


def _usage(place: Place | None, memory_mb: int, count: int, billed_ms: int, *, ahead: bool) -> Usage:
    size = Usage(
        memory_mb=memory_mb,
        architecture="arm" if place and place.architecture == "arm64" else "x86",
        storage_mb=(place and place.storage_mb) or 512,
    )
    requests, billed = Decimal(count), Decimal(billed_ms)
    if ahead:
        return replace(size, provisioned_requests=requests, provisioned_billed_ms=billed)
    return replace(size, requests=requests, billed_ms=billed)


def _rates(plan: str, region: str | None) -> tuple[Rates, str]:
    try:
        return Rates.load(plan, region), ""
    except InvalidParameterError:
        rates = Rates.load(plan)
        return rates, f"There are no rates of {plan} for {region}: it is priced by those of {rates.region}."


def price_of_asking(bytes_scanned: float, metrics: int, region: str | None = None) -> Queried:
    """Return what queries that read so many bytes cost, and so many metrics; free tiers are not taken off."""
    rates, _ = _rates("aws.cloudwatch", region)
    scanned, asked = rates.rate("logs.scanned"), rates.rate("metrics.asked")
    amount = Decimal(str(bytes_scanned)) / _GB * scanned.first + metrics * asked.first
    return Queried(
        bytes_scanned=bytes_scanned,
        metrics=metrics,
        amount=f"{amount.quantize(Decimal('0.000001')):f}",
        currency=rates.currency,
        source=f"{scanned.source.what}, {rates.region}, {scanned.source.as_of}: {scanned.source.url}",
    )
