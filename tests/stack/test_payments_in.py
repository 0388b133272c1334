"""CMiC's payments as payments issued in Procore, through the whole stack (O-14, R-14, I-14, F-06, S-27)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from domain.refusals import Refused
from domain.states import Posting, State
from tests.paperwork import Body, Job, id_of, line
from tests.stack.imports import brought, done, in_procore, refused, writes
from tests.stack.subjects import BANK, Invoice, Payment, money
from tests.support import ERP, SENDER, Site


@pytest.fixture(scope="module", autouse=True)
async def payments_out(connected: Site) -> AsyncIterator[None]:
    async with connected.settings(**BANK):
        yield


@pytest.fixture(scope="module")
async def job(connected: Site) -> Job:
    return await Job.opened(connected)


@pytest.fixture
async def invoice(site: Site, job: Job) -> Invoice:
    """An invoice over 100.00, posted."""
    return await posted(job)


async def posted(job: Job) -> Invoice:
    one: Invoice = await Invoice.ready(job)
    await job.exported(one.key)
    await one.deed("post")
    return one


async def pay(invoice: Invoice, amount: str | None = None, **more: Any) -> int:
    """The accountant pays some of an invoice, or all of it; the cheque's number."""
    body = {"company": ERP, "vendor": "ACME01", "invoice": invoice.code, **more}
    drawn = await invoice.site.control("cheques/pay", **body, **({"amount": amount} if amount else {}))
    return int(drawn["ChqNum"])


async def cheque(site: Site, deed: str, number: int) -> None:
    await site.control(f"cheques/{deed}", company=ERP, number=number)


async def paid(invoice: Invoice) -> list[Body]:
    """The payments on its contract in Procore, the first one first."""
    rows = await in_procore(invoice.site, "contract_payments", contract_id=id_of(invoice.contract))
    return sorted(rows, key=lambda row: row["id"])


async def amounts(invoice: Invoice) -> list[Decimal]:
    return [Decimal(row["amount"]) for row in await paid(invoice)]


async def reasons(site: Site, invoice: Invoice) -> list[str]:
    """The codes of the reasons for which payments of this voucher were set aside."""
    (voucher,) = await invoice.rows()
    rows = await site.office.ledger.pool.fetch(
        """select i.push_reasons from incoming i join import_places p on p.id = i.place
           where p.import = 'payments' and i.stream = 'payments' and i.erp_key like $1""",
        f"{ERP}|{voucher['VouNum']}|%",
    )
    return [reason["code"] for row in rows for reason in row["push_reasons"]]


async def in_the_books(invoice: Invoice) -> Decimal:
    (voucher,) = await invoice.rows()
    return money(voucher["VouPaidAmt"])


async def test_a_payment_comes_in_as_cmic_has_it(site: Site, invoice: Invoice) -> None:
    number = await pay(invoice, "60.25", description="Draw 1", post_date="2026-11-20")
    await done(site, "payments")
    (payment,) = await paid(invoice)
    (link,) = await site.rows("apvouchq", VouchqChqNum=str(number))
    said = [payment[n] for n in ("date", "check_number", "notes", "invoice_number", "requisition_id", "payment_method")]
    assert said == ["2026-11-20", str(number), "Draw 1", invoice.code, id_of(invoice.key), "check"]
    assert Decimal(payment["amount"]) == Decimal("60.25") == await in_the_books(invoice)
    assert payment["origin_id"] == f"{ERP}|{link['VouchqVouNum']}|{link['VouchqChqSeqNum']}"


async def test_parts_are_payments_of_their_own_and_a_second_run_writes_nothing(site: Site, invoice: Invoice) -> None:
    await pay(invoice, "60.25")
    await done(site, "payments")
    first = await paid(invoice)
    await pay(invoice)
    await done(site, "payments")
    assert await amounts(invoice) == [Decimal("60.25"), Decimal("39.75")]
    assert (await paid(invoice))[0] == first[0], "the first part is as it was"
    for full in (False, True):
        await site.procore.post("/_sandbox/traffic/reset")
        summary = await done(site, "payments", full=full)
        assert "; 0 written to Procore, 0 removed" in summary.words
        assert await writes(site) == 0


