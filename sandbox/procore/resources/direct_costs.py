"""Direct costs of a project: fields, rules and shapes of their heads (procore-api §8).

One with an ERP's id is closed to plain writes and deletes as a whole, its lines too; the sync may go on writing it
(procore-api §3, erp-tool-behaviour F-06). A sync row with its id and `origin_id` null takes the ERP's id away, and then it
can be deleted. Subcontractor invoices are a type only after Procore has enabled them: here a field of the company. A head
keeps its sum and the number of its lines, so that a line costs the same however many there are.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.procore.desk import LIVE, Desk
from sandbox.procore.errors import Errors, Invalid
from sandbox.procore.house import House
from sandbox.procore.values import Fields, Record, choice, day, decimal_text, origin, text, whole

FROZEN = "can't be changed: the direct cost is synced with an ERP"
SUBCONTRACTOR = "subcontractor_invoice"
STATUSES = ("draft", "pending", "revise_and_resubmit", "approved")
LINES = "direct_cost_line_items"

_SHOWN = (
    "id", "created_at", "deleted_at", "description", "direct_cost_type", "direct_cost_date", "grand_total",
    "invoice_number", "origin_data", "origin_id", "payment_date", "received_date", "status", "terms", "updated_at",
    "vendor_id",
)  # fmt: skip


class DirectCostDesk(Desk):
    """Direct costs of one project. `by_sync` says that a sync writes, which may write what is synced."""

    table = "direct_costs"
    fields: Fields = {
        **dict.fromkeys(("description", "invoice_number", "terms", "origin_data"), text),
        **dict.fromkeys(("direct_cost_date", "payment_date", "received_date"), day),
        **dict.fromkeys(("employee_id", "vendor_id"), whole),
        "direct_cost_type": choice("invoice", "expense", "payroll", SUBCONTRACTOR),
        "status": choice(*STATUSES),
        "origin_id": origin,
    }
    blank: Record = {"status": "draft", "grand_total": "0.0", "line_items_count": 0, "last_position": 0}

    def __init__(self, house: House, scope: Record, *, as_user: bool = False, by_sync: bool = False) -> None:
        super().__init__(house, scope, as_user=as_user)
        self.by_sync = by_sync
        self._company = house.books.get("companies", scope["company_id"]) or {}
        currency = self._company.get("base_currency")
        self._currency = {"base_currency_iso_code": currency, "currency_iso_code": currency}

    def check(self, row: Record, before: Record | None) -> Errors:
        """A type is needed, the vendor must be one of the company's, and what is frozen stays."""
        errors: Errors = {}
        kind = row["direct_cost_type"]
        if kind is None:
            errors["direct_cost_type"] = ["can't be blank"]
        elif kind == SUBCONTRACTOR and not self._company.get("subcontractor_invoices_enabled"):
            errors["direct_cost_type"] = ["is not included in the list"]
        if not row["status"]:
            errors["status"] = ["can't be blank"]
        vendor = self.house.books.get("vendors", row["vendor_id"])
        if row["vendor_id"] and (vendor is None or vendor["company_id"] != row["company_id"]):
            errors["vendor_id"] = ["must exist"]
        changed = before is not None and any(row[name] != before[name] for name in self.fields)
        if before is not None and changed and self.frozen(before):
            errors["base"] = [FROZEN]
        return errors

    def frozen(self, row: Record) -> bool:
        """Whether nothing of a direct cost or its lines may be written now."""
        return bool(row["origin_id"]) and not self.as_user and not self.by_sync

    def delete(self, row: Record) -> None:
        """Keep it and its lines as deleted. Raises Invalid for a synced one."""
        if self.frozen(row):
            raise Invalid({"base": [FROZEN]})
        for line in self.house.books.find(LINES, direct_cost_id=row["id"], **LIVE):
            self.house.books.change(LINES, line["id"], {"deleted_at": self.house.clock.text()})
        super().delete(row)

    def add_line(self, number: int, difference: Decimal, *, lines: int = 0, position: int | None = None) -> None:
        """Keep the head's sum when a line's amount changes by so much, and the number of its lines."""
        row = self.house.books.get(self.table, number)
        assert row is not None
        changes = {
            "grand_total": decimal_text(Decimal(row["grand_total"]) + difference),
            "line_items_count": row["line_items_count"] + lines,
            "last_position": max(row["last_position"], position or 0),
        }
        self.house.books.change(self.table, number, changes)

    def show(self, row: Record) -> Record:
        """As v1.0 and the sync show one."""
        vendor = self._vendor(row)
        return {name: row[name] for name in _SHOWN} | {
            "attachments": [],
            "attachments_count": 0,
            "employee": _employee(row),
            "line_items_count": row["line_items_count"],
            "vendor": {"id": vendor["id"], "name": vendor["name"]} if vendor else None,
            "vendor_name": vendor["name"] if vendor else None,
            "currency_configuration": self._currency,
        }

    def brief(self, row: Record) -> Record:
        """As both lists have it; there the vendor is a name."""
        vendor = self._vendor(row)
        name = vendor["name"] if vendor else None
        return {name: row[name] for name in _SHOWN} | {
            "amount": row["grand_total"],
            "employee": _employee(row),
            "vendor": name,
            "vendor_name": name,
            "currency_configuration": self._currency,
        }

    def single(self, row: Record, lines: list[Record]) -> Record:
        """As v1.1 shows one, with its lines."""
        project = self.house.books.get("projects", row["project_id"]) or {}
        return self.show(row) | {
            "company": {"id": row["company_id"], "name": self._company.get("name")},
            "project": {"id": row["project_id"], "name": project.get("name")},
            "currency_configuration": self._currency | {"currency_exchange_rate": "1.0"},
            "line_items": lines,
        }

    def _vendor(self, row: Record) -> Record | None:
        return self.house.books.get("vendors", row["vendor_id"])


def _employee(row: Record) -> Record | None:
    """Users aren't played, so an employee has an id and no name."""
    return {"id": row["employee_id"], "name": None} if row["employee_id"] else None
