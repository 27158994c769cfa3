"""Rates as data: dated, with their sources, by region; and one's own, from a file.

A file of one's own is TOML or JSON. It has `meters`, from a meter's name to its rate or to tiers of `[from, rate]`,
in dollars; `source` and `as_of` say where they are from. What it does not name is the region's.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pytest_serverless.errors import InvalidParameterError, near_misses, or_list, shorten
from pytest_serverless.pricing.amounts import Number, exact

__all__ = ["Free", "Rate", "Rates", "Source"]

_OWN = "pass your own in a file: --rates FILE, or Rates.load(…, own=FILE)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a rate is from. `verified`: read in the provider's own page, price list or code."""

    what: str
    url: str
    as_of: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The price of one unit on a meter, in tiers of `(from, rate)`: each is paid for what is beyond its beginning."""

    meter: str
    unit: str
    tiers: Sequence[tuple[Decimal, Decimal]]
    source: Source

    @property
    def first(self) -> Decimal:
        """The rate of the first tier."""
        return self.tiers[0][1]

    def split(self, quantity: Decimal, after: Decimal = Decimal(0)) -> Iterator[tuple[Decimal, Decimal]]:
        """Yield `(quantity, rate)` for each tier that a quantity reaches when `after` has been used already."""
        ends = [start for start, _ in self.tiers[1:]] + [Decimal("Infinity")]
        for (start, rate), end in zip(self.tiers, ends, strict=True):
            within = min(after + quantity, end) - max(after, start)
            if within > 0:
                yield within, rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """What is free each month on some meters together.

    With `credit_rate` it is so much money (Google applies its free tier as a discount at Tier 1 rates in every
    region), without it a quantity at the region's rate.
    """

    meters: Sequence[str]
    quantity: Decimal
    credit_rate: Decimal | None
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The rates of one plan in one region."""

    plan: str
    region: str
    currency: str
    meters: Mapping[str, Rate]
    free: Sequence[Free]

    @staticmethod
    def load(plan: str, region: str | None = None, *, own: Path | str | None = None) -> Rates:
        """Return a plan's rates in a region, its default one where None, with those of a file in their place.

        Raises InvalidParameterError for a region that is not known where a file does not give its rates, and for a file
        that cannot be read.
        """
        data = _data(plan)
        sources = {name: Source(**fields) for name, fields in data["sources"].items()}
        name = region or data["default_region"]
        groups = data["regions"].get(name)
        if groups is None and own is None:
            raise InvalidParameterError(_unknown_region(plan, name, data["regions"]))
        meters = {
            meter: _rate(meter, value, data["units"][meter], sources[group["source"]])
            for group in groups or ()
            for meter, value in group["meters"].items()
        }
        if own is not None:
            meters.update(_own(Path(own), data["units"]))
        free = [
            Free(
                meters=each["meters"],
                quantity=Decimal(each["quantity"]),
                credit_rate=Decimal(each["credit_rate"]) if "credit_rate" in each else None,
                source=sources[each["source"]],
            )
            for each in data["free"]
        ]
        return Rates(plan=plan, region=name, currency=data["currency"], meters=meters, free=free)

    def rate(self, meter: str) -> Rate:
        """Return the rate of a meter; raises InvalidParameterError where there is none."""
        if meter not in self.meters:
            raise InvalidParameterError(
                f"There is no rate of {meter!r} for {self.plan} in {self.region}; there are those of "
                f"{', '.join(self.meters) or 'no meter'}. Look it up and {_OWN}."
            )
        return self.meters[meter]

    @staticmethod
    def regions(plan: str) -> list[str]:
        """Return the regions that there are rates for."""
        return sorted(_data(plan)["regions"])


@lru_cache
def _data(plan: str) -> dict[str, Any]:
    text = files("pytest_serverless.pricing").joinpath(f"rates/{plan}.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


def _unknown_region(plan: str, region: str, known: Mapping[str, Any]) -> str:
    near = near_misses(region, known)
    hint = f" Did you mean {or_list(near)}?" if near else ""
    return (
        f"There are no rates for {plan} in {region!r}.{hint} There are those of {', '.join(sorted(known))}. "
        f"For another region {_OWN}."
    )


def _rate(meter: str, value: Any, unit: str, source: Source) -> Rate:
    pairs: list[tuple[Number, Number]] = value if isinstance(value, list) else [(0, value)]
    try:
        tiers = [(exact(start, meter), exact(rate, meter)) for start, rate in pairs]
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(
            f"The rate of {meter!r} is {shorten(value)}. Write a number of dollars, or tiers: [[0, 0.2], [1000, 0.1]]."
        ) from error
    starts = [start for start, _ in tiers]
    if not starts or starts[0] or starts != sorted(set(starts)):
        raise InvalidParameterError(
            f"The tiers of {meter!r} begin at {', '.join(map(str, starts)) or 'nothing'}. The first begins at 0, the "
            "others where the one before ends."
        )
    return Rate(meter=meter, unit=unit, tiers=tiers, source=source)


def _own(path: Path, units: Mapping[str, str]) -> dict[str, Rate]:
    content = _read(path)
    meters = content.get("meters")
    if not isinstance(meters, dict) or not meters:
        raise InvalidParameterError(f'{path} has no table "meters". It is of: {", ".join(units)}.')
    unknown = [meter for meter in meters if meter not in units]
    if unknown:
        raise InvalidParameterError(
            f"{path} has rates of {or_list(unknown)}, which are no meters of this plan. Its meters are "
            f"{', '.join(units)}; in TOML their names are in quotes."
        )
    source = Source(
        what=str(content.get("source", path.name)), url=str(path), as_of=str(content.get("as_of", "")), verified=True
    )
    return {meter: _rate(meter, value, units[meter], source) for meter, value in meters.items()}


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidParameterError(f"The rates in {path} cannot be read: {error.strerror}.") from None
    toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    read = json.loads if path.suffix == ".json" else toml.loads
    try:
        content = read(text, parse_float=Decimal)
    except ValueError as error:  # of both readers
        raise InvalidParameterError(f"{path} is neither TOML nor, by its name, JSON: {error}.") from None
    if not isinstance(content, dict):
        raise InvalidParameterError(f'{path} holds no table "meters".')
    return content
