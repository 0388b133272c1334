"""Corners of budgets, forecasts and changes: what happens when exports come one after another, or CMiC holds something of
somebody else (R-17, R-18, R-21; design §4, §5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.states import Posting, State
from tests.paperwork import Job, coded, line
from tests.stack.walks import TEAM, by_a_stranger, in_cmic_for_now, told
from tests.support import APPROVER, ERP, SENDER, Site

CONCRETE, MASONRY = ("03-100", "S"), ("04-200", "S")
CONFIRMED: dict[str, Any] = {"confirm_import_closed": True}


def on(pair: tuple[str, str], amount: str, **more: Any) -> dict[str, Any]:
    return coded(*pair, amount, **more)


async def settled(site: Site, key: str) -> None:
    await site.until(key, State.SYNCED, also=lambda h: h.budgeted and h.posting is Posting.POSTED, seconds=6)


# Budgets


async def test_adopt_takes_the_code_that_was_tried(site: Site) -> None:
    job = await Job.opened(site)
    await by_a_stranger(job, "BUD-01", (*CONCRETE, 10))
    key = await job.budget(on(CONCRETE, "10.00"))
    await job.accepted(key, **CONFIRMED)
    await site.until(key, State.FAILED)
    await site.granted(key, "adopt")
    await site.until(key, State.SYNCED, seconds=6)


async def test_less_is_not_shown_before_it_is(site: Site) -> None:
    """CMiC takes a resend's amounts up later than it posts them."""
    job = await Job.opened(site)
    key = await job.budgeted(on(CONCRETE, "10.00"))
    await job.budget(on(CONCRETE, "8.00"))
    await job.exported(key, "resend")
    async with in_cmic_for_now(site, pci_shows_in_budget_at_once=False):
        await job.post_items("BUD-02")
        head = await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
    assert await job.budgeted_in_cmic() == {CONCRETE: Decimal(10)}
    assert not head.budgeted


# Budgets and their forecasts


async def test_a_budget_is_posted_though_its_forecast_is_not(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(on(CONCRETE, "10.00", estimated_cost_at_completion="12.00"))
    async with site.settings(forecast_with_budget=True):
        await job.exported(key, **CONFIRMED)
    await job.post_items("BUD-01")
    await settled(site, key)


async def test_a_new_forecast_is_something_new_where_it_goes_along(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(on(CONCRETE, "10.00", estimated_cost_at_completion="12.00"))
    async with site.settings(forecast_with_budget=True):
        await job.exported(key, **CONFIRMED)
        await job.post_items()
        await settled(site, key)
        await job.budget(on(CONCRETE, "10.00", estimated_cost_at_completion="15.00"))
        await job.exported(key, "resend")
    assert await job.item_amounts("BUD-02F") == {CONCRETE: Decimal(3)}


async def test_a_forecast_along_brings_its_codes_to_the_job(site: Site) -> None:
    """A line without an original amount sits on a code that the job lacks; its forecast goes there all the same."""
    job = await Job.opened(site, CONCRETE, link=False)
    await job.linked("04-200")
    forecast = on(MASONRY, "0.00", estimated_cost_at_completion="50.00")
    key = await job.budget(on(CONCRETE, "10.00", estimated_cost_at_completion="12.00"), forecast)
    async with site.settings(forecast_with_budget=True, zero_dollar_codes=False):
        await job.exported(key, **CONFIRMED)
    assert await job.item_amounts("BUD-01") == {CONCRETE: Decimal(10)}
    assert await job.item_amounts("BUD-01F") == {CONCRETE: Decimal(12), MASONRY: Decimal(50)}


async def test_a_forecast_that_moves_does_not_return_a_budget(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(on(CONCRETE, "10.00"))
    await site.granted(key, "send", SENDER)
    await job.commitment(line("03-100", "S", "25.00"))
    await site.granted(key, "accept", **CONFIRMED)
    head = await site.until(key, State.SYNCED, State.WAITING, also=lambda h: h.sequence > 2)
    assert head.state is State.SYNCED


async def test_a_held_budget_leaves_though_its_forecast_moved(site: Site) -> None:
    """Leaving by itself never asks anybody again; the amounts are what was approved."""
    job = await Job.opened(site, link=False)
    key = await job.budget(on(CONCRETE, "10.00", estimated_cost_at_completion="12.00"))
    await job.accepted(key, **CONFIRMED)
    await site.until(key, State.HELD)
    await job.budget(on(CONCRETE, "10.00", estimated_cost_at_completion="12.01"))
    await site.granted(job.key, "link", erp_id=job.job)
    head = await site.until(key, State.SYNCED, State.WAITING)
    assert head.state is State.SYNCED
    assert await job.item_amounts("BUD-01") == {CONCRETE: Decimal(10)}


# Forecasts


async def test_a_month_that_is_none_is_the_senders_matter(site: Site) -> None:
    job = await Job.opened(site)
    await job.budget(on(CONCRETE, "10.00"))
    async with site.settings(forecast_export="pci"):
        assert await told(site, job.of("forecast", 202613), "send") == [
            ("not_the_export_month", "'202613' is no month: a forecast is named by its month as YYYYMM.", TEAM)
        ]


# Changes


async def test_the_pci_that_is_there_is_named(site: Site) -> None:
    job = await Job.opened(site)
    await job.budgeted(on(CONCRETE, "10.00"))
    key = await job.budget_change(*(on(CONCRETE, "1.00") for _ in range(3)), number=7)
    await site.fault("status", status=400, method="POST", key="7-02")
    await job.accepted(key)
    await site.until(key, State.FAILED)
    there = f"CMiC has {ERP}|{job.job}|7-01, so it can't be rejected any more."
    assert (await told(site, key, "reject", APPROVER))[0][1] == there


async def test_the_full_list_sees_that_a_contract_is_gone(site: Site) -> None:
    """The billing contract that owner changes stand on."""
    job = await Job.opened(site)
    await job.bill_contract()
    await site.control("delete", resource="jbcont", where={"JbcontJobCode": job.job})
    assert await site.watch(resource="prime_contract", full=True) == "1 objects nudged"
