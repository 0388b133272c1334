"""The grand total of what holds lines and may hold markups: prime contracts and change orders (procore-api §6, §8).

It is kept with the record and written anew whenever a line or a markup was: all lines and all computed markups together.
"""

from __future__ import annotations

from sandbox.procore.house import House
from sandbox.procore.resources.amounts import money_text, total
from sandbox.procore.resources.markup_amounts import markup_total, markups_of
from sandbox.procore.values import Record

LINES = {
    "prime_contracts": ("prime_line_items", "contract_id"),
    "prime_change_orders": ("prime_change_order_lines", "change_order_id"),
    "commitment_change_orders": ("commitment_change_order_lines", "change_order_id"),
}
"""The table of the lines of each, and the field by which a line names its holder."""


def held_lines(house: House, table: str, number: int) -> list[Record]:
    """The lines of a record, in their order."""
    lines, field = LINES[table]
    rows = house.books.find(lines, **{field: number})
    return sorted(rows, key=lambda line: (line["position"], line["id"]))


def keep_total(house: House, table: str, number: int) -> None:
    """Write a record's grand total, and with it when it was last changed."""
    row = house.books.get(table, number)
    assert row is not None
    lines = held_lines(house, table, number)
    grand = money_text(total(lines, "amount") + markup_total(lines, markups_of(house, number)))
    if grand != row["grand_total"] or house.assumptions.line_write_moves_contract:
        house.books.change(table, number, {"grand_total": grand})
