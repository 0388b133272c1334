"""Budget changes and budget modifications over the whole stack: refusals, every step, one PCI a line, transfers that net to
zero, each of them once (O-08, O-09, R-17..R-19, S-07)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from domain.identity import parse_key
from domain.settings import Limits
from domain.states import Posting, State
from tests.paperwork import Job, coded, id_of
from tests.stack.walks import (
    ACCOUNTANT,
    ACCOUNTING,
    ADMIN,
    SHARED,
    TEAM,
    by_a_stranger,
    its_rows_refuse,
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


async def moved(job: Job, amount: str = "5.00", **more: Any) -> str:
    """A modification from concrete to masonry."""
    async with modifications_used(job.site):
        return await job.modification(coded(*CONCRETE), coded(*MASONRY), amount, **more)


# Refusals


CHANGES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], list[tuple[str, str, str]]]] = {
    "a draft": (
        [on(CONCRETE, "1.00")],
        {"status": "draft"},
        [("status_not_approved", "Its status is draft; only Approved can be sent.", TEAM)],
    ),
    "under review": (
        [on(CONCRETE, "1.00")],
        {"status": "under_review"},
        [("status_not_approved", "Its status is under_review; only Approved can be sent.", TEAM)],
    ),
    "a long number": (
        [on(CONCRETE, "1.00")],
        {"number": 123456789},
        [("field_too_long", "The PCI number has 9 characters; CMiC takes 8.", TEAM)],
    ),
    "long texts": (
        [on(CONCRETE, "1.00")],
        {"number": 11, "title": "T" * 201, "description": "d" * 4001},
        [
            ("field_too_long", "The title has 201 characters; CMiC takes 200.", TEAM),
            ("field_too_long", "The description has 4001 characters; CMiC takes 4000.", TEAM),
        ],
    ),
    "no line": ([], {"number": 12}, [("no_lines", "It has no line in its schedule of values.", TEAM)]),
    "nothing but zeros": (
        [on(CONCRETE, "0.00"), on(MASONRY, "0.00")],
        {"number": 13},
        [("zero_total", "It adds up to zero: there is nothing to send.", TEAM)],
    ),
    "all of it": (
        [on(CONCRETE, "0.00")],
        {"status": "void", "number": 1234567890, "title": "T" * 300},
        [
            ("status_not_approved", "Its status is void; only Approved can be sent.", TEAM),
            ("field_too_long", "The PCI number has 10 characters; CMiC takes 8.", TEAM),
            ("field_too_long", "The title has 300 characters; CMiC takes 200.", TEAM),
            ("zero_total", "It adds up to zero: there is nothing to send.", TEAM),
        ],
    ),
}


async def test_a_budget_change_is_refused_with_every_reason(site: Site) -> None:
    job = await Job.opened(site)
    for name, (lines, more, expected) in CHANGES.items():
        key = await job.budget_change(*lines, **more)
        assert await told(site, key, "send") == expected, name
    absent = job.of("budget_change", 4711)
    assert await told(site, absent, "send") == [("not_in_procore", "Procore has no such budget change.", TEAM)]


ANSWERED: dict[str, tuple[dict[str, Any], list[tuple[str, str, str]]]] = {
    "no number": ({"drop": ["data.number"]}, [("no_number", "It has no number.", TEAM)]),
    "a number that is no code": (
        {"set": {"data.number": "7|8"}},
        [
            (
                "field_not_usable",
                "The PCI number can't be used: '7|8' has characters that a code can't have",
                TEAM,
            )
        ],
    ),
    "a total that isn't its lines'": (
        {"set": {"data.amount": 4}},
        [("total_differs", "Its lines add up to 3.75, but the budget change says 4.", TEAM)],
    ),
    "a fraction of a cent": (
        {"set": {"data.adjustment_line_items.0.amount": 1.005, "data.amount": 3.505}},
        [("amount_not_whole_cents", "Line 1: 1.005 isn't a whole number of cents.", TEAM)],
    ),
    "a line on no code": (
        {"set": {"data.adjustment_line_items.1.wbs_code": None}},
        [("line_without_code", "Line 2 has no cost code.", TEAM)],
    ),
    "no status": (
        {"set": {"data.status": None}},
        [("status_not_approved", "Its status is empty; only Approved can be sent.", TEAM)],
    ),
}


@pytest.mark.parametrize("name", ANSWERED)
async def test_what_procore_answers_is_refused_where_it_can_not_be(site: Site, name: str) -> None:
    job = await Job.opened(site)
    key = await job.budget_change(on(CONCRETE, "1.25"), on(MASONRY, "2.50"))
    order, expected = ANSWERED[name]
    await site.procore_fault(rf"budget_changes/{parse_key(key).id}$", method="GET", **order)
    assert await told(site, key, "send") == expected
    await site.granted(key, "send", SENDER)


async def test_its_lines_sit_on_codes_of_the_job(site: Site) -> None:
    job = await Job.opened(site, ("03-100", "S"), link=False)
    await job.linked("98-100")
    lines = (coded("03-100", "S", "1.00"), coded("98-100", "S", "2.00"), coded("03-100", "L", "3.00"))
    key = await job.budget_change(*lines)
    no_such = ("code_not_synced", f"Line 2 sits on 98-100 S, which is not on CMiC's list for job {job.job}.", ADMIN)
    assert await told(site, key, "send") == [no_such]
    async with site.settings(cost_codes_go_along=False, limits=Limits(lines=2)):
        assert await told(site, key, "send") == [
            ("too_many_lines", "It has 3 lines; one export takes at most 2.", TEAM),
            no_such,
            ("code_not_synced", f"Line 3 sits on 03-100 L, which is not on CMiC's list for job {job.job}.", ADMIN),
        ]


async def test_the_guards_of_the_rows_of_a_change(site: Site) -> None:
    job = await Job.opened(site)
    await job.budgeted()
    key = await job.budget_change(on(CONCRETE, "1.00"), number=3)
    await its_rows_refuse(site, job, key, "3-01")
    assert await job.item_amounts("3-01") == {CONCRETE: Decimal(1)}


async def test_the_guards_of_the_rows_of_a_modification(site: Site) -> None:
    job = await Job.opened(site)
    await job.budgeted()
    async with modifications_used(site):
        key = await job.modification(coded(*CONCRETE), coded(*MASONRY), "5.00")
        await its_rows_refuse(site, job, key, f"BM{id_of(key) % 10**9}")
    assert await told(site, key, "accept", APPROVER, erp_id="M" * 9) == [
        ("bad_input", "The command can't be read: erp_id: String should have at most 8 characters", TEAM)
    ]


async def test_a_modification_is_refused_with_every_reason(site: Site) -> None:
    job = await Job.opened(site, ("03-100", "S"), link=False)
    await job.linked("98-100")
    async with modifications_used(site):
        await job.entered(f"projects/{job.project}/budget", locked=True, allow_grand_total_modifications=True)
        nowhere = (await job.entered(f"projects/{job.project}/budget_modifications", to=coded(*CONCRETE), amount="1"))["id"]
        empty = await job.modification(coded(*CONCRETE), coded(*FORMS), "0.00", notes="n" * 4001)
        unknown = await job.modification(coded(*CONCRETE), coded("98-100", "S"), "1.00", origin_id="SAGE-4")
        part = await job.modification(coded(*CONCRETE), coded(*FORMS), "1.00")
    assert await told(site, job.of("budget_modification", nowhere), "send") == [
        ("modification_without_source", "It moves money from nowhere: a transfer in CMiC nets to zero.", TEAM)
    ]
    assert await told(site, empty, "send") == [
        ("zero_total", "It adds up to zero: there is nothing to send.", TEAM),
        ("field_too_long", "The notes has 4001 characters; CMiC takes 4000.", TEAM),
    ]
    assert await told(site, unknown, "send") == [
        (
            "foreign_origin_id",
            "Another integration owns this budget_modification in Procore (its origin id is 'SAGE-4').",
            ADMIN,
        ),
        ("code_not_synced", f"Line 2 sits on 98-100 S, which is not on CMiC's list for job {job.job}.", ADMIN),
    ]
    await site.procore_fault(f"budget_modifications/{id_of(part)}$", method="GET", set={"transfer_amount": "1.005"})
    assert await told(site, part, "send") == [
        ("amount_not_whole_cents", "Line 1: -1.005 isn't a whole number of cents.", TEAM),
        ("amount_not_whole_cents", "Line 2: 1.005 isn't a whole number of cents.", TEAM),
    ]
    await site.procore_fault("budget_line_items/", method="GET", set={"wbs_code": None, "wbs_code_id": None})
    assert await told(site, part, "send") == [("line_without_code", "Line 1 has no cost code.", TEAM)]


async def test_a_company_that_uses_changes_is_told_so(site: Site) -> None:
    """Procore answers 405 to whatever is written to a modification; where it does so to a look as well, nothing is sent."""
    job = await Job.opened(site)
    await job.budgeted()
    key = await moved(job)
    await site.procore_fault(f"budget_modifications/{id_of(key)}$", method="GET", status=405)
    not_used = "Procore refused it: this company uses budget changes, not budget modifications (HTTP 405)"
    assert await told(site, key, "send") == [("procore_refused", not_used, TEAM)]
    await job.accepted(key)
    head = await site.until(key, State.FAILED)
    assert (head.failure_code, not_used in head.words) == ("procore_refused", True)
    async with modifications_used(site):
        await site.granted(key, "retry")
        await site.until(key, State.SYNCED)
    code = f"BM{id_of(key) % 10**9}"
    assert [row["CmmCode"] for row in await job.items()] == ["BUD-01", code]
    (row,) = (await site.procore.get("/_sandbox/books/budget_modifications", params={"id": id_of(key)})).json()
    assert row["origin_id"] == f"{ERP}|{job.job}|{code}"


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
    await job.entered(f"edit/budget_changes/{id_of(key)}", title="Edited since")
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)
    assert [row["CmmCode"] for row in await job.items()] == ["BUD-01", *(f"5-0{n}" for n in range(1, 6))]
    for n in range(1, 6):
        assert await job.item_amounts(f"5-0{n}") == {CONCRETE: Decimal(n)}
        assert len(await job.item_lines(f"5-0{n}")) == 1


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
        assert await told(site, key, "retry", APPROVER, preview="ffffff") == [
            ("preview_outdated", (await told(site, key, "retry", APPROVER, preview="ffffff"))[0][1], ACCOUNTING)
        ]
        await site.granted(key, "adopt")
    await site.until(same, State.SYNCED)
    head = await site.until(differs, State.FAILED, also=lambda h: h.failure_code == "cmic_differs")
    assert head.words.startswith(f"Failed to Export. What CMiC holds under {ERP}|{job.job}|9-02 isn't what was approved")
    assert f"({ACCOUNTANT}: " in head.words
    assert sorted(row["CmmCode"] for row in await job.items()) == ["8-01", "8-02", "9-01", "9-02", "BUD-01"]
    where = {"CmdMastJobCode": job.job, "CmdChgCode": "9-02"}
    await site.control("edit", resource="cmdetail", where=where, set={"CmdBudgAmt": 2.5})
    await site.granted(differs, "adopt")
    await site.until(differs, State.SYNCED)
    assert await job.item_amounts("9-02") == {MASONRY: Decimal("2.50")}
