"""What a subcontractor invoice must be like to leave: statuses, dates, the remaining balance, retainage (O-13, R-13)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from domain.lifecycle import PrerequisiteRow
from domain.refusals import Owner
from domain.states import Condition
from domain.subcontractor_invoice import BILLABLE, InvoiceLine, SubcontractorInvoice, within_the_schedule
from mappers.registry import KINDS
from tests.builders import modest, parents, references
from tests.domain.documents import CHANGE_ORDER, COMMITMENT, invoice, invoice_line
from tests.domain.guarding import Fault, check, codes, given, own

KIND = "subcontractor_invoice"
TABLE = KINDS[KIND].lifecycle
LINKED = references(keys=parents())


def of(*lines: InvoiceLine) -> dict[str, Any]:
    """An invoice of these lines, with what they make due."""
    return {"lines": list(lines), "due": invoice(lines=list(lines)).net}


def one(**line: Any) -> dict[str, Any]:
    return of(invoice_line(1, **line))


CREDIT = {
    "scheduled": "-250.00",
    "billed_to_date": "-150.00",
    "amount": "-100.00",
    "retained": "-10.00",
    "retained_before": "-5.00",
}
"""A line of the schedule that takes money off: it counts in credits."""

FAULTS = [
    Fault(
        "a draft",
        "status_not_billable",
        "Its status is draft; an invoice goes as Approved, Approved as Noted or Pending Owner Approval.",
        Owner.SENDER,
        {"status": "draft"},
        where="Procore, the invoice's status",
    ),
    Fault(
        "under review",
        "status_not_billable",
        "Its status is under review; an invoice goes as Approved, Approved as Noted or Pending Owner Approval.",
        Owner.SENDER,
        {"status": "under_review"},
    ),
    Fault(
        "no status",
        "status_not_billable",
        "Its status is empty; an invoice goes as Approved, Approved as Noted or Pending Owner Approval.",
        Owner.SENDER,
        {"status": ""},
    ),
    Fault(
        "no number at all",
        "no_number",
        "It has no invoice number.",
        Owner.SENDER,
        {"invoice_number": "", "number": ""},
        where="Procore, the invoice",
    ),
    Fault(
        "a number that CMiC has no room for",
        "field_too_long",
        "The invoice number has 21 characters; CMiC takes 20.",
        Owner.SENDER,
        {"invoice_number": "9" * 21},
    ),
    Fault(
        "a number with a bar",
        "field_not_usable",
        "The invoice number can't be used: 'A|1' has characters that a code can't have",
        Owner.SENDER,
        {"invoice_number": "A|1"},
    ),
    Fault(
        "no billing date",
        "no_date",
        "It has no billing date.",
        Owner.SENDER,
        {"billing_date": None},
    ),
    Fault(
        "a zero total",
        "zero_total",
        "It adds up to zero: there is nothing to send.",
        Owner.SENDER,
        one(amount="0", retained="0"),
        where="Procore, the invoice's lines",
    ),
    Fault(
        "lines that cancel out",
        "zero_total",
        "It adds up to zero: there is nothing to send.",
        Owner.SENDER,
        of(invoice_line(1), invoice_line(2, amount="-100.00", retained="-10.00", retained_before="10.00")),
    ),
    Fault(
        "retainage that is held of nothing",
        "zero_total",
        "It adds up to zero: there is nothing to send.",
        Owner.SENDER,
        one(amount="0", retained="5.00"),
    ),
    Fault(
        "more than the schedule",
        "over_billed",
        "Line 1 bills 250.01 of 250.00: not within its scheduled value.",
        Owner.SENDER,
        one(billed_to_date="250.01"),
    ),
    Fault(
        "more credit than the schedule",
        "over_billed",
        "Line 1 bills -250.01 of -250.00: not within its scheduled value.",
        Owner.SENDER,
        one(scheduled="-250.00", billed_to_date="-250.01"),
    ),
    Fault(
        "less than nothing of a schedule",
        "over_billed",
        "Line 1 bills -0.01 of 250.00: not within its scheduled value.",
        Owner.SENDER,
        one(billed_to_date="-0.01"),
    ),
    Fault(
        "a charge on a credit line",
        "over_billed",
        "Line 1 bills 0.01 of -250.00: not within its scheduled value.",
        Owner.SENDER,
        one(scheduled="-250.00", billed_to_date="0.01"),
    ),
    Fault(
        "a credit line that releases more than is held of it",
        "releases_too_much",
        "Line 1 releases -15.01 of retainage, but only -15.00 is held.",
        Owner.SENDER,
        one(**CREDIT, released="-15.01"),
    ),
    Fault(
        "a release on a credit line",
        "releases_too_much",
        "Line 1 releases 0.01 of retainage, but only -15.00 is held.",
        Owner.SENDER,
        one(**CREDIT, released="0.01"),
    ),
    Fault(
        "a detail schedule",
        "detail_schedule",
        "It bills a subcontractor's detail schedule, and Procore doesn't tell which line of the contract a detail is of.",
        Owner.SENDER,
        {"detailed": True, "lines": []},
        where="Procore, the commitment's settings: bill the contract's own lines",
    ),
    Fault(
        "a detail schedule beside a change order's line",
        "detail_schedule",
        "It bills a subcontractor's detail schedule, and Procore doesn't tell which line of the contract a detail is of.",
        Owner.SENDER,
        {"detailed": True, "lines": [invoice().lines[1]]},
    ),
    Fault(
        "details whose amounts cancel out",
        "zero_total",
        "It adds up to zero: there is nothing to send.",
        Owner.SENDER,
        {"detailed": True, "lines": [], "due": "0.00"},
    ),
    Fault(
        "no word of what is due",
        "no_due_amount",
        "Procore doesn't say what is due for it.",
        Owner.SENDER,
        {"due": None},
        where="Procore, the invoice's summary",
    ),
    Fault(
        "more released than is held",
        "releases_too_much",
        "Line 1 releases 15.01 of retainage, but only 15.00 is held.",
        Owner.SENDER,
        one(released="15.01"),
    ),
    Fault(
        "a fraction of a cent",
        "amount_not_whole_cents",
        "Line 1: 100.001 isn't a whole number of cents.",
        Owner.SENDER,
        one(amount="100.001"),
    ),
    Fault(
        "a fraction of a cent retained",
        "amount_not_whole_cents",
        "Line 1: 10.005 isn't a whole number of cents.",
        Owner.SENDER,
        one(retained="10.005"),
    ),
    Fault(
        "another amount due",
        "total_differs",
        "Its lines add up to 135.00, but the invoice says 135.01.",
        Owner.SENDER,
        {"due": "135.01"},
    ),
    Fault(
        "a line of the contract that CMiC hasn't",
        "line_not_in_cmic",
        f"Line 1 bills a line of {COMMITMENT.key} that isn't in CMiC.",
        Owner.APPROVER,
        one(on_line=9999),
        known=LINKED,
    ),
    Fault(
        "a line of a change order that CMiC hasn't",
        "line_not_in_cmic",
        f"Line 1 bills a line of {CHANGE_ORDER.key} that isn't in CMiC.",
        Owner.APPROVER,
        one(on_line=9999, on_change_order=CHANGE_ORDER.id),
        known=LINKED,
        where=f"Unlink {CHANGE_ORDER.key} and send it again",
    ),
    Fault(
        "a line that names none",
        "line_not_in_cmic",
        f"Line 1 bills a line of {COMMITMENT.key} that isn't in CMiC.",
        Owner.APPROVER,
        one(on_line=None),
        known=LINKED,
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
def test_each_fault_is_refused_alone_in_its_own_words(fault: Fault) -> None:
    check(KIND, fault)


def test_a_good_one_has_nothing_against_it_linked_or_not() -> None:
    assert own(KIND, given(KIND)) == []
    assert own(KIND, given(KIND, known=LINKED)) == []


def test_every_reason_is_given_at_once() -> None:
    wrong = given(
        KIND,
        status="draft",
        number="",
        invoice_number="",
        billing_date=None,
        lines=[invoice_line(1, amount="0.001", billed_to_date="999", released="99")],
        due="1.00",
    )
    assert codes(KIND, wrong) == [
        *("status_not_billable", "no_number", "no_date"),
        *("over_billed", "releases_too_much", "amount_not_whole_cents", "total_differs"),
    ]


@pytest.mark.parametrize("status", list(BILLABLE))
def test_three_statuses_go(status: str) -> None:
    assert codes(KIND, given(KIND, status=status)) == []


def test_exactly_three() -> None:
    assert set(BILLABLE) == {"approved", "approved_as_noted", "pending_owner_approval"}


def test_the_number_may_be_procores_own_or_typed() -> None:
    assert invoice(invoice_number="").code == "3"
    assert codes(KIND, given(KIND, invoice_number="")) == []
    assert codes(KIND, given(KIND, typed={"erp_id": "X-1"}, invoice_number="", number="")) == []
    assert codes(KIND, given(KIND, typed={"erp_id": "X-1"}, invoice_number="9" * 30)) == []


def test_a_retainage_release_bills_nothing_and_goes() -> None:
    release = {"amount": "0", "retained": "0", "retained_before": "25.00", "released": "25.00"}
    assert codes(KIND, given(KIND, lines=[invoice_line(1, **release)], due="25.00")) == []


def test_all_that_is_held_may_be_released_with_what_is_retained_now() -> None:
    assert codes(KIND, given(KIND, **one(released="15.00"))) == []


def test_the_refusal_points_at_the_contract_or_at_the_change_order() -> None:
    for more, parent in (({}, COMMITMENT), ({"on_change_order": CHANGE_ORDER.id}, CHANGE_ORDER)):
        (refusal,) = own(KIND, given(KIND, known=LINKED, **one(on_line=9999, **more)))
        assert refusal.object == parent.key


def test_until_the_contract_is_linked_its_lines_are_the_prerequisites_matter() -> None:
    assert codes(KIND, given(KIND, **one(on_line=9999))) == []


def test_a_line_may_be_billed_to_the_last_cent() -> None:
    assert codes(KIND, given(KIND, **one(billed_to_date="250.00"))) == []


def test_a_credit_line_is_billed_within_its_credit() -> None:
    charge = invoice_line(2, scheduled="900.00", billed_to_date="900.00", amount="900.00", retained="0")
    for more in ({}, {"billed_to_date": "-250.00"}, {"billed_to_date": "0"}, {"released": "-15.00"}):
        credit = invoice_line(1, **{**CREDIT, **more})
        assert codes(KIND, given(KIND, **of(credit, charge))) == []


amounts = st.decimals(min_value=-1000, max_value=1000, places=2)


@modest
@hypothesis.given(st.tuples(*[amounts] * 5))
def test_a_credit_line_is_held_to_what_a_charge_is_held_to(money: tuple[Decimal, ...]) -> None:
    """With every sign turned round the same things are said of it."""
    names = ("scheduled", "billed_to_date", "retained", "retained_before", "released")
    said = []
    for sign in (1, -1):
        line = invoice_line(1, amount=sign * 7, **{n: sign * a for n, a in zip(names, money, strict=True)})
        said.append([r.code for r in within_the_schedule(given(KIND, lines=[line], due=None))])
    assert said[0] == said[1]
    scheduled, billed, retained, before, released = money
    if scheduled >= 0 and before + retained >= 0:
        allowed = (0 <= billed <= scheduled, 0 <= released <= before + retained)
        assert [code not in said[0] for code in ("over_billed", "releases_too_much")] == list(allowed)


def test_details_that_the_contracts_own_lines_bill_too_say_nothing_new() -> None:
    """What is due is what the contract's lines make: the details only tell how."""
    assert codes(KIND, given(KIND, detailed=True)) == []
    assert codes(KIND, given(KIND, detailed=True, due="135.01")) == ["detail_schedule"]


