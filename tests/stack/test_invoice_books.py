"""What CMiC's books hold of subcontractor invoices, to the cent: periods with stored materials, retainage held and released,
items of change orders, dates; and one open request a contract (O-13, R-13, S-24)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.states import State
from tests.paperwork import Body, Job, coded, id_of, line
from tests.stack.subjects import Invoice, billed_lines, d, money, work
from tests.support import ERP, Site

STORED = "materials_presently_stored"
RELEASED = "work_completed_retainage_released_this_period"


@pytest.fixture(scope="module")
async def job(connected: Site) -> Job:
    return await Job.opened(connected)


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


async def test_periods_with_materials_and_a_release(site: Site, job: Job) -> None:
    """Four periods: what is stored is billed once, though each later invoice carries it; what is held is released at last."""
    contract = await job.contracted(
        line("03-100", "S", "1000.00"), line("04-200", "M", "333.33"), retainage_percent="10"
    )
    _, first = await billed(job, contract, work("100.00", 1, **{STORED: "50.00"}), work("33.33", 2))
    _, second = await billed(job, contract, work("200.00"))
    third_key, third = await billed(job, contract, work("580.00", 1, **{STORED: "0.00"}))
    assert await billed_lines(site, first) == [
        ("000", "0001", *d("150.00", "15.00", "0")),
        ("000", "0002", *d("33.33", "3.33", "0")),
    ]
    assert await billed_lines(site, second) == [("000", "0001", *d("200.00", "20.00", "0"))]
    assert await billed_lines(site, third) == [("000", "0001", *d("530.00", "53.00", "0"))]
    release_key, release = await billed(
        job, contract, {"line": 1, RELEASED: "88.00"}, {"line": 2, RELEASED: "3.33"}, post=False
    )
    assert await billed_lines(site, release) == [
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
    assert [money(row["ScschCurrHldbkAmt"]) - money(row["ScschCurrHldbkRlsAmt"]) for row in (line_one, line_two)] == [
        0,
        0,
    ]


async def test_materials_with_retainage_go_down_again(site: Site, job: Job) -> None:
    """Stored materials that were taken back are billed back, with their retainage."""
    contract = await job.contracted(line("03-100", "S", "1000.00"), retainage_percent="5")
    await billed(job, contract, {"line": 1, STORED: "400.00"})
    _, second = await billed(job, contract, work("10.00", 1, **{STORED: "300.00"}))
    assert await billed_lines(site, second) == [("000", "0001", *d("-90.00", "-4.50", "0"))]


async def test_work_and_release_in_one(site: Site, job: Job) -> None:
    contract = await job.contracted(line("03-100", "S", "1000.00"), retainage_percent="10")
    await billed(job, contract, work("500.00"))
    _, code = await billed(job, contract, work("100.00", 1, **{RELEASED: "25.00"}))
    assert await billed_lines(site, code) == [("000", "0001", *d("100.00", "10.00", "25.00"))]
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
    assert await billed_lines(site, code) == [
        ("000", "0001", *d("100.00", "10.00", "0")),
        ("003", "003-001", *d("40.00", "4.00", "0")),
    ]


async def test_items_of_a_change_order_that_changes_a_line(site: Site, job: Job) -> None:
    """Its row has the task of the line that it changes, under its own change code."""
    contract = await job.contracted(line("03-100", "S", "1000.00"))
    order = await job.change_order(contract, coded("03-100", "S", "200.00", commitment_line=1), number="3")
    await job.exported(order)
    await job.post_contract(contract, "003")
    _, code = await billed(job, contract, work("60.00"), work("40.00", change_order="3"))
    assert await billed_lines(site, code) == [
        ("000", "0001", *d("60.00", "0", "0")),
        ("003", "0001", *d("40.00", "0", "0")),
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
    names = (
        "InvDate",
        "DueDate",
        "PostDate",
        "RemitDesc",
        "InvSeriesCode",
        "FinalRfpFlag",
        "BchPost",
        "CurrCode",
        "ChgCode",
    )
    rows = [(await job.vouchers(number))[0] for number in (plain, code)]
    assert [[row[f"Vou{n}"] for n in names] for row in rows] == [
        ["2026-11-15", "2026-12-15", "2026-11-15", None, "SUBS", "N", "Y", "USD", "000"],
        [
            datetime.now(UTC).date().isoformat(),
            "2027-01-24",
            "2027-01-02",
            "December draw",
            "AP",
            "Y",
            "N",
            "USD",
            "000",
        ],
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
    assert head.words.startswith("Accepted, and held: CMiC wants something else first: ")
    assert said in head.words
    await job.post_voucher(code)
    await site.patience_over()
    await site.watchdog()
    await one.once()
