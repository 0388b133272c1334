"""One line of a prime contract's schedule of values: by its amount, or by units where they make that amount (S-13, R-16)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from domain.incoming_port import Row
from mappers.incoming.amounts import number

AMOUNT, UNIT = "amount", "unit"
PLACES = Decimal("0.0001")
"""What Procore keeps of a quantity and of a unit cost."""
Line = Mapping[str, Any]
_NUMBERS = ("amount", "quantity", "unit_cost")


def line_body(
    row: Row, ids: tuple[int, int], description: str, method: str, units: Mapping[str, str]
) -> dict[str, Any]:
    """As Procore takes it. `units` are Procore's units of measure by their names in upper case, as CMiC writes them: one that
    Procore doesn't know is left out."""
    body = {
        "cost_code_id": ids[0],
        "line_item_type_id": ids[1],
        "description": description,
        "amount": format(number(row.body["amount"]), "f"),
    }
    if method != UNIT:
        return {**body, "extended_type": "manual"}
    found = factors(number(row.body["units"]), number(row.body["amount"]))
    if found is None:
        return {**body, "extended_type": "manual", "quantity": None, "unit_cost": None, "uom": None}
    quantity, unit_cost = (format(part, "f") for part in found)
    uom = units.get(str(row.body["uom"] or "").upper())
    return {**body, "extended_type": "calculated", "quantity": quantity, "unit_cost": unit_cost, "uom": uom}


def factors(units: Decimal, amount: Decimal) -> tuple[Decimal, Decimal] | None:
    """Quantity and unit cost that make the amount exactly; nothing where no such unit cost can be written."""
    if not units or units != units.quantize(PLACES):
        return None
    cost = (amount / units).quantize(PLACES)
    return (units, cost) if units * cost == amount else None


def differs(body: Line, there: Line) -> bool:
    """Whether Procore's line is another than the body would make it. Without a number is as good as zero."""
    for name, value in body.items():
        if name in _NUMBERS:
            if number(value) != number(there[name]):
                return True
        elif (value or None) != (there[name] or None):
            return True
    return False
