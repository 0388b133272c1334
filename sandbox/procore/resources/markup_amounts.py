"""What markups come to (procore-api §8; requirements R-15).

The public API has no place for a computed amount: a markup shows its percentage, and a change order only its grand total
with everything in it. So a reader computes as this module does, which is assumed. A horizontal markup is its percentage
of each line's own amount. A vertical one is its percentage of the running subtotal: all lines, all horizontal amounts
and the vertical amounts before it, in the order of position and id. Each amount is rounded half up to cents by itself.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.procore.desk import LIVE
from sandbox.procore.house import House
from sandbox.procore.resources.amounts import cents, money_text, number, total
from sandbox.procore.values import Record


def markups_of(house: House, holder_id: int) -> list[Record]:
    """The markups of a change order or a contract, in their order."""
    rows = house.books.find("markups", holder_id=holder_id, **LIVE)
    return sorted(rows, key=lambda row: (row["position"] or 0, row["id"]))


def markup_amounts(lines: list[Record], markups: list[Record]) -> list[Record]:
    """One row for each horizontal markup of each line and one for each vertical markup."""
    rows = []
    subtotal = total(lines, "amount")
    for markup in [row for row in markups if row["markup_set"] == "horizontal"]:
        for line in lines:
            amount = _share(number(line, "amount"), markup)
            subtotal += amount
            rows.append({"markup_id": markup["id"], "line_id": line["id"], "amount": money_text(amount)})
    for markup in [row for row in markups if row["markup_set"] == "vertical"]:
        amount = _share(subtotal, markup)
        subtotal += amount
        rows.append({"markup_id": markup["id"], "line_id": None, "amount": money_text(amount)})
    return rows


def markup_total(lines: list[Record], markups: list[Record]) -> Decimal:
    """All markups of some lines together."""
    return total(markup_amounts(lines, markups), "amount")


def _share(amount: Decimal, markup: Record) -> Decimal:
    return cents(amount * number(markup, "percentage") / 100)
