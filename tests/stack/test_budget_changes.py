"""Budget changes and budget modifications over the whole stack: every step, one PCI a line, transfers that net to
zero, each of them once (O-08, O-09, R-17..R-19, S-07)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from domain.settings import Limits
from domain.states import Posting, State
from tests.paperwork import Job, coded, id_of
from tests.stack.walks import (
    ACCOUNTANT,
    ACCOUNTING,
    SHARED,
    TEAM,
    by_a_stranger,
    moves_of,
    told,
    walked,
)
from tests.support import APPROVER, COMPANY, ERP, SENDER, Site

CONCRETE, MASONRY, FORMS = ("03-100", "S"), ("04-200", "S"), ("03-100", "M")
OF_ITS_OWN = {
    (State.WAITING, "accept", State.HELD),
    (State.HELD, "release", State.EXPORTING),
    (State.HELD, "reject", State.REJECTED),
    (State.EXPORTING, "hold", State.HELD),
    (State.SYNCED, "record_posting", State.SYNCED),
}
"""Rows that both kinds share with every other, and that mean the budget here."""


def on(pair: tuple[str, str], amount: str, **more: Any) -> dict[str, Any]:
    return coded(*pair, amount, **more)


@asynccontextmanager
async def modifications_used(site: Site) -> AsyncIterator[None]:
    """The company hasn't gone over to budget changes yet."""
    await uses_changes(site, False)
    try:
        yield
    finally:
        await uses_changes(site, True)


async def uses_changes(site: Site, yes: bool) -> None:
    answer = await site.procore.post(f"/_sandbox/edit/companies/{COMPANY}", json={"uses_budget_changes": yes})
    assert answer.status_code == 200, answer.text


# Their way


async def through_its_rows(site: Site, job: Job, key: str, first: str, *, busy: str) -> set[tuple[str, str, str]]:
    """Everything that can happen to a change of a budget that isn't there yet: what the histories show afterwards."""
    await site.granted(key, "send", SENDER)
    await site.granted(key, "accept")
    held = await site.head(key)
    assert (held.state, held.waits_for) == (State.HELD, [f"{job.budget_key} budgeted"])
    await site.granted(key, "reject")
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "retrieve", SENDER)
    await site.granted(key, "resend", SENDER)
    await job.budgeted(on(CONCRETE, "100.00"), on(MASONRY, "100.00"))
    await job.budget(on(CONCRETE, "101.00"))
    # The budget is resent while the change is just being read.
    await site.procore_fault(busy, method="GET", delay=1.5)
    await site.granted(key, "accept")
    await site.granted(job.budget_key, "resend", SENDER)
    head = await site.until(key, State.HELD)
    assert "needs the project's budget to be posted in CMiC and shown there as budgeted cost" in head.words
    assert len(await job.items()) == 1
    await site.fault("status", status=400, method="POST", key=first)
    await site.granted(job.budget_key, "retrieve", SENDER)
    await site.until(key, State.FAILED)
    await site.granted(key, "reject")
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    await job.post_items()
    await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
    await site.granted(key, "unlink")
    assert f"CMiC still has {ERP}|{job.job}|{first}." in (await site.until(key, State.SYNCED)).words
    await job.post_items(*[r["CmmCode"] for r in await job.items() if r["CmmCode"] != "BUD-01"], deed="void")
    await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.VOID)
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT)
    assert await site.office.reading.verify(key) is None
    return await walked(site, key)


