"""One of several PCIs has a stranger's number in CMiC: what stands there stays as it was approved, nothing is there twice, and
there is a way on for people (B-02, B-03; design §5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.states import State
from tests.paperwork import Job, coded
from tests.stack.walks import ACCOUNTING, by_a_stranger, told
from tests.support import APPROVER, ERP, SENDER, Site

CONCRETE, MASONRY = ("03-100", "S"), ("04-200", "S")
Amounts = dict[str, dict[tuple[str, str], Decimal]]


async def books(job: Job) -> Amounts:
    """Every PCI of the job but the budget's own, with its amounts."""
    codes = sorted(row["CmmCode"] for row in await job.items())
    return {code: await job.item_amounts(code) for code in codes if code != "BUD-01"}


async def collided(site: Site, taken: str, **typed: Any) -> tuple[Job, str]:
    """A change of two PCIs, 7-01 and 7-02 unless another number is typed; a stranger has one of them, and it failed on that."""
    job = await Job.opened(site)
    await job.budgeted()
    await by_a_stranger(job, taken, (*MASONRY, 1), kind="INT")
    key = await job.budget_change(coded(*CONCRETE, "50.00"), coded(*MASONRY, "20.00"), number=7)
    await job.accepted(key, **typed)
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "number_taken"
    assert f"{ERP}|{job.job}|{taken}" in head.words
    return job, key


async def removed(job: Job, code: str) -> None:
    """The accountant takes a PCI that nobody needs out of CMiC."""
    await job.post_items(code, deed="delete")


async def test_another_number_comes_too_late_once_one_is_there(site: Site) -> None:
    """Half of it under one number and half under another would be money that is there twice: refused, with the reason."""
    job, key = await collided(site, "7-02")
    before = await books(job)
    assert await told(site, key, "retry", APPROVER, erp_id="8") == [
        ("typed_too_late", f"CMiC already has {ERP}|{job.job}|7-01: erp_id can't be changed any more.", ACCOUNTING)
    ]
    assert (await site.head(key)).state is State.FAILED
    assert await books(job) == before
    await removed(job, "7-02")
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)
    assert await books(job) == {"7-01": {CONCRETE: Decimal(50)}, "7-02": {MASONRY: Decimal(20)}}


async def test_what_was_typed_before_may_be_typed_again(site: Site) -> None:
    """A form that shows what was typed sends it again: only a change comes too late."""
    job, key = await collided(site, "9-02", erp_id="9")
    await removed(job, "9-02")
    await site.granted(key, "retry", erp_id="9")
    await site.until(key, State.SYNCED)
    assert await books(job) == {"9-01": {CONCRETE: Decimal(50)}, "9-02": {MASONRY: Decimal(20)}}


async def test_it_can_not_be_rejected_or_unlinked_while_one_is_there(site: Site) -> None:
    job, key = await collided(site, "7-02")
    before = await books(job)
    there = f"CMiC has {ERP}|{job.job}|7-01, so it can't be rejected any more."
    assert await told(site, key, "reject", APPROVER) == [("exists_in_cmic", there, ACCOUNTING)]
    asked = await site.granted(key, "unlink")
    head = await site.until(key, State.FAILED, also=lambda h: h.sequence > asked.sequence)
    assert head.failure_code == "still_in_cmic"
    assert f"CMiC still has {ERP}|{job.job}|7-01." in head.words
    assert await books(job) == before


@pytest.mark.parametrize("deed", ["void", "delete"])
async def test_thrown_away_in_cmic_it_goes_under_another_number(site: Site, deed: str) -> None:
    """The way that the refusals name: void what is there, unlink, send again."""
    job, key = await collided(site, "7-02")
    await job.post_items("7-01", deed=deed)
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT)
    await job.exported(key, erp_id="8")
    found = await books(job)
    assert (found["8-01"], found["8-02"]) == ({CONCRETE: Decimal(50)}, {MASONRY: Decimal(20)})
    assert found["7-02"] == {MASONRY: Decimal(1)}, "the stranger's is as it was"
    await job.post_items("8-01", "8-02")
    shown = await job.budgeted_in_cmic("JcatCurrBudgAmt")
    assert shown[CONCRETE] == Decimal(1050)


