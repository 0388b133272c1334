"""Values that are set on a record that exists (a projected cost), and budgets as CMiC shows them (O-10, R-17)."""

from __future__ import annotations

from decimal import Decimal

from domain.ports import CmicPort
from domain.records import Found, Group, Key, Record, Written, same, spot_of, sums_by_code
from domain.refusals import Refused, refuse


async def set_values(cmic: CmicPort, group: Group, found: Found) -> list[Written]:
    """Set what differs. Setting it twice changes nothing, so a write that was cut off is simply made again. Raises Refused,
    Unavailable."""
    wanted = group.header.values
    different = {n: v for n, v in wanted.items() if not same(v, found.attributes.get(n))}
    if not found.active:
        raise Refused(refuse("inactive_in_cmic", what=found.key.resource, erp_key=found.key.text))
    if different:
        await cmic.change(found, different)
    return [Written(part=group.header.part, key=found.key, uuid=found.uuid)]


async def budgeted(cmic: CmicPort, standing: list[Group]) -> bool:
    """Whether CMiC shows what the last export carried as budgeted cost: each cost code and category has moved by its amount
    from where it stood before the write. Where that isn't known, at least the sum of all exports has to show."""
    own = [group for group in standing if not group.aside]
    if not own:
        return False
    base = own[-1].base
    wanted = (
        sums_by_code(own)
        if base is None
        else {spot: base.get(spot, Decimal(0)) + a for spot, a in sums_by_code(own[-1:]).items()}
    )
    moved = sums_by_code(own[-1:])
    shown = await shown_budget(cmic, [line for group in own for line in group.lines if spot_of(line) in wanted])
    for spot, amount in wanted.items():
        if base is not None and moved[spot] < 0:
            if shown[spot] > amount:
                return False
        elif shown[spot] < amount:
            return False
    return bool(wanted)


async def shown_budget(cmic: CmicPort, lines: list[Record]) -> dict[str, Decimal]:
    """What CMiC shows as original budget on the lines' cost codes and categories; nothing counts as zero."""
    found: dict[str, Decimal] = {}
    for line in {spot_of(line): line for line in lines}.values():
        parts = {name: line.key.parts[name] for name in ("company", "job", "cost_code", "category")}
        record = await cmic.find(Key(resource="job_code", parts=parts))
        found[spot_of(line)] = Decimal(str((record.attributes.get("original_budget") if record else None) or 0))
    return found
