"""Subcontractor invoices (procore-api §9).

A new one has an item for every line of its commitment and of the change orders that are approved by then or were on the
invoice before; what is stored is carried over. Each follows the latest one before, and only the latest can be deleted:
assumed. Once it has an ERP's id everything but `origin_id` and `origin_data` is frozen (procore-api §3).
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.procore.desk import LIVE, Desk
from sandbox.procore.errors import Errors, Invalid
from sandbox.procore.house import House
from sandbox.procore.oauth import DMSA, PERSON
from sandbox.procore.resources.amounts import percent
from sandbox.procore.resources.change_orders import COMMITMENT, ChangeOrderDesk
from sandbox.procore.resources.progress import MATERIALS_RETAINED, STORED, held_on_materials, items_of, summary
from sandbox.procore.resources.requisition_items import FROZEN, MATERIALS_PERCENT, WORK_PERCENT, RequisitionItemDesk
from sandbox.procore.resources.requisition_shapes import any_item, claimed
from sandbox.procore.values import Fields, Record, choice, day, flag, origin, text, whole

STATUSES = ("draft", "under_review", "revise_and_resubmit", "approved", "approved_as_noted", "pending_owner_approval")
NOT_LATEST = "can't be deleted: a later invoice builds on it"
_FREE = ("origin_id", "origin_data", "updated_at")
_NAMED = ("item_type", "line_item_id", "detail_line_item_id")


class RequisitionDesk(Desk):
    """The invoices of a project, or with a commitment in the scope, of that."""

    table = "requisitions"
    fields: Fields = {
        **dict.fromkeys(("invoice_number", "submitted_at", "origin_data"), text),
        **dict.fromkeys(("requisition_start", "requisition_end", "billing_date", "payment_date"), day),
        "period_id": whole,
        "final": flag,
        "status": choice(*STATUSES),
        "origin_id": origin,
    }
    internal: Fields = {"erp_status": text}
    blank: Record = {"status": "draft", "final": False}

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """A new one has the next number of its commitment and follows the latest; dates come from the period."""
        if before is not None:
            return row
        previous = latest_of(self.house, row["commitment_id"])
        period = self.house.books.get("billing_periods", row["period_id"]) or {}
        dates = {"requisition_start": "start_date", "requisition_end": "end_date", "billing_date": "due_date"}
        return {
            **row,
            **{name: row[name] or period.get(source) for name, source in dates.items()},
            "number": previous["number"] + 1 if previous else 1,
            "previous_requisition_id": previous["id"] if previous else None,
            "created_by_id": (PERSON if self.as_user else DMSA)["id"],
        }

    def check(self, row: Record, before: Record | None) -> Errors:
        """The period is one of the project, and what is frozen stays."""
        errors: Errors = {} if row["status"] else {"status": ["can't be blank"]}
        period = self.house.books.get("billing_periods", row["period_id"])
        if row["period_id"] and (period is None or period["project_id"] != row["project_id"]):
            errors["period_id"] = ["must exist"]
        changed = before is not None and any(row[name] != before[name] for name in before if name not in _FREE)
        if before is not None and changed and self.frozen(before):
            errors["base"] = [FROZEN]
        return errors

    def frozen(self, row: Record) -> bool:
        """Whether the API may only write the external ids."""
        return bool(row["origin_id"]) and not self.as_user

    def after(self, row: Record, before: Record | None) -> Record:
        """Give a new one its items."""
        if before is None:
            desk = RequisitionItemDesk(self.house, row, as_user=True)
            for position, body in enumerate(self._new_items(row), start=1):
                desk.create({**body, "position": position, "requisition_number": row["number"]})
        return row

    def write_items(self, row: Record, bodies: list[Record], *, new: bool) -> None:
        """Write items: those of a new invoice are named by their line, others by their id. Raises Invalid."""
        desk = RequisitionItemDesk(self.house, row, as_user=self.as_user)
        by_line = {tuple(item[name] for name in _NAMED): item for item in items_of(self.house, row)}
        for body in bodies:
            if not isinstance(body, dict):
                raise Invalid({"items": ["must be objects"]})
            try:
                found = by_line.get(_line_of(body)) if new else desk.find(whole(body.get("id")))
            except ValueError as error:
                raise Invalid({"items": [str(error)]}) from None
            if found is None or found["item_type"] != body.get("item_type"):
                raise Invalid({"items": ["must exist"]})
            desk.update(found, body)

    def delete(self, row: Record) -> None:
        """Keep it and its items as deleted. Raises Invalid for a synced one and for one that others build on."""
        if self.frozen(row):
            raise Invalid({"base": [FROZEN]})
        if not self.last(row):
            raise Invalid({"base": [NOT_LATEST]})
        for item in items_of(self.house, row):
            self.house.books.change("requisition_items", item["id"], {"deleted_at": self.house.clock.text()})
        super().delete(row)

    def show(self, row: Record) -> Record:
        """The view `default`."""
        books = self.house.books
        contract = books.get("commitments", row["commitment_id"]) or {}
        vendor = books.get("vendors", contract.get("vendor_id")) or {}
        company = books.get("companies", row["company_id"]) or {}
        code = company.get("base_currency")
        whole_progress, shown_summary = summary(self.house, row)
        names = ("id", "number", "previous_requisition_id", "project_id", "commitment_id", "created_at", "updated_at",
                 "erp_status")  # fmt: skip
        return {name: row[name] for name in (*names, *self.fields)} | {
            "commitment_type": contract.get("type"),
            "contract_name": contract.get("title"),
            "vendor_id": vendor.get("id"),
            "vendor_name": vendor.get("name"),
            "deletable": self.last(row) and not row["origin_id"],
            "invoice_type": None,
            "electronic_signature_id": None,
            "move_materials_to_previous_work_completed": False,
            "percent_complete": percent(whole_progress.completed, whole_progress.scheduled),
            "total_claimed_amount": claimed(self.house, items_of(self.house, row)),
            "summary": shown_summary,
            "currency_configuration": {"currency_iso_code": code, "base_currency_iso_code": code},
        }

    def extended(self, row: Record) -> Record:
        """The view `extended`: who, for whom, and what is attached."""
        books = self.house.books
        contract = books.get("commitments", row["commitment_id"]) or {}
        vendor = books.get("vendors", contract.get("vendor_id")) or {}
        project = books.get("projects", row["project_id"]) or {}
        company = books.get("companies", row["company_id"]) or {}
        writer = next(person for person in (DMSA, PERSON) if person["id"] == row["created_by_id"])
        return self.show(row) | {
            "attachments": [],
            "created_by": writer | {"company_name": company.get("name")},
            "summary_text": {
                "application_number": str(row["number"]),
                "contract_for": contract.get("title"),
                "contract_date": contract.get("contract_date"),
                "project_name": project.get("name"),
                "project_number": project.get("project_number"),
                "requisition_period_start": row["requisition_start"],
                "requisition_period_end": row["requisition_end"],
                "subcontractor_name": vendor.get("name"),
                "subcontractor_street": vendor.get("address"),
                **{f"subcontractor_{name}": vendor.get(name) for name in ("city", "state_code", "zip", "country_code")},
                "to_general_contractor": company.get("name"),
            },
        }

    def with_items(self, row: Record) -> Record:
        """The view `items`: every item, and the change orders that some of them belong to."""
        items = items_of(self.house, row)
        packages = dict.fromkeys(item["change_order_id"] for item in items if item["change_order_id"])
        orders = [self.house.books.get("commitment_change_orders", number) or {} for number in packages]
        return self.show(row) | {
            "items": [any_item(self.house, item) for item in items],
            "item_packages": [
                {name: order.get(name) for name in ("id", "contract_id", "number", "title", "status")}
                | {"change_order_id": order.get("id"), "position": position}
                for position, order in enumerate(orders, start=1)
            ],
        }

    def last(self, row: Record) -> bool:
        """Whether it is its commitment's latest."""
        latest = latest_of(self.house, row["commitment_id"])
        return latest is not None and latest["id"] == row["id"]

    def _new_items(self, row: Record) -> Iterator[Record]:
        """The bodies of a new invoice's items, with what is carried over."""
        previous = self.house.books.get(self.table, row["previous_requisition_id"])
        before = items_of(self.house, previous) if previous else []
        earlier = {tuple(item[name] for name in _NAMED): item for item in before}
        contract = self.house.books.get("commitments", row["commitment_id"]) or {}
        share = contract.get("retainage_percent") or "0.0"
        for named in [*self._contract_lines(row), *self._change_order_lines(row, before)]:
            old = earlier.get(_line_of(named))
            body = {**named, WORK_PERCENT: share, MATERIALS_PERCENT: share, "previous_id": old["id"] if old else None}
            if old and old[STORED] != "0.0":
                body |= {STORED: old[STORED], MATERIALS_RETAINED: str(held_on_materials(old))}
            yield body

    def _contract_lines(self, row: Record) -> Iterator[Record]:
        """The commitment's lines, each by its details where the subcontractor's schedule has some."""
        lines = self.house.books.find("line_items", contract_id=row["commitment_id"])
        for line in sorted(lines, key=lambda line: (line["position"], line["id"])):
            details = self.house.books.find("line_item_details", line_item_id=line["id"])
            for detail in details:
                yield {"item_type": "contract_detail_item", "detail_line_item_id": detail["id"]}
            if not details:
                yield {"item_type": "contract_item", "line_item_id": line["id"]}

    def _change_order_lines(self, row: Record, before: list[Record]) -> Iterator[Record]:
        known = {item["change_order_id"] for item in before}
        scope = {name: row[name] for name in ("company_id", "project_id")}
        desk = ChangeOrderDesk(self.house, COMMITMENT, scope)
        for order in self.house.books.find(desk.table, contract_id=row["commitment_id"], **LIVE):
            for line in desk.lines_of(order) if order["status"] == "approved" or order["id"] in known else []:
                yield {"item_type": "change_order_item", "line_item_id": line["id"], "change_order_id": order["id"]}


def latest_of(house: House, commitment_id: int) -> Record | None:
    """The latest live invoice of a commitment."""
    rows = house.books.find("requisitions", commitment_id=commitment_id, **LIVE)
    return max(rows, key=lambda row: row["number"], default=None)


def _line_of(body: Record) -> tuple[object, ...]:
    return (body.get("item_type"), whole(body.get("line_item_id")), whole(body.get("detail_line_item_id")))
