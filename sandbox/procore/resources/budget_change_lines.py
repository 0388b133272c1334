"""The adjustment lines of a budget change: what a write makes of the lines that are there (procore-api §7).

A line of type change_event is the "to" side of an adjustment and gets a number of its own; one of type budget_change is a
"from" side, names the number, and needs the other side beside it (published text). `_delete` takes a line out.
"""

from __future__ import annotations

from typing import Any

from sandbox.procore.errors import Invalid
from sandbox.procore.house import House
from sandbox.procore.resources.amounts import money_text, number
from sandbox.procore.resources.wbs_codes import WbsCodeDesk
from sandbox.procore.values import Fields, Record, choice, converted, flag, money, quantity, text, whole

TO, FROM = "change_event", "budget_change"

FIELDS: Fields = {
    "type": choice(TO, FROM),
    "adjustment_number": whole,
    "wbs_code_id": whole,
    **dict.fromkeys(("ref", "description", "comment", "uom"), text),
    "calculation_strategy": choice("automatic", "manual"),
    **dict.fromkeys(("quantity", "unit_cost"), quantity),
    "amount": money,
    "change_event_line_item_id": whole,
}


def line_bodies(value: Any) -> list[Record]:
    """Lines as a caller sends them."""
    if not isinstance(value, list) or not all(isinstance(line, dict) for line in value):
        raise ValueError("is not a list of objects")
    return value


class LineWriter:
    """Writes the lines of one budget change."""

    def __init__(self, house: House, scope: Record, lines: list[Record]) -> None:
        self.house = house
        self.lines = {line["id"]: line for line in lines}
        self._wbs_codes = WbsCodeDesk(house, scope)
        units = house.books.find("uoms", company_id=scope["company_id"], deleted_at=None)
        self._units = {unit["name"] for unit in units}

    def written(self, bodies: list[Record]) -> list[Record]:
        """All lines once some were added, changed and taken out. Raises Invalid."""
        for body in bodies:
            self._write(body)
        numbers = {line["adjustment_number"] for line in self.lines.values() if line["type"] == TO}
        for line in self.lines.values():
            if line["type"] == FROM and line["adjustment_number"] not in numbers:
                raise _refused(f"a {FROM} line needs an adjustment_number that a {TO} line has", line)
        return list(self.lines.values())

    def _write(self, body: Record) -> None:
        old = self._named(body)
        if old is not None and flag(body.get("_delete")):
            del self.lines[old["id"]]
            return
        values, errors = converted(FIELDS, body)
        if errors:
            name, messages = next(iter(errors.items()))
            raise _refused(f"{name} {messages[0]}", body)
        row = {**dict.fromkeys(FIELDS), "type": TO, **(old or {}), **values}
        if row["wbs_code_id"] is not None and self._wbs_codes.find(row["wbs_code_id"]) is None:
            raise _refused("wbs_code_id must exist", body)
        if row["uom"] and row["uom"] not in self._units:
            raise _refused("uom is not in the company's list of units of measure", body)
        if row["type"] == TO and row["adjustment_number"] is None:
            row["adjustment_number"] = 1 + max((n["adjustment_number"] for n in self.lines.values()), default=0)
        line_id = old["id"] if old else self.house.books.next_id()
        self.lines[line_id] = {**_calculated(row), "id": line_id}

    def _named(self, body: Record) -> Record | None:
        try:
            line_id = whole(body.get("id"))
        except ValueError as error:
            raise _refused(f"id {error}", body) from None
        if line_id is not None and line_id not in self.lines:
            raise _refused("id is not of this budget change", body)
        return None if line_id is None else self.lines[line_id]


def _calculated(row: Record) -> Record:
    row["calculation_strategy"] = row["calculation_strategy"] or "manual"
    if row["calculation_strategy"] == "automatic":
        row["amount"] = money_text(number(row, "quantity") * number(row, "unit_cost"))
    return row


def _refused(message: str, body: Record) -> Invalid:
    ref = body.get("ref") or body.get("id")
    return Invalid({"adjustment_line_items": [f"{ref}: {message}" if ref else message]})
