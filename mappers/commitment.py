"""A commitment to a CMiC subcontract and its schedule of values (requirements §3, commitment; cmic-api §3.7, §5).

Tax codes are not sent (R-10). A purchase order is a subcontract of another contract type.
"""

from __future__ import annotations

from typing import Any

from domain.commitment import Commitment, CommitmentLine, CommitmentType
from domain.facts import Prerequisite, References
from domain.identity import ObjectId, company_key, origin_id, project_key
from domain.money import cents
from domain.ports import WriteBack
from domain.records import Group, Key, Plan, Record, Scalar, Written
from domain.settings import ExportSettings
from domain.states import Condition
from mappers.base import business_date, needs, readable

BASE_CONTRACT = "000"
_TYPES = {"WorkOrderContract": CommitmentType.SUBCONTRACT, "PurchaseOrderContract": CommitmentType.PURCHASE_ORDER}


class CommitmentMapper:
    def from_procore(self, raw: dict[str, Any]) -> Commitment:
        return readable(_commitment, raw, "commitment")

    def restore(self, body: dict[str, Any]) -> Commitment:
        return Commitment.model_validate(body)

    def prerequisites(self, object_id: ObjectId, document: Any, erp_company: str) -> list[Prerequisite]:
        project = project_key(object_id.company, int(object_id.scope))
        rows = [needs(project, Condition.JOB_EXISTS, f"project {object_id.scope}")]
        if document.vendor_id:
            vendor = company_key(object_id.company, erp_company, document.vendor_id)
            rows.append(needs(vendor, Condition.SYNCED, f"company {document.vendor_name or document.vendor_id}"))
        return rows

    def plan(
        self,
        object_id: ObjectId,
        document: Any,
        references: References,
        typed: dict[str, Any],
        settings: ExportSettings,
    ) -> Plan:
        commitment: Commitment = document
        number = str(typed.get("erp_id") or commitment.number).upper()
        header_key = Key(
            resource="subcontract",
            parts={
                "company": references.erp_company,
                "vendor": references.vendor,
                "contract": number,
                "change_code": BASE_CONTRACT,
            },
        )
        header = Record(key=header_key, values=_header(commitment, references, typed, settings), label=commitment.title)
        lines = [_line(line, header_key, references, settings) for line in commitment.lines]
        return Plan(groups=[Group(header=header, lines=lines, total=commitment.lines_total)])

    def write_back(self, object_id: ObjectId, written: list[Written]) -> WriteBack:
        header = next(w for w in written if not w.part)
        ids = {w.part: origin_id(*w.key.parts.values()) for w in written if w.part}
        return WriteBack(
            origin_id=origin_id(*header.key.parts.values()), code=header.key.parts["contract"], lines=dict(ids)
        )


def _header(
    commitment: Commitment, references: References, typed: dict[str, Any], settings: ExportSettings
) -> dict[str, Scalar]:
    is_order = commitment.type is CommitmentType.PURCHASE_ORDER
    return {
        "job": references.job,
        "currency": settings.currency,
        "our_number": True,
        "contract_type": settings.purchase_order_type if is_order else settings.subcontract_type,
        "title": commitment.title or None,
        "scope": commitment.description or None,
        "date": commitment.made_on(settings.time_zone),
        "start": commitment.start_on,
        "issued": commitment.issued_on,
        "end": commitment.completion_on,
        "executed": commitment.signed_on,
        "retainage_percent": commitment.retainage,
        "accounting_date": business_date(typed.get("accounting_date")),
    }


def _line(line: CommitmentLine, header: Key, references: References, settings: ExportSettings) -> Record:
    key = Key(resource="subcontract_line", parts={**header.parts, "task": task_code(line.position)})
    unit_based = line.is_unit_based
    values: dict[str, Scalar] = {
        "job": references.job,
        "task_name": line.description or None,
        "cost_code": line.cost_code.upper(),
        "category": line.category.upper(),
        "uom": settings.uom(line.uom if unit_based else None),
        "quantity": line.quantity if unit_based else None,
        "rate": line.unit_cost if unit_based else None,
        "amount": cents(line.amount),
    }
    return Record(key=key, values=values, part=str(line.id), label=f"line {line.position}")


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
