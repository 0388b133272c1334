"""One value of a CMiC row by its attribute's type (cmic-api §1.4, §1.5). What can't be read is Unreadable, in words that
name the attribute.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.ports import Unavailable
from domain.records import Scalar
from systems.cmic.entries import Attribute, Kind

Row = dict[str, Any]
LARGEST = Decimal(10) ** 18
SMALLEST_EXPONENT = -18


class Unreadable(Unavailable):
    """An answer that says yes, but can't be read: whether something was written, only a look-up tells."""

    def __init__(self, words: str) -> None:
        super().__init__(f"CMiC's answer can't be read: {words}", maybe_done=True)


def read_value(attribute: Attribute, raw: Any) -> Scalar:
    """One value by its attribute's type; nothing for an empty one. Raises Unreadable."""
    if raw is None or raw == "":
        return None
    reader = _READERS[attribute.type]
    try:
        return reader(attribute, raw)
    except (ValueError, TypeError, ArithmeticError):
        shown = type(raw).__name__ if isinstance(raw, dict | list) else str(raw)[:40]
        raise Unreadable(f"{attribute.name} is {shown}, not a {attribute.type.value}") from None


def _text(attribute: Attribute, raw: Any) -> str:
    """Some patches send codes as numbers (cmic-api §1.8)."""
    if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        return format(_number(attribute, raw), "f")
    if not isinstance(raw, str):
        raise TypeError
    return next((ours for ours, theirs in attribute.values.items() if theirs == raw), raw)


def _number(attribute: Attribute, raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal | str):
        raise TypeError
    try:
        number = Decimal(raw.strip() if isinstance(raw, str) else raw)
    except InvalidOperation:
        raise ValueError from None
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or exponent < SMALLEST_EXPONENT or len(digits) > 40 or abs(number) >= LARGEST:
        raise ValueError
    return number


def _digits(attribute: Attribute, raw: Any) -> str:
    """Some patches send 1 as 1.0 (cmic-api §1.8)."""
    number = _number(attribute, raw)
    if number != number.to_integral_value():
        raise ValueError
    return str(int(number))


def _date(attribute: Attribute, raw: Any) -> date:
    if not isinstance(raw, str):
        raise TypeError
    return date.fromisoformat(raw[:10])


def _time(attribute: Attribute, raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError
    return moment(raw)


def _flag(attribute: Attribute, raw: Any) -> bool:
    held = str(raw).strip().upper()
    if held not in ("Y", "N", "TRUE", "FALSE"):
        raise ValueError
    return held in ("Y", "TRUE")


def moment(text: str) -> str:
    """A time stamp as UTC text, so that texts compare as times do. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_READERS: dict[Kind, Callable[[Attribute, Any], Scalar]] = {
    Kind.CODE: _text,
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.DIGITS: _digits,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.FLAG: _flag,
}
