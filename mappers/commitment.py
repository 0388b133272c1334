"""A commitment to a CMiC subcontract and its schedule of values (requirements §3, commitment; cmic-api §3.7, §5).

Tax codes are not sent (R-10). A purchase order is a subcontract of another contract type.
"""

from __future__ import annotations

from typing import Any

from domain.commitment import Commitment, CommitmentLine, CommitmentType, with_cost_types
from domain.facts import Prerequisite
from domain.identity import ObjectId, company_key, origin_id
from domain.lines import total_of
from domain.money import cents
from domain.ports import WriteBack
from domain.records import Group, Plan, Written
from domain.states import Condition
from mappers.base import Mapper, business_date, needs, needs_job
from mappers.codes import going_along
from mappers.fields import Export, Field, Source, Table, carried

BASE_CONTRACT = "000"
_TYPES = {"WorkOrderContract": CommitmentType.SUBCONTRACT, "PurchaseOrderContract": CommitmentType.PURCHASE_ORDER}


def _contract_type(source: Source) -> str:
    is_order = source.document.type is CommitmentType.PURCHASE_ORDER
    settings = source.export.settings
    return settings.purchase_order_type if is_order else settings.subcontract_type


HEADER = Table(
    "commitment",
    "subcontract",
    key=(
        Field("company", "the project's CMiC company", lambda s: s.export.references.erp_company, "R-08"),
        Field("vendor", "company: ERP vendor id", lambda s: s.export.references.vendor, "§3 commitment header"),
        Field(
            "contract",
            "number, or the ERP id typed",
            lambda s: str(s.export.typed.get("erp_id") or s.document.number).upper(),
            "R-11",
            "↔",
        ),
        Field("change_code", "(the base contract)", lambda s: BASE_CONTRACT, "O-11"),
    ),
    values=(
        Field("job", "project code", lambda s: s.export.references.job, "O-11"),
        Field("currency", "(setting: currency)", lambda s: s.export.settings.currency, "S-05"),
        Field("our_number", "(always: our number)", lambda s: True, "R-11"),
        Field("contract_type", "type", _contract_type, "S-04"),
        Field("title", "title", lambda s: s.document.title or None, "§3 commitment header"),
        Field("scope", "description", lambda s: s.document.description or None, "§3 commitment header"),
        Field(
            "date",
            "created at",
            lambda s: s.document.made_on(s.export.settings.time_zone),
            "§3 commitment header",
        ),
        Field("start", "start date", lambda s: s.document.start_on, "§3 commitment header"),
        Field("issued", "issued on", lambda s: s.document.issued_on, "§3 commitment header"),
        Field("end", "estimated completion", lambda s: s.document.completion_on, "§3 commitment header"),
        Field("executed", "signed contract received", lambda s: s.document.signed_on, "§3 commitment header"),
        Field("retainage_percent", "default retainage", lambda s: s.document.retainage, "§3 commitment header"),
        Field(
            "accounting_date",
            "(accounting date typed)",
            lambda s: business_date(s.export.typed.get("accounting_date")),
            "erp-tool §5",
        ),
    ),
)
LINE = Table(
    "commitment line",
    "subcontract_line",
    key=(
        *carried(HEADER),
        Field("task", "position", lambda s: task_code(s.line.position), "O-11"),
    ),
    values=(
        Field("job", "project code", lambda s: s.export.references.job, "§3 subcontract line"),
        Field("task_name", "description", lambda s: s.line.description or None, "§3 subcontract line"),
        Field("cost_code", "cost code", lambda s: s.line.cost_code.upper(), "§3 subcontract line"),
        Field(
            "category",
            "cost type, or the configured one",
            lambda s: s.line.category.upper(),
            "§3 subcontract line, S-02",
        ),
        Field(
            "uom",
            "UOM, or the default unit",
            lambda s: s.export.settings.uom(s.line.uom if s.line.is_unit_based else None),
            "R-22",
        ),
        Field("quantity", "quantity", lambda s: s.line.quantity if s.line.is_unit_based else None, "§3 PO line"),
        Field("rate", "unit cost", lambda s: s.line.unit_cost if s.line.is_unit_based else None, "§3 PO line"),
        Field("amount", "contract amount, or subtotal", lambda s: cents(s.line.amount), "§3 subcontract line, PO line"),
    ),
)


