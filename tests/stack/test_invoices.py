"""Subcontractor invoices through the whole stack: every refusal, every transition, and what CMiC's books hold afterwards, to the cent
(O-13, R-13): periods with stored materials, retainage held and released, change orders' items, one open request a contract."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.settings import Limits
from domain.states import Posting, State
from tests.paperwork import Body, Job, coded, id_of, line
from tests.stack.commands import REFUSED as EXIT_REFUSED
from tests.stack.commands import cli
from tests.stack.subjects import (
    BANK,
    Invoice,
    Payment,
    goes_out_on_send,
    is_there_once_whatever_happens,
    its_rows_refuse,
    walks_its_table,
)
from tests.stack.walks import ADMIN, TEAM, Told, in_cmic_for_now, told
from tests.support import APPROVER, ERP, SENDER, Site

WORK, STORED = "work_completed_this_period", "materials_presently_stored"
RELEASED = "work_completed_retainage_released_this_period"


@pytest.fixture(scope="module")
async def job(connected: Site) -> Job:
    return await Job.opened(connected)


@pytest.fixture(scope="module")
async def contract(job: Job) -> str:
    """Two lines of 1000.00 and 500.00, posted."""
    return await job.contracted(line("03-100", "S", "1000.00"), line("04-200", "M", "500.00"))


def work(amount: str, number: int = 1, **more: Any) -> Body:
    return {"line": number, WORK: amount, **more}


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
    "a total of zero": ([work("10.00"), work("-10.00", 2)], {}, [NOTHING]),
    "more than is scheduled": (
        [work("1000.01"), work("500.00", 2)], {},
        [("over_billed", "Line 1 bills 1000.01 of 1000.0: more than its scheduled value.", TEAM)],
    ),
    "another integration's": (
        [work("1.00")], {"origin_id": "SAGE|7"},
        [
            (
                "foreign_origin_id",
                "Another integration owns this subcontractor_invoice in Procore (its origin id is 'SAGE|7').",
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
                "Another integration owns this subcontractor_invoice in Procore (its origin id is 'SAGE|8').",
                ADMIN,
            ),
            ("status_not_billable", f"Its status is draft; {ONLY}", TEAM),
            ("field_not_usable", "The invoice number can't be used: 'Ω' has characters that a code can't have", TEAM),
            ("no_date", "It has no billing date.", TEAM),
            NOTHING,
            ("over_billed", "Line 1 bills 1000.5 of 1000.0: more than its scheduled value.", TEAM),
            ("over_billed", "Line 2 bills -1000.5 of 500.0: more than its scheduled value.", TEAM),
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


# CMiC's books


def money(value: Any) -> Decimal:
    return Decimal(str(value or 0))


async def lines_of(site: Site, code: str) -> list[tuple[str, str, Decimal, Decimal, Decimal]]:
    """The voucher's lines: change code and task of the billed row, amount, retainage held, retainage released."""
    (voucher,) = await site.rows("apvoucher", VouInvCode=code)
    found = []
    for row in await site.rows("apvoucherdetail", VdistVouNum=str(voucher["VouNum"])):
        (billed,) = await site.rows("scsched", ScschOraseq=str(row["VdistTranScschOraseq"]))
        amounts = [money(row[f"VdistTranScsch{n}"]) for n in ("LstAmt", "HldbkAmt", "HldbkRlsAmt")]
        found.append((billed["ScschChgCode"], billed["ScschTaskCode"], *amounts))
    return sorted(found)


async def billed(job: Job, contract: str, *items: Body, post: bool = True, **more: Any) -> tuple[str, str]:
    """An invoice, exported and posted: its key and its number."""
    code = job.site.code("INV-")
    key = await job.invoice(contract, *items, invoice_number=code, **more)
    await job.exported(key)
    if post:
        await job.post_voucher(code)
    return key, code


async def due(job: Job, key: str) -> Body:
    rows = await job.site.procore.get("/_sandbox/books/requisitions", params={"id": id_of(key)})
    return dict(rows.json()[0]["summary"])


def d(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(amount) for amount in amounts)


