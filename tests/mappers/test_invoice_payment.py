"""A payment made with Procore Pay to a CMiC cheque, row by row (requirements §3, payment; O-14)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.records import Group, Key, Written, digest
from domain.states import Condition
from mappers.invoice_payment import InvoicePaymentMapper
from systems.cmic.dialect import Dialect
from systems.cmic.sending import to_row
from systems.cmic.values import read_value
from tests.builders import IDS, PROJECT, export, references
from tests.domain.documents import INVOICE, payment, settings_for
from tests.domain.guarding import codes, given
from tests.mappers.raws import raw_payment

KIND = "invoice_payment"
ME = IDS[KIND]
MAPPER = InvoicePaymentMapper()


def group(document: Any = None, **more: Any) -> Group:
    (found,) = MAPPER.plan(export(KIND, document, **more)).groups
    return found


def test_it_is_read_whole() -> None:
    assert MAPPER.from_procore(raw_payment()) == payment()


def test_what_is_read_has_nothing_against_it() -> None:
    found = MAPPER.from_procore(raw_payment())
    assert codes(KIND, given(KIND, **{name: getattr(found, name) for name in type(found).model_fields})) == []


@pytest.mark.parametrize(
    ("more", "name", "value"),
    [
        ({"check_number": None}, "number", "1"),
        ({"check_number": "", "payment_number": 7}, "number", "7"),
        ({"check_number": None, "payment_number": None}, "number", ""),
        ({"external_payment_id": None}, "procore_pay", False),
        ({"external_payment_id": ""}, "procore_pay", False),
        ({"requisition_id": None}, "requisition_id", None),
        ({"date": None}, "paid_on", None),
        ({"vendor": None}, "vendor_name", ""),
        ({"status": None}, "status", ""),
    ],
)
def test_what_may_be_missing(more: dict[str, Any], name: str, value: Any) -> None:
    assert getattr(MAPPER.from_procore(raw_payment(**more)), name) == value


def test_the_rows() -> None:
    found = group()
    assert found.header.attributes == {
        "company": "01",
        "bank_company": "01",
        "bank_department": "00",
        "bank_account": "1000",
        "number": "5201",
        "vendor": "ACME",
        "date": date(2026, 4, 15),
        "posting_date": date(2026, 4, 15),
        "amount": Decimal("135.00"),
        "currency": "USD",
        "description": "March",
    }
    (line,) = found.lines
    assert line.attributes == {
        "company": "01",
        "vendor": "ACME",
        "number": "5201",
        "invoice": "A-17",
        "amount": Decimal("135.00"),
    }
    assert [(r.key.resource, r.part) for r in found.records] == [("payment", ""), ("payment_line", "invoice")]
    assert found.total == Decimal("135.00")


def test_the_bank_account_that_it_is_paid_from_is_a_setting() -> None:
    settings = settings_for(KIND, payment_bank_company="02", payment_department="10", payment_account="2000")
    shown = group(settings=settings).header.attributes
    assert [shown[f"bank_{part}"] for part in ("company", "department", "account")] == ["02", "10", "2000"]


def test_the_approver_types_number_and_posting_date() -> None:
    shown = group(typed={"erp_id": "77", "accounting_date": "2026-05-01"})
    assert (shown.header.key.parts["number"], shown.lines[0].key.parts["number"]) == ("77", "77")
    assert (shown.header.values["posting_date"], shown.header.values["date"]) == (date(2026, 5, 1), date(2026, 4, 15))


@pytest.mark.parametrize("number", ["5201", "0017"])
def test_the_number_is_what_cmic_will_show(number: str) -> None:
    """CMiC's is a number: with zeros in front it would come back as another key than was sent, and count as a difference."""
    resource = Dialect.load().resources["payment"]
    header = group(payment(number=number)).header
    row = to_row(resource, header.attributes, header.key)
    shown = read_value(resource.attributes["number"], row[resource.name("number")])
    assert header.key.parts["number"] == shown


def test_until_the_invoice_is_linked_what_it_fills_in_is_empty() -> None:
    found = group(references=references(keys={}))
    assert (found.header.values["vendor"], found.lines[0].key.text) == ("", "01||5201|")
    assert group(payment(requisition_id=None)).lines[0].key.parts["invoice"] == ""


def test_it_waits_for_the_posted_invoice() -> None:
    job, paid = MAPPER.prerequisites(ME, payment(), "01")
    assert (job.parent, job.condition) == (PROJECT.key, Condition.JOB_EXISTS)
    assert (paid.parent, paid.condition, paid.label) == (INVOICE.key, Condition.POSTED, "invoice 7301")
    assert len(MAPPER.prerequisites(ME, payment(requisition_id=None), "01")) == 1


def test_its_id_goes_back_to_procore() -> None:
    header = group().header.key
    line = Key(resource="payment_line", parts={"company": "01"})
    back = MAPPER.write_back(ME, [Written(part="invoice", key=line, uuid="l"), Written(part="", key=header, uuid="h")])
    assert back is not None
    assert (back.origin_id, back.code, back.lines) == ("01|01|00|1000|5201", None, {})


def test_a_snapshot_is_restored_with_the_same_business() -> None:
    document = MAPPER.from_procore(raw_payment(origin_id="01|01|00|1000|5201"))
    restored = MAPPER.restore(document.model_dump(mode="json"))
    assert restored == document
    assert digest(restored.business()) == digest(payment().business())
