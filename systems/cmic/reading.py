"""From a CMiC row to the connector's words: its key, posting, what makes a record inactive (cmic-api §1.4, §3, §4.4).

What can't be read is never passed on half: it is Unreadable, in words that name the attribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from domain.records import Found, Key, Scalar
from domain.states import Posting
from systems.cmic.entries import CHANGED_AT, CREATED_AT, UUID, Kind, StateRule
from systems.cmic.resource import Resource
from systems.cmic.values import Row, Unreadable, read_value


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
