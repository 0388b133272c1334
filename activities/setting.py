"""Values that are set on a record that exists (a projected cost), and budgets as CMiC shows them (O-10, R-17)."""

from __future__ import annotations

from decimal import Decimal

from domain.ports import CmicPort
from domain.records import Found, Group, Key, Written, same
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
    """Whether CMiC shows all that was exported as budgeted cost: for each cost code and category at least the sum of it.
    A credit can't be told from what stood there before, so there the posting itself has to do."""
    sums: dict[tuple[str, str, str, str], Decimal] = {}
    for line in (line for group in standing if not group.aside for line in group.lines):
        parts = line.key.parts
        spot = (parts["company"], parts["job"], parts["cost_code"], parts["category"])
        sums[spot] = sums.get(spot, Decimal(0)) + Decimal(str(line.values.get("amount") or 0))
    for (company, job, code, category), amount in sums.items():
        if amount <= 0:
            continue
        key = Key(resource="job_code", parts={"company": company, "job": job, "cost_code": code, "category": category})
        found = await cmic.find(key)
        if Decimal(str((found.attributes.get("original_budget") if found else None) or 0)) < amount:
            return False
    return bool(sums)