async def test_periods_with_materials_and_a_release(site: Site, job: Job) -> None:
    """Four periods: what is stored is billed once, though each later invoice carries it; what is held is released in the end."""
    contract = await job.contracted(
        line("03-100", "S", "1000.00"), line("04-200", "M", "333.33"), retainage_percent="10"
    )
    _, first = await billed(job, contract, work("100.00", 1, **{STORED: "50.00"}), work("33.33", 2))
    _, second = await billed(job, contract, work("200.00"))
    third_key, third = await billed(job, contract, work("580.00", 1, **{STORED: "0.00"}))
    assert await lines_of(site, first) == [
        ("000", "0001", *d("150.00", "15.00", "0")),
        ("000", "0002", *d("33.33", "3.33", "0")),
    ]
    assert await lines_of(site, second) == [("000", "0001", *d("200.00", "20.00", "0"))]
    assert await lines_of(site, third) == [("000", "0001", *d("530.00", "53.00", "0"))]
    release_key, release = await billed(
        job, contract, {"line": 1, RELEASED: "88.00"}, {"line": 2, RELEASED: "3.33"}, post=False
    )
    assert await lines_of(site, release) == [
        ("000", "0001", *d("0", "0", "88.00")),
        ("000", "0002", *d("0", "0", "3.33")),
    ]
    (voucher,) = await job.vouchers(release)
    assert [money(voucher[f"Vou{n}"]) for n in ("InvAmt", "HldbkAmt", "HldbkPaid")] == [*d("0", "0", "91.33")]
    vouchers = [row for code in (first, second, third, release) for row in await job.vouchers(code)]
    theirs, ours = await due(job, third_key), await due(job, release_key)
    total = sum(money(row["VouInvAmt"]) for row in vouchers)
    assert total == money(ours["total_completed_and_stored_to_date"]) == Decimal("913.33")
    held = sum(money(row["VouHldbkAmt"]) for row in vouchers)
    assert held == money(theirs["total_retainage"]) == Decimal("91.33")
    assert money(ours["total_retainage"]) == 0
    await job.post_voucher(release)
    (line_one, line_two) = await job.contract_lines(contract, "000")
    assert [money(row["ScschComplAmt"]) for row in (line_one, line_two)] == [*d("880.00", "33.33")]
    assert [money(row["ScschCurrHldbkAmt"]) - money(row["ScschCurrHldbkRlsAmt"]) for row in (line_one, line_two)] == [0, 0]


async def test_materials_with_retainage_go_down_again(site: Site, job: Job) -> None:
    """Stored materials that were taken back are billed back, with their retainage."""
    contract = await job.contracted(line("03-100", "S", "1000.00"), retainage_percent="5")
    await billed(job, contract, {"line": 1, STORED: "400.00"})
    _, second = await billed(job, contract, {"line": 1, WORK: "10.00", STORED: "300.00"})
    assert await lines_of(site, second) == [("000", "0001", *d("-90.00", "-4.50", "0"))]


async def test_work_and_release_in_one(site: Site, job: Job) -> None:
    contract = await job.contracted(line("03-100", "S", "1000.00"), retainage_percent="10")
    await billed(job, contract, work("500.00"))
    _, code = await billed(job, contract, work("100.00", 1, **{RELEASED: "25.00"}))
    assert await lines_of(site, code) == [("000", "0001", *d("100.00", "10.00", "25.00"))]
    (voucher,) = await job.vouchers(code)
    assert money(voucher["VouInvOutstandAmt"]) == Decimal("115.00")


async def test_items_of_change_orders(site: Site, job: Job) -> None:
    """A new line of a change order is billed under its change code, with the contract's lines (one request bills both)."""
    contract = await job.contracted(line("03-100", "S", "1000.00"), retainage_percent="10")
    order = await job.change_order(contract, coded("04-200", "M", "200.00"), coded("05-100", "S", "-50.00"), number="3")
    await job.exported(order)
    key = await job.invoice(
        contract, work("100.00"), work("40.00", change_order="3", line=1), invoice_number=(code := site.code("INV-"))
    )
    await job.accepted(key)
    held = await site.until(key, State.HELD)
    assert held.waits_for == [f"{order} posted"]
    await job.post_contract(contract, "003")
    await site.until(key, State.SYNCED)
    assert await lines_of(site, code) == [
        ("000", "0001", *d("100.00", "10.00", "0")),
        ("003", "003-001", *d("40.00", "4.00", "0")),
    ]


async def test_dates_amount_and_description(site: Site, job: Job) -> None:
    contract = await job.contracted(line("03-100", "S", "1000.00"))
    _, plain = await billed(job, contract, work("10.00"), billing_date="2026-11-15")
    code = site.code("INV-")
    key = await job.invoice(contract, work("10.00"), billing_date="2026-12-10", invoice_number="by vendor", final=True)
    typed = {"accounting_date": "2027-01-02", "description": "December draw", "erp_id": code}
    async with site.settings(invoice_date_from="export", invoice_due_days=45, invoice_series="AP"):
        head = await job.exported(key, **typed)
    assert head.erp_key == f"{ERP}|ACME01|{code}"
    names = ("InvDate", "DueDate", "PostDate", "RemitDesc", "InvSeriesCode", "FinalRfpFlag", "BchPost", "CurrCode", "ChgCode")
    rows = [(await job.vouchers(number))[0] for number in (plain, code)]
    assert [[row[f"Vou{n}"] for n in names] for row in rows] == [
        ["2026-11-15", "2026-12-15", "2026-11-15", None, "SUBS", "N", "Y", "USD", "000"],
        [datetime.now(UTC).date().isoformat(), "2027-01-24", "2027-01-02", "December draw", "AP", "Y", "N", "USD", "000"],
    ]
    assert await job.vouchers("BY VENDOR") == []