def test_details_of_which_nobody_says_what_is_due_are_never_sent() -> None:
    assert codes(KIND, given(KIND, detailed=True, lines=[], due=None)) != []


def test_a_line_that_this_invoice_leaves_alone_isnt_asked() -> None:
    """Another invoice billed it."""
    other = invoice_line(2, amount="0", retained="0", billed_to_date="999.00")
    assert codes(KIND, given(KIND, **of(invoice_line(1), other))) == []


def test_what_is_due_is_work_less_retainage_with_what_is_released() -> None:
    lines = [invoice_line(1, released="3.00")]
    assert codes(KIND, given(KIND, lines=lines, due="93.00")) == []
    assert codes(KIND, given(KIND, lines=lines, due="90.00")) == ["total_differs"]


def test_the_total_is_the_work_and_materials_of_this_period() -> None:
    assert invoice().total == Decimal("150.00")
    assert invoice().net == Decimal("135.00")
    assert invoice(lines=[invoice_line(1, released="3.00")]).net == Decimal("93.00")
    assert [line.position for line in invoice().billed] == [1, 2]


def test_it_needs_the_posted_contract_and_waits_for_the_one_before_it() -> None:
    assert TABLE.prerequisites == (
        PrerequisiteRow("project", Condition.JOB_EXISTS),
        PrerequisiteRow("commitment", Condition.POSTED),
        PrerequisiteRow("commitment_change_order", Condition.POSTED),
        PrerequisiteRow(KIND, Condition.OUT_OF_THE_WAY),
    )
    assert TABLE.one_at_a_time_on == COMMITMENT.kind


