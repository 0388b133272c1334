"""Change orders of commitments and of prime contracts, in the newer model of one or two tiers (procore-api §6, §8).

The model has no place for an ERP's id. Whether Procore's own ERP tool has one for a change order is kept as `synced`, which
only a user's edit can set: an approved and synced change order's lines are frozen and it can't be deleted, unless the
company's setting relaxes that (procore-api §3). Packages and potential change orders, the older model, aren't played.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.procore.desk import LIVE
from sandbox.procore.errors import Errors, Invalid
from sandbox.procore.house import House
from sandbox.procore.oauth import DMSA, PERSON
from sandbox.procore.resources.contracts import HolderDesk
from sandbox.procore.resources.held_totals import held_lines, keep_total
from sandbox.procore.resources.markups import inherit_markups
from sandbox.procore.values import Fields, Record, choice, day, flag, money, text, whole

FROZEN = "can't be changed: the change order is approved and synced with an ERP"
BILLED = "can't be deleted: the change order is part of an invoice"
STATUSES = (
    "draft", "pricing", "not_pricing", "pending", "revised", "proceeding", "not_proceeding", "pending_billable",
    "no_charge", "approved", "rejected", "void",
)  # fmt: skip
_DECIDED = ("approved", "rejected")


@dataclass(frozen=True)
class ChangeOrderKind:
    """What differs between the two kinds: their own tables, and those of what they change."""

    type: str
    path: str
    lines: str
    contracts: str
    contract_lines: str
    line_field: str


COMMITMENT = ChangeOrderKind(
    "CommitmentChangeOrder",
    "commitment_change_orders",
    "commitment_change_order_lines",
    "commitments",
    "line_items",
    "commitment_line_item_id",
)
PRIME = ChangeOrderKind(
    "PrimeChangeOrder",
    "prime_change_orders",
    "prime_change_order_lines",
    "prime_contracts",
    "prime_line_items",
    "prime_line_item_id",
)
CHANGE_ORDERS = {kind.path: kind for kind in (COMMITMENT, PRIME)}


class ChangeOrderDesk(HolderDesk):
    """Change orders of one kind in one project."""

    fields: Fields = {
        **dict.fromkeys(("number", "title", "description", "reference"), text),
        **dict.fromkeys(("due_date", "invoiced_date", "paid_date", "signed_change_order_received_date"), day),
        **dict.fromkeys(("executed", "private", "paid", "field_change", "signature_required"), flag),
        **dict.fromkeys(("contract_id", "revision", "schedule_impact_amount"), whole),
        "status": choice(*STATUSES),
    }
    internal: Fields = {"reviewed_at": text, "synced": flag, "grand_total": money}
    blank: Record = {
        "status": "draft", "revision": 0, "grand_total": "0.0", "synced": False,
        **dict.fromkeys(("executed", "paid", "field_change", "signature_required"), False), "private": True,
    }  # fmt: skip

    def __init__(self, house: House, kind: ChangeOrderKind, scope: Record, *, as_user: bool = False) -> None:
        super().__init__(house, scope, as_user=as_user)
        self.kind = kind
        self.table = kind.path

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """A new one has a number; one that was just decided says when and by whom, unless the body says so itself."""
        writer = (PERSON if self.as_user else DMSA)["id"]
        if before is None:
            row = {**row, "number": row["number"] or self._next_number(row["contract_id"]), "created_by_id": writer}
        decided = row["status"] in _DECIDED and (before is None or before["status"] != row["status"])
        if decided and "reviewed_at" not in body:
            row = {**row, "reviewed_at": self.house.clock.text(), "reviewed_by_id": writer}
        return row

    def check(self, row: Record, before: Record | None) -> Errors:
        """The contract is a live one of the project and stays; number and revision are unique in it."""
        errors: Errors = {name: ["can't be blank"] for name in ("contract_id", "status", "number") if not row[name]}
        if row["contract_id"] and self.contract(row) is None:
            errors["contract_id"] = ["must exist"]
        if before and before["contract_id"] != row["contract_id"]:
            errors["contract_id"] = ["can't be changed"]
        if self.house.assumptions.change_order_numbers_unique and self._number_taken(row):
            errors["number"] = ["has already been taken"]
        return errors

    def contract(self, row: Record) -> Record | None:
        """The live contract that a change order changes."""
        found = self.house.books.get(self.kind.contracts, row["contract_id"])
        outside = found is None or found["deleted_at"] or found["project_id"] != self.scope["project_id"]
        return None if outside else found

    def frozen(self, row: Record) -> bool:
        """Whether the API may not touch the lines now."""
        if self.as_user or not row["synced"] or row["status"] != "approved":
            return False
        company = self.house.books.get("companies", row["company_id"]) or {}
        return bool(company["freeze_synced_commitments"])

    def lines_of(self, row: Record) -> list[Record]:
        """Its lines, in their order."""
        return held_lines(self.house, self.table, row["id"])

    def keep_total(self, number: int) -> None:
        """Keep the grand total after a line was written."""
        keep_total(self.house, self.table, number)

    def after(self, row: Record, before: Record | None) -> Record:
        """A new one of a prime contract takes over the contract's markups."""
        if before is None and self.kind is PRIME and self.house.assumptions.contract_markups_for_change_orders:
            inherit_markups(self.house, row)
        return self.house.books.get(self.table, row["id"]) or row

    def delete(self, row: Record) -> None:
        """Keep it as deleted. Raises Invalid for a frozen or an invoiced one."""
        if self.frozen(row):
            raise Invalid({"base": [FROZEN]})
        if self.house.books.find("requisition_items", change_order_id=row["id"], **LIVE):
            raise Invalid({"base": [BILLED]})
        super().delete(row)

    def show(self, row: Record) -> Record:
        """As a list answers it."""
        hidden = {"paid_date"} if self.kind is COMMITMENT else set()
        names = [name for name in self.fields if name not in hidden]
        people = {"created_by": row["created_by_id"], "reviewed_by": row.get("reviewed_by_id")}
        nothing = ("batch_id", "legacy_package_id", "legacy_request_id", "location_id", "designated_reviewer",
                   "received_from", "change_order_change_reason", "revised_substantial_completion_date")  # fmt: skip
        return {
            **{name: row[name] for name in (*names, "id", "grand_total", "reviewed_at", "created_at", "updated_at")},
            **dict.fromkeys(nothing),
            **{name: _person(number) for name, number in people.items()},
            "type": self.kind.type,
            "currency_configuration": {"currency_iso_code": self.currency(row)["currency_iso_code"]},
        }

    def single(self, row: Record) -> Record:
        """As show and the writes answer it."""
        return self.show(row) | {"attachments": []}

    def _number_taken(self, row: Record) -> bool:
        same = {name: row[name] for name in ("contract_id", "number", "revision")}
        return any(other["id"] != row["id"] for other in self.house.books.find(self.table, **same, **LIVE))

    def _next_number(self, contract_id: int | None) -> str:
        used = {row["number"] for row in self.house.books.find(self.table, contract_id=contract_id)}
        position = len(used) + 1
        while f"{position:03}" in used:
            position += 1
        return f"{position:03}"


def _person(number: int | None) -> Record | None:
    found = next((person for person in (DMSA, PERSON) if person["id"] == number), None)
    return {"id": found["id"], "name": found["name"]} if found else None