async def test_a_setting_that_changes_after_the_approval_changes_nothing(site: Site, job: Job) -> None:
    one = await Invoice.ready(job, met=False)
    await job.accepted(one.key)
    async with site.settings(invoice_due_days=1, invoice_series="LATER"):
        await one.posted_below()
        await one.once()
    (voucher,) = await one.rows()
    assert (voucher["VouDueDate"], voucher["VouInvSeriesCode"]) == ("2026-12-15", "SUBS")


# One open request a contract


async def three(job: Job) -> list[Invoice]:
    """Three invoices of one contract, accepted at the same time."""
    first = await Invoice.ready(job)
    ones = [first]
    for _ in range(2):
        code = job.site.code("INV-")
        key = await job.invoice(first.contract, work("100.00"), invoice_number=code)
        ones.append(Invoice(job, first.contract, key, code, code))
    for one in ones:
        await one.sent()
    await asyncio.gather(*(job.site.granted(one.key, "accept") for one in ones))
    return ones


async def open_one(site: Site, ones: list[Invoice]) -> Invoice:
    """The one that CMiC took; the others are held for it, and say so."""
    for _ in range(400):
        heads = {one.code: await site.head(one.key) for one in ones}
        there = [one for one in ones if heads[one.code].state is State.SYNCED]
        held = [one for one in ones if heads[one.code].state is State.HELD]
        if len(there) == 1 and len(held) == len(ones) - 1:
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError({code: head.words for code, head in heads.items()})
    for one in held:
        words = heads[one.code].words
        assert f"Invoice {there[0].code} of Acme Concrete LLC" in words, words
        assert "to be posted in CMiC first, which takes one open request for payment a contract" in words
    return there[0]


async def test_three_at_once_go_one_after_the_other(site: Site, job: Job) -> None:
    left = await three(job)
    while len(left) > 1:
        one = await open_one(site, left)
        await one.deed("post")
        left.remove(one)
    await left[0].once()
    for one in left:
        assert "fail" not in await site.actions(one.key)


async def test_what_was_voided_or_deleted_and_unlinked_frees_the_next(site: Site, job: Job) -> None:
    left = await three(job)
    one = await open_one(site, left)
    await one.removed()
    await site.granted(one.key, "unlink")
    await site.until(one.key, State.NOT_SENT)
    left.remove(one)
    one = await open_one(site, left)
    await one.deed("post")
    left.remove(one)
    await left[0].once()
    await one.deed("void")
    await site.granted(one.key, "unlink")
    await site.until(one.key, State.NOT_SENT)


async def test_a_rejected_or_failed_one_is_in_nobodys_way(site: Site, job: Job) -> None:
    first = await Invoice.ready(job)
    await first.sent()
    await first.failed()
    second = await job.invoice(first.contract, work("1.00"), invoice_number=site.code("INV-"))
    await job.exported(second)
    assert (await site.granted(first.key, "retry")).state is State.HELD
    await site.granted(first.key, "reject")


async def test_an_open_request_that_somebody_entered_in_cmic(site: Site, job: Job) -> None:
    """CMiC says so, in its words: held, and gone by itself once that one is posted."""
    one = await Invoice.ready(job)
    code = site.code("HAND-")
    await one.by_hand(code, 5.0)
    await one.sent()
    await site.granted(one.key, "accept")
    head = await site.until(one.key, State.HELD)
    (voucher,) = await job.vouchers(code)
    number = site.numbers[one.contract]
    said = f"Contract {number} of vendor ACME01 has an open RFP: invoice {code}, voucher {voucher['VouNum']}."
    assert f"CMiC wants something else first: {said}" in head.words or said in head.words
    await job.post_voucher(code)
    await site.watchdog()
    await one.once()


# Exactly once, and whose number it is


async def test_every_fault_leaves_one_whole_voucher(site: Site, job: Job) -> None:
    for one in await is_there_once_whatever_happens(Invoice, job):
        assert await lines_of(site, one.code) == [("000", "0001", *d("100.00", "0", "0"))]