async def test_one_cheque_may_pay_several_invoices(site: Site, job: Job) -> None:
    """A payment each, on each contract."""
    one, other = await posted(job), await posted(job)
    number = await pay(one, "10.00")
    await pay(other, "20.00", account="10002", number=number)
    await done(site, "payments")
    assert (await amounts(one), await amounts(other)) == ([Decimal(10)], [Decimal(20)])


async def test_a_void_cheque_is_taken_out_and_what_is_paid_again_comes_in(site: Site, invoice: Invoice) -> None:
    number = await pay(invoice, "60.00")
    await done(site, "payments")
    await cheque(site, "void", number)
    summary = await done(site, "payments")
    assert "1 removed" in summary.words
    assert await paid(invoice) == []
    await pay(invoice)
    for full in (False, True):
        await done(site, "payments", full=full)
        assert await amounts(invoice) == [Decimal(100)] == [await in_the_books(invoice)]


async def test_a_cheque_that_was_never_seen_but_void_leaves_nothing(site: Site, invoice: Invoice) -> None:
    await cheque(site, "void", await pay(invoice))
    await done(site, "payments", full=True)
    assert await paid(invoice) == []


async def test_a_reversing_cheque_stands_beside_what_it_takes_back(site: Site, invoice: Invoice) -> None:
    number = await pay(invoice, "60.00")
    await done(site, "payments")
    await cheque(site, "reverse", number)
    await done(site, "payments")
    assert await amounts(invoice) == [Decimal(60), Decimal(-60)]
    assert sum(await amounts(invoice)) == await in_the_books(invoice)


async def test_a_payment_that_changed_in_cmic_is_changed_in_place(site: Site, invoice: Invoice) -> None:
    number = await pay(invoice, "60.00")
    await done(site, "payments")
    (before,) = await paid(invoice)
    await site.control("edit", resource="manualcheck", where={"ChqNum": number}, set={"ChqDesc": "Corrected"})
    await done(site, "payments")
    (after,) = await paid(invoice)
    assert (after["id"], after["origin_id"]) == (before["id"], before["origin_id"])
    assert after["notes"] == "Corrected"


