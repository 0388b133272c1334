"""JSON with exact decimals: numbers come in as Decimal and go out as JSON numbers, never through a float (B-07)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn


class NotJson(ValueError):
    """A text that isn't JSON, or not of a kind that can be used."""


def _no_number(name: str) -> NoReturn:
    raise NotJson(f"{name} is no number")


def loads(body: bytes | str) -> Any:
    """Read JSON; numbers with a point or an exponent become decimals. Raises NotJson."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise NotJson(f"not JSON: {str(error)[:80]}") from None


def plain(number: Decimal) -> str:
    """A finite decimal without an exponent, every digit kept."""
    if not number.is_finite():
        raise ValueError(f"{number} can't be sent")
    return format(number, "f")


def dumps(value: Any) -> str:
    """Write JSON: decimals as exact numbers, dates as ISO texts. Raises TypeError for anything JSON has no place for."""
    if isinstance(value, Decimal):
        return plain(value)
    if value is None or isinstance(value, bool | int | str):
        return json.dumps(value)
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(name))}:{dumps(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(dumps, value)) + "]"
    raise TypeError(f"{type(value).__name__} has no place in JSON")
