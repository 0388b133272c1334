"""Every kind of object once from Procore to CMiC, with what its parents have to be first."""

from __future__ import annotations

from decimal import Decimal

from domain.states import State
from tests.paperwork import Job, coded, line
from tests.support import SENDER, Site


async def test_a_budget_goes_as_a_pci_and_its_resend_carries_what_is_new(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(coded("03-100", "S", "1000.10"), coded("04-200", "S", "500.00"))
    await site.granted(key, "send", SENDER)
    assert await site.refused(key, "accept") == ["confirmation_needed"]
    await site.granted(key, "accept", confirm_import_closed=True)
    await site.until(key, State.SYNCED)
    assert [(r["CmmCode"], r["CmmTypeCode"], r["CmmPrepostStatCode"]) for r in await job.items()] == [
        ("BUD-01", "OBC", "APPROVED")
    ]
    assert await job.item_amounts("BUD-01") == {("03-100", "S"): Decimal("1000.10"), ("04-200", "S"): Decimal("500.00")}
    assert await site.refused(key, "resend", SENDER) == ["not_budgeted_yet", "nothing_new"]
    await job.post_items()
    await site.until(key, State.SYNCED, also=lambda h: h.budgeted)
    await job.budget(coded("03-100", "S", "900.00"), coded("04-200", "S", "500.00"), coded("03-100", "M", "77.00"))
    await job.exported(key, "resend")
    assert await job.item_amounts("BUD-02") == {("03-100", "S"): Decimal("-100.10"), ("03-100", "M"): Decimal("77.00")}


async def test_a_change_order_waits_until_its_contract_is_posted(site: Site) -> None:
    job = await Job.opened(site)
    contract = await job.contracted(line("03-100", "S", "1000.00"), posted=False)
    key = await job.change_order(
        contract, coded("03-100", "S", "250.00", commitment_line=1), coded("04-200", "M", "9.99")
    )
    await job.accepted(key)
    held = await site.until(key, State.HELD)
    assert "posted, or in process" in held.words
    await job.post_contract(contract)
    await site.until(key, State.SYNCED)
    lines = await job.contract_lines(contract, "001")
    assert sorted((r["ScschTaskCode"], Decimal(str(r["ScschAmt"]))) for r in lines) == [
        ("0001", Decimal("250")), ("001-002", Decimal("9.99")),
    ]  # fmt: skip


async def test_invoices_of_one_contract_go_one_after_the_other(site: Site) -> None:
    job = await Job.opened(site)
    contract = await job.contracted(line("03-100", "S", "1000.00"), retainage_percent="10")
    first = await job.invoice(contract, {"line": 1, "work_completed_this_period": "400.00"}, invoice_number="A-1")
    await job.exported(first)
    second = await job.invoice(contract, {"line": 1, "work_completed_this_period": "100.00"}, invoice_number="A-2")
    await job.accepted(second)
    held = await site.until(second, State.HELD)
    assert "A-1" in held.words
    assert "one open request" in held.words
    await job.post_voucher("A-1")
    await site.until(second, State.SYNCED)
    row = (await job.vouchers("A-2"))[0]
    assert (row["VouInvAmt"], row["VouInvDate"], row["VouDueDate"], row["VouPostDate"]) == (
        100, "2026-11-15", "2026-12-15", "2026-11-15",
    )  # fmt: skip


async def test_budget_changes_wait_for_the_budget_and_become_a_pci_a_line(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(coded("03-100", "S", "1000.00"), coded("04-200", "S", "500.00"))
    change = await job.budget_change(coded("03-100", "S", "50.00"), coded("04-200", "S", "-50.00"), number=7)
    await job.accepted(change)
    await site.until(change, State.HELD)
    await job.exported(key, confirm_import_closed=True)
    await job.post_items()
    await site.until(change, State.SYNCED)
    assert await job.item_amounts("7-01") == {("03-100", "S"): Decimal(50)}
    assert await job.item_amounts("7-02") == {("04-200", "S"): Decimal(-50)}


async def test_a_prime_change_order_waits_for_its_contract_and_can_be_reset(site: Site) -> None:
    job = await Job.opened(site)
    await job.prime_contract(line("03-100", "S", "5000.00"))
    fee = {"name": "Fee", "markup_set": "vertical", "percentage": "5", "cost_code": "01-500", "line_item_type": "O"}
    key = await job.prime_change(coded("03-100", "S", "100.00"), markups=[fee], number="PCO-1")
    await job.accepted(key)
    held = await site.until(key, State.HELD)
    assert "contract in CMiC" in held.words
    await job.bill_contract()
    await site.until(key, State.SYNCED)
    assert await job.item_amounts("PCO-1", "CmdBillAmt") == {("03-100", "S"): Decimal(100), ("01-500", "O"): Decimal(5)}
    await site.granted(key, "reset")
    assert (await site.head(key)).state is State.RESET_OUTSTANDING
    assert await site.refused(key, "resend", SENDER) == ["old_record_there"]
    await job.post_items("PCO-1", deed="delete")
    await job.exported(key, "resend")


async def test_a_forecast_goes_as_a_pci_and_again_by_its_difference(site: Site) -> None:
    job = await Job.opened(site)
    await job.budget(coded("03-100", "S", "1000.00", estimated_cost_at_completion="1200.00", forecast="200.00"))
    key = job.of("forecast", 202611)
    assert await site.refused(key, "send", SENDER) == ["export_switched_off"]
    async with site.settings(forecast_export="pci"):
        await job.exported(key)
        row = (await job.items())[0]
        assert (row["CmmName"], row["CmmCode"]) == ("November Procore Forecast Amounts", "F202611-01")
        await job.budget(coded("03-100", "S", "1000.00", estimated_cost_at_completion="1300.00"))
        await job.exported(key, "resend")
        assert await job.item_amounts("F202611-02") == {("03-100", "S"): Decimal(100)}


async def test_a_project_is_exported_and_waits_for_its_job(site: Site) -> None:
    job = await Job.opened(site, link=False)
    await site.control("delete", resource="jcjob", where={"JobCode": job.job})
    await job.accepted(job.key)
    await site.until(job.key, State.SYNCED)
    contract = await job.commitment(line("03-100", "S", "10.00"))
    await job.accepted(contract)
    await site.until(contract, State.HELD)


async def test_a_payment_follows_its_posted_invoice(site: Site) -> None:
    job = await Job.opened(site)
    contract = await job.contracted(line("03-100", "S", "1000.00"))
    invoice = await job.invoice(contract, {"line": 1, "work_completed_this_period": "400.00"}, invoice_number="P-1")
    await job.exported(invoice)
    payment = await job.payment(contract, invoice, "150.00", check_number="5201")
    async with site.settings(
        payments_out=True, payment_bank_company="01", payment_department="00", payment_account="1000"
    ):
        await job.accepted(payment)
        await site.until(payment, State.HELD)
        await job.post_voucher("P-1")
        await site.until(payment, State.SYNCED)
