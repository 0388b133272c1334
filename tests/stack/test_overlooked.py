"""What CMiC showed reaches the objects it is about, though a nudge was lost, a look failed half-way, or the object was busy
with something else (B-13; design §3, §4, §5: a schedule wakes whoever was told nothing)."""

from __future__ import annotations

from decimal import Decimal
from unittest.mock import patch

import pytest
from temporalio.testing import ActivityEnvironment

from activities.messages import ListChanges
from activities.posting import PostingWatcher
from domain.permissions import Person
from domain.ports import Change, Unavailable
from domain.states import Posting, State
from tests.paperwork import Job, coded, line
from tests.stack.walks import in_cmic_for_now
from tests.support import APPROVER, ERP, SENDER, Site
from workers.plant import Plant

CONCRETE = ("03-100", "S")
NOTHING_NEW = "0 objects nudged"


@pytest.fixture(autouse=True)
async def nothing_unseen(site: Site) -> None:
    """Whatever other tests did in CMiC's books has been seen."""
    for resource in ("subcontract", "change_item", "voucher", "job"):
        await site.watch(resource=resource, full=True)
    await site.watchdog()


async def unposted(site: Site) -> tuple[Job, str, str]:
    """A contract in CMiC, and a change order that is held until it is posted."""
    job = await Job.opened(site)
    contract = await job.contracted(line("03-100", "S", "1000.00"), posted=False)
    order = await job.change_order(contract, coded(*CONCRETE, "5.00"))
    await job.accepted(order)
    await site.until(order, State.HELD)
    return job, contract, order


async def posted_in_cmic(site: Site, contract: str) -> None:
    """An accountant posts it; no schedule has looked yet."""
    await site.control("subcontracts/post", **await site.contract(contract), change_code="000")


async def budget_resent(site: Site, again: str = "11.00") -> tuple[Job, str]:
    """A budget in CMiC as BUD-01, posted and shown; a resend waits for its approver."""
    job = await Job.opened(site)
    key = await job.budgeted(coded(*CONCRETE, "10.00"))
    await job.budget(coded(*CONCRETE, again))
    await site.granted(key, "resend", SENDER)
    return job, key


async def seen_and_lost(plant: Plant, resource: str) -> list[str]:
    """A worker stores what CMiC shows, and dies before it tells anybody: whom it would have told."""
    watcher = PostingWatcher(plant.ledger, plant.cmic)
    asked = ListChanges(erp_company=ERP, resource=resource)
    found: list[str] = await ActivityEnvironment().run(watcher.list_changes, asked)
    return found


# Lost nudges