async def test_a_change_is_walked(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget_change(on(CONCRETE, "5.00"), on(MASONRY, "-5.00"), number=7)
    seen = await through_its_rows(site, job, key, "7-01", busy=f"budget_changes/{id_of(key)}$")
    assert seen >= OF_ITS_OWN
    assert moves_of("budget_change") - SHARED == set(), "it has no row that commitments don't have"
    assert seen <= moves_of("budget_change")


async def test_a_modification_is_walked(site: Site) -> None:
    job = await Job.opened(site)
    async with modifications_used(site):
        await job.entered(f"projects/{job.project}/budget", locked=True)
        key = await job.modification(coded(*CONCRETE), coded(*MASONRY), "5.00")
        busy = f"budget_modifications/{id_of(key)}$"
        seen = await through_its_rows(site, job, key, f"BM{id_of(key) % 10**9}", busy=busy)
    assert seen >= OF_ITS_OWN
    assert moves_of("budget_modification") - SHARED == set(), "it has no row that commitments don't have"
    assert seen <= moves_of("budget_modification")


# CMiC's books


async def test_a_change_is_one_pci_a_line(site: Site) -> None:
    job = await Job.opened(site)
    await job.budgeted(on(CONCRETE, "1000.00"), on(MASONRY, "500.00"))
    amounts = ["10.00", "-1.50", "0.01", "0.00", "300.00", "-0.01", "7.00", "8.00", "9.00", "10.10", "11.11", "-12.12"]
    pairs = (CONCRETE, MASONRY, FORMS)
    lines = [on(pairs[n % 3], amount) for n, amount in enumerate(amounts)]
    key = await job.budget_change(*lines, number=12, title="Twelve lines", description="As agreed")
    await job.exported(key)
    rows = [row for row in await job.items() if row["CmmCode"].startswith("12-")]
    assert [row["CmmCode"] for row in rows] == [f"12-{n:02d}" for n in range(1, 12)], "a line of nothing isn't sent"
    assert {(r["CmmTypeCode"], r["CmmName"], r["CmmScopeDesc"], r["CmmPrepostStatCode"]) for r in rows} == {
        ("INT", "Twelve lines", "As agreed", "APPROVED")
    }
    sent = [(pairs[n % 3], Decimal(amount)) for n, amount in enumerate(amounts) if Decimal(amount)]
    for n, (pair, amount) in enumerate(sent, start=1):
        assert await job.item_amounts(f"12-{n:02d}") == {pair: amount}
    assert len(await site.office.reading.links(key)) == 22
    await job.post_items("12-01")
    assert (await site.head(key)).posting is Posting.UNPOSTED
    await job.post_items()
    await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
    shown = {CONCRETE: Decimal(1000), MASONRY: Decimal(500)}
    for pair, amount in sent:
        shown[pair] = shown.get(pair, Decimal(0)) + amount
    assert await job.budgeted_in_cmic("JcatCurrBudgAmt") == shown
    assert await job.budgeted_in_cmic() == {CONCRETE: Decimal(1000), MASONRY: Decimal(500)}


async def test_its_stem_may_be_typed(site: Site) -> None:
    job = await Job.opened(site)
    await job.budgeted()
    key = await job.budget_change(on(CONCRETE, "1.00"), on(MASONRY, "2.00"), number=123456789)
    async with site.settings(limits=Limits(change_item=12)):
        await site.granted(key, "send", SENDER)
    assert await told(site, key, "accept", APPROVER) == [
        ("field_too_long", "The PCI number has 9 characters; CMiC takes 8.", TEAM)
    ]
    await site.granted(key, "accept", erp_id="bc.7-a_b")
    await site.until(key, State.SYNCED)
    assert [row["CmmCode"] for row in await job.items()] == ["BUD-01", "BC.7-A_B-01", "BC.7-A_B-02"]


async def test_billing_amounts_go_where_the_type_allows_them(site: Site) -> None:
    """S-19 with S-07: an internal PCI has no billing amount, and CMiC says so."""
    job = await Job.opened(site)
    await job.budgeted()
    key = await job.budget_change(on(CONCRETE, "1.25"), number=1)
    async with site.settings(billing_on_budgets=True):
        await job.accepted(key)
        head = await site.until(key, State.FAILED)
        assert "Billing Amount is not allowed for PCI Type INT." in head.words
        async with site.settings(billing_on_budgets=True, budget_change_type="EXT"):
            await site.granted(key, "retry")
            await site.until(key, State.SYNCED)
    assert await job.item_amounts("1-01") == {CONCRETE: Decimal("1.25")}
    assert await job.item_amounts("1-01", "CmdBillAmt") == {CONCRETE: Decimal("1.25")}
    other = await job.budget_change(on(CONCRETE, "2.00"), number=2)
    await job.exported(other)
    assert [row["CmdBillAmt"] for row in await job.item_lines("2-01")] == [None]


async def test_a_modification_nets_to_zero(site: Site) -> None:
    job = await Job.opened(site)
    await job.budgeted(on(CONCRETE, "100.00"), on(MASONRY, "50.00"))
    async with modifications_used(site):
        first = await job.modification(coded(*CONCRETE), coded(*MASONRY), "12.34", notes="Bricks are dearer")
        back = await job.modification(coded(*CONCRETE), coded(*MASONRY), "-2.34")
        async with site.settings(billing_on_budgets=True):
            await job.exported(first)
        await job.exported(back, erp_id="back")
        code = f"BM{id_of(first) % 10**9}"
        (row,) = [row for row in await job.items() if row["CmmCode"] == code]
        assert (row["CmmTypeCode"], row["CmmName"], row["CmmScopeDesc"]) == (
            "TFR", f"Budget modification {id_of(first)}", "Bricks are dearer",
        )  # fmt: skip
        assert await job.item_amounts(code) == {CONCRETE: Decimal("-12.34"), MASONRY: Decimal("12.34")}
        assert {row["CmdBillAmt"] for row in await job.item_lines(code)} == {None}
        assert await job.item_amounts("BACK") == {CONCRETE: Decimal("2.34"), MASONRY: Decimal("-2.34")}
        for key, name in ((first, code), (back, "BACK")):
            params = {"id": id_of(key)}
            (kept,) = (await site.procore.get("/_sandbox/books/budget_modifications", params=params)).json()
            assert kept["origin_id"] == f"{ERP}|{job.job}|{name}"
        await job.post_items()
        assert await job.budgeted_in_cmic("JcatCurrBudgAmt") == {CONCRETE: Decimal(90), MASONRY: Decimal(60)}
        await job.post_items(code, deed="void")
        await site.until(first, State.SYNCED, also=lambda h: h.posting is Posting.VOID)
        await site.granted(first, "unlink")
        await site.until(first, State.NOT_SENT)
        (kept,) = (await site.procore.get("/_sandbox/books/budget_modifications", params={"id": id_of(first)})).json()
        assert kept["origin_id"] is None


async def test_a_hundred_lines_have_codes_that_fit(site: Site) -> None:
    job = await Job.opened(site)
    await job.budgeted(on(CONCRETE, "10.00"))
    key = await job.budget_change(*(on(CONCRETE, "1.00") for _ in range(101)), number=12345678)
    await job.accepted(key)
    head = await site.until(key, State.SYNCED, State.FAILED)
    print(len(await job.items()), head.words)
    assert head.state is State.SYNCED


# Exactly once


async def test_one_pci_in_the_middle_is_refused_and_none_is_there_twice(site: Site) -> None:
    job = await Job.opened(site)
    await job.budgeted()
    key = await job.budget_change(*(on(CONCRETE, f"{n}.00") for n in range(1, 6)), number=5)
    await site.fault("status", status=400, method="POST", key="5-03")
    await job.accepted(key)
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "cmic_refused"
    assert [row["CmmCode"] for row in await job.items()] == ["BUD-01", "5-01", "5-02"]
    code, sentence, owner = (await told(site, key, "reject", APPROVER))[0]
    assert (code, owner) == ("exists_in_cmic", ACCOUNTING)
    assert sentence.endswith("so it can't be rejected any more.")
    await job.entered(f"edit/budget_changes/{id_of(key)}", title="Edited since")
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)
    assert [row["CmmCode"] for row in await job.items()] == ["BUD-01", *(f"5-0{n}" for n in range(1, 6))]
    for n in range(1, 6):
        assert await job.item_amounts(f"5-0{n}") == {CONCRETE: Decimal(n)}
        assert len(await job.item_lines(f"5-0{n}")) == 1
    assert {row["CmmName"] for row in await job.items()} == {"Original budget (BUD-01)", "Shift"}, "what was approved"


