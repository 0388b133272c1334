"""What an invoice payment must be like to leave: Procore Pay only, no void one, a cheque's number (O-14, R-14, S-27)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.invoice_payment import PENDING, VOID
from domain.lifecycle import PrerequisiteRow
from domain.refusals import Owner
from domain.states import Condition
from mappers.registry import KINDS
from tests.builders import references
from tests.domain.documents import payment
from tests.domain.guarding import Fault, check, codes, given, own

KIND = "invoice_payment"

FAULTS = [
    Fault(
        "switched off",
        "export_switched_off",
        "Exporting a payment is switched off in the settings.",
        Owner.ADMINISTRATOR,
        settings={"payments_out": False},
        where="Settings",
    ),
    *(
        Fault(
            f"no {name}",
            "setting_missing",
            "The bank account that payments go from isn't set.",
            Owner.ADMINISTRATOR,
            settings={name: ""},
            where="Settings: payment_bank_company, payment_department, payment_account",
        )
        for name in ("payment_bank_company", "payment_department", "payment_account")
    ),
    Fault(
        "made by hand",
        "not_procore_pay",
        "It wasn't made with Procore Pay; only those go to CMiC.",
        Owner.SENDER,
        {"procore_pay": False},
    ),
    *(
        Fault(status, "payment_void", "The payment is void in Procore.", Owner.SENDER, {"status": status.title()})
        for status in VOID
    ),
    *(
        Fault(
            status,
            "payment_pending",
            f"The payment is {status.title()} in Procore: it isn't settled yet.",
            Owner.SENDER,
            {"status": status.title()},
            where="Procore, the payment",
        )
        for status in PENDING
    ),
    Fault("no invoice", "no_invoice", "The payment names no invoice.", Owner.SENDER, {"requisition_id": None}),
    Fault("nothing", "zero_total", "It adds up to zero: there is nothing to send.", Owner.SENDER, {"amount": "0"}),
    Fault(
        "less than nothing",
        "zero_total",
        "It adds up to zero: there is nothing to send.",
        Owner.SENDER,
        {"amount": "-1.00"},
    ),
    Fault(
        "a fraction of a cent",
        "amount_not_whole_cents",
        "Line 1: 1.005 isn't a whole number of cents.",
        Owner.SENDER,
        {"amount": "1.005"},
    ),
    Fault("no date", "no_date", "It has no funding date.", Owner.SENDER, {"paid_on": None}),
    Fault("no number", "no_number", "It has no check number.", Owner.SENDER, {"number": ""}),
    Fault(
        "a number with letters",
        "field_not_usable",
        "The cheque's number can't be used: 'ACH-1' isn't a whole number, as CMiC's cheques have",
        Owner.SENDER,
        {"number": "ACH-1"},
    ),
    Fault(
        "other digits",
        "field_not_usable",
        "The cheque's number can't be used: '٣' isn't a whole number, as CMiC's cheques have",
        Owner.SENDER,
        {"number": "٣"},
    ),
    Fault(
        "a number that is too long",
        "field_too_long",
        "The cheque's number has 16 characters; CMiC takes 15.",
        Owner.SENDER,
        {"number": "1" * 16},
    ),
    Fault(
        "notes that CMiC has no room for",
        "field_too_long",
        "The note has 61 characters; CMiC takes 60.",
        Owner.SENDER,
        {"notes": "x" * 61},
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
def test_each_fault_is_refused_alone_in_its_own_words(fault: Fault) -> None:
    check(KIND, fault)


def test_a_good_one_has_nothing_against_it() -> None:
    assert own(KIND, given(KIND)) == []
    assert codes(KIND, given(KIND, notes="x" * 60)) == []


def test_every_reason_is_given_at_once() -> None:
    wrong = given(
        KIND,
        settings={"payments_out": False},
        procore_pay=False,
        status="void",
        requisition_id=None,
        amount="0.001",
        paid_on=None,
        number="",
    )
    assert codes(KIND, wrong) == [
        *("export_switched_off", "not_procore_pay", "payment_void", "no_invoice"),
        *("amount_not_whole_cents", "no_date", "no_number"),
    ]


def test_the_approver_may_type_the_cheques_number() -> None:
    assert codes(KIND, given(KIND, typed={"erp_id": "77"}, number="ACH-1")) == []


@pytest.mark.parametrize("status", ["paid", "", "settled", "completed", "PAID"])
def test_every_other_status_goes(status: str) -> None:
    assert codes(KIND, given(KIND, status=status)) == []


def test_it_needs_the_posted_invoice() -> None:
    assert KINDS[KIND].lifecycle.prerequisites == (
        PrerequisiteRow("project", Condition.JOB_EXISTS),
        PrerequisiteRow("subcontractor_invoice", Condition.POSTED),
    )


@pytest.mark.parametrize(
    "edit",
    [
        *({"amount": "135.01"}, {"number": "5202"}, {"paid_on": None}, {"notes": "April"}, {"status": "void"}),
        *({"requisition_id": 1}, {"procore_pay": False}),
    ],
    ids=str,
)
def test_an_edit_of_what_is_exported_is_business(edit: dict[str, Any]) -> None:
    assert payment(**edit).business() != payment().business()


@pytest.mark.parametrize("other", [{"origin_id": "01|01|00|1000|5201"}, {"vendor_name": "Acme, renamed"}], ids=str)
def test_our_own_id_and_the_vendors_name_are_not_business(other: dict[str, Any]) -> None:
    assert payment(**other).business() == payment().business()


def test_ours_begins_with_the_cmic_company() -> None:
    assert payment(origin_id="01|01|00|1000|5201").origin_is_ours(references(), {})
    assert not payment(origin_id="QB-1").origin_is_ours(references(), {})
    assert not payment().origin_is_ours(references(), {})
