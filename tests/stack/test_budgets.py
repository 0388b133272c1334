"""Budgets over the whole stack: what is refused and why, every step of their own (O-07, R-17, R-18, R-21, S-21)."""

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
    its_rows_refuse,
    moves_of,
    told,
    walked,
)
from tests.support import APPROVER, COMPANY, ERP, SENDER, Site

CONCRETE, MASONRY, FORMS, STEEL = ("03-100", "S"), ("04-200", "S"), ("03-100", "M"), ("05-100", "S")
CONFIRMED: dict[str, Any] = {"confirm_import_closed": True}
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
        assert await told(site, key, "send") == [("zero_total", "It adds up to zero: there is nothing to send.", TEAM)]
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
    assert await told(site, key, "accept", APPROVER, erp_id="B" * 11, **CONFIRMED) == [
        ("bad_input", "The command can't be read: erp_id: String should have at most 10 characters", TEAM)
    ]
    nobody = Person(name="somebody")
    (code, sentence, owner) = (await told(site, key, "accept", nobody, **CONFIRMED))[0]
    assert (code, owner) == ("not_permitted", ADMIN)
    assert 'Admin on the ERP Integrations tool, the privilege "Can Push to Accounting" is needed.' in sentence
    await site.granted(key, "accept", **CONFIRMED)
    await site.until(key, State.SYNCED)
    first, second = await told(site, key, "send")
    assert (first[0], first[1].startswith(f"{APPROVER.name} was first: accept at ")) == ("already_decided", True)
    assert second == ("not_allowed_now", "A budget that is Synced can't be asked to send.", TEAM)


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
    assert await job.item_amounts((await job.items())[1]["CmmCode"]) == {CONCRETE: Decimal(2)}
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
