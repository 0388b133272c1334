"""Subcontractor invoices through the whole stack: every refusal, every transition, exactly once, and whose a number is (O-13,
R-13, B-02, B-03)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.settings import Limits
from domain.states import State
from tests.paperwork import Body, Job, id_of, line
from tests.stack.commands import REFUSED as EXIT_REFUSED
from tests.stack.commands import cli
from tests.stack.subject_walks import (
    goes_out_on_send,
    is_there_once_whatever_happens,
    its_rows_refuse,
    walks_its_table,
)
from tests.stack.subjects import BANK, Invoice, Payment, billed_lines, d, work
from tests.stack.walks import ACCOUNTING, ADMIN, TEAM, Told, in_cmic_for_now, told
from tests.support import APPROVER, ERP, SENDER, Site

WORK = "work_completed_this_period"
RELEASED = "work_completed_retainage_released_this_period"


@pytest.fixture(scope="module")
async def job(connected: Site) -> Job:
    return await Job.opened(connected)


@pytest.fixture(scope="module")
async def contract(job: Job) -> str:
    """Two lines of 1000.00 and 500.00, posted."""
    return await job.contracted(line("03-100", "S", "1000.00"), line("04-200", "M", "500.00"))


async def test_every_transition_of_its_table_is_walked(site: Site, job: Job) -> None:
    await walks_its_table(Invoice, job)


async def test_direct_exports(site: Site, job: Job) -> None:
    await goes_out_on_send(Invoice, job)


# Refusals

ONLY = "an invoice goes as Approved, Approved as Noted or Pending Owner Approval."
NOTHING = ("zero_total", "It adds up to zero: there is nothing to send.", TEAM)

ENTERED: dict[str, tuple[list[Body], dict[str, Any], list[Told]]] = {
    "draft": ([work("1.00")], {"status": "draft"}, [("status_not_billable", f"Its status is draft; {ONLY}", TEAM)]),
    "under review": (
        [work("1.00")], {"status": "under_review"},
        [("status_not_billable", f"Its status is under review; {ONLY}", TEAM)],
    ),
    "revise and resubmit": (
        [work("1.00")], {"status": "revise_and_resubmit"},
        [("status_not_billable", f"Its status is revise and resubmit; {ONLY}", TEAM)],
    ),
    "a number of 21 characters": (
        [work("1.00")], {"invoice_number": "N" * 21},
        [("field_too_long", "The invoice number has 21 characters; CMiC takes 20.", TEAM)],
    ),
    "a number with a bar": (
        [work("1.00")], {"invoice_number": "A|1"},
        [("field_not_usable", "The invoice number can't be used: 'A|1' has characters that a code can't have", TEAM)],
    ),
    "no billing date": ([work("1.00")], {"billing_date": None}, [("no_date", "It has no billing date.", TEAM)]),
    "nothing billed": ([], {}, [NOTHING]),
    "a total of zero": (
        [work("10.00"), work("-10.00", 2)], {},
        [NOTHING, ("over_billed", "Line 2 bills -10.0 of 500.0: not within its scheduled value.", TEAM)],
    ),
    "more than is scheduled": (
        [work("1000.01"), work("500.00", 2)], {},
        [("over_billed", "Line 1 bills 1000.01 of 1000.0: not within its scheduled value.", TEAM)],
    ),
    "another integration's": (
        [work("1.00")], {"origin_id": "SAGE|7"},
        [
            (
                "foreign_origin_id",
                "Another integration owns this subcontractor invoice in Procore (its origin id is 'SAGE|7').",
                ADMIN,
            )
        ],
    ),
    "everything": (
        [work("1000.50"), work("-1000.50", 2)],
        {"status": "draft", "invoice_number": "Ω", "billing_date": None, "origin_id": "SAGE|8"},
        [
            (
                "foreign_origin_id",
                "Another integration owns this subcontractor invoice in Procore (its origin id is 'SAGE|8').",
                ADMIN,
            ),
            ("status_not_billable", f"Its status is draft; {ONLY}", TEAM),
            ("field_not_usable", "The invoice number can't be used: 'Ω' has characters that a code can't have", TEAM),
            ("no_date", "It has no billing date.", TEAM),
            NOTHING,
            ("over_billed", "Line 1 bills 1000.5 of 1000.0: not within its scheduled value.", TEAM),
            ("over_billed", "Line 2 bills -1000.5 of 500.0: not within its scheduled value.", TEAM),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENTERED)
async def test_what_was_entered_is_refused_with_every_reason(site: Site, job: Job, contract: str, name: str) -> None:
    items, more, expected = ENTERED[name]
    key = await job.invoice(contract, *items, **{"invoice_number": site.code("INV-"), **more})
    try:
        assert await told(site, key, "send") == expected
        assert (await site.head(key)).state is State.NOT_SENT
    finally:
        await deleted(job, key)


async def deleted(job: Job, *keys: str) -> None:
    """The latest invoices are taken out of Procore again, so that the next ones don't build on them."""
    for key in keys:
        answer = await job.site.procore.delete(f"/_sandbox/requisitions/{id_of(key)}")
        assert answer.status_code == 200, answer.text


