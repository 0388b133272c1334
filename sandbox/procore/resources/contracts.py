"""Work order and purchase order contracts: their fields, rules and shapes (procore-api §6).

Both live in one table, share one id sequence and, by assumption, one series of numbers a project. While one is Approved
or Complete and has an ERP's id, its vendor and lines are frozen and it can't be deleted, unless the company's setting
relaxes that (procore-api §3); its external ids may always be written.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sandbox.procore.desk import LIVE, Desk
from sandbox.procore.errors import Errors
from sandbox.procore.house import House
from sandbox.procore.oauth import DMSA, PERSON
from sandbox.procore.resources.contract_sums import payments_of, sums
from sandbox.procore.values import (
    Fields,
    Record,
    choice,
    day,
    decimal_places,
    decimal_text,
    flag,
    money,
    origin,
    text,
    whole,
)

FROZEN = "can't be changed: the commitment is approved and synced with an ERP"
_FROZEN_STATUSES = ("Approved", "Complete")

_COMMON: Fields = {
    **dict.fromkeys(("number", "title", "description", "origin_data", "origin_code"), text),
    **dict.fromkeys(
        ("approval_letter_date", "contract_date", "execution_date", "issued_on_date", "letter_of_intent_date",
         "returned_date"),
        day,
    ),
    **dict.fromkeys(("executed", "private"), flag),
    "accounting_method": choice("amount", "unit"),
    "retainage_percent": decimal_places(2),
    "vendor_id": whole,
    "origin_id": origin,
}  # fmt: skip
_WORK_ORDER: Fields = {
    **dict.fromkeys(("inclusions", "exclusions"), text),
    **dict.fromkeys(
        ("actual_completion_date", "contract_start_date", "contract_estimated_completion_date",
         "signed_contract_received_date"),
        day,
    ),
}  # fmt: skip
_PURCHASE_ORDER: Fields = {
    **dict.fromkeys(("bill_to_address", "ship_to_address", "ship_via", "payment_terms"), text),
    "delivery_date": day,
    "assignee_id": whole,
}
WORK_ORDER_STATUSES = ("Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated", "Void")
PURCHASE_ORDER_STATUSES = ("Draft", "Processing", "Submitted", "Partially Received", "Received", "Approved", "Closed")


@dataclass(frozen=True)
class ContractKind:
    """What differs between the two types of contracts."""

    type: str
    path: str
    wrapper: str
    prefix: str
    method: str
    fields: Fields


WORK_ORDER = ContractKind(
    "WorkOrderContract",
    "work_order_contracts",
    "work_order_contract",
    "SC",
    "amount",
    {**_COMMON, **_WORK_ORDER, "status": choice(*WORK_ORDER_STATUSES)},
)
PURCHASE_ORDER = ContractKind(
    "PurchaseOrderContract",
    "purchase_order_contracts",
    "purchase_order_contract",
    "PO",
    "unit",
    {**_COMMON, **_PURCHASE_ORDER, "status": choice(*PURCHASE_ORDER_STATUSES)},
)
KINDS = {kind.type: kind for kind in (WORK_ORDER, PURCHASE_ORDER)}


class HolderDesk(Desk):
    """The writer of records that hold lines and keep their total."""

    def frozen(self, row: Record) -> bool:
        """Whether the API may not touch what an ERP already has."""
        return False

    def add_to_total(self, number: int, difference: Decimal) -> None:
        """Keep the grand total when a line's amount changes by so much."""
        row = self.house.books.get(self.table, number)
        assert row is not None
        total = decimal_text(Decimal(row["grand_total"]) + difference)
        if difference or self.house.assumptions.line_write_moves_contract:
            self.house.books.change(self.table, number, {"grand_total": total})

    def currency(self, row: Record) -> Record:
        """The currency as show has it."""
        company = self.house.books.get("companies", row["company_id"]) or {}
        code = company.get("base_currency")
        return {"base_currency_iso_code": code, "currency_iso_code": code}


