"""Budgets over the whole stack: what is refused and why, every step of its own, CMiC's books to the cent over several exports
(O-07, R-17..R-21, S-08, S-19, S-21)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import structlog

from domain.permissions import Person
from domain.settings import Limits
from domain.states import Posting, State
from tests.paperwork import Job, coded
from tests.stack.commands import DONE, REFUSED, cli
from tests.stack.walks import (
    ACCOUNTANT,
    ACCOUNTING,
    ADMIN,
    SHARED,
    TEAM,
    by_a_stranger,
    in_cmic_for_now,
    its_rows_refuse,
    moves_of,
    told,
    walked,
)
from tests.support import APPROVER, COMPANY, ERP, SENDER, Site

CONCRETE, MASONRY, FORMS, STEEL = ("03-100", "S"), ("04-200", "S"), ("03-100", "M"), ("05-100", "S")
CONFIRMED = {"confirm_import_closed": True}
NOT_BUDGETED = (
    "not_budgeted_yet",
    "The last export isn't posted in CMiC yet, or not shown there as budgeted cost.",
    ACCOUNTANT,
)
NOTHING_NEW = ("nothing_new", "Nothing is new since the last export.", TEAM)
CONFIRM = (
    "confirmation_needed",
    "Exporting the budget closes its import from CMiC for good: confirm it.",
    ACCOUNTING,
)


@pytest.fixture
def quiet_worker() -> Iterator[None]:
    """The worker of this process logs elsewhere while the CLI's output is read."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()


def on(pair: tuple[str, str], amount: str, **more: Any) -> dict[str, Any]:
    return coded(*pair, amount, **more)


async def settled(site: Site, key: str) -> None:
    """Posted, and CMiC shows it as budgeted cost."""
    await site.until(key, State.SYNCED, also=lambda h: h.budgeted and h.posting is Posting.POSTED)


# Refusals


async def test_what_isnt_locked_or_has_no_line_is_refused(site: Site, quiet_worker: None) -> None:
    job = await Job.opened(site)
    key = await job.budget(locked=False)
    assert await told(site, key, "send") == [
        ("budget_unlocked", "The budget isn't locked.", TEAM),
        ("no_lines", "It has no line in its schedule of values.", TEAM),
    ]
    said = await cli(site, "send", "budget", job.project, "--project", job.project, "--json")
    assert (said.code, said.json["state"]) == (REFUSED, "not_sent")
    assert [(r["code"], r["sentence"], r["owner"]) for r in said.json["refusals"]] == [
        ("budget_unlocked", "The budget isn't locked.", TEAM),
        ("no_lines", "It has no line in its schedule of values.", TEAM),
    ]
    words = await cli(site, "send", key)
    assert words.code == REFUSED
    assert "The budget isn't locked." in words.words
    await job.budget(on(CONCRETE, "1.00"))
    assert (await cli(site, "send", "budget", job.project, "--project", job.project)).code == DONE


async def test_its_lines_are_refused_with_their_reasons(site: Site) -> None:
    job = await Job.opened(site, ("03-100", "S"), link=False)
    await job.linked("06-100", "98-100")
    key = await job.budget(on(CONCRETE, "1.00"), coded("06-100", "S", "2.00"), coded("98-100", "M", "3.00"))
    unknown = (
        "code_not_synced",
        f"Line 3 sits on 98-100 M, which is not on CMiC's list for job {job.job}.",
        ADMIN,
    )
    assert await told(site, key, "send") == [unknown]
    async with site.settings(cost_codes_go_along=False, limits=Limits(lines=2)):
        assert await told(site, key, "send") == [
            ("too_many_lines", "It has 3 lines; one export takes at most 2.", TEAM),
            ("code_not_synced", f"Line 2 sits on 06-100 S, which is not on CMiC's list for job {job.job}.", ADMIN),
            unknown,
        ]
    await site.procore_fault("detail_rows", set={"0.wbs_code_id": 1}, times=None)
    assert ("line_without_code", "Line 1 has no cost code.", TEAM) in await told(site, key, "send")


