"""Cost codes through the whole stack: codes of CMiC's master list go to a job with the first object that needs them, or are
accepted on their own; none is ever invented (O-02, R-10, R-21)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.states import State
from tests.paperwork import Job, coded, line
from tests.stack.test_projects import told
from tests.support import COMPANY, ERP, SENDER, Site

MASTER = ("03-100", "04-200", "05-100")
"""Codes that both have; the job itself has the pairs that a test names."""


async def opened(site: Site, *codes: str, has: tuple[tuple[str, str], ...] = (("03-100", "S"),)) -> Job:
    """A linked project with these cost codes in Procore, whose job has these pairs."""
    job = await Job.planned(site, *(codes or MASTER))
    await site.control("seed", jcjob=[{"JobCompCode": ERP, "JobCode": job.job, "JobName": f"Job {job.job}"}])
    await assigned(job, *has)
    await site.granted(job.key, "link", erp_id=job.job)
    await site.until(job.key, State.SYNCED)
    return job


async def assigned(job: Job, *pairs: tuple[str, str]) -> None:
    """What CMiC's accountants assign to the job."""
    common = {"GjjpCompCode": ERP, "GjjpJobCode": job.job, "GjjpCtrlCode": "ALL", "GjjpName": "Work"}
    flags = {"GjjpActiveFlag": "Y", "GjjpFactorableFlg": "N"}
    there = {row["GjjpCode"] for row in await job.site.rows("jcjobcostcodes", GjjpJobCode=job.job)}
    rows = [{**common, **flags, "GjjpCode": code} for code in sorted({code for code, _ in pairs} - there)]
    await job.site.control("seed", jcjobcostcodes=rows)
    for code, category in pairs:
        await job.site.control("assign", company=ERP, job=job.job, cost_code=code, category=category)


async def pairs_of(job: Job) -> list[str]:
    rows = await job.site.rows("jcjobcategory", JcatCompCode=ERP, JcatJobCode=job.job)
    return sorted(f"{row['JcatPhsCode']} {row['JcatCode']}" for row in rows)


async def phases_of(job: Job) -> list[str]:
    rows = await job.site.rows("jcjobcostcodes", GjjpCompCode=ERP, GjjpJobCode=job.job)
    return sorted(row["GjjpCode"] for row in rows)


async def writes(site: Site, path: str) -> int:
    rows = (await site.cmic.get("/_sandbox/traffic")).json()["requests"]
    return sum(row["method"] != "GET" and path in row["path"] for row in rows)


def key_of(job: Job) -> str:
    return job.of("cost_codes", job.project)


async def more_codes(job: Job, *codes: str) -> None:
    """New cost codes of the project in Procore."""
    scope, rows = {"company_id": COMPANY, "project_id": job.project}, []
    for n, full in enumerate(codes):
        division, code = full.split("-", 1)
        above, below = job.project * 1000 + 501 + 2 * n, job.project * 1000 + 500 + 2 * n
        rows.append({**scope, "id": above, "code": division, "name": "More"})
        rows.append(
            {**scope, "id": below, "parent_id": above, "code": code, "name": code, "line_item_type_ids": [3002, 3003]}
        )
    answer = await job.site.procore.post("/_sandbox/seed", json={"cost_codes": rows})
    assert answer.status_code == 200, answer.text


async def refreshed(job: Job) -> None:
    before = (await job.site.head(job.key)).sequence
    await job.site.granted(job.key, "refresh")
    await job.site.until(job.key, State.SYNCED, also=lambda h: h.sequence == before + 2)


# Along with the first object that needs them


async def test_a_code_goes_along_with_the_first_commitment_that_needs_it(site: Site) -> None:
    """A cost code with its type, and a type of a cost code that the job has; nothing else of the master list."""
    job = await opened(site)
    key = await job.commitment(line("04-200", "M", "20.00"), line("03-100", "M", "3.00"), line("03-100", "S", "1.00"))
    await job.exported(key)
    assert await pairs_of(job) == ["03-100 M", "03-100 S", "04-200 M"]
    assert await phases_of(job) == ["03-100", "04-200"]
    parts = [row["part"] for row in await site.office.reading.links(job.key) if row["resource"] == "job_code"]
    assert sorted(parts) == ["03-100/M", "03-100/S", "04-200/M"], "they are the project's from now on"
    assert {row["resource"] for row in await site.office.reading.links(key)} == {"subcontract", "subcontract_line"}
    await site.cmic.delete("/_sandbox/traffic")
    again = await job.commitment(line("04-200", "M", "5.00"))
    await job.exported(again)
    assert (await writes(site, "jcjobcategory"), await writes(site, "jcjobcostcodes")) == (0, 0)


