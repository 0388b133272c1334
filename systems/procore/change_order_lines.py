"""The lines of commitment and prime contract change orders: only v2 shows them (procore-api §6, §8)."""

from __future__ import annotations

from typing import Any

from domain.identity import ObjectId
from systems.procore.client import ProcoreClient
from systems.procore.numbers import amount, amount_or_none, whole, whole_or_none
from systems.procore.records import check_distinct, part
from systems.procore.wbs import WbsCodes, wbs_code_id, wbs_codes

COMMITMENT_LINE, PRIME_LINE = "commitment_line_item_id", "prime_line_item_id"


async def change_order_lines(
    client: ProcoreClient, object_id: ObjectId, project: int, of: str, contract_line: str, what: str
) -> tuple[list[dict[str, Any]], WbsCodes]:
    """All lines of a change order of the list `of`, in Procore's order, and the codes they were named by. Money and
    quantities are decimals, `contract_line` names the line of the contract that one changes. Raises Unavailable, Refused."""
    company = object_id.company
    path = f"/rest/v2.0/companies/{company}/projects/{project}/{of}/{object_id.id}/line_items"
    rows = await part(client.all_data(path, company), "lines", what)
    codes = await wbs_codes(client, company, project, what)
    lines = [_line(row, contract_line, codes, what) for row in rows]
    check_distinct([line["id"] for line in lines], "lines", what)
    return lines, codes


def _line(row: dict[str, Any], contract_line: str, codes: WbsCodes, what: str) -> dict[str, Any]:
    number = whole(row.get("id"), "a line's id", what)
    label = f"line {number}'s"
    return {
        "id": number,
        "position": whole_or_none(row.get("position"), f"{label} position", what),
        "description": row.get("description"),
        **codes.pair(wbs_code_id(row, what)),
        "amount": amount(row.get("amount"), f"{label} amount", what),
        "quantity": amount_or_none(row.get("quantity"), f"{label} quantity", what),
        "unit_cost": amount_or_none(row.get("unit_cost"), f"{label} unit cost", what),
        "uom": row.get("uom"),
        "extended_type": row.get("extended_type"),
        contract_line: whole_or_none(row.get(contract_line), f"{label} {contract_line}", what),
    }
