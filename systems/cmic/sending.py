"""From the connector's words to a CMiC row: names, types, value maps, lengths (design §8; cmic-api §1.5, §3)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from domain.records import Key, Record, Scalar
from domain.refusals import Refusal, Refused, refuse
from systems.cmic.dialect import Dialect
from systems.cmic.entries import Attribute, Kind
from systems.cmic.resource import Resource

Row = dict[str, Any]


def to_row(resource: Resource, attributes: Mapping[str, Scalar], header: Key | None = None) -> Row:
    """The row that creates a record. What has no value, or no place in CMiC, is left out. `header` is the key that
    provisional numbers are made of. Raises Refused (lost_reference) for an attribute that the dialect doesn't know or that
    can't hold the value."""
    if unknown := sorted(set(attributes) - set(resource.attributes) - set(resource.key)):
        raise lost(f"the dialect's {resource.path} has no {', '.join(unknown)}")
    row: Row = {}
    for ours, attribute in resource.attributes.items():
        value = attributes.get(attribute.like or ours)
        if attribute.name is None:
            continue
        if value is not None and attribute.is_written:
            row[attribute.name] = _sent(attribute, ours, value)
        elif attribute.on_create is not None:
            row[attribute.name] = attribute.on_create
        elif attribute.provisional is not None and header is not None:
            row[attribute.name] = provisional(header, attribute.provisional)
    return row


def provisional(header: Key, most: int) -> Decimal:
    """A negative number not below -`most`, always the same for one key: CMiC gives the real one (cmic-api §3.8)."""
    made = int.from_bytes(hashlib.sha256(header.text.encode()).digest()[:8], "big")
    return Decimal(-(made % most + 1))


def resource_of(dialect: Dialect, name: str) -> Resource:
    """Raises Refused (lost_reference) for a resource that the dialect doesn't know."""
    if name not in dialect.resources:
        raise lost(f"the dialect has no {name}")
    return dialect.resources[name]


def to_changes(resource: Resource, changes: Mapping[str, Scalar]) -> Row:
    """The row that changes a record; None empties an attribute. Raises Refused (lost_reference)."""
    row: Row = {}
    for ours, value in changes.items():
        attribute = resource.attributes.get(ours)
        if attribute is None or attribute.name is None or not (attribute.is_written and attribute.updatable):
            raise lost(f"{ours} of {resource.path} can't be changed")
        row[attribute.name] = None if value is None else _sent(attribute, ours, value)
    return row


def too_long(resource: Resource, record: Record) -> list[Refusal]:
    """Texts beyond CMiC's limits, found before anything is sent. What the connector may shorten isn't among them."""
    refusals = []
    for ours, attribute in resource.attributes.items():
        value, limit = record.attributes.get(ours), attribute.max_length
        if attribute.shorten or not attribute.is_written or limit is None or not isinstance(value, str):
            continue
        sent = attribute.values.get(value, value)
        if len(sent) > limit:
            field = f"{record.label or record.key.text}: {ours.replace('_', ' ')}"
            refusals.append(refuse("field_too_long", field=field, length=len(sent), limit=limit, where="Procore"))
    return refusals


def _sent(attribute: Attribute, ours: str, value: Scalar) -> Any:
    match attribute.type, value:
        case Kind.CODE | Kind.TEXT, str():
            text = attribute.values.get(value, value)
            text = text.upper() if attribute.type is Kind.CODE else text
            return text[: attribute.max_length] if attribute.shorten else text
        case Kind.FLAG, bool():
            return "Y" if value else "N"
        case Kind.NUMBER, Decimal() if value.is_finite():
            return value
        case Kind.NUMBER, int() if not isinstance(value, bool):
            return Decimal(value)
        case Kind.DIGITS, str() if re.fullmatch(r"-?[0-9]{1,18}", value):
            return Decimal(value)
        case Kind.DATE, date():
            return value.isoformat()
        case _:
            raise lost(f"{ours} can't be {value!r}")


def lost(problem: str) -> Refused:
    """A defect of ours: something was asked that can't be."""
    return Refused(refuse("lost_reference", problem=problem))
