"""Details of a commitment's line: the subcontractor's own schedule of values, as far as invoices need it (procore-api §9).

Only the controls write them; the endpoints of the schedule itself aren't played. That the details of a line sum to its
amount is checked where they are entered.
"""

from __future__ import annotations

from sandbox.procore.desk import Desk
from sandbox.procore.house import House
from sandbox.procore.values import Fields, Record, money, quantity, text


class ScheduleDetailDesk(Desk):
    """The details of one line of a commitment."""

    table = "line_item_details"
    internal: Fields = {"description": text, "amount": money, "quantity": quantity, "unit_cost": quantity, "uom": text}
    fields: Fields = {}
    blank: Record = {"amount": "0.0", "quantity": "0.0", "unit_cost": "0.0"}

    def __init__(self, house: House, line: Record, *, as_user: bool = False) -> None:
        names = ("company_id", "project_id", "contract_id")
        super().__init__(house, {name: line[name] for name in names} | {"line_item_id": line["id"]}, as_user=as_user)