class ContractDesk(HolderDesk):
    """Contracts of one kind in one project."""

    table = "commitments"
    internal: Fields = {"signed_contract_received_date": day, "grand_total": money}
    blank: Record = {"status": "Draft", "executed": False, "private": True, "grand_total": "0.0"}
    kin = ("company_id", "type")

    def __init__(self, house: House, kind: ContractKind, scope: Record, *, as_user: bool = False) -> None:
        super().__init__(house, {**scope, "type": kind.type}, as_user=as_user)
        self.kind = kind
        self.fields = kind.fields

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """A new contract has a number, an accounting method, and the one who made it."""
        if before is not None:
            return row
        return {
            **row,
            "number": row["number"] or self._next_number(row["project_id"]),
            "accounting_method": row["accounting_method"] or self.kind.method,
            "created_by_id": (PERSON if self.as_user else DMSA)["id"],
        }

    def check(self, row: Record, before: Record | None) -> Errors:
        """The vendor must exist, numbers are unique, and what is frozen stays."""
        errors: Errors = {name: ["can't be blank"] for name in ("number", "status") if not row[name]}
        vendor = self.house.books.get("vendors", row["vendor_id"])
        if row["vendor_id"] and (vendor is None or vendor["company_id"] != row["company_id"]):
            errors["vendor_id"] = ["must exist"]
        if self.house.assumptions.commitment_numbers_unique and self._number_taken(row):
            errors["number"] = ["has already been taken"]
        if before and before["vendor_id"] != row["vendor_id"] and self.frozen(before):
            errors["vendor_id"] = [FROZEN]
        return errors

    def frozen(self, row: Record) -> bool:
        """Whether the API may not touch the contract's vendor and lines now."""
        if self.as_user or not row["origin_id"] or row["status"] not in _FROZEN_STATUSES:
            return False
        company = self.house.books.get("companies", row["company_id"]) or {}
        return bool(company["freeze_synced_commitments"])

    def show(self, row: Record) -> Record:
        """As a list and the sync answer it."""
        names = [name for name in self.kind.fields if name not in ("vendor_id", "assignee_id")]
        vendor = self.house.books.get("vendors", row["vendor_id"])
        shown = {name: row[name] for name in (*names, "id", "created_at", "updated_at", "deleted_at")} | sums(
            self.house, row
        )
        shown |= {
            "project": self._project(row),
            "vendor": {"id": vendor["id"], "company": vendor["name"]} if vendor else None,
            "signed_contract_received_date": row["signed_contract_received_date"],
            "requisitions_are_enabled": True,
            "show_line_items_to_non_admins": False,
            "currency_configuration": self._currency(row),
        }
        if self.kind is PURCHASE_ORDER:
            shown["assignee"] = {"id": row["assignee_id"]} if row["assignee_id"] else None
            shown["billing_schedule_of_values_status"] = None
        return shown

    def single(self, row: Record, lines: list[Record]) -> Record:
        """As show and the plain writes answer it, with its lines."""
        vendor = self.house.books.get("vendors", row["vendor_id"])
        shown = {name: value for name, value in self.show(row).items() if name != "billing_schedule_of_values_status"}
        names = ("id", "origin_data", "origin_id")
        empty = ("change_order_packages", "change_order_requests", "invoice_contacts")
        return shown | {
            **{name: [] for name in empty},
            "potential_change_orders": [],
            "payments_issued": payments_of(self.house, row, self.currency(row)),
            "attachments": [] if self.kind is WORK_ORDER else None,
            "created_by_id": row["created_by_id"],
            "line_items": lines,
            "vendor": {name: vendor[name] for name in names} | {"company": vendor["name"]} if vendor else None,
            "currency_configuration": self.currency(row),
        }

    def _currency(self, row: Record) -> Record:
        whole_currency = self.currency(row)
        return {"currency_iso_code": whole_currency["currency_iso_code"]}

    def _project(self, row: Record) -> Record:
        project = self.house.books.get("projects", row["project_id"]) or {}
        return {"id": row["project_id"], "name": project.get("name")}

    def _number_taken(self, row: Record) -> bool:
        same = self.house.books.find(self.table, project_id=row["project_id"], number=row["number"], **LIVE)
        return any(other["id"] != row["id"] for other in same)

    def _next_number(self, project_id: int) -> str:
        used = {row["number"] for row in self.house.books.find(self.table, project_id=project_id)}
        position = len(used) + 1
        while f"{self.kind.prefix}-{position:03}" in used:
            position += 1
        return f"{self.kind.prefix}-{position:03}"
