"""The import of a prime contract through the whole stack: made, taken over, imported again; and whatever forbids it (O-15,
R-16, S-13; I-10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.states import State
from tests.paperwork import Job
from tests.stack.confirmed import (
    CONCRETE,
    FORMS,
    MASONRY,
    PAIRS,
    confirmed,
    contracts_of,
    entered,
    lines_of,
    preview_of,
    shown,
)
from tests.stack.imports import Body, LinkedJob, brought, done, refused, writes
from tests.support import ERP, Site

NAME = "prime_contract"


@pytest.fixture
async def job(site: Site) -> LinkedJob:
    opened = await LinkedJob.opened(site, *PAIRS)
    await revenue(opened, {CONCRETE: 1200.50, FORMS: 0, MASONRY: -200})
    return opened


async def revenue(job: LinkedJob, amounts: dict[tuple[str, str], float]) -> None:
    await entered(job, {pair: {"revenue": amount} for pair, amount in amounts.items()})


def origin(job: LinkedJob, *pair: str) -> str:
    return "|".join((ERP, job.job, *pair))


async def by_hand(job: LinkedJob, *lines: Body, **more: Any) -> int:
    return await Job(job.site, job.project, job.job).prime_contract(*lines, **more)


async def amounts_of(job: LinkedJob) -> dict[str, Decimal]:
    return {key: Decimal(line["amount"]) for key, line in (await lines_of(job)).items()}


async def test_the_contract_and_its_lines_are_made_from_the_revenue_budget(job: LinkedJob) -> None:
    preview = await shown(job, NAME)
    assert preview["lines"] == [
        {"label": "03-100/S", "erp": "1200.50", "procore": None, "after": "1200.50"},
        {"label": "04-200/S", "erp": "-200.00", "procore": None, "after": "-200.00"},
    ]
    assert preview["note"] == "A new prime contract, by amount."
    assert await contracts_of(job) == []
    summary = await done(job.site, NAME, job.project, confirm=preview["hash"][:6])
    assert (await preview_of(job, summary))["hash"] == preview["hash"]
    (contract,) = await contracts_of(job)
    assert contract["title"] == f"{job.job} Prime Contract"
    assert contract["description"].startswith(f"{job.job}: Imported from the revenue budget")
    held = {name: contract[name] for name in ("number", "status", "origin_id", "accounting_method")}
    assert held == {"number": job.job, "status": "Approved", "origin_id": origin(job), "accounting_method": "amount"}
    assert Decimal(contract["grand_total"]) == Decimal("1000.50")
    lines = await lines_of(job)
    assert await amounts_of(job) == {origin(job, *CONCRETE): Decimal("1200.50"), origin(job, *MASONRY): Decimal(-200)}
    assert lines[origin(job, *CONCRETE)]["description"] == "Work on 03-100"


async def test_imported_again_lines_follow_and_those_without_revenue_go(job: LinkedJob) -> None:
    await confirmed(job, NAME)
    ids = {key: line["id"] for key, line in (await lines_of(job)).items()}
    await revenue(job, {CONCRETE: 1300, FORMS: 40.05, MASONRY: 0})
    preview = await confirmed(job, NAME)
    assert preview["totals"] == {"erp": "1340.05", "procore": "1000.50", "after": "1340.05"}
    assert (preview["changes"], preview["removals"]) == (2, 1)
    assert await amounts_of(job) == {origin(job, *CONCRETE): Decimal(1300), origin(job, *FORMS): Decimal("40.05")}
    assert (await lines_of(job))[origin(job, *CONCRETE)]["id"] == ids[origin(job, *CONCRETE)]
    (contract,) = await contracts_of(job)
    assert Decimal(contract["grand_total"]) == Decimal("1340.05")
    await job.site.procore.post("/_sandbox/traffic/reset")
    assert (await confirmed(job, NAME))["changes"] == 0
    assert await writes(job.site) == 0


async def test_the_header_stays_as_people_have_it_since(job: LinkedJob) -> None:
    await confirmed(job, NAME)
    (contract,) = await contracts_of(job)
    paper = Job(job.site, job.project, job.job)
    await paper.edit("prime_contracts", contract["id"], title="Agreement with the owner")
    await revenue(job, {CONCRETE: 5})
    await confirmed(job, NAME)
    (contract,) = await contracts_of(job)
    assert (contract["title"], Decimal(contract["grand_total"])) == ("Agreement with the owner", Decimal(-195))


async def test_only_an_approved_contract_is_imported_again(job: LinkedJob) -> None:
    await confirmed(job, NAME)
    (contract,) = await contracts_of(job)
    paper = Job(job.site, job.project, job.job)
    for status in ("Draft", "Complete", "Terminated"):
        await paper.edit("prime_contracts", contract["id"], status=status)
        summary = await brought(job.site, NAME, job.project)
        assert [(r.code, r.parameters["status"]) for r in summary.refusals] == [("contract_not_approved", status)]
    await paper.edit("prime_contracts", contract["id"], status="Approved")
    await confirmed(job, NAME)


async def test_an_empty_contract_is_taken_over(job: LinkedJob) -> None:
    number = await by_hand(job, status="Draft", title="New")
    preview = await confirmed(job, NAME)
    assert preview["note"] == "Prime contract 1, which is empty, is taken over, by amount."
    (contract,) = await contracts_of(job)
    assert (contract["id"], contract["status"], contract["number"]) == (number, "Approved", job.job)
    assert contract["origin_id"] == origin(job)


async def test_a_contract_that_is_somebody_elses_is_not_written_over(job: LinkedJob) -> None:
    number = await by_hand(job, {"cost_code": "03-100", "line_item_type": "S", "amount": "7.00"})
    assert await refused(job.site, NAME, job.project) == ["contract_by_hand"]
    paper = Job(job.site, job.project, job.job)
    await paper.edit("prime_contracts", number, origin_id="other|77")
    summary = await brought(job.site, NAME, job.project)
    assert [(r.code, r.parameters["origin_id"]) for r in summary.refusals] == [("foreign_origin_id", "other|77")]


async def test_which_of_two_empty_contracts_isnt_guessed_nor_a_finished_one_taken(job: LinkedJob) -> None:
    first = await by_hand(job, status="Out For Bid", title="First")
    assert await refused(job.site, NAME, job.project) == ["contract_not_approved"]
    await Job(job.site, job.project, job.job).edit("prime_contracts", first, status="Draft")
    await by_hand(job, number="2", title="Second")
    assert await refused(job.site, NAME, job.project) == ["contract_by_hand", "contract_by_hand"]


async def test_lines_that_people_added_forbid_it(job: LinkedJob) -> None:
    """The contract's total would be another than CMiC's revenue."""
    await confirmed(job, NAME)
    line = (await lines_of(job))[origin(job, *CONCRETE)]
    await Job(job.site, job.project, job.job).edit("prime_line_items", line["id"], origin_id=None)
    assert await refused(job.site, NAME, job.project) == ["contract_lines_by_hand"]


async def test_a_job_without_revenue_and_codes_that_the_project_lacks(job: LinkedJob) -> None:
    await revenue(job, {("05-100", "S"): 10, ("06-100", "S"): 20})
    summary = await brought(job.site, NAME, job.project)
    named = [(r.code, r.parameters["pair"]) for r in summary.refusals]
    assert named == [("code_not_on_project", "05-100/S"), ("code_not_on_project", "06-100/S")]
    await revenue(job, dict.fromkeys([CONCRETE, MASONRY, ("05-100", "S"), ("06-100", "S")], 0.0))
    assert await refused(job.site, NAME, job.project) == ["no_revenue"]


async def test_a_contract_in_two_projects_is_refused(job: LinkedJob) -> None:
    """The job was moved to another project after its contract had been imported into the first."""
    site = job.site
    await confirmed(job, NAME)
    await site.granted(job.key, "unlink")
    await site.until(job.key, State.NOT_SENT)
    assert await refused(site, NAME, job.project) == ["not_linked"]
    other = await Job.planned(site, "03-100", "04-200")
    await site.granted(other.key, "link", erp_id=job.job)
    await site.until(other.key, State.SYNCED)
    summary = await brought(site, NAME, other.project)
    (reason,) = summary.refusals
    assert (reason.code, reason.parameters["projects"]) == ("contract_twice", f"{job.project}, {other.project}")
    (contract,) = await contracts_of(job)
    answer = await site.procore.post(
        f"/_sandbox/edit/prime_contracts/{contract['id']}", json={"deleted_at": "2026-11-20T00:00:00Z"}
    )
    assert answer.status_code == 200, answer.text
    for line in (await lines_of(job)).values():
        gone = {"deleted_at": "2026-11-20T00:00:00Z"}
        await site.procore.post(f"/_sandbox/edit/prime_line_items/{line['id']}", json=gone)
    moved = LinkedJob(site, other.key, other.project, job.job)
    await confirmed(moved, NAME)
    assert sum((await amounts_of(moved)).values()) == Decimal("1000.50")


async def test_by_units_where_the_settings_offer_it(job: LinkedJob) -> None:
    """A line whose units don't make its amount exactly goes by its amount; a unit that Procore doesn't know stays out."""
    units = {"revenue_units": 12.5, "revenue_unit": "CY"}
    await entered(job, {CONCRETE: {"revenue": 1250, **units}, FORMS: {"revenue": 100, "revenue_units": 3}})
    assert await refused(job.site, NAME, job.project, options={"by": "unit"}) == ["by_unit_not_offered"]
    assert await refused(job.site, NAME, job.project, options={"by": "weight"}) == ["field_not_usable"]
    async with job.site.settings(prime_contract_by_unit=True):
        preview = await confirmed(job, NAME, options={"by": "unit"})
    assert preview["note"] == "A new prime contract, by unit."
    (contract,) = await contracts_of(job)
    assert contract["accounting_method"] == "unit"
    lines = await lines_of(job)
    names = ("amount", "quantity", "unit_cost", "uom", "extended_type")
    assert {key: [line[n] for n in names] for key, line in lines.items()} == {
        origin(job, *CONCRETE): ["1250.0", "12.5", "100.0", "cy", "calculated"],
        origin(job, *FORMS): ["100.0", "0.0", "0.0", None, "manual"],
        origin(job, *MASONRY): ["-200.0", "0.0", "0.0", None, "manual"],
    }


async def test_the_type_stays_what_it_was_chosen_to_be(job: LinkedJob) -> None:
    async with job.site.settings(prime_contract_by_unit=True):
        await confirmed(job, NAME, options={"by": "unit"})
        assert await refused(job.site, NAME, job.project, options={"by": "amount"}) == ["contract_type_stays"]
    await entered(job, {CONCRETE: {"revenue": 1250, "revenue_units": 12.5}})
    await confirmed(job, NAME)
    line = (await lines_of(job))[origin(job, *CONCRETE)]
    assert (line["quantity"], line["unit_cost"]) == ("12.5", "100.0")


async def test_it_can_be_switched_off(job: LinkedJob) -> None:
    async with job.site.settings(prime_contract_import=False):
        summary = await brought(job.site, NAME, job.project)
    assert [(r.code, r.where) for r in summary.refusals] == [("import_switched_off", "Settings, prime_contract_import")]
    await confirmed(job, NAME)


async def test_what_changed_since_it_was_shown_is_not_written(job: LinkedJob) -> None:
    preview = await shown(job, NAME)
    await revenue(job, {CONCRETE: 1})
    assert await refused(job.site, NAME, job.project, confirm=preview["hash"]) == ["import_preview_outdated"]
    assert await contracts_of(job) == []


@pytest.mark.parametrize("path", ["prime_contract$", "line_items/sync"])
async def test_an_answer_that_is_lost_writes_nothing_twice(job: LinkedJob, path: str) -> None:
    """The step is repeated: what it finds done it doesn't do again, and goes on."""
    preview = await shown(job, NAME)
    await job.site.procore_fault(path, when="after", cut=True)
    await done(job.site, NAME, job.project, confirm=preview["hash"])
    assert [fault["hits"] for fault in (await job.site.procore.get("/_sandbox/faults")).json()] == [1]
    (contract,) = await contracts_of(job)
    assert Decimal(contract["grand_total"]) == Decimal("1000.50")
    assert len(await lines_of(job)) == 2


async def test_half_of_the_lines_written(job: LinkedJob) -> None:
    preview = await shown(job, NAME)
    await job.site.procore_fault("line_items/sync", when="half", cut=True)
    await done(job.site, NAME, job.project, confirm=preview["hash"])
    (contract,) = await contracts_of(job)
    assert (len(await lines_of(job)), Decimal(contract["grand_total"])) == (2, Decimal("1000.50"))