async def test_an_answer_with_its_lines_is_as_good(site: Site, job: Job) -> None:
    async with in_cmic_for_now(site, created_with_children=True):
        one = await Invoice.ready(job)
        await job.exported(one.key)
    assert len(await lines_of(site, one.code)) == 1


async def test_one_number_on_two_contracts_of_a_vendor(site: Site, job: Job) -> None:
    """CMiC knows an invoice by its vendor's number: the second needs another, which the approver types."""
    number = site.code("inv-")
    first, second = await job.contracted(line("03-100", "S", "10.00")), await job.contracted(line("03-100", "S", "10.00"))
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
    contract = await job.contracted(line("03-100", "S", "10.00"))
    key = await job.invoice(contract, work("1.00"))
    await job.accepted(key)
    head = await site.until(key, State.SYNCED, State.FAILED)
    if head.state is State.FAILED:  # Another test's contract of this vendor has a first invoice, too.
        assert head.failure_code == "already_linked"
    else:
        assert head.erp_key == f"{ERP}|ACME01|1"


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
    assert [link["part"] for link in await site.office.reading.links(one.key)] == ["", str(row["items"][0]["id"])]
    await one.deed("void") if (await site.head(one.key)).posting is Posting.POSTED else await one.removed()
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


# PROBES

async def test_probe_posted_after_a_cut(site: Site, job: Job) -> None:
    one = await Invoice.ready(job)
    await one.sent()
    await one.fault("cut_after_commit")
    await site.granted(one.key, "accept")
    while not await one.rows():
        await asyncio.sleep(0.01)
    await site.control("vouchers/post", company=ERP, vendor="ACME01", invoice=one.code, post_date="2026-12-01")
    head = await site.until(one.key, State.SYNCED, State.FAILED)
    assert head.state is State.SYNCED, head.words


async def test_probe_changed_line_of_a_change_order(site: Site, job: Job) -> None:
    contract = await job.contracted(line("03-100", "S", "1000.00"))
    order = await job.change_order(contract, coded("03-100", "S", "200.00", commitment_line=1), number="3")
    await job.exported(order)
    await job.post_contract(contract, "003")
    key = await job.invoice(
        contract, work("40.00", change_order="3", line=1), invoice_number=(code := site.code("INV-"))
    )
    await job.accepted(key)
    head = await site.until(key, State.SYNCED, State.FAILED)
    assert head.state is State.SYNCED, head.words
    assert await lines_of(site, code) == [("003", "0001", *d("40.00", "0", "0"))]


async def test_probe_credit(site: Site, job: Job) -> None:
    contract = await job.contracted(line("03-100", "S", "1000.00"), line("04-200", "M", "-200.00"), retainage_percent="10")
    await billed(job, contract, work("500.00"), work("-100.00", 2))
    key = await job.invoice(
        contract, work("100.00", 1, **{RELEASED: "25.00"}), {"line": 2, RELEASED: "-5.00"}, invoice_number=(code := site.code("INV-"))
    )
    outcome = await site.ask(key, "send", SENDER)
    assert outcome.answer == "done", outcome
    await site.granted(key, "accept")
    head = await site.until(key, State.SYNCED, State.FAILED)
    assert head.state is State.SYNCED, head.words

async def test_probe_credit_too_much(site: Site, job: Job) -> None:
    contract = await job.contracted(line("03-100", "S", "1000.00"), line("04-200", "M", "-200.00"), retainage_percent="10")
    await billed(job, contract, work("500.00"), work("-100.00", 2))
    key = await job.invoice(
        contract, work("100.00", 1, **{RELEASED: "25.00"}), {"line": 2, RELEASED: "-15.00"}, invoice_number=(code := site.code("INV-"))
    )
    outcome = await site.ask(key, "send", SENDER)
    assert outcome.answer == "refused", outcome

async def test_probe_details(site: Site, job: Job) -> None:
    contract = await job.contracted(line("03-100", "S", "1000.00"))
    row = (await site.in_procore(contract))["line_items"][0]
    answer = await site.procore.put(f"/_sandbox/commitments/{id_of(contract)}/lines/{row['id']}/details", json={"details": [{"description": "a", "amount": "600.00"}, {"description": "b", "amount": "400.00"}]})
    assert answer.status_code == 200, answer.text
    print(answer.json())
    key = await job.invoice(contract, {"line": 1, WORK: "1.00"}, invoice_number=site.code("INV-"))
    print(await site.ask(key, "send", SENDER))
    await site.granted(key, "accept")
    head = await site.until(key, State.SYNCED, State.FAILED)
    assert head.state is State.SYNCED, head.words