async def test_nothing_is_there_yet_so_another_number_is_free(site: Site) -> None:
    job, key = await collided(site, "7-01")
    await site.granted(key, "retry", erp_id="8")
    await site.until(key, State.SYNCED)
    assert await books(job) == {
        "7-01": {MASONRY: Decimal(1)}, "8-01": {CONCRETE: Decimal(50)}, "8-02": {MASONRY: Decimal(20)},
    }  # fmt: skip


@pytest.mark.parametrize(("action", "state"), [("reject", State.REJECTED), ("unlink", State.NOT_SENT)])
async def test_nothing_is_there_yet_so_it_goes_back(site: Site, action: str, state: State) -> None:
    job, key = await collided(site, "7-01")
    await site.granted(key, action)
    await site.until(key, state)
    assert await books(job) == {"7-01": {MASONRY: Decimal(1)}}


# A forecast that goes along with its budget


async def along(site: Site) -> tuple[Job, str]:
    """A budget that is in CMiC as BUD-01; its forecast's number, BUD-01F, is a stranger's."""
    job = await Job.opened(site)
    key = await job.budget(coded(*CONCRETE, "1000.00", estimated_cost_at_completion="1200.00"))
    await by_a_stranger(job, "BUD-01F", (*MASONRY, 1), kind="FCT")
    async with site.settings(forecast_with_budget=True):
        await job.accepted(key, confirm_import_closed=True)
        head = await site.until(key, State.FAILED)
    assert head.failure_code == "number_taken"
    assert f"{ERP}|{job.job}|BUD-01F" in head.words
    return job, key


async def retried(site: Site, key: str, **more: Any) -> None:
    asked = await site.granted(key, "retry", **more)
    await site.until(key, State.SYNCED, State.FAILED, also=lambda h: h.sequence > asked.sequence)


async def test_a_retry_never_doubles_the_budget(site: Site) -> None:
    """However often it is asked for, and under today's settings or others: the amounts are there once."""
    job, key = await along(site)
    for with_it in (True, False):
        async with site.settings(forecast_with_budget=with_it):
            await retried(site, key)
        assert (await site.head(key)).failure_code == "number_taken"
        assert await site.refused(key, "retry", erp_id="BUD-09") == ["typed_too_late"]
    assert sorted(row["CmmCode"] for row in await job.items()) == ["BUD-01", "BUD-01F"]
    assert await job.item_amounts("BUD-01") == {CONCRETE: Decimal(1000)}
    await removed(job, "BUD-01F")
    await retried(site, key)
    assert (await site.head(key)).state is State.SYNCED
    assert await job.item_amounts("BUD-01F") == {CONCRETE: Decimal(1200)}
    await job.post_items()
    await site.until(key, State.SYNCED, also=lambda h: h.budgeted)
    assert await job.budgeted_in_cmic() == {CONCRETE: Decimal(1000)}


async def test_a_budget_whose_forecast_collided_starts_anew_under_another_number(site: Site) -> None:
    job, key = await along(site)
    await job.post_items("BUD-01", deed="void")
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT)
    async with site.settings(forecast_with_budget=True):
        await site.granted(key, "send", SENDER)
        await site.granted(key, "accept", erp_id="BUD-09", confirm_import_closed=True)
        await site.until(key, State.SYNCED)
    assert await job.item_amounts("BUD-09") == {CONCRETE: Decimal(1000)}
    assert await job.item_amounts("BUD-09F") == {CONCRETE: Decimal(1200)}
    await job.post_items("BUD-09", "BUD-09F")
    await site.until(key, State.SYNCED, also=lambda h: h.budgeted)
    assert await job.budgeted_in_cmic() == {CONCRETE: Decimal(1000)}
