"""Money on lines: rounding to cents, and the amount of a line that is priced by units (procore-api §6).

All arithmetic is Decimal; amounts are rounded half up to cents, which is assumed.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from sandbox.procore.values import Record, decimal_text

_CENT = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    """An amount rounded to cents."""
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)


def money_text(value: Decimal) -> str:
    """An amount, rounded to cents, as v1 replies show it."""
    return decimal_text(cents(value))


def number(row: Record, name: str) -> Decimal:
    """A number that a record keeps as text; nothing counts as zero."""
    return Decimal(row.get(name) or 0)


def total(rows: Iterable[Record], name: str) -> Decimal:
    """The sum of a field."""
    return sum((number(row, name) for row in rows), Decimal(0))


def percent(part: Decimal, of: Decimal) -> str:
    """How many percent one amount is of another, with two decimals; of nothing it is "0.0"."""
    return money_text(part * 100 / of) if of else "0.0"


def extended(row: Record) -> Record:
    """A line with its amount: quantity × unit cost when it is calculated, which it is when only the factors were given."""
    row = dict(row)
    if row["extended_type"] is None:
        by_units = row["quantity"] and row["unit_cost"] and row["amount"] is None
        row["extended_type"] = "calculated" if by_units else "manual"
    if row["extended_type"] == "calculated":
        row["amount"] = money_text(number(row, "quantity") * number(row, "unit_cost"))
    return {**row, **{name: row[name] or "0.0" for name in ("amount", "quantity", "unit_cost")}}
