"""Numbers of bills: read exactly, and written as people read them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TypeAlias

from pytest_serverless.errors import InvalidParameterError, shorten

__all__ = ["Number", "exact", "money", "plain"]

Number: TypeAlias = int | float | str | Decimal

_CENT = Decimal("0.01")


def exact(value: Number, what: str = "The number") -> Decimal:
    """Return a number as it is written: 0.1 is a tenth. Raises InvalidParameterError for what is none, or negative."""
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        raise InvalidParameterError(f"{what} is a number, not {shorten(value)}.") from None
    if isinstance(value, bool) or not number.is_finite() or number < 0:
        raise InvalidParameterError(f"{what} is a number, 0 or more, not {shorten(value)}.")
    return number


def money(amount: Decimal) -> str:
    """Write an amount of dollars to the cent; less than a cent to two digits."""
    sign, size = "-" if amount < 0 else "", abs(amount)
    if not size or size >= _CENT:
        return f"{sign}${size.quantize(_CENT, ROUND_HALF_UP):,}"
    return f"{sign}${size.quantize(Decimal(1).scaleb(size.adjusted() - 1), ROUND_HALF_UP):f}"


def plain(number: Decimal, places: int = 3) -> str:
    """Write a number in full, with commas, to so many places and without zeros at its end."""
    text = f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}" if _is_long(number, places) else None
    text = text or f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _is_long(number: Decimal, places: int) -> bool:
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and -exponent > places
