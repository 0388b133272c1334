"""The import of a budget through the whole stack: shown, confirmed, written; and whatever forbids it (O-07, R-17; I-09, B-01,
B-03)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from activities.import_messages import Scheduled
from domain.permissions import Level, Person
from domain.refusals import Refused
from domain.states import State
from tests.paperwork import Job, coded
from tests.stack.confirmed import (
    CONCRETE,
    FORMS,
    MASONRY,
    PAIRS,
    budget_of,
    confirmed,
    estimates,
    preview_of,
    shown,
)
from tests.stack.imports import LinkedJob, brought, done, refused, writes
from tests.support import COMPANY, SENDER, Site
from workflows.scheduled import ScheduledImport

NOBODY = Person(name="reader", erp_level=Level.READ_ONLY)


@pytest.fixture
async def job(site: Site) -> LinkedJob:
    opened = await LinkedJob.opened(site, *PAIRS)
    await estimates(opened, {CONCRETE: 1000.10, FORMS: 0, MASONRY: 250})
    return opened


async def entered_in_procore(job: LinkedJob, *lines: dict[str, str], locked: bool = False) -> None:
    path = f"/_sandbox/projects/{job.project}/budget"
    answer = await job.site.procore.post(path, json={"locked": locked, "lines": list(lines)})
    assert answer.status_code == 200, answer.text


def on(pair: tuple[str, str], **values: str) -> dict[str, str]:
    return {"cost_code": pair[0], "line_item_type": pair[1], **values}


async def test_it_is_shown_confirmed_and_written(job: LinkedJob) -> None:
    preview = await shown(job, "budget")
    assert preview["lines"] == [
        {"label": "03-100/S", "erp": "1000.10", "procore": None, "after": "1000.10"},
        {"label": "04-200/S", "erp": "250.00", "procore": None, "after": "250.00"},
    ]
    assert preview["totals"] == {"erp": "1250.10", "procore": "0.00", "after": "1250.10"}
    assert await budget_of(job) == {}
    summary = await done(job.site, "budget", job.project, confirm=preview["hash"][:6].upper())
    assert await budget_of(job) == {CONCRETE: Decimal("1000.10"), MASONRY: Decimal(250)}
    assert summary.words.endswith("2 written to Procore, 0 removed, 0 set aside")
    assert (await preview_of(job, summary))["hash"] == preview["hash"]


async def test_a_second_import_overwrites_and_a_third_writes_nothing(job: LinkedJob) -> None:
    await confirmed(job, "budget")
    await entered_in_procore(job, on(CONCRETE, amount="1.00"), on(FORMS, amount="77.00"))
    await estimates(job, {MASONRY: 0})
    preview = await confirmed(job, "budget")
    assert preview["totals"] == {"erp": "1000.10", "procore": "328.00", "after": "1000.10"}
    assert await budget_of(job) == {CONCRETE: Decimal("1000.10"), FORMS: Decimal(0), MASONRY: Decimal(0)}
    await job.site.procore.post("/_sandbox/traffic/reset")
    assert (await confirmed(job, "budget"))["changes"] == 0
    assert await writes(job.site) == 0


async def test_a_line_that_was_calculated_gets_the_amount(job: LinkedJob) -> None:
    units = {"quantity": "3", "unit_cost": "9", "uom": "ea", "calculation_strategy": "automatic"}
    await entered_in_procore(job, on(CONCRETE, **units))
    await confirmed(job, "budget")
    assert (await budget_of(job))[CONCRETE] == Decimal("1000.10")


async def test_what_was_confirmed_and_nothing_else(job: LinkedJob) -> None:
    """CMiC's amount changed since, or Procore's; too short a name of it; none that was ever shown."""
    preview = await shown(job, "budget")
    await estimates(job, {CONCRETE: 1000.11})
    assert await refused(job.site, "budget", job.project, confirm=preview["hash"]) == ["import_preview_outdated"]
    second = await shown(job, "budget")
    await entered_in_procore(job, on(CONCRETE, amount="5.00"))
    assert await refused(job.site, "budget", job.project, confirm=second["hash"]) == ["import_preview_outdated"]
    assert await budget_of(job) == {CONCRETE: Decimal(5)}
    third = await shown(job, "budget")
    assert await refused(job.site, "budget", job.project, confirm=third["hash"][:5]) == ["import_confirmation_short"]
    assert await refused(job.site, "budget", job.project, confirm="0" * 64) == ["import_preview_outdated"]
    assert await budget_of(job) == {CONCRETE: Decimal(5)}
    await done(job.site, "budget", job.project, confirm=third["hash"])


async def test_a_locked_budget_is_not_imported_over(job: LinkedJob) -> None:
    preview = await shown(job, "budget")
    await entered_in_procore(job, locked=True)
    assert await refused(job.site, "budget", job.project) == ["budget_locked"]
    assert await refused(job.site, "budget", job.project, confirm=preview["hash"]) == ["budget_locked"]
    assert await budget_of(job) == {}


async def test_codes_that_the_project_lacks_are_all_named(job: LinkedJob) -> None:
    """Without money on them they are no matter."""
    other, unassigned = ("05-100", "S"), ("03-100", "O")
    await estimates(job, {other: 10, unassigned: 20, ("06-100", "S"): 0})
    summary = await brought(job.site, "budget", job.project)
    assert [(r.code, r.parameters["pair"]) for r in summary.refusals] == [
        ("code_not_on_project", "03-100/O"),
        ("code_not_on_project", "05-100/S"),
    ]
    await estimates(job, {other: 0, unassigned: 0})
    await confirmed(job, "budget")


async def test_an_export_closes_it_for_good(job: LinkedJob) -> None:
    """Unlinked or not: what was exported once is carried by budget changes from then on (B-01)."""
    site, budget = job.site, Job(job.site, job.project, job.job)
    await entered_in_procore(job, on(CONCRETE, amount="9.00"), locked=True)
    await site.granted(budget.budget_key, "send", Person(name="sender", owning_tool_admin=True))
    await site.granted(budget.budget_key, "accept", confirm_import_closed=True)
    await site.until(budget.budget_key, State.SYNCED)
    assert await refused(site, "budget", job.project) == ["import_closed", "budget_locked"]
    await entered_in_procore(job, locked=False)
    assert await refused(site, "budget", job.project) == ["import_closed"]
    (item,) = await budget.items()
    await site.control("delete", resource="cmdetail", where={"CmdMastJobCode": job.job})
    await site.control("delete", resource="cmmast", where={"CmmJobCode": job.job, "CmmCode": item["CmmCode"]})
    await site.granted(budget.budget_key, "unlink")
    await site.until(budget.budget_key, State.NOT_SENT)
    assert await refused(site, "budget", job.project) == ["import_closed"]
    assert await budget_of(job) == {CONCRETE: Decimal(9)}


async def test_a_project_that_isnt_linked_and_a_person_who_may_not(site: Site) -> None:
    _, project, _ = await site.project(*PAIRS)
    assert await refused(site, "budget", project) == ["not_linked"]
    with pytest.raises(Refused) as told:
        await brought(site, "budget", project, person=NOBODY)
    assert [r.code for r in told.value.refusals] == ["not_permitted"]


async def test_custom_segments_are_refused_by_name(job: LinkedJob) -> None:
    segment = {"company_id": COMPANY, "name": "Building", "structure": "flat", "project_ids": [job.project]}
    assert (await job.site.procore.post("/_sandbox/seed", json={"segments": [segment]})).status_code == 200
    (reason,) = (await brought(job.site, "budget", job.project)).refusals
    assert reason.code == "custom_segments"
    assert "Building" in reason.sentence


async def renamed(job: LinkedJob, **names: str) -> None:
    answer = await job.site.cmic.patch(
        "/_sandbox/settings", json={"renames": {"jcjobcategory": names} if names else {}}
    )
    assert answer.status_code == 200, answer.text


async def test_a_tenant_that_names_its_amounts_otherwise_makes_nothing_zero(job: LinkedJob) -> None:
    """A-07: until the dialect knows the name, no row tells its amount. Taken for zeros, they would overwrite Procore's."""
    await confirmed(job, "budget")
    await renamed(job, JcatOrigBudgAmt="JcatEstimate")
    try:
        reasons = (await brought(job.site, "budget", job.project)).refusals
    finally:
        await renamed(job)
    assert [(r.code, r.parameters["problem"]) for r in reasons] == [
        ("cmic_row_unreadable", f"{pair} doesn't tell its original budget")
        for pair in ("03-100/L", "03-100/S", "04-200/S")
    ]
    assert (await budget_of(job))[CONCRETE] == Decimal("1000.10")


