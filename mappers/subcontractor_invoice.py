"""A subcontractor invoice to a CMiC request for payment: an unposted voucher against the schedule of values (requirements §3,
invoice; cmic-api §3.8). A retainage release is a voucher over zero with what each line releases."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.facts import Prerequisite
from domain.identity import ObjectId, beside, origin_id
from domain.money import amount_of
from domain.ports import WriteBack
from domain.records import Group, Key, Plan, Written
from domain.settings import InvoiceDate
from domain.states import Condition
from domain.subcontractor_invoice import InvoiceLine, SubcontractorInvoice
from mappers.base import Mapper, business_date, needs, needs_job, text_of
from mappers.fields import Export, Field, Source, Table, carried

DETAIL = "contract_detail_item"
_HEADER = "§3 invoice header"
_LINE = "§3 distribution"


def invoice_date(source: Source) -> date | None:
    from_billing = source.export.settings.invoice_date_from is InvoiceDate.BILLING
    billed: date | None = source.document.billing_date
    return billed if from_billing else source.export.on


def due_date(source: Source) -> date | None:
    billed = source.document.billing_date
    return billed + timedelta(days=source.export.settings.invoice_due_days) if billed else None


HEADER = Table(
    "subcontractor invoice",
    "voucher",
    key=(
        Field("company", "the project's CMiC company", lambda s: s.export.references.erp_company, "R-08"),
        Field("vendor", "commitment: ERP vendor id", lambda s: s.more.get("vendor", ""), _HEADER),
        Field(
            "invoice",
            "invoice number, or the ERP id typed",
            lambda s: str(s.export.typed.get("erp_id") or s.document.code).upper(),
            _HEADER,
        ),
    ),
    values=(
        Field("job", "project code", lambda s: s.export.references.job, _LINE),
        Field("contract", "commitment: contract number", lambda s: s.more.get("contract", ""), _LINE),
        Field("change_code", "(the base contract)", lambda s: s.more.get("change_code", ""), "cmic-api §3.8"),
        Field("series", "(setting: invoice_series)", lambda s: s.export.settings.invoice_series, "cmic-api §3.8"),
        Field("currency", "(setting: currency)", lambda s: s.export.settings.currency, "S-05"),
        Field("invoice_date", "billing date, or the export date", invoice_date, "R-13, S-24"),
        Field("due_date", "billing date + 30 days", due_date, "R-13"),
        Field(
            "posting_date",
            "billing date, or the accounting date typed",
            lambda s: business_date(s.export.typed.get("accounting_date")) or s.document.billing_date,
            "R-13",
        ),
        Field("amount", "total completed and stored, this period", lambda s: s.document.total, _HEADER),
        Field("description", "(description typed)", lambda s: s.export.typed.get("description"), _HEADER),
        Field("final", "final", lambda s: s.document.final, "cmic-api §3.8"),
        Field("auto_post", "(never: a person posts)", lambda s: False, "O-13"),
    ),
)
LINE = Table(
    "subcontractor invoice item",
    "voucher_line",
    key=(
        *carried(HEADER),
        Field("change_code", "commitment, or change order billed", lambda s: s.more["change_code"], _LINE),
        Field("task", "commitment or change order line billed", lambda s: s.more["task"], _LINE),
    ),
    values=(
        Field("amount", "work completed this period, materials stored", lambda s: s.line.amount, _LINE),
        Field("retainage", "retainage retained this period", lambda s: s.line.retained, _LINE),
        Field("released", "retainage released this period", lambda s: s.line.released, _LINE),
    ),
)


class SubcontractorInvoiceMapper(Mapper):
    document = SubcontractorInvoice
    tables = (HEADER, LINE)

    def read(self, raw: dict[str, Any]) -> SubcontractorInvoice:
        return SubcontractorInvoice(
            id=raw["id"],
            commitment_id=raw["commitment_id"],
            number=str(raw.get("number") or ""),
            invoice_number=text_of(raw, "invoice_number"),
            status=text_of(raw, "status"),
            billing_date=business_date(raw.get("billing_date")),
            contract_name=text_of(raw, "contract_name"),
            vendor_name=text_of(raw, "vendor_name"),
            final=bool(raw.get("final")),
            due=(raw.get("summary") or {}).get("current_payment_due"),
            detailed=any(not _line(n, 1).is_empty for n in raw["lines"] if n.get("kind") == DETAIL),
            lines=[_line(line, position) for position, line in enumerate(_items(raw), start=1)],
            origin_id=raw.get("origin_id"),
        )

    def prerequisites(self, object_id: ObjectId, document: Any, erp_company: str) -> list[Prerequisite]:
        contract = beside(object_id, "commitment", document.commitment_id)
        label = f"commitment {document.contract_name or document.commitment_id}"
        orders = sorted({line.on_change_order for line in document.billed if line.on_change_order})
        return [
            needs_job(object_id),
            needs(contract, Condition.POSTED, label),
            *(
                needs(beside(object_id, "commitment_change_order", n), Condition.POSTED, f"change order {n}")
                for n in orders
            ),
        ]

    def plan(self, export: Export) -> Plan:
        """Items of one billed line become one row: CMiC distributes by its schedule of values."""
        invoice: SubcontractorInvoice = export.document
        contract = export.references.keys.get(beside(export.object_id, "commitment", invoice.commitment_id), {})
        base = contract.get("", Key(resource="subcontract", parts={})).parts
        header = HEADER.record(Source(export, more=base), label=invoice.title)
        rows: dict[tuple[str, str], InvoiceLine] = {}
        for line in invoice.billed:
            billed = _billed(export, line)
            rows[billed] = _sum(rows[billed], line) if billed in rows else line
        lines = [
            LINE.record(
                Source(export, line, {**header.key.parts, "change_code": change, "task": task}),
                part=f"{'order-item' if line.on_change_order else 'item'}:{line.id}",
                label=f"line {line.position}",
            )
            for (change, task), line in rows.items()
        ]
        return Plan(groups=[Group(header=header, lines=lines, total=invoice.total)])

    def write_back(self, object_id: ObjectId, written: list[Written]) -> WriteBack:
        """The header's id only: items have no place for one."""
        header = next(w for w in written if not w.part)
        return WriteBack(origin_id=origin_id(*header.key.parts.values()))