async def test_codes_go_along_with_a_budget(site: Site) -> None:
    job = await opened(site)
    key = await job.budget(coded("03-100", "S", "100.00"), coded("04-200", "L", "50.00"), coded("05-100", "M", "1.00"))
    await job.exported(key, confirm_import_closed=True)
    assert await pairs_of(job) == ["03-100 S", "04-200 L", "05-100 M"]
    assert len(await job.item_amounts("BUD-01")) == 3


async def test_what_cmic_assigned_meanwhile_is_used_as_it_is(site: Site) -> None:
    job = await opened(site)
    key = await job.commitment(line("04-200", "M", "20.00"))
    await site.granted(key, "send", SENDER)
    await assigned(job, ("04-200", "M"))
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    assert await pairs_of(job) == ["03-100 S", "04-200 M"]


async def test_a_code_that_the_master_list_lacks_is_never_invented(site: Site) -> None:
    job = await opened(site, "03-100", "98-765")
    key = await job.commitment(line("98-765", "S", "20.00"), line("03-100", "S", "1.00"))
    outcome = await site.ask(key, "send", SENDER)
    assert told(outcome) == {
        "code_not_synced": f"Line 1 sits on 98-765 S, which is not on CMiC's list for job {job.job}."
    }
    assert outcome.refusals[0].owner == "ERP administrator"
    assert await phases_of(job) == ["03-100"]


async def test_a_code_that_was_closed_in_cmic_is_not_opened(site: Site) -> None:
    """It is on the job, but inactive: the connector changes nothing about it, and says so."""
    job = await opened(site, has=(("03-100", "S"), ("04-200", "M")))
    where = {"JcatJobCode": job.job, "JcatPhsCode": "04-200", "JcatCode": "M"}
    await site.control("edit", resource="jcjobcategory", where=where, set={"JcatCatActiveFlag": "N"})
    await refreshed(job)
    key = await job.commitment(line("04-200", "M", "20.00"))
    await job.accepted(key)
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "inactive_in_cmic"
    assert f"job_code {ERP}|{job.job}|04-200|M is not active" in head.words
    await assigned(job, ("04-200", "M"))
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)


async def test_objects_that_bring_the_same_code_along_at_once(site: Site) -> None:
    """Whoever is first makes it; nobody fails, and CMiC has it once."""
    job = await opened(site)
    budget = await job.budget(coded("04-200", "M", "10.00"), coded("05-100", "S", "10.00"))
    contracts = [await job.commitment(line("04-200", "M", "2.00"), line("05-100", "S", "1.00")) for _ in range(6)]
    await asyncio.gather(*(site.granted(key, "send", SENDER) for key in (budget, *contracts)))
    accepting = [site.granted(key, "accept") for key in contracts]
    await asyncio.gather(site.granted(budget, "accept", confirm_import_closed=True), *accepting)
    await asyncio.gather(*(site.until(key, State.SYNCED) for key in (budget, *contracts)))
    assert await pairs_of(job) == ["03-100 S", "04-200 M", "05-100 S"]
    assert await phases_of(job) == ["03-100", "04-200", "05-100"]
    for key in contracts:
        assert await site.actions(key) == ["send", "accept", "complete"]
        assert (await site.in_cmic(key))[:2] == (1, 2)


@pytest.mark.parametrize("kind", ["cut_before_commit", "cut_after_commit"])
async def test_a_cut_while_a_code_goes_along_makes_it_once(site: Site, kind: str) -> None:
    job = await opened(site)
    key = await job.commitment(line("04-200", "M", "2.00"))
    for resource in ("jcjobcostcodes", "jcjobcategory", "scmast"):
        await site.fault(kind, method="POST", resource=resource)
    await job.accepted(key)
    await site.until(key, State.SYNCED)
    assert await pairs_of(job) == ["03-100 S", "04-200 M"]
    assert (await site.in_cmic(key))[:2] == (1, 1)


