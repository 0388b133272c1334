"""JSON as the connector reads and writes it: numbers with a fraction are decimals, never floats.

Procore's v1 bodies carry money and quantities as texts ("250.0"), so decimals are written as texts (procore-api §2).
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


class UnreadableJson(ValueError):
    """A text that is no JSON, or JSON with a number that can't be one."""


def load(body: bytes) -> Any:
    """Parse a body. Raises UnreadableJson for anything that json, the decimals or the stack can't take."""
    try:
        return json.loads(body, parse_float=_decimal, parse_constant=_no_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise UnreadableJson(type(error).__name__) from None


def dump(body: Any) -> bytes:
    """Write a body: decimals as plain texts, dates as YYYY-MM-DD, moments in UTC as YYYY-MM-DDTHH:MM:SSZ."""
    return json.dumps(body, default=_plain, ensure_ascii=False, allow_nan=False).encode()


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _plain(value: Any) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a moment without a time zone can't be sent")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} can't be sent as JSON")