async def test_only_what_is_posted_comes_in(site: Site, job: Job, invoice: Invoice) -> None:
    """A cheque that CMiC was given by Procore Pay isn't one of its own, posted or not, and never comes back; nor does it when
    everything is read."""
    one = await Payment.of(invoice, "40.00")
    await job.exported(one.key)
    await done(site, "payments")
    await one.deed("post")
    await site.until(one.key, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
    await pay(invoice, "60.00")
    for full in (False, True):
        await done(site, "payments", full=full)
        assert await amounts(invoice) == [Decimal(40), Decimal(60)]
    assert (await paid(invoice))[0]["id"] == id_of(one.key)


async def test_an_invoice_that_was_not_exported(site: Site, job: Job) -> None:
    """One on an exported contract is set aside, and comes in once it is adopted; one on nobody's contract is passed over."""
    one: Invoice = await Invoice.ready(job)
    await one.stranger()
    await site.control("vouchers/post", company=ERP, vendor="ACME01", invoice=one.code)
    await pay(one, "60.00")
    await done(site, "payments")
    assert await reasons(site, one) == ["invoice_not_exported"]
    assert await paid(one) == []
    await one.sent()
    await site.granted(one.key, "accept")
    await site.until(one.key, State.FAILED)
    await site.granted(one.key, "adopt")
    await site.until(one.key, State.SYNCED)
    await done(site, "payments")
    assert await amounts(one) == [Decimal(60)]
    assert await reasons(site, one) == []


CUTS: dict[str, list[dict[str, Any]]] = {
    "before it was made": [{"method": "POST", "cut": True}],
    "after it was made": [{"method": "POST", "cut": True, "when": "after"}],
    "after it was made, unreadable": [{"method": "POST", "malformed": True}],
    "twice": [{"method": "POST", "cut": True, "when": "after"}, {"method": "GET", "status": 503}],
}


@pytest.mark.parametrize("name", CUTS)
async def test_a_cut_leaves_one_payment(site: Site, invoice: Invoice, name: str) -> None:
    for order in CUTS[name]:
        await site.procore_fault(r"contract_payments$", **order)
    await pay(invoice, "60.00")
    await done(site, "payments")
    assert await amounts(invoice) == [Decimal(60)]


@pytest.mark.parametrize("skip", [0, 1])
async def test_a_cut_while_one_is_changed_leaves_it_whole(site: Site, invoice: Invoice, skip: int) -> None:
    """Between its origin id's going and its coming back, and after that."""
    number = await pay(invoice, "60.00")
    await done(site, "payments")
    await site.control("edit", resource="manualcheck", where={"ChqNum": number}, set={"ChqDesc": "Corrected"})
    await site.procore_fault(r"contract_payments/\d+$", method="PATCH", cut=True, when="after", skip=skip)
    await done(site, "payments")
    (after,) = await paid(invoice)
    assert after["notes"] == "Corrected"
    assert after["origin_id"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_cut_while_one_is_taken_out(site: Site, invoice: Invoice, method: str) -> None:
    number = await pay(invoice, "60.00")
    await done(site, "payments")
    await cheque(site, "void", number)
    await site.procore_fault(r"contract_payments/\d+$", method=method, cut=True, when="after")
    await done(site, "payments")
    assert await paid(invoice) == []


async def test_what_was_made_unseen_and_is_gone_in_cmic_is_taken_out(site: Site, invoice: Invoice) -> None:
    """Made, but the answer was lost and the list then refused; CMiC drops the payment before the next run reads everything."""
    number = await pay(invoice, "60.00")
    await site.procore_fault(r"contract_payments$", method="POST", cut=True, when="after")
    await site.procore_fault(r"contract_payments$", method="GET", status=422, skip=1)
    await done(site, "payments")
    assert await amounts(invoice) == [Decimal(60)]
    assert await reasons(site, invoice) == ["refused_by_procore"]
    await cheque(site, "void", number)
    await done(site, "payments", full=True)
    assert await paid(invoice) == []


async def test_a_payment_that_procore_refuses_is_set_aside_and_tried_again(site: Site, job: Job) -> None:
    one, other = await posted(job), await posted(job)
    await pay(one, "10.00")
    await pay(other, "20.00")
    await site.procore_fault(r"contract_payments$", method="POST", status=422)
    await done(site, "payments")
    assert sorted([*await amounts(one), *await amounts(other)]) in ([Decimal(10)], [Decimal(20)])
    assert await reasons(site, one) + await reasons(site, other) == ["refused_by_procore"]
    await done(site, "payments")
    assert (await amounts(one), await amounts(other)) == ([Decimal(10)], [Decimal(20)])


async def test_switched_off_and_not_permitted(site: Site) -> None:
    async with site.settings(payments_in=False):
        assert await refused(site, "payments") == ["import_switched_off"]
    with pytest.raises(Refused) as problem:
        await brought(site, "payments", person=SENDER)
    assert [r.code for r in problem.value.refusals] == ["not_permitted"]


async def test_both_types_of_commitment(site: Site, job: Job) -> None:
    contract = await job.contracted(line("03-100", "S", "1000.00"), kind="PurchaseOrderContract")
    code = site.code("INV-")
    key = await job.invoice(contract, {"line": 1, "work_completed_this_period": "100.00"}, invoice_number=code)
    one = Invoice(job, contract, key, code, code)
    await job.exported(key)
    await one.deed("post")
    await pay(one)
    await done(site, "payments")
    assert await amounts(one) == [Decimal(100)]