# Accepted on their own


async def test_switched_off_codes_are_accepted_on_their_own_first(site: Site) -> None:
    job = await opened(site, "03-100", "04-200")
    contract = await job.commitment(line("04-200", "M", "20.00"))
    key = key_of(job)
    async with site.settings(cost_codes_go_along=False):
        assert await site.refused(contract, "send", SENDER) == ["code_not_synced"]
        await job.exported(key)
        assert await pairs_of(job) == ["03-100 L", "03-100 M", "03-100 S", "04-200 L", "04-200 M", "04-200 S"]
        await job.exported(contract)
    assert await site.actions(key) == ["send", "accept", "complete"]
    shown = await site.office.reading.item(key)
    assert shown is not None
    assert shown["label"] == f"Cost codes of Project {job.project}"


async def test_zero_dollar_codes_are_left_out_by_setting(site: Site) -> None:
    """R-21: without money on them they stay out; with money later, a resend brings them."""
    job = await opened(site)
    await job.budget(coded("04-200", "M", "10.00"), coded("05-100", "S", "0.00"))
    key = key_of(job)
    async with site.settings(zero_dollar_codes=False):
        await job.exported(key)
        assert await pairs_of(job) == ["03-100 S", "04-200 M"]
        assert await site.refused(key, "resend", SENDER) == ["nothing_new"]
        await job.budget(coded("04-200", "M", "10.00"), coded("05-100", "S", "7.00"))
        await job.exported(key, "resend")
        assert await pairs_of(job) == ["03-100 S", "04-200 M", "05-100 S"]
    await job.exported(key, "resend")
    assert len(await pairs_of(job)) == 9
    assert await site.actions(key) == ["send", "accept", "complete", *["resend", "accept", "complete"] * 2]


async def test_nothing_new_and_what_the_master_list_lacks(site: Site) -> None:
    pairs = tuple(("03-100", category) for category in "LMS")
    job = await opened(site, "03-100", "98-765", "97-123", has=pairs)
    outcome = await site.ask(key_of(job), "send", SENDER)
    assert told(outcome) == {
        "nothing_new": "Nothing is new since the last export.",
        "not_in_master": "2 cost code(s) aren't on CMiC's master list: 97-123, 98-765.",
    }
    assert [(r.code, r.owner, r.where) for r in outcome.refusals] == [
        ("nothing_new", "project team", "Procore, the list of cost codes"),
        ("not_in_master", "ERP administrator", "CMiC, master cost codes"),
    ]
    without = await opened(site, "03-100", has=pairs)
    assert await site.refused(key_of(without), "send", SENDER) == ["nothing_new"]


async def test_a_resend_carries_what_is_new(site: Site) -> None:
    job = await opened(site, "03-100")
    key = key_of(job)
    await job.exported(key)
    assert await site.refused(key, "resend", SENDER) == ["nothing_new"]
    await more_codes(job, "04-200", "98-765")
    await refreshed(job)
    await site.cmic.delete("/_sandbox/traffic")
    await job.exported(key, "resend")
    assert await pairs_of(job) == ["03-100 L", "03-100 M", "03-100 S", "04-200 M", "04-200 S"]
    assert (await writes(site, "jcjobcostcodes"), await writes(site, "jcjobcategory")) == (1, 2)
    outcome = await site.ask(key, "resend", SENDER)
    assert list(told(outcome)) == ["nothing_new", "not_in_master"]
    assert "98-765" in told(outcome)["not_in_master"]


async def test_sent_before_the_job_is_there_they_are_held(site: Site) -> None:
    job = await Job.planned(site, "03-100")
    key = key_of(job)
    await job.accepted(key)
    head = await site.head(key)
    assert (head.state, head.waits_for) == (State.HELD, [f"{job.key} job exists"])
    await site.control("seed", jcjob=[{"JobCompCode": ERP, "JobCode": job.job, "JobName": "Late"}])
    await site.granted(job.key, "link", erp_id=job.job)
    await site.until(key, State.SYNCED)
    assert await pairs_of(job) == ["03-100 L", "03-100 M", "03-100 S"]


