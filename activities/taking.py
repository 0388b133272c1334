"""Whose is a record that was found under our key? (design §5)

Ours, only if an attempt of ours preceded it and every mapped attribute agrees. No clock decides this: before the first
attempt a look-up showed nothing, and that is in the ledger.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from domain.ledger_port import Intent
from domain.ports import CmicPort
from domain.records import Found, Group, Written, differences
from domain.refusals import Refused, refuse
from domain.states import Posting

CODED = ("cost_code", "category")
NAMED = ("change_code", "task", "invoice")
"""What a line without a cost code of its own stands for: a billed row, a paid invoice."""
MONEY = ("amount", "bill_amount", "retainage", "released")
TAKING = ("adopt", "take_over")
"""Modes in which a record that somebody entered in CMiC is taken as it is, if job and money agree."""
SET_BY_POSTING = ("posting_date",)
Place = tuple[tuple[str, ...], tuple[Decimal, ...]]


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
    if mode in TAKING:
        return _adopted(group, found, lines)
    different = _different_header(group, found)
    if not _hidden(group, found, lines):
        different += _different_lines(group, lines)
    if intent.phase != "attempted":
        shown = "; ".join(different[:10]) or "none: it may well be the same one"
        raise Refused(refuse("number_taken", what=key.resource, erp_key=key.text, differences=shown))
    if different:
        raise Refused(refuse("cmic_differs", erp_key=key.text, differences="; ".join(different[:10])))
    by_key = {line.key.text: line for line in lines}
    return [
        Written(part=group.header.part, key=key, uuid=found.uuid),
        *(
            Written(part=r.part, key=r.key, uuid=by_key[r.key.text].uuid if r.key.text in by_key else "")
            for r in group.lines
        ),
    ]


def _different_header(group: Group, found: Found) -> list[str]:
    """Posting sets its own date: what a person did to a record of ours makes it nobody else's."""
    posted = found.posting is Posting.POSTED
    return [d for d in differences(group.header, found) if not (posted and d.split(":")[0] in SET_BY_POSTING)]


def _hidden(group: Group, found: Found, lines: list[Found]) -> bool:
    """CMiC doesn't show the lines of a posted cheque any more; a header that bears the total vouches for them."""
    ours, theirs = group.header.values.get("amount"), _number(found.attributes.get("amount"))
    bears_it = group.total is not None and ours == group.total == theirs
    return not lines and found.posting is Posting.POSTED and bears_it


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
    total = sum((_number(line.attributes.get(group.summed)) for line in lines), Decimal(0))
    if group.total is not None and total != group.total:
        different.append(f"total: ours {group.total}, CMiC {total}")
    return different


def _number(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))


def _adopted(group: Group, found: Found, lines: list[Found]) -> list[Written]:
    """An approver takes the record over: the job and the money must agree, line by line; titles and texts needn't."""
    money = [d for d in differences(group.header, found) if d.split(":")[0] in ("job", "vendor", "currency", "amount")]
    free: dict[Place, list[Found]] = defaultdict(list)
    for line in lines:
        free[_place({**line.key.parts, **line.attributes})].append(line)
    written = [Written(part=group.header.part, key=found.key, uuid=found.uuid)]
    for record in group.lines:
        candidates = free[_place(record.attributes)]
        if _hidden(group, found, lines):
            written.append(Written(part=record.part, key=record.key, uuid=""))
            continue
        if not candidates:
            money.append(f"{record.label}: CMiC has no line of that code and amount")
            continue
        line = candidates.pop(0)
        written.append(Written(part=record.part, key=line.key, uuid=line.uuid))
    if len(lines) != len(group.lines) and not _hidden(group, found, lines):
        money.append(f"lines: ours {len(group.lines)}, CMiC {len(lines)}")
    if money:
        raise Refused(refuse("cmic_differs", erp_key=found.key.text, differences="; ".join(money[:10])))
    return written


def _place(attributes: Mapping[str, object]) -> Place:
    """What makes two lines the same for an adoption: their code and money, whatever their numbers and texts."""
    names = CODED if attributes.get(CODED[0]) else NAMED
    codes = tuple(str(attributes.get(name) or "").upper() for name in names)
    return codes, tuple(_number(attributes.get(name)) for name in MONEY)