def _billed(export: Export, line: InvoiceLine) -> tuple[str, str]:
    """Change code and task of the billed row; empty until its contract is linked, a word that CMiC refuses for a line that
    isn't there."""
    kind, number = ("commitment_change_order", line.on_change_order)
    if not number:
        kind, number = "commitment", export.document.commitment_id
    parts = export.references.keys.get(beside(export.object_id, kind, number), {})
    key = parts.get(str(line.on_line))
    return (key.parts["change_code"], key.parts["task"]) if key else ("", f"?{line.on_line}")


def _sum(a: InvoiceLine, b: InvoiceLine) -> InvoiceLine:
    added = {name: getattr(a, name) + getattr(b, name) for name in ("amount", "retained", "released")}
    return a.model_copy(update=added)


def _money(raw: dict[str, Any], *names: str) -> Decimal:
    """The sum of these amounts; a missing one is nothing. Raises ValueError for what isn't a number."""
    return sum((amount_of(raw.get(name)) for name in names), Decimal(0))


def _items(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """The items that bill the contract's own lines, and change orders'. Detail items stand below a contract's line, and nobody
    publishes which."""
    kept = [n for n in raw["lines"] if n.get("kind") != DETAIL]
    return sorted(kept, key=lambda line: (line.get("position") or 0, line["id"]))


def _line(raw: dict[str, Any], position: int) -> InvoiceLine:
    """Materials are this period's as far as more is stored than the previous invoice said: an item tells what is stored
    now."""
    before = raw.get("before") or {}
    stored, kept = "materials_presently_stored", "materials_stored_retainage_currently_retained"
    held_before = _money(before, kept) - _money(before, "materials_stored_retainage_released_this_period")
    return InvoiceLine(
        id=raw["id"],
        position=position,
        on_line=raw.get("line_item_id"),
        on_change_order=raw.get("change_order_package_id"),
        description=text_of(raw, "description_of_work"),
        scheduled=_money(raw, "scheduled_value"),
        billed_to_date=_money(raw, "total_completed_and_stored_to_date"),
        amount=_money(raw, "work_completed_this_period", stored) - _money(before, stored),
        retained=_money(raw, "work_completed_retainage_retained_this_period", kept) - held_before,
        retained_before=_money(raw, "work_completed_retainage_from_previous_application") + held_before,
        released=_money(
            raw, "work_completed_retainage_released_this_period", "materials_stored_retainage_released_this_period"
        ),
    )