async def test_ways_back(site: Site) -> None:
    job = await opened(site, "03-100", "04-200")
    key = key_of(job)
    await site.granted(key, "send", SENDER)
    await site.granted(key, "retrieve", SENDER)
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "reject")
    await site.granted(key, "resend", SENDER)
    await more_codes(job, "05-100")
    await site.granted(key, "accept")
    await site.until(key, State.WAITING, also=lambda h: h.sequence > 6)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    assert (await site.actions(key))[-4:] == ["accept", "return_edited", "accept", "complete"]
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT)
    assert "04-200 M" in await pairs_of(job), "nothing is taken from the job"
    contract = await job.commitment(line("04-200", "M", "20.00"))
    await job.exported(contract)


async def test_a_failed_list_is_retried_or_unlinked(site: Site) -> None:
    for action in ("retry", "unlink"):
        job = await opened(site, "03-100", "04-200")
        key = key_of(job)
        where = {"MphsCompCode": ERP, "MphsCode": "04-200"}
        await site.control("edit", resource="jcmastercostcodes", where=where, set={"MphsActiveFlag": "N"})
        try:
            await job.accepted(key)
            head = await site.until(key, State.FAILED)
        finally:
            await site.control("edit", resource="jcmastercostcodes", where=where, set={"MphsActiveFlag": "Y"})
        assert head.failure_code == "cmic_refused"
        assert "Cost Code 04-200 is not a valid cost code" in head.words
        assert await site.refused(key, "adopt") == ["unknown_action"]
        await site.granted(key, action)
        await site.until(key, State.SYNCED if action == "retry" else State.NOT_SENT)


@pytest.fixture(scope="module")
async def plain_list(connected: Site) -> None:
    row = {"company_id": COMPANY, "id": 2902, "name": "Own list", "is_erp_list": False}
    answer = await connected.procore.post("/_sandbox/seed", json={"standard_cost_code_lists": [row]})
    assert answer.status_code == 200, answer.text


async def test_segments_and_plain_lists_are_refused(site: Site, plain_list: None) -> None:
    job = await opened(site, "03-100")
    await job.edit("projects", job.project, standard_cost_code_list_id=2902)
    segment: dict[str, Any] = {"company_id": COMPANY, "name": "Wing", "structure": "flat", "project_ids": [job.project]}
    assert (await site.procore.post("/_sandbox/seed", json={"segments": [segment]})).status_code == 200
    outcome = await site.ask(key_of(job), "send", SENDER)
    assert list(told(outcome)) == ["custom_segments", "plain_code_list"]
    assert "Wing" in told(outcome)["custom_segments"]
    assert {r.owner for r in outcome.refusals} == {"ERP administrator"}


async def test_a_failed_list_is_rejected(site: Site) -> None:
    """What was refused on the way is nobody's record: nothing of it is in CMiC."""
    job, where = await opened(site, "03-100", "04-200"), {"MphsCompCode": ERP, "MphsCode": "04-200"}
    await site.control("edit", resource="jcmastercostcodes", where=where, set={"MphsActiveFlag": "N"})
    try:
        await job.accepted(key_of(job))
        await site.until(key_of(job), State.FAILED)
    finally:
        await site.control("edit", resource="jcmastercostcodes", where=where, set={"MphsActiveFlag": "Y"})
    await site.granted(key_of(job), "reject")


async def test_a_new_code_goes_along_without_a_refresh(site: Site) -> None:
    """O-02: codes are refreshed and exported by themselves with the object that needs them."""
    job = await opened(site, "03-100")
    await more_codes(job, "04-200")
    contract = await job.commitment(line("04-200", "S", "20.00"))
    await job.exported(contract)
    assert "04-200 S" in await pairs_of(job)


async def test_a_resend_of_a_master_code_names_no_wrong_reason(site: Site) -> None:
    job = await opened(site, "03-100")
    await job.exported(key_of(job))
    await more_codes(job, "04-200")
    await job.exported(key_of(job), "resend")
    assert "04-200 S" in await pairs_of(job)