async def test_a_budget_of_nothing_is_refused_where_zeros_stay_out(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(on(CONCRETE, "0.00"), on(MASONRY, "0.00"))
    async with site.settings(zero_dollar_codes=False):
        assert await told(site, key, "send") == [
            ("zero_total", "It adds up to zero: there is nothing to send.", TEAM)
        ]
    await job.exported(key, **CONFIRMED)
    assert await job.item_amounts("BUD-01") == {CONCRETE: Decimal(0), MASONRY: Decimal(0)}


async def test_custom_segments_are_refused_by_name(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(on(CONCRETE, "1.00"))
    segment = {"company_id": COMPANY, "name": "Building", "structure": "flat", "project_ids": [job.project]}
    assert (await site.procore.post("/_sandbox/seed", json={"segments": [segment]})).status_code == 200
    refused = await told(site, key, "send")
    assert refused[0] == (
        "custom_segments",
        "Its project uses custom WBS segments (Building), which CMiC has no place for.",
        ADMIN,
    )


async def test_a_view_without_the_column_is_refused_where_forecasts_go_along(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(on(CONCRETE, "1.00"))
    (view,) = (await site.procore.get("/_sandbox/books/budget_views", params={"id": "9001"})).json()
    await job.edit("budget_views", 9001, columns=[])
    try:
        async with site.settings(forecast_with_budget=True):
            assert await told(site, key, "send") == [
                ("no_forecast", "The budget view has no amount to forecast with.", TEAM)
            ]
    finally:
        await job.edit("budget_views", 9001, columns=view["columns"])
    await site.granted(key, "send", SENDER)


async def test_the_first_export_is_confirmed_and_a_person_is_needed_for_it(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(on(CONCRETE, "1.00"))
    await site.granted(key, "send", SENDER)
    assert await told(site, key, "accept", APPROVER) == [CONFIRM]
    assert await told(site, key, "accept", APPROVER, confirm_import_closed=False) == [CONFIRM]
    assert await told(site, key, "accept", APPROVER, erp_id="B" * 12, **CONFIRMED) == [
        ("bad_input", "The command can't be read: erp_id: String should have at most 11 characters", TEAM)
    ]
    nobody = Person(name="somebody")
    (code, sentence, owner) = (await told(site, key, "accept", nobody, **CONFIRMED))[0]
    assert (code, owner) == ("not_permitted", ADMIN)
    assert 'Admin on the ERP Integrations tool, the privilege "Can Push to Accounting" is needed.' in sentence
    await site.granted(key, "accept", **CONFIRMED)
    await site.until(key, State.SYNCED)
    assert await told(site, key, "send") == [
        ("already_decided", (await told(site, key, "send"))[0][1], TEAM),
        ("not_allowed_now", "A budget that is Synced can't be asked to send.", TEAM),
    ]


async def test_the_guards_of_its_rows(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(on(CONCRETE, "1.00"))
    await its_rows_refuse(site, job, key, "BUD-01", **CONFIRMED)
    assert await job.item_amounts("BUD-01") == {CONCRETE: Decimal(1)}


async def test_a_budget_that_others_stand_on_is_not_unlinked(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budgeted(on(CONCRETE, "10.00"))
    change = await job.budget_change(on(CONCRETE, "1.00"), title="More concrete")
    await site.granted(change, "send", SENDER)
    assert await told(site, key, "unlink", APPROVER) == [
        (
            "depended_on",
            "1 other item(s) wait for it or depend on it: More concrete (Ready to Export).",
            ACCOUNTING,
        )
    ]
    await site.granted(change, "retrieve", SENDER)
    await site.granted(key, "unlink")
    head = await site.until(key, State.SYNCED)
    assert f"CMiC still has {ERP}|{job.job}|BUD-01." in head.words


# Its way


async def test_every_step_of_its_own_is_walked(site: Site) -> None:
    """What a budget has beside what every kind has. Held while it is linked can't be brought about here: it needs its job,
    and the project isn't unlinked while the budget stands on it; and CMiC asks nothing of a PCI first."""
    job = await Job.opened(site)
    key = await job.budgeted(on(CONCRETE, "10.00"))
    assert await told(site, key, "resend") == [NOTHING_NEW]
    await job.budget(on(CONCRETE, "12.00"))
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "retrieve", SENDER)
    assert (await site.head(key)).state is State.SYNCED
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "reject")
    assert (await site.head(key)).state is State.SYNCED
    await site.granted(key, "resend", SENDER)
    await site.fault("status", status=400, method="POST", key="BUD-02")
    await site.granted(key, "accept")
    assert (await site.until(key, State.FAILED)).failure_code == "cmic_refused"
    await site.granted(key, "reject")
    head = await site.head(key)
    assert (head.state, head.posting, head.budgeted) == (State.SYNCED, Posting.POSTED, True)
    assert [row["CmmCode"] for row in await job.items()] == ["BUD-01"]
    await job.exported(key, "resend")
    unreachable = {(State.HELD, "reject", State.SYNCED)}
    assert await walked(site, key) >= moves_of("budget") - SHARED - unreachable
    assert (State.SYNCED, "record_posting", State.SYNCED) in await walked(site, key)
    assert [row["CmmCode"] for row in await job.items()][1:] == ["BUD-03"]
    await job.post_items()
    await settled(site, key)
    assert await job.budgeted_in_cmic() == {CONCRETE: Decimal(12)}
    assert await site.office.reading.verify(key) is None


async def test_a_failed_resend_is_unlinked_to_where_it_stood(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budgeted(on(CONCRETE, "10.00"))
    await job.budget(on(CONCRETE, "12.00"))
    await site.granted(key, "resend", SENDER)
    await site.fault("status", status=400, method="POST", key="BUD-02")
    await site.granted(key, "accept")
    await site.until(key, State.FAILED)
    await site.granted(key, "unlink")
    head = await site.until(key, State.SYNCED)
    assert f"CMiC still has {ERP}|{job.job}|BUD-01." in head.words
    await job.exported(key, "resend")
    assert await job.item_amounts((await job.items())[-1]["CmmCode"]) == {CONCRETE: Decimal(2)}


async def test_unlinked_once_cmic_has_it_no_more_it_starts_anew(site: Site) -> None:
    job = await Job.opened(site)
    key = await job.budget(on(CONCRETE, "10.00"))
    await job.exported(key, **CONFIRMED)
    await job.post_items("BUD-01", deed="delete")
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT)
    await site.granted(key, "send", SENDER)
    assert await told(site, key, "accept", APPROVER) == [CONFIRM]
    await site.granted(key, "accept", **CONFIRMED)
    await site.until(key, State.SYNCED)
    assert await job.item_amounts("BUD-02") == {CONCRETE: Decimal(10)}


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
