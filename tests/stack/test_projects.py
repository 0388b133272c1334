"""Projects through the whole stack: a CMiC project is made, never a job. A person makes the job; the lifecycle takes it over by
itself, with its codes, so that everything that waited for it leaves (O-02, O-05, R-03, R-08, R-09)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from activities.messages import ListChanges
from domain.commands import Outcome
from domain.permissions import Level, Person
from domain.refusals import CATALOGUE
from domain.settings import Limits
from domain.states import State
from tests.paperwork import Job, line
from tests.support import COMPANY, ERP, SENDER, Site
from workflows.keeping import PostingWatch

ADDRESS = {
    "address": "1 Pier Road", "city": "Oakland", "state_code": "CA", "zip": "94607",
    "start_date": "2026-03-02", "completion_date": "2027-09-30",
}  # fmt: skip
STANDARD = Person(name="standard", erp_level=Level.STANDARD)
OWNER = Person(name="owner of the tool", owning_tool_admin=True)


async def in_cmic(job: Job, company: str = ERP) -> list[dict[str, Any]]:
    return await job.site.rows("pmproject", GrpmpCompCode=company, GrpmpProjCode=job.job)


async def jobs(job: Job) -> list[dict[str, Any]]:
    return await job.site.rows("jcjob", JobCode=job.job)


async def procores(job: Job) -> dict[str, Any]:
    return dict((await job.site.procore.get("/_sandbox/books/projects", params={"id": job.project})).json()[0])


async def watch(site: Site, company: str = ERP, *, full: bool = False) -> str:
    """What the schedule for jobs does in a CMiC company, now."""
    config, asked = site.office.config, ListChanges(erp_company=company, resource="job", full=full)
    said: str = await site.office.client.execute_workflow(
        PostingWatch.run, args=[asked, config.erp_queue], id=site.code("watch"), task_queue=config.task_queue
    )
    return said


async def exported(site: Site, *codes: str, **more: Any) -> Job:
    """A project in CMiC, without its job."""
    job = await Job.planned(site, *codes, **more)
    await job.exported(job.key)
    return job


def told(outcome: Outcome) -> dict[str, str]:
    """The sentences by their codes; each with its owner and a place."""
    for refusal in outcome.refusals:
        assert refusal.owner == CATALOGUE[refusal.code].owner
        assert refusal.where
        assert "{" not in refusal.sentence + refusal.where
    return {r.code: r.sentence for r in outcome.refusals}


# The export


async def test_an_export_makes_a_project_and_never_a_job(site: Site) -> None:
    job = await Job.planned(site, name="Pier 9", **ADDRESS)
    await site.granted(job.key, "send", STANDARD)
    await site.granted(job.key, "accept")
    head = await site.until(job.key, State.SYNCED)
    assert (head.erp_key, head.job, head.erp_company) == (f"{ERP}|{job.job}", "", ERP)
    (row,) = await in_cmic(job)
    shown = {name.removeprefix("Grpmp"): value for name, value in row.items()}
    assert {name: shown[name] for name in ("ProjName", "AddLine1", "AddLine3", "RegionCode", "PostalCode")} == {
        "ProjName": "Pier 9", "AddLine1": "1 Pier Road", "AddLine3": "Oakland", "RegionCode": "CA",
        "PostalCode": "94607",
    }  # fmt: skip
    assert (shown["StartDate"], shown["EndDate"]) == ("2026-03-02", "2027-09-30")
    assert (shown["CreateJobFlag"], shown["JobCode"]) == ("N", None)
    assert await jobs(job) == []
    assert (await procores(job))["origin_id"] == f"{ERP}|{job.job}"
    assert await site.actions(job.key) == ["send", "accept", "complete"]


async def test_the_approver_may_type_its_code(site: Site) -> None:
    job = await Job.planned(site)
    typed = site.code("px-").lower()
    await job.exported(job.key, erp_id=typed)
    assert (await site.head(job.key)).erp_key == f"{ERP}|{typed.upper()}"
    assert await in_cmic(job) == []
    await site.control("jobs/create", company=ERP, job=typed.upper(), project=typed.upper())
    await watch(site)
    await site.until(job.key, State.SYNCED, also=lambda h: h.job == typed.upper())


async def test_the_job_is_taken_over_by_itself_with_its_codes_and_everything_leaves(site: Site) -> None:
    job = await exported(site, "03-100", "04-200")
    first, second = (
        await job.commitment(line("03-100", "S", "10.00")),
        await job.commitment(line("04-200", "M", "2.50")),
    )
    waiting = await job.commitment(line("03-100", "L", "1.00"))
    for key in (first, second):
        await job.accepted(key)
        assert (await site.head(key)).state is State.HELD
        assert (await site.head(key)).waits_for == [f"{job.key} job exists"]
    await site.granted(waiting, "send", SENDER)
    await job.made(("03-100", "S"), ("03-100", "L"), ("04-200", "M"))
    await watch(site)
    head = await site.until(job.key, State.SYNCED, also=lambda h: h.job == job.job)
    assert head.erp_key == f"{ERP}|{job.job}"
    assert await site.actions(job.key) == ["send", "accept", "complete", "job_made", "complete"]
    await asyncio.gather(site.until(first, State.SYNCED), site.until(second, State.SYNCED))
    assert await site.actions(first) == ["send", "accept", "release", "complete"]
    assert [r["ScmstJobCode"] for r in await site.rows("scmast", ScmstContCode=site.numbers[first])] == [job.job]
    links = {(row["part"], row["resource"]) for row in await site.office.reading.links(job.key)}
    assert links == {
        ("", "project"), ("job", "job"),
        ("03-100/S", "job_code"), ("03-100/L", "job_code"), ("04-200/M", "job_code"),
    }  # fmt: skip
    assert (await site.head(waiting)).state is State.WAITING
    await site.granted(waiting, "accept")
    await site.until(waiting, State.SYNCED)


async def test_a_job_that_was_there_before_the_project_is_taken_over(site: Site) -> None:
    """Somebody made the job first; nobody has looked yet."""
    job = await Job.planned(site)
    await site.control("jobs/create", company=ERP, job=job.job)
    await job.exported(job.key)
    await watch(site)
    await site.until(job.key, State.SYNCED, also=lambda h: h.job == job.job)


async def test_another_job_is_nothing_to_it(site: Site) -> None:
    job, other = await exported(site), await exported(site)
    await other.made()
    await site.control("jobs/create", company="02", job=job.job)
    await watch(site)
    await watch(site, "02")
    await site.until(other.key, State.SYNCED, also=lambda h: h.job == other.job)
    head = await site.head(job.key)
    assert (head.state, head.job) == (State.SYNCED, "")
    assert await site.actions(job.key) == ["send", "accept", "complete"]


async def test_a_job_that_is_gone_again_fails_in_words_and_the_next_one_is_taken(site: Site) -> None:
    """Between the look and the take-over somebody deleted the job in CMiC."""
    job = await exported(site)
    await job.made()
    await site.procore_fault(rf"projects/{job.project}$", method="GET", status=503, retry_after=2, times=1)
    await watch(site)
    await site.until(job.key, State.EXPORTING)
    await site.control("delete", resource="jcjob", where={"JobCode": job.job})
    head = await site.until(job.key, State.FAILED)
    assert head.failure_code == "not_in_cmic"
    assert f"CMiC has no job {ERP}|{job.job}" in head.words
    await site.granted(job.key, "retry")
    await site.until(job.key, State.SYNCED)
    await job.made()
    await watch(site)
    await site.until(job.key, State.SYNCED, also=lambda h: h.job == job.job)


async def test_a_project_of_another_cmic_company(site: Site) -> None:
    """R-08: each project belongs to one CMiC company, one that the settings name."""
    job = await Job.planned(site)
    await site.granted(job.key, "send", STANDARD)
    refused = await site.ask(job.key, "accept", erp_company="02")
    assert told(refused) == {"field_not_usable": f"erp_company can't be used: '02' isn't one of {ERP}"}
    assert refused.refusals[0].owner == "project team"
    async with site.settings(erp_companies=[ERP, "02"]):
        await site.granted(job.key, "accept", erp_company="02")
        head = await site.until(job.key, State.SYNCED)
    assert (head.erp_company, head.erp_key) == ("02", f"02|{job.job}")
    assert (len(await in_cmic(job)), len(await in_cmic(job, "02"))) == (0, 1)
    assert (await procores(job))["origin_id"] == f"02|{job.job}"
    await job.made(("03-100", "S"), company="02")
    await watch(site)
    assert (await site.head(job.key)).job == ""
    await watch(site, "02")
    await site.until(job.key, State.SYNCED, also=lambda h: h.job == job.job)
    contract = await job.commitment(line("03-100", "S", "7.00"))
    await job.accepted(contract)
    head = await site.until(contract, State.HELD)
    assert head.waits_for == [f"company:{COMPANY}:02:4101 synced"], "the vendor has to be linked in that company"


# Refusals


WRONG: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "no number": ({"project_number": ""}, {"no_number": "It has no project number."}),
    "a long number": (
        {"project_number": "J" * 11},
        {"field_too_long": "The project's number has 11 characters; CMiC takes 10."},
    ),
    "a number that is no code": (
        {"project_number": "J|9"},
        {"field_not_usable": "The project's number can't be used: 'J|9' has characters that a code can't have"},
    ),
    "a long name": (
        {"name": "N" * 101},
        {"field_too_long": "The project's name has 101 characters; CMiC takes 100."},
    ),
    "another integration's": (
        {"origin_id": "SAGE|{id}"},
        {"foreign_origin_id": "Another integration owns this project in Procore (its origin id is 'SAGE|{id}')."},
    ),
    "a list of its own": (
        {"standard_cost_code_list_id": 2901},
        {"plain_code_list": "Its cost codes come from a list that isn't the ERP standard list."},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
async def plain_list(connected: Site) -> None:
    """A cost code list that isn't the ERP's."""
    row = {"company_id": COMPANY, "id": 2901, "name": "House list", "is_erp_list": False}
    answer = await connected.procore.post("/_sandbox/seed", json={"standard_cost_code_lists": [row]})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("name", WRONG)
async def test_what_procore_has_is_refused_at_send(site: Site, plain_list: None, name: str) -> None:
    more, expected = WRONG[name]
    number = site.code("")
    job = await Job.planned(site, **{k: v.format(id=number) if isinstance(v, str) else v for k, v in more.items()})
    outcome = await site.ask(job.key, "send", STANDARD)
    assert told(outcome) == {code: text.format(id=number) for code, text in expected.items()}
    assert (await site.head(job.key)).state is State.NOT_SENT
    assert await in_cmic(job) == []


async def test_a_nameless_project_and_custom_segments_are_refused_with_every_reason(
    site: Site, plain_list: None
) -> None:
    job = await Job.planned(site, project_number="", standard_cost_code_list_id=2901)
    segment = {"company_id": COMPANY, "name": "Tower", "structure": "flat", "project_ids": [job.project]}
    assert (await site.procore.post("/_sandbox/seed", json={"segments": [segment]})).status_code == 200
    await site.procore_fault(rf"projects/{job.project}$", method="GET", set={"name": " "})
    outcome = await site.ask(job.key, "send", STANDARD)
    assert list(told(outcome)) == ["custom_segments", "plain_code_list", "no_number", "no_name"]
    assert told(outcome)["custom_segments"] == (
        "Its project uses custom WBS segments (Tower), which CMiC has no place for."
    )
    assert told(outcome)["no_name"] == "It has no name."
    assert [r.owner for r in outcome.refusals] == [
        "ERP administrator", "ERP administrator", "project team", "project team",
    ]  # fmt: skip
    linked = await site.ask(job.key, "link", erp_id="1055")
    assert list(told(linked)) == ["custom_segments", "plain_code_list"]


async def test_guards_are_asked_again_at_accept(site: Site) -> None:
    job = await Job.planned(site)
    await site.granted(job.key, "send", STANDARD)
    async with site.settings(limits=Limits(job=2, project_name=3)):
        outcome = await site.ask(job.key, "accept")
    assert [r.code for r in outcome.refusals] == ["field_too_long", "field_too_long"]
    assert await site.refused(job.key, "accept", erp_id="A|B") == ["bad_input"]
    assert await site.refused(job.key, "accept", erp_id="J" * 11) == ["bad_input"]
    assert (await site.head(job.key)).state is State.WAITING


async def test_who_may_send_a_project(site: Site) -> None:
    """Adding a project asks for Standard on the ERP tool; not for the tool where the item lives."""
    job = await Job.planned(site)
    outcome = await site.ask(job.key, "send", OWNER)
    assert told(outcome) == {
        "not_permitted": "owner of the tool may not send this: Standard on the ERP Integrations tool is needed."
    }
    await site.granted(job.key, "send", STANDARD)
    assert await site.refused(job.key, "accept", STANDARD) == ["not_permitted"]
    assert await site.refused(job.key, "retrieve", STANDARD) == ["not_permitted"]
    await site.granted(job.key, "retrieve", OWNER)
