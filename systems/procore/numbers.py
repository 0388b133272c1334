"""Numbers in Procore's answers: v1 writes money and quantities as texts, v2 ids too; both end as one type here."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from systems.procore.errors import unreadable

_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


def whole(value: Any, name: str, what: str) -> int:
    """A whole number, written as one or as a text. Raises Refused (procore_unreadable)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 19:
        return int(value)
    raise unreadable(f"{name} isn't a whole number", what)


def whole_or_none(value: Any, name: str, what: str) -> int | None:
    """The same, where Procore may have none."""
    return None if value in (None, "") else whole(value, name, what)


def amount(value: Any, name: str, what: str) -> Decimal:
    """Money or a quantity. Raises Refused (procore_unreadable)."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    raise unreadable(f"{name} isn't a number", what)


def amount_or_none(value: Any, name: str, what: str) -> Decimal | None:
    """The same, where Procore may have none."""
    return None if value in (None, "") else amount(value, name, what)
