"""Reading one attribute's value from a request: its type, its length, its precision, upper case for codes.

An empty string is nothing, as it is to Oracle. Dates are ``YYYY-MM-DD``; amounts are JSON numbers (cmic-api §1.5).
A number in quotes, and digits beyond the column's scale, are refused: a tenant might convert or round them.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sandbox.cmic.errors import Problem, jbo
from sandbox.cmic.schema import Attribute, Value

PRECISION = 18
SCALES = {"amount": 2, "number": 6, "integer": 0}

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})")


class NotAValue(ValueError):
    """The value does not fit the attribute; the argument is the problem to answer with."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text())
        self.problem = problem


def read(attribute: Attribute, wire_name: str, view: str, raw: Any) -> Value:
    """Turn a JSON value into a stored value. Raises NotAValue."""
    if raw is None or raw == "":
        return None
    if attribute.kind in ("code", "text", "uuid"):
        return _text(attribute, wire_name, view, raw)
    if attribute.kind == "flag":
        return _flag(wire_name, raw)
    if attribute.kind in ("date", "time"):
        return _moment(attribute, wire_name, raw)
    return _number(attribute, wire_name, view, raw)


def _mistyped(wire_name: str, raw: Any, wanted: str) -> NotAValue:
    shown = raw if isinstance(raw, str) else type(raw).__name__
    detail = f"Cannot create an object of type {wanted} from value {shown} for attribute {wire_name}"
    return NotAValue(jbo(25009, detail, wire_name))


def _too_wide(wire_name: str, view: str, shown: object) -> NotAValue:
    detail = f"Attribute set with value {shown} for {wire_name} in {view} has invalid precision/scale"
    return NotAValue(jbo(27010, detail, wire_name))


def _text(attribute: Attribute, wire_name: str, view: str, raw: Any) -> Value:
    if not isinstance(raw, str):
        raise _mistyped(wire_name, raw, "String")
    value = raw.upper() if attribute.kind == "code" else raw
    if attribute.length is not None and len(value) > attribute.length:
        raise _too_wide(wire_name, view, raw)
    return value


def _flag(wire_name: str, raw: Any) -> Value:
    value = raw.upper() if isinstance(raw, str) else None
    if value not in ("Y", "N"):
        detail = f"Attribute set for {wire_name} failed: a flag must be Y or N"
        raise NotAValue(jbo(27008, detail, wire_name))
    return value


def _moment(attribute: Attribute, wire_name: str, raw: Any) -> Value:
    if not isinstance(raw, str):
        raise _mistyped(wire_name, raw, "Date")
    parsed = parse_day(raw) if attribute.kind == "date" else parse_moment(raw)
    if parsed is None:
        raise _mistyped(wire_name, raw, "Date")
    return parsed


def _number(attribute: Attribute, wire_name: str, view: str, raw: Any) -> Value:
    if isinstance(raw, bool) or not isinstance(raw, (int, Decimal)):
        raise _mistyped(wire_name, raw, "BigDecimal")
    value = exact(attribute, wire_name, view, Decimal(raw))
    return int(value) if attribute.kind == "integer" else value


def exact(attribute: Attribute, wire_name: str, view: str, value: Decimal) -> Decimal:
    """A decimal that fits the column's precision and scale. Raises NotAValue."""
    if not value:
        return Decimal(0)
    scale = SCALES[attribute.kind]
    decimals, width = _decimals(value), value.adjusted() + 1
    if decimals > scale or width > PRECISION - scale:
        raise _too_wide(wire_name, view, value)
    return value


def _decimals(value: Decimal) -> int:
    """How many decimals it really has. (``normalize`` would round to the context's precision.)"""
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int), "a JSON number is finite"
    trailing = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return max(-exponent - trailing, 0)


def parse_day(text: str) -> str | None:
    """``YYYY-MM-DD`` checked against the calendar, or nothing."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def parse_moment(text: str) -> str | None:
    """A time with its offset (``Z``, ``+hhmm`` or ``+hh:mm``), or a day, as UTC text; or nothing.

    Clients pass ``YYYY-MM-DDThh:mm:ss±hhmm`` (cmic-api §1.4).
    """
    if day := parse_day(text):
        return f"{day}T00:00:00Z"
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    offset = found[2].replace(":", "").replace("Z", "+0000")
    try:
        return moment(datetime.strptime(found[1] + offset, "%Y-%m-%dT%H:%M:%S%z"))
    except (ValueError, OverflowError):
        return None


def moment(at: datetime) -> str:
    """A time as the API writes it: UTC, whole seconds, ``Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