@pytest.mark.parametrize("path", ["budget_line_items/sync", "wbs_codes/bulk_create"])
async def test_an_answer_that_is_lost_writes_nothing_twice(job: LinkedJob, path: str) -> None:
    await job.site.procore_fault(path, when="after", cut=True)
    await confirmed(job, "budget")
    assert [fault["hits"] for fault in (await job.site.procore.get("/_sandbox/faults")).json()] == [1]
    assert await budget_of(job) == {CONCRETE: Decimal("1000.10"), MASONRY: Decimal(250)}


async def test_what_was_imported_is_in_cmic_already_and_an_export_carries_only_what_is_new(job: LinkedJob) -> None:
    site, budget = job.site, Job(job.site, job.project, job.job)
    await confirmed(job, "budget")
    await entered_in_procore(job, locked=True)
    assert await site.refused(budget.budget_key, "send", SENDER) == ["nothing_new"]
    await entered_in_procore(job, on(MASONRY, amount="300.25"), locked=True)
    await site.granted(budget.budget_key, "send", SENDER)
    await site.granted(budget.budget_key, "accept", confirm_import_closed=True)
    await site.until(budget.budget_key, State.SYNCED)
    rows = await site.rows("cmdetail", CmdMastJobCode=job.job)
    sent = [(r["CmdPhsCode"], r["CmdCatCode"], Decimal(str(r["CmdBudgAmt"]))) for r in rows]
    assert sent == [(*MASONRY, Decimal("50.25"))]


async def test_a_budget_change_goes_once_the_budget_was_imported(job: LinkedJob) -> None:
    """What came from CMiC is budgeted there: nothing waits for an export that will never be."""
    site, work = job.site, Job(job.site, job.project, job.job)
    await confirmed(job, "budget")
    key = await work.budget_change(coded("03-100", "S", "10.00"))
    await site.granted(key, "send", SENDER)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)


async def test_a_schedule_confirms_what_it_finds(job: LinkedJob) -> None:
    """S-17: whoever names the budget in the schedules has confirmed it; where it is locked it stays as it is."""
    site = job.site
    asked = Scheduled(
        name="budget", workflow_type="BudgetImport", company=COMPANY, erp_company="01",
        erp_queue=site.office.config.erp_queue,
    )  # fmt: skip
    queue = site.office.config.task_queue
    await site.office.client.execute_workflow(ScheduledImport.run, asked, id=site.code("budgets"), task_queue=queue)
    assert await budget_of(job) == {CONCRETE: Decimal("1000.10"), MASONRY: Decimal(250)}
    await entered_in_procore(job, locked=True)
    await estimates(job, {CONCRETE: 2000})
    await site.office.client.execute_workflow(ScheduledImport.run, asked, id=site.code("budgets"), task_queue=queue)
    assert (await budget_of(job))[CONCRETE] == Decimal("1000.10")
