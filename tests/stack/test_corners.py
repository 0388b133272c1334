"""Tests that fail on the defects found; each belongs into the module of its kind once that is mended."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.states import Posting, State
from tests.paperwork import Job, coded, id_of, line
from tests.stack.walks import TEAM, by_a_stranger, in_cmic_for_now, told
from tests.support import APPROVER, ERP, SENDER, Site

CONCRETE, MASONRY = ("03-100", "S"), ("04-200", "S")
CONFIRMED: dict[str, Any] = {"confirm_import_closed": True}


def on(pair: tuple[str, str], amount: str, **more: Any) -> dict[str, Any]:
    return coded(*pair, amount, **more)


async def settled(site: Site, key: str) -> None:
    await site.until(key, State.SYNCED, also=lambda h: h.budgeted and h.posting is Posting.POSTED, seconds=6)


# D1 adopt without a typed code
async def test_adopt_takes_the_code_that_was_tried(site: Site) -> None:
    job = await Job.opened(site)
    await by_a_stranger(job, "BUD-01", (*CONCRETE, 10))
    key = await job.budget(on(CONCRETE, "10.00"))
    await job.accepted(key, **CONFIRMED)
    await site.until(key, State.FAILED)
    await site.granted(key, "adopt")
    await site.until(key, State.SYNCED, seconds=6)


# D6 the forecast's PCI counts for the budget's posting
async def test_a_budget_is_posted_though_its_forecast_is_not(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(on(CONCRETE, "10.00", estimated_cost_at_completion="12.00"))
    async with site.settings(forecast_with_budget=True):
        await job.exported(key, **CONFIRMED)
    await job.post_items("BUD-01")
    await settled(site, key)


# D8 less than before, posted, not shown
async def test_less_is_not_shown_before_it_is(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budgeted(on(CONCRETE, "10.00"))
    await job.budget(on(CONCRETE, "8.00"))
    await job.exported(key, "resend")
    async with in_cmic_for_now(site, pci_shows_in_budget_at_once=False):
        await job.post_items("BUD-02")
        head = await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
    assert await job.budgeted_in_cmic() == {CONCRETE: Decimal(10)}
    assert not head.budgeted


# D9 other documents' totals
async def test_a_forecast_that_moves_does_not_return_a_budget(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(on(CONCRETE, "10.00"))
    await site.granted(key, "send", SENDER)
    await job.commitment(line("03-100", "S", "25.00"))
    await site.granted(key, "accept", **CONFIRMED)
    head = await site.until(key, State.SYNCED, State.WAITING, also=lambda h: h.sequence > 2)
    assert head.state is State.SYNCED


# D12 a mistyped month
async def test_a_month_that_is_none_is_the_senders_matter(site: Site) -> None:
    job = await Job.opened(site)
    await job.budget(on(CONCRETE, "10.00"))
    async with site.settings(forecast_export="pci"):
        assert await told(site, job.of("forecast", 202613), "send") == [
            ("not_the_export_month", "'202613' is no month: a forecast is named by its month as YYYYMM.", TEAM)
        ]


# D13 the full list and watched records
async def test_the_full_list_sees_that_a_contract_is_gone(site: Site) -> None:
    job = await Job.opened(site)
    await job.bill_contract()
    await site.control("delete", resource="jbcont", where={"JbcontJobCode": job.job})
    assert await site.watch(resource="prime_contract", full=True) == "1 objects nudged"


# D14 which PCI is there
async def test_the_pci_that_is_there_is_named(site: Site) -> None:
    job = await Job.opened(site)
    await job.budgeted(on(CONCRETE, "10.00"))
    key = await job.budget_change(*(on(CONCRETE, "1.00") for _ in range(3)), number=7)
    await site.fault("status", status=400, method="POST", key="7-02")
    await job.accepted(key)
    await site.until(key, State.FAILED)
    there = f"CMiC has {ERP}|{job.job}|7-01, so it can't be rejected any more."
    assert (await told(site, key, "reject", APPROVER))[0][1] == there


# D15 a forecast alone is new
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
