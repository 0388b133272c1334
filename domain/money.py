"""Money and quantities: decimals only, in the contract's currency, to the cent (B-07)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

CENT = Decimal("0.01")
LARGEST = Decimal("999999999999.99")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,7})?")


def cents(amount: Decimal) -> Decimal:
    """Rounded half up to the cent, as CMiC computes a unit line (cmic-api §4.4)."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def is_whole_cents(amount: Decimal) -> bool:
    return amount == cents(amount)


def _decimal(value: Any) -> Any:
    """Procore's v1 money travels as text ("250.0"), elsewhere as a number (procore-api §2). Floats never come in: a
    JSON number is parsed as a decimal by the client. Not-a-number and infinity are refused here, at the door."""
    if value is None or isinstance(value, Decimal):
        number = value
    elif isinstance(value, bool):
        raise ValueError("a number is needed")
    elif isinstance(value, str | int):
        text = str(value).strip()
        if not _NUMBER.fullmatch(text):
            raise ValueError("not a number")
        number = Decimal(text)
    else:
        raise ValueError("a decimal number is needed")
    if number is not None and (not number.is_finite() or number.copy_abs() > LARGEST):
        raise ValueError("not a usable amount")
    return number


def amount_of(value: Any) -> Decimal:
    """A foreign amount, nothing counting as zero. Raises ValueError for what is none."""
    number = _decimal(None if value == "" else value)
    return number if isinstance(number, Decimal) else Decimal(0)


def _plain(number: Decimal) -> str:
    """One text for one number, however Procore wrote it: approvals are bound to texts."""
    return format(number.quantize(CENT) if is_whole_cents(number) else number.normalize(), "f")


Amount = Annotated[Decimal, BeforeValidator(_decimal), PlainSerializer(_plain, when_used="json")]


def shown(amount: Decimal) -> str:
    """An amount as people read it: 1,234.50."""
    return f"{amount:,.2f}" if is_whole_cents(amount) else f"{amount.normalize():,f}"


def spread(parts: list[Decimal]) -> list[Decimal]:
    """Amounts in whole cents that add up to the sum of the parts, rounded half up. Each part is rounded by itself; the residual
    goes to the largest of them, the first among equals (B-07)."""
    rounded = [cents(part) for part in parts]
    if not rounded:
        return []
    largest = max(range(len(parts)), key=lambda n: (abs(parts[n]), -n))
    rounded[largest] += cents(sum(parts, Decimal(0))) - sum(rounded, Decimal(0))
    return rounded
