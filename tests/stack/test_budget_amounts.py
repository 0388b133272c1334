"""What CMiC holds of budgets, to the cent, over several exports; and each export once (O-07, R-17..R-21, S-19, S-21)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.states import Posting, State
from tests.paperwork import Job, coded
from tests.stack.test_budgets import CONCRETE, CONFIRMED, FORMS, MASONRY, NOT_BUDGETED, NOTHING_NEW, STEEL, on, settled
from tests.stack.walks import by_a_stranger, in_cmic_for_now, told
from tests.support import ERP, SENDER, Site

# CMiC's books


async def test_rounds_of_resends_carry_only_what_is_new_and_end_equal(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budgeted(on(CONCRETE, "1000.10"), on(MASONRY, "500.00"))
    (header,) = await job.items()
    assert (header["CmmName"], header["CmmTypeCode"], header["CmmPrepostStatCode"]) == (
        "Original budget (BUD-01)", "OBC", "APPROVED",
    )  # fmt: skip
    rounds: list[tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]] = [
        ({CONCRETE: "900.00", FORMS: "77.00"}, {CONCRETE: "-100.10", FORMS: "77.00"}),
        ({CONCRETE: "900.01", MASONRY: "0.00"}, {CONCRETE: "0.01", MASONRY: "-500.00"}),
        ({CONCRETE: "-20.00", STEEL: "0.10"}, {CONCRETE: "-920.01", STEEL: "0.10"}),
        ({FORMS: "76.99"}, {FORMS: "-0.01"}),
    ]
    wanted = {CONCRETE: "1000.10", MASONRY: "500.00"}
    for number, (edited, new) in enumerate(rounds, start=2):
        wanted |= edited
        await job.budget(*(on(pair, amount) for pair, amount in edited.items()))
        await job.exported(key, "resend")
        assert await job.item_amounts(f"BUD-{number:02d}") == {p: Decimal(a) for p, a in new.items()}
        assert await told(site, key, "resend") == [NOT_BUDGETED, NOTHING_NEW]
        await job.post_items()
        await settled(site, key)
    assert await told(site, key, "resend") == [NOTHING_NEW]
    assert await job.budgeted_in_cmic() == {p: Decimal(a) for p, a in wanted.items() if Decimal(a)}


async def test_a_line_that_left_the_budget_is_taken_back(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budgeted(on(CONCRETE, "10.00"), on(MASONRY, "5.00"))
    shown = (await site.procore.get(f"/_sandbox/projects/{job.project}/budget")).json()
    (gone,) = [row["id"] for row in shown["lines"] if row["cost_code"] == MASONRY[0]]
    answer = await site.procore.delete(f"/_sandbox/projects/{job.project}/budget/lines/{gone}")
    assert answer.status_code == 200, answer.text
    await job.exported(key, "resend")
    assert await job.item_amounts("BUD-02") == {MASONRY: Decimal(-5)}
    await job.post_items()
    await settled(site, key)
    assert await told(site, key, "resend") == [NOTHING_NEW]
    assert await job.budgeted_in_cmic() == {CONCRETE: Decimal(10)}


async def test_codes_without_money_go_by_setting(site: Site) -> None:
    job, other = await Job.opened(site), await Job.opened(site)
    lines = (on(CONCRETE, "10.00"), on(MASONRY, "0.00"))
    key, bare = await job.budget(*lines), await other.budget(*lines)
    await job.exported(key, **CONFIRMED)
    assert await job.item_amounts("BUD-01") == {CONCRETE: Decimal(10), MASONRY: Decimal(0)}
    await job.post_items()
    await settled(site, key)
    assert await told(site, key, "resend") == [NOTHING_NEW], "a zero that went once isn't new again"
    async with site.settings(zero_dollar_codes=False):
        await other.exported(bare, **CONFIRMED)
        assert await other.item_amounts("BUD-01") == {CONCRETE: Decimal(10)}
        await other.post_items()
        await settled(site, bare)
        assert await told(site, bare, "resend") == [NOTHING_NEW]
    await other.exported(bare, "resend")
    assert await other.item_amounts("BUD-02") == {MASONRY: Decimal(0)}


async def test_billing_amounts_go_by_setting(site: Site) -> None:
    job, other = await Job.opened(site), await Job.opened(site)
    lines = (on(CONCRETE, "10.01"), on(MASONRY, "-3.00"))
    plain, billed = await job.budget(*lines), await other.budget(*lines)
    await job.exported(plain, **CONFIRMED)
    assert {row["CmdBillAmt"] for row in await job.item_lines("BUD-01")} == {None}
    async with site.settings(billing_on_budgets=True):
        await other.exported(billed, **CONFIRMED)
    wanted = {CONCRETE: Decimal("10.01"), MASONRY: Decimal(-3)}
    assert await other.item_amounts("BUD-01") == wanted == await other.item_amounts("BUD-01", "CmdBillAmt")
    await other.post_items()
    assert await other.budgeted_in_cmic("JcatOrigRevBudgAmt") == wanted


async def test_codes_of_the_master_list_go_along(site: Site) -> None:
    job = await Job.opened(site, ("03-100", "S"), link=False)
    await job.linked("06-100", "08-100")
    carpentry, doors = ("06-100", "S"), ("06-100", "M")
    key = await job.budget(on(CONCRETE, "1.00"), on(carpentry, "20.00"), on(doors, "30.00"), coded("08-100", "L", "0"))
    await job.exported(key, **CONFIRMED)
    phases = await site.rows("jcjobcostcodes", GjjpJobCode=job.job)
    assert sorted(row["GjjpCode"] for row in phases) == ["03-100", "06-100", "08-100"]
    pairs = await site.rows("jcjobcategory", JcatJobCode=job.job)
    assert sorted((row["JcatPhsCode"], row["JcatCode"]) for row in pairs) == [
        CONCRETE, doors, carpentry, ("08-100", "L"),
    ]  # fmt: skip
    assert len(await job.item_lines("BUD-01")) == 4
    await job.post_items()
    await settled(site, key)
    assert await job.budgeted_in_cmic() == {CONCRETE: Decimal(1), carpentry: Decimal(20), doors: Decimal(30)}
    async with site.settings(cost_codes_go_along=False):
        change = await job.budget_change(on(carpentry, "5.00"))
        await job.exported(change)


async def test_cost_types_that_the_job_lacks_go_along(site: Site) -> None:
    job = await Job.opened(site, ("03-100", "S"))
    labor = ("03-100", "L")
    key = await job.budget(on(CONCRETE, "1.00"), on(labor, "20.00"), on(FORMS, "0.00"))
    await job.exported(key, **CONFIRMED)
    pairs = await site.rows("jcjobcategory", JcatJobCode=job.job)
    assert sorted((row["JcatPhsCode"], row["JcatCode"]) for row in pairs) == [labor, FORMS, CONCRETE]
    assert len(await job.item_lines("BUD-01")) == 3
    await job.post_items()
    await settled(site, key)
    assert await job.budgeted_in_cmic() == {CONCRETE: Decimal(1), labor: Decimal(20)}
    async with site.settings(cost_codes_go_along=False):
        await job.exported(await job.budget_change(on(labor, "5.00")))


async def test_posted_but_not_shown_keeps_all_that_need_the_budget(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(on(CONCRETE, "10.00"))
    await job.exported(key, **CONFIRMED)
    change = await job.budget_change(on(CONCRETE, "1.00"), number=4)
    await job.accepted(change)
    async with in_cmic_for_now(site, pci_shows_in_budget_at_once=False):
        await job.post_items("BUD-01")
        head = await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
        assert not head.budgeted
        await job.budget(on(CONCRETE, "11.00"))
        assert await told(site, key, "resend") == [NOT_BUDGETED]
        await site.watchdog()
        held = await site.head(change)
        assert held.state is State.HELD
        assert held.waits_for == [f"{key} budgeted"]
        assert "to be posted in CMiC and shown there as budgeted cost" in held.words
        assert await site.control("change_items/settle", company=ERP, job=job.job) == {"lines": 1}
        await site.watchdog()
        await settled(site, key)
        await site.until(change, State.SYNCED)
    await job.exported(key, "resend")
    assert await job.item_amounts("BUD-02") == {CONCRETE: Decimal(1)}


async def test_what_was_edited_after_it_was_approved_comes_back(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(on(CONCRETE, "10.00"))
    await site.granted(key, "send", SENDER)
    await job.budget(on(CONCRETE, "11.00"))
    await site.granted(key, "accept", **CONFIRMED)
    await site.until(key, State.WAITING)
    assert await job.items() == []
    last = (await site.office.reading.history(key))[-1]
    assert any("10.00" in text and "11.00" in text for text in last["details"]["differences"])
    await site.granted(key, "accept", **CONFIRMED)
    await site.until(key, State.SYNCED)
    assert await job.item_amounts("BUD-01") == {CONCRETE: Decimal(11)}


@pytest.mark.parametrize("deed", ["void", "delete"])
async def test_a_resend_that_cmic_threw_away_is_sent_anew(site: Site, deed: str) -> None:
    job = await Job.opened(site)
    key = await job.budgeted(on(CONCRETE, "10.00"))
    await job.budget(on(CONCRETE, "12.00"))
    await job.exported(key, "resend")
    await job.post_items("BUD-02", deed=deed)
    await site.watch(resource="change_item", full=True)
    await job.budget(on(CONCRETE, "13.00"))
    await job.exported(key, "resend")
    assert await job.item_amounts("BUD-03") == {CONCRETE: Decimal(3)}


async def test_a_zero_is_shown_whatever_cmic_has_there(site: Site) -> None:
    job = await Job.opened(site)
    where = {"JcatCompCode": ERP, "JcatJobCode": job.job, "JcatPhsCode": "04-200", "JcatCode": "S"}
    await site.control("edit", resource="jcjobcategory", where=where, set={"JcatOrigBudgAmt": 50})
    key = await job.budget(on(CONCRETE, "10.00"), on(MASONRY, "0.00"))
    await job.exported(key, **CONFIRMED)
    await job.post_items()
    await settled(site, key)


# Exactly once


async def test_a_resend_that_is_cut_off_is_there_once(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budgeted(on(CONCRETE, "10.00"), on(MASONRY, "1.00"))
    await job.budget(on(CONCRETE, "8.00"), on(MASONRY, "2.00"))
    await site.fault("cut_after_commit", method="POST", key="BUD-02")
    await job.exported(key, "resend")
    assert [row["CmmCode"] for row in await job.items()] == ["BUD-01", "BUD-02"]
    assert await job.item_amounts("BUD-02") == {CONCRETE: Decimal(-2), MASONRY: Decimal(1)}
    assert len(await job.item_lines("BUD-02")) == 2


async def test_a_strangers_pci_is_adopted_only_when_its_money_agrees(site: Site) -> None:
    job, other = await Job.opened(site), await Job.opened(site)
    for one, amount in ((job, 10), (other, 10.01)):
        await by_a_stranger(one, "OB-1", (*CONCRETE, amount))
        key = await one.budget(on(CONCRETE, "10.00"))
        await one.accepted(key, erp_id="OB-1", **CONFIRMED)
        head = await site.until(key, State.FAILED)
        assert head.failure_code == "number_taken"
        taken = f"CMiC already has change_item {ERP}|{one.job}|OB-1, and this connector did not write it."
        assert taken in head.words
        await site.granted(key, "adopt")
    await site.until(job.budget_key, State.SYNCED)
    head = await site.until(other.budget_key, State.FAILED, also=lambda h: h.failure_code == "cmic_differs")
    assert f"What CMiC holds under {ERP}|{other.job}|OB-1 isn't what was approved" in head.words
    assert [(row["CmmCode"], row["CmmName"]) for row in await job.items()] == [("OB-1", "By hand")]
    await site.granted(other.budget_key, "retry", erp_id="OB-7")
    await site.until(other.budget_key, State.SYNCED)
    assert await other.item_amounts("OB-7") == {CONCRETE: Decimal(10)}
    await job.post_items()
    await settled(site, job.budget_key)
    await job.budget(on(CONCRETE, "10.50"))
    await job.exported(job.budget_key, "resend")
    assert await job.item_amounts("BUD-02") == {CONCRETE: Decimal("0.50")}
