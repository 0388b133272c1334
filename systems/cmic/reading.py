"""From a CMiC row to the connector's words: types, posting, what makes a record inactive (cmic-api §1.4, §3, §4.4).

What can't be read is never passed on half: it is Unreadable, in words that name the attribute.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.ports import Unavailable
from domain.records import Found, Key, Scalar
from domain.states import Posting
from systems.cmic.entries import CHANGED_AT, CREATED_AT, UUID, Attribute, Kind, StateRule
from systems.cmic.resource import Resource

Row = dict[str, Any]
LARGEST = Decimal(10) ** 18
SMALLEST_EXPONENT = -18


class Unreadable(Unavailable):
    """An answer that says yes, but can't be read: whether something was written, only a look-up tells."""

    def __init__(self, words: str) -> None:
        super().__init__(f"CMiC's answer can't be read: {words}", maybe_done=True)


def key_parts(resource: Resource, row: Row, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """The natural key of a row, upper-cased as CMiC keeps codes; `given` holds the parts that a line inside its header
    doesn't bear itself. Raises Unreadable where a part is missing."""
    parts = {}
    for ours in resource.key:
        if given is not None and ours in given:
            parts[ours] = given[ours].strip().upper()
            continue
        name = resource.name(ours)
        if name not in row:
            raise Unreadable(f"a row of {resource.path} lacks {name}")
        parts[ours] = str(read_value(resource.attributes[ours], row[name]) or "").strip().upper()
    return parts


def to_found(name: str, resource: Resource, row: Row, given: Mapping[str, str] | None = None) -> Found:
    """A row as a record in the connector's words. Attributes that the row lacks are left out. A row without an id of its
    own is told by its key. Raises Unreadable."""
    attributes: dict[str, Scalar] = {
        ours: read_value(attribute, row[attribute.name])
        for ours, attribute in resource.attributes.items()
        if attribute.is_read and attribute.name in row and ours not in (UUID, CREATED_AT, CHANGED_AT)
    }
    key = Key(resource=name, parts=key_parts(resource, row, given))
    posting = _posting(resource, row)
    posted_on = _posted_on(resource, attributes, posting)
    return Found(
        key=key,
        uuid=_uuid(resource, row) if UUID in resource.used else key.text,
        attributes=attributes,
        posting=posting,
        posted_on=posted_on,
        active=is_active(resource, row),
        changed_at=_changed_at(resource, row),
    )


def _uuid(resource: Resource, row: Row) -> str:
    """What names the row in addresses: CMiC's row id, or its own number for it."""
    attribute, raw = resource.attributes[UUID], row.get(resource.name(UUID))
    uuid = read_value(attribute, raw) if attribute.type is Kind.DIGITS or isinstance(raw, str) else None
    if not isinstance(uuid, str) or not uuid:
        raise Unreadable(f"a row of {resource.path} has no {resource.name(UUID)}")
    return uuid


def is_active(resource: Resource, row: Row) -> bool:
    """A row without the attribute, or with another value than those of the rule, is active."""
    return not any(_holds(resource, row, rule.attribute, rule.inactive) for rule in resource.active if rule.inactive)


def _posting(resource: Resource, row: Row) -> Posting:
    rule = resource.posting
    if rule is None:
        return Posting.PRESENT
    posted = rule.posted or StateRule(attribute=rule.date or "", when_set=True)
    states = ((rule.void, Posting.VOID), (posted, Posting.POSTED), (rule.in_process, Posting.IN_PROCESS))
    return next((state for told, state in states if told and _told(resource, row, told)), Posting.UNPOSTED)


def _posted_on(resource: Resource, attributes: Mapping[str, Scalar], posting: Posting) -> date | None:
    """A date that may be set before posting counts only once it is posted."""
    rule = resource.posting
    if rule is None or rule.date is None or (rule.posted and posting is not Posting.POSTED):
        return None
    value = attributes.get(rule.date)
    return value if isinstance(value, date) else None


def _told(resource: Resource, row: Row, rule: StateRule) -> bool:
    is_set = rule.when_set and row.get(resource.name(rule.attribute)) not in (None, "")
    return is_set or _holds(resource, row, rule.attribute, rule.values)


def _holds(resource: Resource, row: Row, ours: str, values: list[str]) -> bool:
    held = str(row.get(resource.name(ours)) or "").strip().upper()
    return held in (value.upper() for value in values)


def _changed_at(resource: Resource, row: Row) -> str:
    """The update date, or the create date of a row that was never changed (cmic-api §1.4)."""
    for ours in (CHANGED_AT, CREATED_AT):
        attribute = resource.attributes.get(ours)
        if attribute and attribute.name and row.get(attribute.name):
            return str(read_value(attribute, row[attribute.name]))
    return ""


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
