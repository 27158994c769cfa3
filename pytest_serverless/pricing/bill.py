"""The bill: lines with their quantities and rates, and the steps that led to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pytest_serverless.pricing.amounts import money, plain
from pytest_serverless.pricing.rates import Free, Rate, Rates
from pytest_serverless.pricing.usage import Charge

__all__ = ["Bill", "Line", "make_bill"]

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """So much of something at a rate. `credit` is what a free tier, were it unused so far, takes off the amount."""

    what: str
    quantity: Decimal
    unit: str
    rate: Decimal
    meter: str
    credit: Decimal = _ZERO
    verified: bool = True

    @property
    def amount(self) -> Decimal:
        """What it costs at the list's price."""
        return self.quantity * self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What something costs, in dollars, and why.

    `total` is without the free tier, `total_with_free_tier` with all of it, if nothing else in the account used any.
    `steps` tell how the quantities came about, `notes` what to know about them, `sources` where the rates are from.
    """

    title: str
    plan: str
    region: str
    currency: str
    lines: Sequence[Line]
    steps: Sequence[str] = ()
    notes: Sequence[str] = ()
    sources: Sequence[str] = ()

    @property
    def total(self) -> Decimal:
        """The list's price of all lines."""
        return sum((line.amount for line in self.lines), _ZERO)

    @property
    def credit(self) -> Decimal:
        """What the free tier takes off."""
        return sum((line.credit for line in self.lines), _ZERO)

    @property
    def total_with_free_tier(self) -> Decimal:
        """What is left to pay."""
        return self.total - self.credit

    def quantity(self, meter: str) -> Decimal:
        """Return how much there is on a meter in all."""
        return sum((line.quantity for line in self.lines if line.meter == meter), _ZERO)

    def explain(self, *, free_tier: bool = False) -> str:
        """Return the steps, the lines as a table, and where the rates are from."""
        below = [] if all(line.verified for line in self.lines) else ["* not verified: see its source"]
        if self.credit and not free_tier:
            below.append(f"with all of the monthly free tier: {money(self.total_with_free_tier)}")
        parts = [
            [f"{self.title}, {self.region}"],
            self.steps,
            [*_table(self, free_tier=free_tier), *below],
            self.notes,
            [f"rates: {source}" for source in self.sources],
        ]
        return "\n\n".join("\n".join(part) for part in parts if part)

    def as_json(self) -> dict[str, Any]:
        """Return the bill as JSON values: amounts as text, exact in the lines, to the cent in the totals."""
        return {
            "plan": self.plan,
            "region": self.region,
            "currency": self.currency,
            "lines": [_line_json(line) for line in self.lines],
            "total": _cents(self.total),
            "free_tier": _cents(self.credit),
            "total_with_free_tier": _cents(self.total_with_free_tier),
            "steps": list(self.steps),
            "notes": list(self.notes),
            "sources": list(self.sources),
        }


def make_bill(title: str, rates: Rates, charges: Iterable[Charge], steps: Sequence[str], notes: Sequence[str]) -> Bill:
    """Put prices on charges: those of one meter together, in its tiers, less what is free on it."""
    kept = [charge for charge in charges if charge.quantity]
    pools = {meter: pool for free in rates.free for pool in [_Pool(free)] for meter in free.meters}
    used: dict[str, Decimal] = {}
    lines: list[Line] = []
    for what, meter, covered, quantity in _together(kept):
        rate = rates.rate(meter)
        pool = pools.get(meter) if covered else None
        lines += _lines(what, rate, quantity, used.get(meter, _ZERO), pool)
        used[meter] = used.get(meter, _ZERO) + quantity
    return Bill(
        title=title,
        plan=rates.plan,
        region=rates.region,
        currency=rates.currency,
        lines=lines,
        steps=[*steps, *(charge.step for charge in kept if charge.step)],
        notes=notes,
        sources=_sources(rates, {line.meter for line in lines}),
    )


class _Pool:
    """What is left of what is free on some meters."""

    __slots__ = ("credit_rate", "left")

    def __init__(self, free: Free) -> None:
        self.credit_rate = free.credit_rate
        self.left = free.quantity

    def draw(self, quantity: Decimal, rate: Decimal) -> Decimal:
        """Take what covers a quantity at a rate; return what it is worth."""
        if self.credit_rate is None:
            units = min(quantity, self.left)
            self.left -= units
            return units * rate
        credit = min(quantity * rate, self.left * self.credit_rate)
        self.left -= credit / self.credit_rate
        return credit


def _lines(what: str, rate: Rate, quantity: Decimal, after: Decimal, pool: _Pool | None) -> Iterator[Line]:
    """Yield a line for each tier that a quantity reaches."""
    for part, price in rate.split(quantity, after):
        yield Line(
            what=what,
            quantity=part,
            unit=rate.unit,
            rate=price,
            meter=rate.meter,
            credit=pool.draw(part, price) if pool else _ZERO,
            verified=rate.source.verified,
        )


def _together(charges: Iterable[Charge]) -> list[tuple[str, str, bool, Decimal]]:
    sums: dict[tuple[str, str, bool], Decimal] = {}
    for charge in charges:
        key = (charge.what, charge.meter, charge.free)
        sums[key] = sums.get(key, _ZERO) + charge.quantity
    return [(*key, quantity) for key, quantity in sums.items()]


def _sources(rates: Rates, meters: set[str]) -> list[str]:
    named: Mapping[str, None] = dict.fromkeys(
        f"{source.what}{f', {source.as_of}' if source.as_of else ''}, {source.url}"
        + ("" if source.verified else " (not verified)")
        for meter in sorted(meters)
        for source in [rates.rate(meter).source]
    )
    return list(named)


def _table(bill: Bill, *, free_tier: bool) -> list[str]:
    head = ["", "quantity", "unit", "rate", "amount"]
    rows = [
        [line.what, _quantity(line), line.unit, _price(line), money(line.amount), *_paid(line.amount, line.credit)]
        for line in bill.lines
    ]
    total = ["total", "", "", "", money(bill.total), *_paid(bill.total, bill.credit)]
    columns = 7 if free_tier else 5
    table = [row[:columns] for row in ([*head, "free tier", "to pay"], *rows, total)]
    widths = [max(len(row[column]) for row in table) for column in range(columns)]
    texts = {0, 2}
    return [
        "  ".join(
            f"{cell:<{width}}" if column in texts else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


def _quantity(line: Line) -> str:
    return plain(line.quantity, 3 if line.unit.endswith("-s") else 0)


def _price(line: Line) -> str:
    return f"${line.rate.normalize():f}{'' if line.verified else '*'}"


def _paid(amount: Decimal, credit: Decimal) -> list[str]:
    return [money(-credit), money(amount - credit)]


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "what": line.what,
        "meter": line.meter,
        "quantity": _exact(line.quantity),
        "unit": line.unit,
        "rate": _exact(line.rate),
        "amount": _exact(line.amount),
        "free_tier": _exact(line.credit),
        "verified": line.verified,
    }


def _exact(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _cents(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.01'), ROUND_HALF_UP):f}"
