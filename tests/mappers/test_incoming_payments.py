"""What CMiC's vouchers, cheques and their links become (O-14, R-14, I-14; requirements §3, payment)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.company_settings import Settings
from domain.incoming import Entry
from domain.incoming_port import Exported, Place, Row
from domain.ports import Given
from domain.records import Found, Key, Scalar
from domain.states import Posting
from mappers.incoming.base import Arrived, Lookups, TakeOut
from mappers.incoming.payments import CHEQUES, PAYMENTS, VOUCHERS, PaymentsImporter

IMPORTER = PaymentsImporter()
PLACE = Place(name="payments", procore_company=562949, erp_company="01")
VOUCHER = {"company": "01", "vendor": "ACME01", "invoice": "INV-1"}
CHEQUE = {"company": "01", "bank_company": "01", "bank_department": "00", "bank_account": "1000", "number": "20001"}
LINK = {"company": "01", "voucher": "4711", "sequence": "815"}
EXPORTED = Exported(object="subcontractor_invoice:562949:310:77", commitment=123)
CONTRACT = Exported(object="commitment:562949:310:123")


def arrived(resource: str, parts: dict[str, str], uuid: str, posting: Posting, **more: Scalar) -> Arrived:
    key = Key(resource=resource, parts=parts)
    return Arrived(Found(key=key, uuid=uuid, attributes={**parts, **more}, posting=posting), PLACE, Settings())


def voucher(**more: Scalar) -> Entry | None:
    values = {"contract": "T-1", **more}
    return IMPORTER.entry(VOUCHERS, arrived("voucher", VOUCHER, "4711", Posting.POSTED, **values))


def cheque(posting: Posting = Posting.POSTED, **more: Scalar) -> Entry:
    values = {"date": date(2026, 11, 20), "posting_date": date(2026, 11, 21), "description": "Draw 1", **more}
    entry = IMPORTER.entry(CHEQUES, arrived("payment", CHEQUE, "815", posting, **values))
    assert entry is not None
    return entry


def payment(amount: Decimal | None = Decimal("60.25")) -> Entry:
    found = arrived("voucher_payment", LINK, "u", Posting.PRESENT, cheque="20001", amount=amount)
    entry = IMPORTER.entry(PAYMENTS, found)
    assert entry is not None
    return entry


def row(entry: Entry, number: int | None = None) -> Row:
    return Row(key=entry.key, body=entry.body, hash=entry.hash, procore_id=number)


def outcome(
    posting: Posting = Posting.POSTED,
    *,
    amount: str = "60.25",
    number: int | None = None,
    invoice: Exported | None = EXPORTED,
    contract: Exported | None = CONTRACT,
    ours: bool = False,
    shown: tuple[str, ...] = ("vouchers", "cheques"),
    **more: Scalar,
) -> Any:
    """What is given for the payment of the voucher by the cheque."""
    one = voucher()
    assert one is not None
    drawn = cheque(posting, **more)
    beside = {"vouchers": {one.key: row(one)}, "cheques": {drawn.key: row(drawn)}}
    wanted = row(payment(Decimal(amount)), number)
    lookups = Lookups(beside={name: rows if name in shown else {} for name, rows in beside.items()})
    named = dict(IMPORTER.names(PAYMENTS, wanted, lookups))
    found = {"voucher": invoice, "subcontract": contract}
    lookups.exported = {name: {named[name]: e} for name, e in found.items() if e is not None and name in named}
    lookups.written_by_us = {"payment": frozenset([named["payment"]] if ours else [])}
    return IMPORTER.given(PAYMENTS, wanted, PLACE, lookups)


def test_vouchers_and_cheques_are_kept_by_the_numbers_that_name_them() -> None:
    one = voucher()
    assert one is not None
    assert (one.key, one.body["key"], one.body["contract_key"]) == ("01|4711", "01|ACME01|INV-1", "01|ACME01|T-1|000")
    assert (cheque().key, cheque().body["key"]) == ("01|815", "01|01|00|1000|20001")
    assert (payment().body["voucher"], payment().body["cheque"]) == (one.key, cheque().key)


def test_a_voucher_without_a_contract_concerns_nobody() -> None:
    assert voucher(contract=None) is None
    assert outcome(shown=("cheques",)) is None


def test_a_payment_as_procore_has_it() -> None:
    given = outcome(number=9)
    assert isinstance(given, Given)
    assert (given.key, given.origin_id, given.id, given.project) == ("01|4711|815", "01|4711|815", 9, 310)
    assert given.body == {
        "contract": 123,
        "payment": {
            "date": "2026-11-20", "amount": "60.25", "check_number": "20001", "notes": "Draw 1", "invoice_number": "INV-1",
            "requisition_id": 77, "payment_method": "check",
        },
    }  # fmt: skip


def test_without_a_cheque_date_the_posting_date_is_the_funding_date() -> None:
    assert outcome(date=None).body["payment"]["date"] == "2026-11-21"


def test_a_reversal_is_a_payment_of_its_own() -> None:
    assert outcome(amount="-60.25").body["payment"]["amount"] == "-60.25"


def test_only_what_is_posted_and_known_is_given() -> None:
    assert outcome(Posting.UNPOSTED) is None
    assert outcome(shown=("vouchers",)) is None


@pytest.mark.parametrize("number", [None, 9])
def test_what_is_void_or_over_nothing_is_taken_out(number: int | None) -> None:
    """Even if nobody knows that Procore has it: an answer may have been lost."""
    for found in (outcome(Posting.VOID, number=number), outcome(amount="0.00", number=number)):
        assert isinstance(found, TakeOut)
        assert (found.given.id, found.given.project, found.given.body["contract"]) == (number, 310, 123)
    assert outcome(Posting.VOID, invoice=None) is None


def test_what_procore_pay_paid_never_comes_back() -> None:
    assert outcome(ours=True) is None
    assert outcome(Posting.VOID, ours=True) is None
    assert isinstance(outcome(ours=True, number=9), TakeOut), "it came in before the cheque was adopted"


@pytest.mark.parametrize(
    "invoice",
    [
        None,
        EXPORTED.model_copy(update={"ended": True}),
        EXPORTED.model_copy(update={"commitment": None}),
        CONTRACT.model_copy(update={"commitment": 1}),
    ],
)
def test_an_invoice_that_was_not_exported(invoice: Exported | None) -> None:
    """Set aside on an exported contract; else nobody's matter."""
    (refusal,) = outcome(invoice=invoice)
    assert (refusal.code, refusal.parameters) == ("invoice_not_exported", {"invoice": "INV-1"})
    assert outcome(invoice=invoice, contract=None) is None
    assert outcome(invoice=invoice, contract=CONTRACT.model_copy(update={"ended": True})) is None