async def test_a_worker_that_died_before_it_told_anybody(site: Site, plant: Plant) -> None:
    _, contract, order = await unposted(site)
    await posted_in_cmic(site, contract)
    assert contract in await seen_and_lost(plant, "subcontract")
    assert await site.watch() == NOTHING_NEW
    assert (await site.head(contract)).posting is Posting.UNPOSTED
    await site.watchdog()
    await site.until(contract, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
    await site.until(order, State.SYNCED)


async def test_a_list_that_failed_on_its_second_page(site: Site, plant: Plant) -> None:
    """The first page is in the ledger; the list that comes after it finds nothing new in it."""
    _, contract, order = await unposted(site)
    await posted_in_cmic(site, contract)
    real, failures = plant.cmic.changed, 0

    async def changed(resource: str, company: str, since: str | None, cursor: str | None) -> Change:
        nonlocal failures
        if cursor == "second":
            failures += 1
            raise Unavailable("CMiC is busy (HTTP 429)")
        page = await real(resource, company, since, cursor)
        return page if failures else page.model_copy(update={"cursor": "second"})

    with patch.object(plant.cmic, "changed", changed):
        await site.watch()
    assert failures == 1
    assert (await site.head(contract)).posting is Posting.UNPOSTED
    await site.watchdog()
    await site.until(contract, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
    await site.until(order, State.SYNCED)


async def test_a_job_that_was_seen_and_told_to_nobody(site: Site, plant: Plant) -> None:
    job = await Job.planned(site, "03-100")
    await job.exported(job.key)
    await job.made(CONCRETE)
    assert await seen_and_lost(plant, "job") == [job.key]
    assert await site.watch(resource="job") == NOTHING_NEW
    assert (await site.head(job.key)).job == ""
    await site.watchdog()
    await site.until(job.key, State.SYNCED, also=lambda h: h.job == job.job)


# Looks that saw what nobody asked for


async def test_a_look_that_saw_the_posting_takes_it_over(site: Site) -> None:
    """Somebody asks to unlink a contract that was posted just now: what needs it posted leaves, without any schedule."""
    job = await Job.opened(site)
    contract = await job.contracted(line("03-100", "S", "1000.00"), posted=False)
    await posted_in_cmic(site, contract)
    asked = await site.granted(contract, "unlink")
    head = await site.until(contract, State.SYNCED, also=lambda h: h.sequence > asked.sequence)
    assert head.posting is Posting.POSTED
    await job.exported(await job.change_order(contract, coded(*CONCRETE, "5.00")))
    assert await site.watch() == NOTHING_NEW


async def test_a_look_that_could_not_be_made_is_made_again(site: Site) -> None:
    """CMiC shows budgets a little later than it posts them, and can't be asked meanwhile: posted, but not shown, until it was
    seen."""
    quick = site.hurried(patience=6)
    job = await Job.opened(site)
    key = await job.budget(coded(*CONCRETE, "10.00"))
    await quick.granted(key, "send", SENDER)
    await quick.granted(key, "accept", confirm_import_closed=True)
    await site.until(key, State.SYNCED)
    await job.post_items()
    await site.until(key, State.SYNCED, also=lambda h: h.budgeted)
    await job.budget(coded(*CONCRETE, "11.00"))
    await job.exported(key, "resend")
    async with in_cmic_for_now(site, pci_shows_in_budget_at_once=False):
        await site.fault("status", status=503, method="GET", resource="jcjobcategory", times=None)
        await job.post_items("BUD-02")
        head = await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
        assert not head.budgeted
        await site.cmic.delete("/_sandbox/faults")
        await site.control("change_items/settle", company=ERP, job=job.job)
    await site.watchdog()
    await site.until(key, State.SYNCED, also=lambda h: h.budgeted)
    assert await job.budgeted_in_cmic() == {CONCRETE: Decimal(11)}


# What happened while the object was busy


@pytest.mark.parametrize(("action", "person"), [("reject", APPROVER), ("retrieve", SENDER)])
async def test_a_void_that_came_while_a_resend_waited(site: Site, action: str, person: Person) -> None:
    """Back in synced, the budget is what CMiC has of it by then: nothing, so nothing may leave on it."""
    job, key = await budget_resent(site)
    await job.post_items("BUD-01", deed="void")
    assert (await site.head(key)).state is State.WAITING
    await site.granted(key, action, person)
    head = await site.until(key, State.SYNCED)
    assert head.posting is Posting.VOID
    assert "void there: unlink it" in head.words
    change = await job.budget_change(coded(*CONCRETE, "5.00"), number=3)
    await job.accepted(change)
    for _ in range(2):
        await site.watchdog()
    head = await site.head(change)
    assert (head.state, head.waits_for) == (State.HELD, [f"{key} budgeted"])
    assert [row["CmmCode"] for row in await job.items()] == ["BUD-01"]


@pytest.mark.parametrize(("action", "person"), [("reject", APPROVER), ("retrieve", SENDER)])
async def test_a_posting_that_came_while_a_resend_waited(site: Site, action: str, person: Person) -> None:
    job = await Job.opened(site)
    await job.budget(coded(*CONCRETE, "10.00", estimated_cost_at_completion="12.00"))
    key = job.of("forecast", 202611)
    async with site.settings(forecast_export="pci"):
        await job.exported(key)
        await job.budget(coded(*CONCRETE, "10.00", estimated_cost_at_completion="13.00"))
        await site.granted(key, "resend", SENDER)
        await job.post_items()
        assert (await site.head(key)).posting is Posting.UNPOSTED
        await site.granted(key, action, person)
    head = await site.until(key, State.SYNCED)
    assert head.posting is Posting.POSTED
    assert "posted on" in head.words


async def test_a_void_resend_takes_nothing_from_what_stands(site: Site) -> None:
    """Only BUD-02 is void: BUD-01 is posted and shown, and that is what a change needs."""
    job, key = await budget_resent(site)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    change = await job.budget_change(coded(*CONCRETE, "5.00"), number=3)
    await job.accepted(change)
    assert (await site.head(change)).state is State.HELD
    await job.post_items("BUD-02", deed="void")
    await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.POSTED and h.budgeted)
    await site.until(change, State.SYNCED)
    assert await job.item_amounts("3-01") == {CONCRETE: Decimal(5)}


# Who waits for another that gives up


async def test_an_invoice_leaves_when_the_one_before_it_gives_up(site: Site) -> None:
    """CMiC takes one open request for payment a contract; one that left nothing there is in nobody's way."""
    quick = site.hurried(patience=3, retry_every=600)
    job = await Job.opened(site)
    contract = await job.contracted(line("03-100", "S", "1000.00"))
    first, second = [
        await job.invoice(contract, {"line": 1, "work_completed_this_period": "10.00"}, invoice_number=f"{n}{job.job}")
        for n in "AB"
    ]
    await site.fault("status", status=503, method="POST", resource="apvoucher", key=f"A{job.job}", times=None)
    await quick.granted(first, "send", SENDER)
    await quick.granted(first, "accept")
    await job.accepted(second)
    assert (await site.head(second)).waits_for == [f"{first} out of the way"]
    head = await site.until(first, State.FAILED)
    assert head.failure_is_temporary
    await site.until(second, State.SYNCED)
    assert await job.vouchers(f"A{job.job}") == []
    await site.cmic.delete("/_sandbox/faults")
    await site.granted(first, "reject")
