"""A payment made with Procore Pay to a CMiC cheque that pays the invoice's voucher (O-14; requirements §3, payment; cmic-api
§3.9)."""

from __future__ import annotations

from typing import Any

from domain.facts import Prerequisite
from domain.identity import ObjectId, beside, origin_id
from domain.invoice_payment import InvoicePayment
from domain.ports import WriteBack
from domain.records import Group, Key, Plan, Written
from domain.states import Condition
from mappers.base import Mapper, business_date, needs, needs_job, text_of
from mappers.fields import Export, Field, Source, Table

_PAYMENT = "§3 payment"


def _number(source: Source) -> str:
    """CMiC's cheque numbers are whole numbers: it shows none of the zeros before one."""
    number = str(source.export.typed.get("erp_id") or source.document.number)
    return number.lstrip("0") or "0"


HEADER = Table(
    "invoice payment",
    "payment",
    key=(
        Field("company", "the project's CMiC company", lambda s: s.export.references.erp_company, "R-08"),
        Field(
            "bank_company",
            "(setting: payment_bank_company)",
            lambda s: s.export.settings.payment_bank_company,
            "cmic-api §3.9",
        ),
        Field(
            "bank_department",
            "(setting: payment_department)",
            lambda s: s.export.settings.payment_department,
            "cmic-api §3.9",
        ),
        Field(
            "bank_account", "(setting: payment_account)", lambda s: s.export.settings.payment_account, "cmic-api §3.9"
        ),
        Field("number", "check number, or the ERP id typed", _number, _PAYMENT, "↔"),
    ),
    values=(
        Field("vendor", "invoice: ERP vendor id", lambda s: s.more.get("vendor", ""), _PAYMENT),
        Field("date", "funding date", lambda s: s.document.paid_on, _PAYMENT, "↔"),
        Field(
            "posting_date",
            "funding date, or the accounting date typed",
            lambda s: business_date(s.export.typed.get("accounting_date")) or s.document.paid_on,
            _PAYMENT,
            "↔",
        ),
        Field("amount", "amount", lambda s: s.document.amount, _PAYMENT, "↔"),
        Field("currency", "(setting: currency)", lambda s: s.export.settings.currency, "S-05"),
        Field("description", "notes", lambda s: s.document.notes or None, _PAYMENT, "↔"),
    ),
)
LINE = Table(
    "invoice payment, the invoice paid",
    "payment_line",
    key=(
        Field("company", "the project's CMiC company", lambda s: s.more["company"], "R-08"),
        Field("vendor", "invoice: ERP vendor id", lambda s: s.more["vendor"], _PAYMENT),
        Field("number", "check number, or the ERP id typed", lambda s: s.more["number"], _PAYMENT),
        Field("invoice", "invoice: ERP id", lambda s: s.more["invoice"], _PAYMENT),
    ),
    values=(Field("amount", "amount", lambda s: s.document.amount, _PAYMENT),),
)


class InvoicePaymentMapper(Mapper):
    document = InvoicePayment
    tables = (HEADER, LINE)

    def read(self, raw: dict[str, Any]) -> InvoicePayment:
        vendor = raw.get("vendor") or {}
        return InvoicePayment(
            id=raw["id"],
            requisition_id=raw.get("requisition_id"),
            number=text_of(raw, "check_number") or str(raw.get("payment_number") or ""),
            paid_on=business_date(raw.get("date")),
            amount=raw["amount"],
            notes=text_of(raw, "notes"),
            status=text_of(raw, "status"),
            procore_pay=bool(raw.get("external_payment_id")),
            vendor_name=vendor.get("company") or vendor.get("name") or "",
            origin_id=raw.get("origin_id"),
        )

    def prerequisites(self, object_id: ObjectId, document: Any, erp_company: str) -> list[Prerequisite]:
        if not document.requisition_id:
            return [needs_job(object_id)]
        invoice = beside(object_id, "subcontractor_invoice", document.requisition_id)
        return [needs_job(object_id), needs(invoice, Condition.POSTED, f"invoice {document.requisition_id}")]

    def plan(self, export: Export) -> Plan:
        payment: InvoicePayment = export.document
        invoice = beside(export.object_id, "subcontractor_invoice", payment.requisition_id or 1)
        voucher = export.references.keys.get(invoice, {}).get("", Key(resource="voucher", parts={})).parts
        header = HEADER.record(Source(export, more=voucher), label=payment.title)
        paid = {"vendor": voucher.get("vendor", ""), "invoice": voucher.get("invoice", "")}
        source = Source(export, payment, {**header.key.parts, **paid})
        line = LINE.record(source, part="invoice", label="the invoice")
        return Plan(groups=[Group(header=header, lines=[line], total=payment.amount)])

    def write_back(self, object_id: ObjectId, written: list[Written]) -> WriteBack:
        header = next(w for w in written if not w.part)
        return WriteBack(origin_id=origin_id(*header.key.parts.values()))
