"""CMiC's payments of vouchers to payments issued on Procore's contracts (O-14, R-14, I-14; requirements §3, payment;
cmic-api §3.9).

A payment is one cheque's part for one voucher: vouchers and cheques stay in the ledger and are joined when it is given. Only
vouchers that this connector exported as invoices have a place in Procore; what Procore Pay paid came from there.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.company_settings import Settings
from domain.identity import origin_id
from domain.incoming import Entry, ImportKind, Scope, Way
from domain.incoming_port import Exported, Place, Row
from domain.ports import Given
from domain.refusals import Refusal, refuse
from domain.states import Posting
from mappers.incoming.base import Arrived, Importer, Lookups, Pair, Stream, Take, TakeOut, never_read

BASE = "000"
INVOICE = "subcontractor_invoice"
_PAYMENT = "§3 payment"


def wanted(settings: Settings, project: int | None) -> list[Refusal]:
    return [] if settings.payments_in else [refuse("import_switched_off", what="payments", setting="payments_in")]


def _contract(arrived: Arrived) -> str:
    return origin_id(*(arrived.text(name).upper() for name in ("company", "vendor", "contract")), BASE)


VOUCHERS = Stream(
    "vouchers",
    "invoice paid",
    "voucher",
    takes=(
        Take(
            "key",
            "(the invoice that it was exported as)",
            "company, vendor, invoice",
            "R-14",
            lambda a: a.found.key.text,
        ),
        Take("contract_key", "(the commitment)", "contract", "R-14", _contract),
        Take("invoice", "invoice number", "invoice", _PAYMENT),
    ),
)
CHEQUES = Stream(
    "cheques",
    "cheque",
    "payment",
    takes=(
        Take(
            "key", "(the payment that it was exported as)", "bank account, number", "O-14", lambda a: a.found.key.text
        ),
        Take("posting", "(posted, void)", "batch, reversed_on", "I-14", lambda a: a.found.posting.value),
        Take("check_number", "check number", "number", _PAYMENT),
        Take("date", "funding date", "date", _PAYMENT, lambda a: a["date"] or a["posting_date"]),
        Take("notes", "description", "description", _PAYMENT),
    ),
)
PAYMENTS = Stream(
    "payments",
    "payment of an invoice",
    "voucher_payment",
    target="contract_payment",
    removes=True,
    beside=(("vouchers", "voucher"), ("cheques", "cheque")),
    across=True,
    takes=(
        Take(
            "voucher", "(its invoice)", "voucher", _PAYMENT, lambda a: origin_id(a.text("company"), a.text("voucher"))
        ),
        Take(
            "cheque", "(its cheque)", "sequence", _PAYMENT, lambda a: origin_id(a.text("company"), a.text("sequence"))
        ),
        Take("amount", "amount", "amount", _PAYMENT),
    ),
)


class PaymentsImporter(Importer):
    kind = ImportKind(
        name="payments",
        workflow_type="PaymentsImport",
        label="payments",
        scope=Scope.COMPANY,
        way=Way.STRAIGHT,
        permission="sync_payments",
        requirement="O-14",
        switch=wanted,
    )
    streams = (VOUCHERS, CHEQUES, PAYMENTS)

    def entry(self, stream: Stream, arrived: Arrived) -> Entry | None:
        """Vouchers and cheques are kept by the numbers that payments name them by (A-40). One without a contract can't have
        come from Procore."""
        if stream is VOUCHERS and not arrived.text("contract"):
            return None
        entry = super().entry(stream, arrived)
        if entry is None or stream is PAYMENTS:
            return entry
        return entry.model_copy(update={"key": origin_id(arrived.text("company"), arrived.found.uuid)})

    def label(self, stream: Stream, arrived: Arrived) -> str:
        if stream is PAYMENTS:
            return f"cheque {arrived.text('cheque')} for voucher {arrived.text('voucher')}, {arrived.text('amount')}"
        return arrived.found.key.text

    def judge(self, stream: Stream, arrived: Arrived) -> list[Refusal]:
        return [refuse("no_amount")] if stream is PAYMENTS and arrived["amount"] is None else []

    def names(self, stream: Stream, row: Row, lookups: Lookups) -> list[Pair]:
        voucher, cheque = _joined(row, lookups)
        named = [("voucher", voucher["key"]), ("subcontract", voucher["contract_key"])] if voucher else []
        return [*named, ("payment", cheque["key"])] if cheque else named

    def given(self, stream: Stream, row: Row, place: Place, lookups: Lookups) -> Given | TakeOut | list[Refusal] | None:
        """Only what is posted; what is void or came from Procore itself is taken out, in case it came in before."""
        if reasons := never_read(row):
            return reasons
        voucher, cheque = _joined(row, lookups)
        if not voucher or not cheque or cheque["posting"] not in (Posting.POSTED, Posting.VOID):
            return None
        invoice = lookups.exported.get("voucher", {}).get(voucher["key"])
        spot = _spot(invoice)
        is_theirs = cheque["key"] in lookups.written_by_us.get("payment", ())
        if is_theirs or cheque["posting"] == Posting.VOID or not Decimal(row.body["amount"]):
            return TakeOut(_given(row, spot)) if spot and (row.procore_id or not is_theirs) else None
        if invoice is None or not spot or invoice.ended:
            contract = lookups.exported.get("subcontract", {}).get(voucher["contract_key"])
            known = contract is not None and not contract.ended
            return [refuse("invoice_not_exported", invoice=voucher["invoice"])] if known else None
        payment = {
            "date": cheque["date"],
            "amount": row.body["amount"],
            "check_number": cheque["check_number"],
            "notes": cheque["notes"],
            "invoice_number": voucher["invoice"],
            "requisition_id": invoice.id,
            "payment_method": "check",
        }
        return _given(row, spot, payment)

    def gone(self, stream: Stream, row: Row, place: Place, lookups: Lookups) -> Given | list[Refusal]:
        voucher, _ = _joined(row, lookups)
        spot = _spot(lookups.exported.get("voucher", {}).get(voucher.get("key", "")))
        return (
            _given(row, spot) if spot else [refuse("invoice_not_exported", invoice=row.body.get("voucher") or row.key)]
        )


def _joined(row: Row, lookups: Lookups) -> tuple[dict[str, Any], dict[str, Any]]:
    """The bodies of its voucher and its cheque; empty where CMiC hasn't shown one."""
    found = (lookups.beside.get(other, {}).get(str(row.body.get(name))) for other, name in PAYMENTS.beside)
    voucher, cheque = (row.body if row else {} for row in found)
    return voucher, cheque


def _spot(invoice: Exported | None) -> tuple[int, int] | None:
    """Procore's project and contract of an exported invoice."""
    if invoice is None or not invoice.object.startswith(f"{INVOICE}:"):
        return None
    return (invoice.project, invoice.commitment) if invoice.project and invoice.commitment else None


def _given(row: Row, spot: tuple[int, int], payment: dict[str, Any] | None = None) -> Given:
    project, contract = spot
    body = {"contract": contract, "payment": payment or {}}
    return Given(key=row.key, origin_id=row.key, id=row.procore_id, project=project, body=body)
