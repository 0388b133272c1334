"""What a caller may send in a field, and how it is kept: one converter a field.

A converter takes a JSON value and returns the value to keep, or raises ValueError with the words for the caller.
Money and quantities are kept as Procore's v1 replies show them, "250.0" (procore-api §2); arithmetic is Decimal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sandbox.procore.errors import Errors

Record = dict[str, Any]
Converter = Callable[[Any], Any]
Fields = Mapping[str, Converter]

_DAY = re.compile(r"^(\d{4}-\d{2}-\d{2})([T ].*)?$")


def text(value: Any) -> str | None:
    """A string; numbers become their text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        raise ValueError("is not a string")
    return str(value)


def origin(value: Any) -> str | None:
    """An external id; an empty one counts as none."""
    return text(value) or None


def whole(value: Any) -> int | None:
    """An integer, also from text."""
    if value is None or value == "":
        return None
    try:
        return int(str(value))
    except ValueError:
        raise ValueError("is not an integer") from None


def flag(value: Any) -> bool | None:
    """A boolean, also from text."""
    if value is None or isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "false": False, "0": False}
    if str(value).lower() not in words:
        raise ValueError("is not true or false")
    return words[str(value).lower()]


def day(value: Any) -> str | None:
    """A date. A badly formatted one is kept as nothing instead of being refused (procore-api §2)."""
    found = _DAY.match(value) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        return date.fromisoformat(found.group(1)).isoformat()
    except ValueError:
        return None


def choice(*allowed: str) -> Converter:
    """One of a few words, spelled exactly so."""

    def convert(value: Any) -> str | None:
        if value is None or value in allowed:
            return None if value is None else str(value)
        raise ValueError("is not included in the list")

    return convert


def decimal_text(value: Decimal) -> str:
    """A number as v1 replies show it: no needless zeros, but always one decimal."""
    if value == value.to_integral_value():
        return f"{int(value)}.0"
    return format(value.normalize(), "f")


def decimal_places(places: int) -> Converter:
    """A number with so many decimals, rounded half up, kept as text. Text and JSON numbers are both taken."""

    def convert(value: Any) -> str | None:
        if value is None or value == "":
            return None
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise ValueError("is not a number") from None
        if isinstance(value, bool) or not number.is_finite():
            raise ValueError("is not a number")
        return decimal_text(number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))

    return convert


money = decimal_places(2)
quantity = decimal_places(4)


def coordinate(value: Any) -> float | None:
    """A latitude or longitude in degrees."""
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        raise ValueError("is not a number") from None


def whole_numbers(value: Any) -> list[int]:
    """A list of ids."""
    if not isinstance(value, list):
        raise ValueError("is not a list")
    return [number for number in map(whole, value) if number is not None]


def converted(fields: Fields, body: Record) -> tuple[Record, Errors]:
    """The known fields of a body, converted, and the messages for those that could not be. Others are ignored."""
    kept: Record = {}
    errors: Errors = {}
    for name, convert in fields.items():
        if name not in body:
            continue
        try:
            kept[name] = convert(body[name])
        except ValueError as error:
            errors[name] = [str(error)]
    return kept, errors


def moment(value: str) -> datetime:
    """A timestamp or a date that a filter names, aware. Raises ValueError."""
    parsed = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
