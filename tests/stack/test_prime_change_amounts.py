"""What CMiC holds of prime contract change orders, to the cent with their markups; and each of them once (O-16, R-15, S-06,
S-11)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.states import State
from tests.paperwork import Job, id_of, line
from tests.stack.test_prime_changes import CONCRETE, FEES, MASONRY, across, below, on, synced, under_contract
from tests.stack.walks import by_a_stranger
from tests.support import ERP, SENDER, Site

# CMiC's books


async def total_of(site: Site, key: str) -> Decimal:
    params = {"id": id_of(key)}
    return Decimal(
        (await site.procore.get("/_sandbox/books/prime_change_orders", params=params)).json()[0]["grand_total"]
    )


async def test_markups_are_billed_to_the_cent(site: Site) -> None:
    """Horizontal ones with their line, vertical ones on a code of their own, all of it the change order's total."""
    job = await under_contract(site)
    lines = (on(CONCRETE, "100.01"), on(MASONRY, "-33.33"), on(CONCRETE, "0.07"))
    markups = [across("7.5"), across("2.25"), below("5"), below("3.333", CONCRETE, name="Bond")]
    key = await synced(job, "PCO-1", *lines, markups=markups, title="Wing", description="As agreed")
    costs = {CONCRETE: Decimal("100.08"), MASONRY: Decimal("-33.33")}
    # 100.01 + 7.50 + 2.25, 0.07 + 0.01 + 0.00; -33.33 - 2.50 - 0.75; 5 % of 73.26; 3.333 % of 76.92 on concrete, too.
    billed = {CONCRETE: Decimal("112.40"), MASONRY: Decimal("-36.58"), FEES: Decimal("3.66")}
    assert sum(billed.values()) == await total_of(site, key) == Decimal("79.48")
    assert await job.item_amounts("PCO-1", "CmdBillAmt") == billed
    assert await job.item_amounts("PCO-1") == {**costs, FEES: Decimal(0)}
    (fee,) = [row for row in await job.item_lines("PCO-1") if row["CmdPhsCode"] == FEES[0]]
    assert fee["CmdBudgAmt"] is None
    (row,) = await job.items()
    assert (row["CmmTypeCode"], row["CmmName"], row["CmmScopeDesc"], row["CmmPostDate"], row["CmmPrepostStatCode"]) == (
        "EXT", "Wing", "As agreed", None, "APPROVED",
    )  # fmt: skip
    await job.post_items()
    assert await job.budgeted_in_cmic("JcatCurrBudgAmt") == costs
    assert await job.budgeted_in_cmic("JcatCurrRevBudgAmt") == billed


async def test_a_residual_of_rounding_goes_to_the_largest_price(site: Site) -> None:
    """How Procore rounds a markup isn't published: its total stands, within a cent for each rounding."""
    job = await under_contract(site)
    key = await job.prime_change(on(CONCRETE, "100.00"), on(MASONRY, "10.00"), markups=[across("10")], number="PCO-1")
    rounded = {"set": {"grand_total": "121.02"}, "times": None}
    await site.procore_fault(f"prime_change_orders/{id_of(key)}$", method="GET", **rounded)
    await job.exported(key)
    assert await job.item_amounts("PCO-1", "CmdBillAmt") == {CONCRETE: Decimal("110.02"), MASONRY: Decimal(11)}
    assert await job.item_amounts("PCO-1") == {CONCRETE: Decimal(100), MASONRY: Decimal(10)}


async def test_revenue_only(site: Site) -> None:
    job = await under_contract(site)
    async with site.settings(revenue_only_changes=True, prime_change_type="TFR"):
        await synced(job, "PCO-1", on(CONCRETE, "100.00"), markups=[across("10")])
    (row,) = await job.item_lines("PCO-1")
    assert (row["CmdBudgAmt"], row["CmdBillAmt"]) == (None, 110)
    assert [row["CmmTypeCode"] for row in await job.items()] == ["TFR"]