@pytest.mark.parametrize("kind", ["cut_after_commit", "cut_before_commit", "commit_after_cut", "batch_without_rows"])
async def test_a_fault_in_the_middle_leaves_each_pci_once(site: Site, kind: str) -> None:
    job = await Job.opened(site)
    await job.budgeted()
    key = await job.budget_change(on(CONCRETE, "1.00"), on(MASONRY, "-2.00"), on(FORMS, "3.00"), number=6)
    await site.fault(kind, method="POST", key="6-02", **({"seconds": 1.5} if kind == "commit_after_cut" else {}))
    await job.exported(key)
    assert [row["CmmCode"] for row in await job.items()] == ["BUD-01", "6-01", "6-02", "6-03"]
    assert await job.item_amounts("6-02") == {MASONRY: Decimal(-2)}
    assert (await site.cmic.get("/_sandbox/faults")).json()["faults"] == []


async def test_a_strangers_pci_in_the_middle_is_adopted_or_stays_apart(site: Site) -> None:
    job = await Job.opened(site)
    await job.budgeted()
    await by_a_stranger(job, "8-02", (*MASONRY, 2.5), kind="INT")
    await by_a_stranger(job, "9-02", (*MASONRY, 2.51), kind="INT")
    same, differs = [
        await job.budget_change(on(CONCRETE, "1.00"), on(MASONRY, "2.50"), number=number) for number in (8, 9)
    ]
    for key, code in ((same, "8-02"), (differs, "9-02")):
        await job.accepted(key)
        head = await site.until(key, State.FAILED)
        assert head.failure_code == "number_taken"
        assert f"CMiC already has change_item {ERP}|{job.job}|{code}" in head.words
        await site.granted(key, "adopt")
    await site.until(same, State.SYNCED)
    head = await site.until(differs, State.FAILED, also=lambda h: h.failure_code == "cmic_differs")
    assert head.words.startswith(
        f"Failed to Export. What CMiC holds under {ERP}|{job.job}|9-02 isn't what was approved"
    )
    assert f"({ACCOUNTANT}: " in head.words
    assert sorted(row["CmmCode"] for row in await job.items()) == ["8-01", "8-02", "9-01", "9-02", "BUD-01"]
    where = {"CmdMastJobCode": job.job, "CmdChgCode": "9-02"}
    await site.control("edit", resource="cmdetail", where=where, set={"CmdBudgAmt": 2.5})
    await site.granted(differs, "adopt")
    await site.until(differs, State.SYNCED)
    assert await job.item_amounts("9-02") == {MASONRY: Decimal("2.50")}