class CommitmentMapper(Mapper):
    document = Commitment
    tables = (HEADER, LINE)

    def read(self, raw: dict[str, Any]) -> Commitment:
        return _commitment(raw)

    def prerequisites(self, object_id: ObjectId, document: Any, erp_company: str) -> list[Prerequisite]:
        rows = [needs_job(object_id)]
        if document.vendor_id:
            vendor = company_key(object_id.company, erp_company, document.vendor_id)
            rows.append(needs(vendor, Condition.SYNCED, f"company {document.vendor_name or document.vendor_id}"))
        return rows

    def plan(self, export: Export) -> Plan:
        commitment: Commitment = export.document
        header = HEADER.record(Source(export), label=commitment.title)
        coded = with_cost_types(commitment, export.settings)
        lines = [
            LINE.record(Source(export, line, header.key.parts), part=str(line.id), label=f"line {line.position}")
            for line in coded
        ]
        contract = Group(header=header, lines=lines, total=total_of(coded))
        return Plan(groups=[*going_along(export, (line.pair for line in coded)), contract])

    def write_back(self, object_id: ObjectId, written: list[Written]) -> WriteBack:
        header = next(w for w in written if not w.part)
        lines = {w.part: origin_id(*w.key.parts.values()) for w in written if w.part.isdigit()}
        return WriteBack(
            origin_id=origin_id(*header.key.parts.values()), code=header.key.parts["contract"], lines=dict(lines)
        )


def task_code(position: int) -> str:
    """The line's task code: its position, so that CMiC lists the lines as Procore does."""
    return f"{position:04d}"


def _commitment(raw: dict[str, Any]) -> Commitment:
    vendor = raw.get("vendor") or {}
    lines = sorted(raw.get("line_items") or [], key=lambda line: (line.get("position") or 0, line["id"]))
    return Commitment(
        id=raw["id"],
        type=_TYPES[raw["type"]],
        number=(raw.get("number") or "").strip(),
        title=(raw.get("title") or "").strip(),
        description=(raw.get("description") or "").strip(),
        status=raw.get("status") or "",
        vendor_id=vendor.get("id"),
        vendor_name=vendor.get("company") or vendor.get("name") or "",
        created_at=raw.get("created_at") or None,
        contract_date=business_date(raw.get("contract_date")),
        start_on=business_date(raw.get("contract_start_date")),
        issued_on=business_date(raw.get("issued_on_date")),
        completion_on=business_date(raw.get("contract_estimated_completion_date") or raw.get("delivery_date")),
        signed_on=business_date(raw.get("signed_contract_received_date")),
        retainage=raw.get("retainage_percent"),
        total=raw.get("grand_total"),
        lines=[_read_line(line, position) for position, line in enumerate(lines, start=1)],
        origin_id=raw.get("origin_id"),
    )


def _read_line(raw: dict[str, Any], position: int) -> CommitmentLine:
    cost_code, kind = raw.get("cost_code") or {}, raw.get("line_item_type") or {}
    return CommitmentLine(
        id=raw["id"],
        position=position,
        description=(raw.get("description") or "").strip(),
        cost_code=cost_code.get("full_code") or "",
        category=kind.get("code") or "",
        amount=raw["amount"],
        quantity=raw.get("quantity"),
        unit_cost=raw.get("unit_cost"),
        uom=raw.get("uom") or "",
        calculated=raw.get("extended_type") == "calculated",
        origin_id=raw.get("origin_id"),
    )
