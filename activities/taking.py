"""Whose is a record that was found under our key? (design §5)

Ours, only if an attempt of ours preceded it and every mapped attribute agrees. No clock decides this: before the first
attempt a look-up showed nothing, and that is in the ledger.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from domain.ledger_port import Intent
from domain.ports import CmicPort
from domain.records import Found, Group, Record, Written, differences
from domain.refusals import Refused, refuse
from domain.states import Posting


async def take(cmic: CmicPort, intent: Intent, found: Found, mode: str) -> list[Written]:
    """The group's records as CMiC holds them, if they may be taken for it. Raises Refused."""
    group, key = intent.group, found.key
    if found.posting is Posting.VOID:
        raise Refused(refuse("number_taken_by_void", what=key.resource, erp_key=key.text))
    if mode == "link" or group.may_exist:
        if not found.active:
            raise Refused(refuse("inactive_in_cmic", what=key.resource, erp_key=key.text))
        return [Written(part=group.header.part, key=key, uuid=found.uuid)]
    lines = await cmic.lines(key, group.lines[0].key.resource) if group.lines else []
    if mode == "adopt":
        return _adopted(group, found, lines)
    different = [*differences(group.header, found), *_different_lines(group, lines)]
    if intent.phase != "attempted":
        shown = "; ".join(different[:10]) or "none: it may well be the same one"
        raise Refused(refuse("number_taken", what=key.resource, erp_key=key.text, differences=shown))
    if different:
        raise Refused(refuse("cmic_differs", erp_key=key.text, differences="; ".join(different[:10])))
    by_key = {line.key.text: line for line in lines}
    return [
        Written(part=group.header.part, key=key, uuid=found.uuid),
        *(Written(part=r.part, key=r.key, uuid=by_key[r.key.text].uuid) for r in group.lines),
    ]


def _different_lines(group: Group, lines: list[Found]) -> list[str]:
    theirs = {line.key.text: line for line in lines}
    different = []
    if len(lines) != len(group.lines):
        different.append(f"lines: ours {len(group.lines)}, CMiC {len(lines)}")
    for record in group.lines:
        line = theirs.get(record.key.text)
        if line is None:
            different.append(f"{record.label}: not in CMiC")
        else:
            different += [f"{record.label} {d}" for d in differences(record, line)]
    total = sum((_amount(line) for line in lines), Decimal(0))
    if group.total is not None and total != group.total:
        different.append(f"total: ours {group.total}, CMiC {total}")
    return different


def _amount(line: Found) -> Decimal:
    value = line.attributes.get("amount")
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))


def _adopted(group: Group, found: Found, lines: list[Found]) -> list[Written]:
    """An approver takes the record over: the job and the money must agree, line by line; titles and texts needn't."""
    money = [d for d in differences(group.header, found) if d.split(":")[0] in ("job", "vendor", "currency")]
    free: dict[tuple[str, str, Decimal], list[Found]] = defaultdict(list)
    for line in lines:
        free[_place(line.attributes.get("cost_code"), line.attributes.get("category"), _amount(line))].append(line)
    written = [Written(part=group.header.part, key=found.key, uuid=found.uuid)]
    for record in group.lines:
        candidates = free[_place_of(record)]
        if not candidates:
            money.append(f"{record.label}: CMiC has no line of that code and amount")
            continue
        line = candidates.pop(0)
        written.append(Written(part=record.part, key=line.key, uuid=line.uuid))
    if len(lines) != len(group.lines):
        money.append(f"lines: ours {len(group.lines)}, CMiC {len(lines)}")
    if money:
        raise Refused(refuse("cmic_differs", erp_key=found.key.text, differences="; ".join(money[:10])))
    return written


def _place_of(record: Record) -> tuple[str, str, Decimal]:
    amount = record.values.get("amount")
    return _place(record.values.get("cost_code"), record.values.get("category"), Decimal(str(amount or 0)))


def _place(code: object, category: object, amount: Decimal) -> tuple[str, str, Decimal]:
    return str(code or "").upper(), str(category or "").upper(), amount
