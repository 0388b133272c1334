"""Is what CMiC says it wrote what was approved? Every record, its natural key, the number of lines, and the total to the
cent (design §5, step 2)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from domain.money import cents
from domain.records import Found, Group, Key, Record, Written, differences
from domain.refusals import Refused, refuse


def verified(group: Group, found: Sequence[Found]) -> list[Written]:
    """The records' places, in the order of the group. `found` is in that order too. Raises Refused (cmic_differs)."""
    different = [
        f"{record.label or 'the record'}: ours {record.key.text}, CMiC {theirs.key.text}"
        for record, theirs in zip(group.records, found, strict=True)
        if _upper(record.key) != _upper(theirs.key)
    ]
    if group.total is not None:
        different += _total(group, found[1:])
    _agree(group.header.key, different)
    return [
        Written(part=record.part, key=record.key, uuid=theirs.uuid)
        for record, theirs in zip(group.records, found, strict=True)
    ]


def verified_inside(group: Group, header: Found, lines: Sequence[Found]) -> list[Written]:
    """The same for lines that CMiC shows inside their header, in its own order. Raises Refused (cmic_differs)."""
    by_key = {line.key.text: line for line in lines}
    different = [f"{r.label or r.key.text}: not in CMiC" for r in group.lines if r.key.text not in by_key]
    if len(lines) != len(group.lines):
        different.append(f"lines: ours {len(group.lines)}, CMiC {len(lines)}")
    _agree(group.header.key, different)
    return verified(group, [header, *(by_key[record.key.text] for record in group.lines)])


def changed(record: Record, now: Found) -> None:
    """Does a changed record hold what was set? Raises Refused (cmic_differs)."""
    _agree(record.key, differences(record, now))


def _agree(key: Key, different: Sequence[str]) -> None:
    if different:
        raise Refused(refuse("cmic_differs", erp_key=key.text, differences="; ".join(different[:10])))


def _upper(key: Key) -> dict[str, str]:
    return {name: part.upper() for name, part in key.parts.items()}


def _total(group: Group, lines: Sequence[Found]) -> list[str]:
    """A line that has no amount on our side either counts as nothing: it may carry another amount alone."""
    ours, theirs = group.total or Decimal(0), Decimal(0)
    for record, line in zip(group.lines, lines, strict=True):
        amount = line.attributes.get(group.summed)
        if isinstance(amount, Decimal):
            theirs += amount
        elif record.attributes.get(group.summed) is not None:
            return ["a line without an amount in CMiC"]
    if cents(theirs) == cents(ours):
        return []
    return [f"the lines' total: ours {ours}, CMiC {theirs}"]