async def test_its_number_and_date_are_procores_or_typed(site: Site) -> None:
    job = await under_contract(site)
    await synced(job, "PCO-1")
    await synced(job, "PCO-2", invoiced_date="2026-10-31")
    typed = await job.prime_change(on(CONCRETE, "1.00"), number="a number of its own"[:11])
    await site.granted(typed, "send", SENDER)
    await site.granted(typed, "accept", erp_id="own-1", transaction_date="2026-12-24")
    await site.until(typed, State.SYNCED)
    assert [(row["CmmCode"], row["CmmRefDate"]) for row in await job.items()] == [
        ("PCO-1", "2026-11-10"), ("PCO-2", "2026-10-31"), ("OWN-1", "2026-12-24"),
    ]  # fmt: skip


@pytest.mark.parametrize("markup_set", ["change_orders_horizontal", "horizontal", "vertical"])
async def test_the_contracts_own_markups_are_the_contracts(site: Site, markup_set: str) -> None:
    job = await Job.opened(site)
    fee = {"name": "Fee", "markup_set": markup_set, "percentage": "10", "cost_code": "01-500", "line_item_type": "O"}
    await job.prime_contract(line("03-100", "S", "5000.00"), markups=[fee])
    await job.bill_contract()
    key = await job.prime_change(on(CONCRETE, "100.00"), number="PCO-1")
    await job.exported(key)
    billed = 110 if markup_set.startswith("change_orders") else 100
    assert await job.item_amounts("PCO-1", "CmdBillAmt") == {CONCRETE: Decimal(billed)}


# Exactly once


@pytest.mark.parametrize("kind", ["cut_after_commit", "batch_without_rows"])
async def test_what_was_cut_off_is_there_once(site: Site, kind: str) -> None:
    job = await under_contract(site)
    key = await job.prime_change(on(CONCRETE, "100.00"), on(MASONRY, "5.00"), markups=[below("5")], number="PCO-1")
    await site.fault(kind, method="POST", key="PCO-1")
    await job.exported(key)
    assert [row["CmmCode"] for row in await job.items()] == ["PCO-1"]
    assert len(await job.item_lines("PCO-1")) == 3
    uuids = {row["CmmVUuid"] for row in await job.items()} | {r["CmdVUuid"] for r in await job.item_lines("PCO-1")}
    assert {row["erp_uuid"] for row in await site.office.reading.links(key)} == uuids


async def test_a_strangers_pci_is_adopted_only_when_its_money_agrees(site: Site) -> None:
    job = await under_contract(site)
    for code, bill in (("PCO-1", 110), ("PCO-2", 109.99)):
        await by_a_stranger(job, code, (*CONCRETE, 100), kind="EXT")
        await site.control("edit", resource="cmdetail", where={"CmdChgCode": code, "CmdMastJobCode": job.job}, set={
            "CmdBillAmt": bill
        })  # fmt: skip
        key = await job.prime_change(on(CONCRETE, "100.00"), markups=[across("10")], number=code)
        await job.accepted(key)
        head = await site.until(key, State.FAILED)
        assert head.failure_code == "number_taken"
        assert "and this connector did not write it" in head.words
        await site.granted(key, "adopt")
        if code == "PCO-1":
            await site.until(key, State.SYNCED)
        else:
            await site.until(key, State.FAILED, also=lambda h: h.failure_code == "cmic_differs")
            await site.granted(key, "retry", erp_id="PCO-2A")
            await site.until(key, State.SYNCED)
    assert [row["CmmCode"] for row in await job.items()] == ["PCO-1", "PCO-2", "PCO-2A"]
    assert (await job.items())[0]["CmmName"] == "By hand"
    assert await job.item_amounts("PCO-2A", "CmdBillAmt") == {CONCRETE: Decimal(110)}


async def test_a_number_that_another_kind_has_in_cmic(site: Site) -> None:
    """All PCIs of a job share their codes: a change of the budget may hold the change order's number."""
    job = await under_contract(site)
    await job.budgeted()
    change = await job.budget_change(on(CONCRETE, "1.00"), number=7)
    await job.exported(change)
    key = await job.prime_change(on(CONCRETE, "100.00"), number="7-01")
    await job.accepted(key)
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "already_linked"
    assert f"CMiC's {ERP}|{job.job}|7-01 is already linked to {change}." in head.words
    await site.granted(key, "retry", erp_id="PCO-7")
    await site.until(key, State.SYNCED)
    assert await job.item_amounts("7-01") == {CONCRETE: Decimal(1)}
