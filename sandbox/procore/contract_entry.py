"""Commitments as a Procore user would enter them: codes named by what people see, lines along with the header.

A body is `{project_id, type, number, title, vendor_id, status, ..., lines: [{cost_code: "03-100", line_item_type: "S",
amount | quantity, unit_cost, uom, description}]}`. A line `from_bid` may have no cost type, as a converted bid leaves it.
"""

from __future__ import annotations

from sandbox.procore.house import House
from sandbox.procore.resources.contracts import KINDS, ContractDesk
from sandbox.procore.resources.line_items import LineItemDesk
from sandbox.procore.values import Record


def enter_contract(house: House, body: Record) -> tuple[Record, list[Record]]:
    """Add a contract with its lines. Raises ValueError or Invalid."""
    project = house.books.get("projects", body.get("project_id"))
    if project is None:
        raise ValueError(f"there is no project {body.get('project_id')}")
    kind = KINDS.get(str(body.get("type")))
    if kind is None:
        raise ValueError(f"type must be one of {', '.join(KINDS)}")
    scope = {"company_id": project["company_id"], "project_id": project["id"]}
    unknown = set(body) - set(kind.fields) - {"project_id", "type", "lines", "id"}
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    contract = ContractDesk(house, kind, scope, as_user=True).create(body, body.get("id"))
    lines = enter_lines(house, contract, body.get("lines") or [])
    return house.books.get("commitments", contract["id"]) or contract, lines


def enter_lines(house: House, contract: Record, lines: list[Record]) -> list[Record]:
    """Add lines to a contract. Raises ValueError or Invalid."""
    desk = LineItemDesk(house, contract, as_user=True)
    codes = {desk.cost_codes.label(row): row["id"] for row in desk.cost_codes.rows()}
    types = {row["csv_import_code"]: row["id"] for row in desk.cost_types.rows()}
    return [desk.create(_resolved(line, codes, types), line.get("id")) for line in lines]


def remove_lines(house: House, contract: Record, numbers: list[int] | None = None) -> None:
    """Take some or all lines out of a contract. Raises ApiError 404 for one it doesn't have."""
    desk = LineItemDesk(house, contract, as_user=True)
    rows = desk.rows() if numbers is None else [desk.get(number) for number in numbers]
    for row in rows:
        desk.delete(row)


def _resolved(line: Record, codes: dict[str, int], types: dict[str, int]) -> Record:
    known = {*LineItemDesk.fields, *LineItemDesk.internal, "id", "cost_code", "line_item_type"}
    if set(line) - known:
        raise ValueError(f"unknown line fields: {', '.join(sorted(set(line) - known))}")
    found = dict(line)
    for name, target, numbers in (("cost_code", "cost_code_id", codes), ("line_item_type", "line_item_type_id", types)):
        if name in found:
            word = found.pop(name)
            if word not in numbers:
                raise ValueError(f"there is no {name} {word!r}; there are: {', '.join(map(str, numbers))}")
            found[target] = numbers[word]
    return found
