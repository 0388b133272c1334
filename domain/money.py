"""Money and quantities: decimals only, in the contract's currency, to the cent (B-07)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator

CENT = Decimal("0.01")
LARGEST = Decimal("999999999999.99")


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
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            raise ValueError("not a number") from None
    else:
        raise ValueError("a decimal number is needed")
    if number is not None and (not number.is_finite() or number.copy_abs() > LARGEST):
        raise ValueError("not a usable amount")
    return number


Amount = Annotated[Decimal, BeforeValidator(_decimal)]


def shown(amount: Decimal) -> str:
    """An amount as people read it: 1,234.50."""
    return f"{amount:,.2f}" if is_whole_cents(amount) else f"{amount.normalize():,f}"