ANSWERED: dict[str, tuple[str, dict[str, Any], list[Told]]] = {
    "no number": ("", {"number": None, "invoice_number": ""}, [("no_number", "It has no invoice number.", TEAM)]),
    "no status": ("", {"status": None}, [("status_not_billable", f"Its status is empty; {ONLY}", TEAM)]),
    "another sum is due": (
        "", {"summary.current_payment_due": "9.99"},
        [("total_differs", "Its lines add up to 10.0, but the invoice says 9.99.", TEAM)],
    ),
    "a fraction of a cent": (
        "/contract_items", {f"0.{WORK}": "10.005"},
        [
            ("amount_not_whole_cents", "Line 1: 10.005 isn't a whole number of cents.", TEAM),
            ("total_differs", "Its lines add up to 10.005, but the invoice says 10.0.", TEAM),
        ],
    ),
    "more retainage released than is held": (
        "/contract_items", {f"0.{RELEASED}": "0.01"},
        [
            ("releases_too_much", "Line 1 releases 0.01 of retainage, but only 0.0 is held.", TEAM),
            ("total_differs", "Its lines add up to 10.01, but the invoice says 10.0.", TEAM),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERED)
async def test_what_procore_answers_is_refused_where_it_does_not_add_up(
    site: Site, job: Job, contract: str, name: str
) -> None:
    path, falsified, expected = ANSWERED[name]
    key = await job.invoice(contract, work("10.00"), invoice_number=site.code("INV-"))
    await site.procore_fault(rf"requisitions/{id_of(key)}{path}$", method="GET", set=falsified)
    assert await told(site, key, "send") == expected
    await deleted(job, key)


async def test_a_line_that_cmic_lacks(site: Site, job: Job) -> None:
    """A line that was added in Procore after the contract went is nowhere in CMiC's schedule of values."""
    contract = await job.contracted(line("03-100", "S", "100.00"))
    answer = await site.procore.post(f"/_sandbox/commitments/{id_of(contract)}/lines", json=line("04-200", "M", "5.00"))
    assert answer.status_code == 200, answer.text
    key = await job.invoice(contract, work("10.00"), work("1.00", 2), invoice_number=site.code("INV-"))
    refused = [("line_not_in_cmic", f"Line 2 bills a line of {contract} that isn't in CMiC.", ACCOUNTING)]
    assert await told(site, key, "send") == refused


async def test_what_the_approver_types_is_refused(site: Site, job: Job) -> None:
    one = await Invoice.ready(job)
    await one.sent()
    for typed in ({"erp_id": "A|1"}, {"erp_id": "9" * 21}, {"accounting_date": "soon"}, {"description": "d" * 61}):
        (refusal,) = await told(site, one.key, "accept", APPROVER, **typed)
        assert (refusal[0], refusal[2]) == ("bad_input", TEAM)
        assert refusal[1].startswith(f"The command can't be read: {next(iter(typed))}: ")
    async with site.settings(limits=Limits(invoice=4)):
        assert await told(site, one.key, "accept", APPROVER) == [
            ("field_too_long", "The invoice number has 8 characters; CMiC takes 4.", TEAM)
        ]


async def test_the_rows_own_guards(site: Site, job: Job) -> None:
    await its_rows_refuse(await Invoice.ready(job))


async def test_an_invoice_stays_while_a_payment_stands_on_it(site: Site, job: Job) -> None:
    async with site.settings(**BANK):
        one = await Payment.ready(job)
        await one.sent()
        (refusal,) = await told(site, one.invoice.key, "unlink", APPROVER)
        assert refusal[0] == "depended_on"
        assert f"Payment {one.code} to Acme Concrete LLC (Ready to Export)" in refusal[1]
        await site.granted(one.key, "retrieve", SENDER)
    await one.invoice.deed("void")
    await site.granted(one.invoice.key, "unlink")
    await site.until(one.invoice.key, State.NOT_SENT)


async def test_on_the_command_line(site: Site, job: Job, contract: str) -> None:
    key = await job.invoice(contract, status="draft", billing_date=None)
    said = await cli(site, "send", key)
    assert said.code == EXIT_REFUSED
    for words in (
        f"Its status is draft; {ONLY}",
        "project team → Procore, the invoice's status [status_not_billable]",
        "It has no billing date.",
        "It adds up to zero: there is nothing to send.",
        "project team → Procore, the invoice's lines [zero_total]",
    ):
        assert words in said.words
    await deleted(job, key)


@pytest.mark.parametrize("status", ["approved", "approved_as_noted", "pending_owner_approval"])
async def test_three_statuses_go(site: Site, job: Job, contract: str, status: str) -> None:
    key = await job.invoice(contract, work("1.00"), status=status, invoice_number=site.code("INV-"))
    await site.granted(key, "send", SENDER)
    await site.granted(key, "retrieve", SENDER)
    await deleted(job, key)


# Exactly once, and whose number it is


async def test_every_fault_leaves_one_whole_voucher(site: Site, job: Job) -> None:
    for one in await is_there_once_whatever_happens(Invoice, job):
        assert await billed_lines(site, one.code) == [("000", "0001", *d("100.00", "0", "0"))]


async def test_an_answer_with_its_lines_is_as_good(site: Site, job: Job) -> None:
    async with in_cmic_for_now(site, created_with_children=True):
        one = await Invoice.ready(job)
        await job.exported(one.key)
    assert len(await billed_lines(site, one.code)) == 1


async def test_one_number_on_two_contracts_of_a_vendor(site: Site, job: Job) -> None:
    """CMiC knows an invoice by its vendor's number: the second needs another, which the approver types."""
    number = site.code("inv-")
    first, second = (
        await job.contracted(line("03-100", "S", "10.00")),
        await job.contracted(line("03-100", "S", "10.00")),
    )
    ones = [await job.invoice(contract, work("1.00"), invoice_number=number) for contract in (first, second)]
    await job.exported(ones[0])
    await job.accepted(ones[1])
    head = await site.until(ones[1], State.FAILED)
    assert head.failure_code == "already_linked"
    assert f"CMiC's {ERP}|ACME01|{number.upper()} is already linked to {ones[0]}." in head.words
    await site.granted(ones[1], "retry", erp_id=(other := site.code("INV-")))
    await site.until(ones[1], State.SYNCED)
    assert [len(await job.vouchers(code)) for code in (number.upper(), other)] == [1, 1]


async def test_procores_number_where_the_vendor_gave_none(site: Site, job: Job) -> None:
    company, code = await site.linked_company()
    contract = await job.contracted(line("03-100", "S", "10.00"), vendor=id_of(company), posted=False)
    await job.post_contract(contract, vendor=code)
    head = await job.exported(await job.invoice(contract, work("1.00")))
    assert head.erp_key == f"{ERP}|{code}|1"


async def test_a_strangers_invoice_of_other_money_is_not_adopted(site: Site, job: Job) -> None:
    one = await Invoice.ready(job)
    await one.by_hand(one.code, 99.99)
    await one.sent()
    await site.granted(one.key, "accept")
    head = await site.until(one.key, State.FAILED)
    assert head.failure_code == "number_taken"
    assert "this connector did not write it. Differences: " in head.words
    await site.granted(one.key, "adopt")
    head = await site.until(one.key, State.FAILED, also=lambda h: h.failure_code == "cmic_differs")
    assert "line 1: CMiC has no line of that code and amount" in head.words
    assert (await in_procore(one))["origin_id"] is None
    await one.removed()
    await site.granted(one.key, "retry")
    await one.once()


async def test_ids_in_procore(site: Site, job: Job) -> None:
    """The invoice bears its voucher's key; its items have no place for one, so they live in the ledger."""
    one = await Invoice.ready(job)
    await job.exported(one.key)
    row = await in_procore(one)
    assert row["origin_id"] == f"{ERP}|ACME01|{one.code}"
    assert [link["part"] for link in await site.office.reading.links(one.key)] == ["", f"item:{row['items'][0]['id']}"]
    await one.removed()
    await site.granted(one.key, "unlink")
    await site.until(one.key, State.NOT_SENT)
    assert (await in_procore(one))["origin_id"] is None


async def in_procore(one: Invoice) -> Body:
    rows = await one.site.procore.get("/_sandbox/books/requisitions", params={"id": id_of(one.key)})
    return dict(rows.json()[0])


async def test_cmics_closed_period_and_balance_are_its_own_refusals(site: Site, job: Job) -> None:
    one = await Invoice.ready(job)
    await one.sent()
    async with in_cmic_for_now(site, ap_closed_through="2026-11-30"):
        await site.granted(one.key, "accept")
        head = await site.until(one.key, State.FAILED)
        assert head.failure_code == "cmic_refused"
        assert "Post Date 2026-11-15 is in a closed AP period." in head.words
        await site.granted(one.key, "retry", accounting_date="2026-12-01")
        await one.once()
    (voucher,) = await one.rows()
    assert voucher["VouPostDate"] == "2026-12-01"