# What an approval binds (B-04)


def with_line(**line: Any) -> SubcontractorInvoice:
    return invoice(lines=[invoice_line(1, **line), *invoice().lines[1:]])


@pytest.mark.parametrize(
    "edited",
    [
        invoice(invoice_number="A-18"),
        invoice(status="draft"),
        invoice(billing_date=None),
        invoice(final=True),
        invoice(due="135.01"),
        invoice(detailed=True),
        invoice(commitment_id=7002),
        with_line(amount="100.01"),
        with_line(retained="10.01"),
        with_line(released="0.01"),
        with_line(on_line=9002),
        with_line(on_change_order=1),
        invoice(lines=invoice().lines[:1]),
    ],
    ids=range(13),
)
def test_an_edit_of_what_is_exported_is_business(edited: SubcontractorInvoice) -> None:
    assert edited.business() != invoice().business()


@pytest.mark.parametrize(
    "other",
    [
        invoice(origin_id="01|ACME|A-17"),
        invoice(vendor_name="Acme, renamed"),
        invoice(contract_name="SC-9"),
        with_line(scheduled="300.00"),
        with_line(billed_to_date="151.00"),
        with_line(retained_before="6.00"),
        invoice(lines=invoice().lines[:2]),
    ],
    ids=range(7),
)
def test_other_peoples_progress_and_our_own_ids_are_not_business(other: SubcontractorInvoice) -> None:
    """What other invoices of the contract bill moves the schedule; an empty item sends nothing."""
    assert other.business() == invoice().business()


@pytest.mark.parametrize(("origin", "ours"), [("01|ACME|A-17", True), ("SAGE-1", False), (None, False), ("", False)])
def test_ours_begins_with_the_cmic_company(origin: str | None, ours: bool) -> None:
    assert invoice(origin_id=origin).origin_is_ours(references(), {}) is ours
