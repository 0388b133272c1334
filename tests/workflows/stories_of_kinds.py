"""Stories of the further kinds of object, each on a job of its own, for the recorded histories."""

from __future__ import annotations

from activities.messages import BulkOrder
from domain.commands import Answer, Door
from domain.states import State
from tests.paperwork import Job, coded
from tests.support import APPROVER, COMPANY, ERP, PROJECT, SENDER, Site, line
from workflows.bulk import BulkCommand


async def project_exported_job_made(site: Site) -> list[str]:
    """CMiC's people make the job of an exported project; the project takes it over when the watch shows it."""
    job = await Job.planned(site, "03-100", "04-200")
    await job.accepted(job.key)
    await site.until(job.key, State.SYNCED)
    await job.made(("03-100", "S"), ("04-200", "S"))
    await site.watch(resource="job")
    await site.until(job.key, State.SYNCED, also=lambda head: head.job == job.job)
    return [job.key]


async def codes_assigned(site: Site) -> list[str]:
    """Codes of the master list that the job lacks, accepted on their own."""
    job = await Job.opened(site, ("03-100", "S"), ("04-200", "S"))
    await site.control("unassign", company=ERP, job=job.job, cost_code="04-200", category="S")
    await site.granted(job.key, "refresh")
    await site.until(job.key, State.SYNCED)
    key = job.of("cost_codes", job.project)
    await job.exported(key)
    return [key]


async def budget_grows(site: Site) -> list[str]:
    """Exported, refused a resend until CMiC shows it, resent with what is new; its change follows, and a forecast."""
    job = await Job.opened(site)
    key = await job.budget(coded("03-100", "S", "1000.00", estimated_cost_at_completion="1200.00"))
    change = await job.budget_change(coded("03-100", "S", "50.00"), coded("04-200", "S", "-50.00"), number=7)
    await job.accepted(change)
    await job.exported(key, confirm_import_closed=True)
    await site.refused(key, "resend", SENDER)
    await job.post_items()
    await site.until(key, State.SYNCED, also=lambda head: head.budgeted)
    await site.until(change, State.SYNCED)
    await job.budget(coded("03-100", "S", "900.00"))
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "reject")
    await job.exported(key, "resend")
    forecast = job.of("forecast", 202611)
    async with site.settings(forecast_export="pci"):
        await job.exported(forecast)
    return [key, change, forecast]


async def budget_modified(site: Site) -> list[str]:
    """A company that uses the legacy modifications."""
    job = await Job.opened(site)
    await job.edit("companies", COMPANY, uses_budget_changes=False)
    await job.budgeted()
    key = await job.modification(coded("03-100", "S"), coded("04-200", "S"), "50.00", notes="Buy-out")
    await job.exported(key)
    await job.edit("companies", COMPANY, uses_budget_changes=True)
    return [key]


async def change_order_held_until_posted(site: Site) -> list[str]:
    job = await Job.opened(site)
    contract = await job.contracted(line("03-100", "S", "1000.00"), posted=False)
    key = await job.change_order(contract, coded("03-100", "S", "250.00", commitment_line=1))
    await job.accepted(key)
    await site.until(key, State.HELD)
    await job.post_contract(contract)
    await site.until(key, State.SYNCED)
    return [key]


async def invoiced_and_paid(site: Site) -> list[str]:
    """CMiC takes one request a contract: the second waits for the first, and the payment for its invoice."""
    job = await Job.opened(site)
    contract = await job.contracted(line("03-100", "S", "1000.00"))
    first = await job.invoice(contract, {"line": 1, "work_completed_this_period": "400.00"}, invoice_number="H-1")
    await job.exported(first)
    second = await job.invoice(contract, {"line": 1, "work_completed_this_period": "100.00"}, invoice_number="H-2")
    await job.accepted(second)
    await site.until(second, State.HELD)
    payment = await job.payment(contract, first, "150.00", check_number="5201")
    bank = {"payment_bank_company": ERP, "payment_department": "00", "payment_account": "1000"}
    async with site.settings(payments_out=True, **bank):
        await job.accepted(payment)
        await job.post_voucher("H-1")
        await site.until(second, State.SYNCED)
        await site.until(payment, State.SYNCED)
    return [first, second, payment]


async def prime_change_reset_resent(site: Site) -> list[str]:
    """Held for the owner's contract, then reset and resent by an operator's signals."""
    job = await Job.opened(site)
    await job.prime_contract(line("03-100", "S", "5000.00"))
    key = await job.prime_change(coded("03-100", "S", "100.00"), number="PCO-1")
    await job.accepted(key)
    await site.until(key, State.HELD)
    await job.bill_contract()
    await site.until(key, State.SYNCED)
    handle = site.office.client.get_workflow_handle(key)
    await handle.signal("reset")
    await site.until(key, State.RESET_OUTSTANDING)
    await site.refused(key, "resend", SENDER)
    await job.post_items("PCO-1", deed="delete")
    await handle.signal("resend")
    await site.until(key, State.WAITING)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    return [key]


async def never_carried(site: Site) -> list[str]:
    """Kinds that the connector knows and refuses."""
    keys = [f"{kind}:{COMPANY}:{PROJECT}:1" for kind in ("owner_invoice", "sub_job")]
    for key in keys:
        assert await site.refused(key, "send", SENDER) == ["no_such_object"]
    return keys


async def accepted_in_bulk(site: Site) -> list[str]:
    good, retrieved = [await site.sent() for _ in range(2)], await site.sent()
    await site.granted(retrieved, "retrieve", SENDER)
    person = await site.office.ledger.put_person(APPROVER)
    rows: list[tuple[str, dict[str, object]]] = [(key, {}) for key in (*good, retrieved)]
    order = BulkOrder(number="recorded", action="accept", person=person, door=Door.CLI, rows=rows)
    done = await site.office.client.execute_workflow(
        BulkCommand.run, order, id="bulk:recorded", task_queue=site.office.config.task_queue
    )
    assert [o and o.answer for o in done.outcomes] == [Answer.DONE, Answer.DONE, Answer.REFUSED]
    for key in good:
        await site.until(key, State.SYNCED)
    return ["bulk:recorded"]


STORIES_OF_KINDS = (
    project_exported_job_made,
    codes_assigned,
    budget_grows,
    budget_modified,
    change_order_held_until_posted,
    invoiced_and_paid,
    prime_change_reset_resent,
    never_carried,
    accepted_in_bulk,
)
