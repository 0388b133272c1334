"""Is what CMiC says it wrote what was approved? Every record, its natural key, the number of lines, and the total to the
cent (design §5, step 2)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from domain.money import cents
from domain.records import Found, Group, Key, Written
from domain.refusals import Refused, refuse

AMOUNT = "amount"


def verified(group: Group, found: Sequence[Found]) -> list[Written]:
    """The records' places, in the order of the group. `found` is in that order too. Raises Refused (cmic_differs)."""
    differences = [
        f"{record.label or 'the record'}: ours {record.key.text}, CMiC {theirs.key.text}"
        for record, theirs in zip(group.records, found, strict=True)
        if _upper(record.key) != _upper(theirs.key)
    ]
    if group.total is not None:
        differences += _total(group.total, found[1:])
    if differences:
        erp_key = group.header.key.text
        raise Refused(refuse("cmic_differs", erp_key=erp_key, differences="; ".join(differences[:10])))
    return [
        Written(part=record.part, key=record.key, uuid=theirs.uuid)
        for record, theirs in zip(group.records, found, strict=True)
    ]


def _upper(key: Key) -> dict[str, str]:
    return {name: part.upper() for name, part in key.parts.items()}


def _total(ours: Decimal, lines: Sequence[Found]) -> list[str]:
    amounts = [line.attributes.get(AMOUNT) for line in lines]
    if not all(isinstance(amount, Decimal) for amount in amounts):
        return ["a line without an amount in CMiC"]
    theirs = sum((amount for amount in amounts if isinstance(amount, Decimal)), Decimal(0))
    if cents(theirs) == cents(ours):
        return []
    return [f"the lines' total: ours {ours}, CMiC {theirs}"]