def test_one_that_is_gone_is_taken_out_where_it_was() -> None:
    one = voucher()
    assert one is not None
    ended = EXPORTED.model_copy(update={"ended": True})
    lookups = Lookups(
        beside={"vouchers": {one.key: row(one)}}, exported={"voucher": {"01|ACME01|INV-1": ended}}, written_by_us={}
    )
    given = IMPORTER.gone(PAYMENTS, row(payment(), 9), PLACE, lookups)
    assert isinstance(given, Given)
    assert (given.id, given.project, given.body["contract"]) == (9, 310, 123)
    nowhere = IMPORTER.gone(PAYMENTS, row(payment(), 9), PLACE, Lookups())
    assert isinstance(nowhere, list)
    assert [r.code for r in nowhere] == ["invoice_not_exported"]


def test_without_an_amount_it_is_set_aside() -> None:
    assert [r.code for r in payment(None).refusals] == ["no_amount"]


def test_a_change_of_what_procore_has_is_a_change() -> None:
    """What else changes about a cheque isn't worth a request."""
    assert cheque(reversed_on=None).hash == cheque(batch="7").hash
    assert len({e.hash for e in (cheque(), cheque(Posting.VOID), cheque(description="x"))}) == 3
    assert voucher(paid=Decimal(1)) == voucher(paid=Decimal(2))


def test_the_switch() -> None:
    assert IMPORTER.kind.switch(Settings(), None) == []
    off = IMPORTER.kind.switch(Settings(payments_in=False), None)
    assert [r.code for r in off] == ["import_switched_off"]


def test_one_of_which_only_the_key_is_known_is_set_aside() -> None:
    bare = Row(key="01|4711|815", procore_id=9)
    assert IMPORTER.names(PAYMENTS, bare, Lookups()) == []
    given, gone = IMPORTER.given(PAYMENTS, bare, PLACE, Lookups()), IMPORTER.gone(PAYMENTS, bare, PLACE, Lookups())
    assert isinstance(given, list)
    assert isinstance(gone, list)
    assert [r.code for r in [*given, *gone]] == ["cmic_row_unreadable", "invoice_not_exported"]
