"""Projects through the whole stack, on their ways back: retrieved, rejected, failed, retried, linked, refreshed, unlinked; and
jobs that nobody loses (O-05, R-09, U-01)."""

from __future__ import annotations

from domain.states import Posting, State
from tests.paperwork import Job, coded, line
from tests.stack.test_projects import OWNER, STANDARD, exported, in_cmic, jobs, procores, told, watch
from tests.support import APPROVER, ERP, Site

# Ways back


async def test_retrieved_rejected_and_sent_again(site: Site) -> None:
    job = await Job.planned(site)
    await site.granted(job.key, "send", STANDARD)
    await site.granted(job.key, "retrieve", OWNER)
    assert await site.refused(job.key, "send", STANDARD) == ["already_decided", "not_allowed_now"]
    await job.edit("projects", job.project, name="Better name")
    await site.granted(job.key, "resend", APPROVER)
    await site.granted(job.key, "reject")
    await site.granted(job.key, "resend", APPROVER)
    await site.granted(job.key, "accept")
    await site.until(job.key, State.SYNCED)
    (row,) = await in_cmic(job)
    assert row["GrpmpProjName"] == "Better name"


async def test_edited_before_the_export_read_it_comes_back(site: Site) -> None:
    job = await Job.planned(site)
    await site.granted(job.key, "send", STANDARD)
    await job.edit("projects", job.project, name="Edited meanwhile")
    await site.granted(job.key, "accept")
    await site.until(job.key, State.WAITING, also=lambda h: h.sequence > 2)
    assert await site.actions(job.key) == ["send", "accept", "return_edited"]
    await site.granted(job.key, "accept")
    await site.until(job.key, State.SYNCED)


async def test_a_number_that_cmic_has_is_never_written_over(site: Site) -> None:
    """It fails; another code on the retry, or a rejection, is the way out."""
    first, second = await Job.planned(site), await Job.planned(site)
    for job in (first, second):
        row = {"GrpmpCompCode": ERP, "GrpmpProjCode": job.job, "GrpmpProjName": "By hand"}
        await site.control("seed", pmproject=[row])
        await job.accepted(job.key)
        head = await site.until(job.key, State.FAILED)
        assert head.failure_code == "number_taken"
        assert "name: ours Project" in head.words
        assert "CMiC By hand" in head.words
    assert await site.refused(first.key, "adopt") == ["unknown_action"]
    typed = site.code("PX")
    await site.granted(first.key, "retry", erp_id=typed)
    assert (await site.until(first.key, State.SYNCED)).erp_key == f"{ERP}|{typed}"
    await site.granted(second.key, "reject")
    assert (await site.head(second.key)).state is State.REJECTED
    (kept,) = await in_cmic(second)
    assert kept["GrpmpProjName"] == "By hand"


async def test_what_cmic_refuses_fails_in_its_words_and_is_retried(site: Site) -> None:
    job = await Job.planned(site, state_code="CALIF")
    await job.accepted(job.key)
    head = await site.until(job.key, State.FAILED)
    assert head.failure_code == "cmic_refused"
    assert await in_cmic(job) == []
    await job.edit("projects", job.project, state_code="CA")
    await site.granted(job.key, "retry")
    await site.until(job.key, State.WAITING)
    await site.granted(job.key, "accept")
    await site.until(job.key, State.SYNCED)


async def test_a_failed_project_may_be_rejected_or_linked_to_a_job(site: Site) -> None:
    rejected, linked = await Job.planned(site, zip="9" * 11), await Job.planned(site, zip="9" * 11)
    await site.control("jobs/create", company=ERP, job=linked.job)
    for job in (rejected, linked):
        await job.accepted(job.key)
        await site.until(job.key, State.FAILED)
    await site.granted(rejected.key, "reject")
    assert (await site.head(rejected.key)).state is State.REJECTED
    await site.granted(linked.key, "link", erp_id=linked.job)
    await site.until(linked.key, State.SYNCED, also=lambda h: h.job == linked.job)
    await site.granted(rejected.key, "link", erp_id="NOJOB")
    assert (await site.until(rejected.key, State.FAILED)).failure_code == "not_in_cmic"
    await site.granted(rejected.key, "unlink")
    await site.until(rejected.key, State.NOT_SENT)


async def test_a_temporary_failure_tries_again_by_itself(site: Site) -> None:
    job = await Job.planned(site)
    quick = site.hurried(patience=3, retry_every=2)
    await site.fault("status", status=503, method="GET", resource="pmproject", times=None)
    await quick.granted(job.key, "send", STANDARD)
    await quick.granted(job.key, "accept")
    head = await site.until(job.key, State.FAILED)
    assert (head.failure_code, head.failure_is_temporary) == ("cmic_unreachable", True)
    await site.cmic.delete("/_sandbox/faults")
    await site.until(job.key, State.SYNCED)
    assert "try_again" in await site.actions(job.key)
    assert len(await in_cmic(job)) == 1


# Linked as before


async def test_linked_refreshed_and_unlinked(site: Site) -> None:
    job = await Job.opened(site, ("03-100", "S"))
    assert await site.actions(job.key) == ["link", "complete"]
    assert (await procores(job))["origin_id"] == f"{ERP}|{job.job}"
    assert await site.rows("pmproject", GrpmpProjCode=job.job) == [], "a link makes nothing in CMiC"
    await site.control("assign", company=ERP, job=job.job, cost_code="03-100", category="M")
    await site.granted(job.key, "refresh")
    await site.until(job.key, State.SYNCED, also=lambda h: h.sequence == 4)
    parts = [row["part"] for row in await site.office.reading.links(job.key) if row["resource"] == "job_code"]
    assert sorted(parts) == ["03-100/M", "03-100/S"]
    contract = await job.commitment(line("03-100", "M", "3.00"))
    await job.exported(contract)
    outcome = await site.ask(job.key, "unlink")
    assert list(told(outcome)) == ["depended_on"]
    assert "Test " + site.numbers[contract] in outcome.refusals[0].sentence
    await site.control("subcontracts/void", **await site.contract(contract))
    await site.granted(contract, "unlink")
    await site.until(contract, State.NOT_SENT)
    await site.granted(job.key, "unlink")
    await site.until(job.key, State.NOT_SENT)
    assert (await procores(job))["origin_id"] is None
    assert len(await jobs(job)) == 1, "nothing is deleted in CMiC"
    await site.granted(job.key, "link", erp_id=job.job)
    await site.until(job.key, State.SYNCED)


async def test_an_exported_project_is_refreshed_and_unlinked_with_or_without_its_job(site: Site) -> None:
    without, with_job = await exported(site), await exported(site)
    await site.granted(without.key, "refresh")
    await site.until(without.key, State.SYNCED, also=lambda h: h.sequence == 5)
    await with_job.made(("03-100", "S"))
    await watch(site)
    await site.until(with_job.key, State.SYNCED, also=lambda h: h.job == with_job.job)
    await site.control("assign", company=ERP, job=with_job.job, cost_code="03-100", category="L")
    before = (await site.head(with_job.key)).sequence
    await site.granted(with_job.key, "refresh")
    await site.until(with_job.key, State.SYNCED, also=lambda h: h.sequence == before + 2)
    assert "03-100/L" in [row["part"] for row in await site.office.reading.links(with_job.key)]
    for job in (without, with_job):
        await site.granted(job.key, "unlink")
        head = await site.until(job.key, State.NOT_SENT)
        assert (head.erp_key, head.job) == ("", "")
        assert (await procores(job))["origin_id"] is None
        assert len(await in_cmic(job)) == 1
        assert await site.office.reading.links(job.key) == []


async def test_a_linked_project_stays_with_its_job(site: Site) -> None:
    """One that failed while it was linked goes to no other job before it is unlinked."""
    job = await Job.opened(site, ("03-100", "S"))
    assert await site.refused(job.key, "link", erp_id="1055") == ["not_allowed_now"]
    await site.procore_fault(rf"projects/{job.project}$", method="GET", drop=["id"], times=None)
    await site.ask(job.key, "refresh")
    await site.procore.delete("/_sandbox/faults")
    await site.control("delete", resource="jcjob", where={"JobCode": job.job})
    await site.granted(job.key, "refresh")
    head = await site.until(job.key, State.FAILED)
    assert head.failure_code == "not_in_cmic"
    outcome = await site.ask(job.key, "link", erp_id="1055")
    assert told(outcome) == {"already_linked": f"CMiC's {job.job} is already linked to this project itself."}
    await site.granted(job.key, "unlink")
    await site.until(job.key, State.NOT_SENT)


async def test_two_projects_never_share_a_job(site: Site) -> None:
    """Neither by a link, nor by a CMiC project of the job's code: an id is unique in Procore, too."""
    first, second = await Job.opened(site, ("03-100", "S")), await Job.planned(site)
    assert await site.refused(second.key, "link", erp_id=first.job) == ["id_of_another"]
    third = await Job.planned(site, project_number=first.job)
    await site.granted(third.key, "send", APPROVER)
    assert await site.refused(third.key, "accept") == ["id_of_another"]
    assert await site.rows("pmproject", GrpmpProjCode=first.job) == []
    assert (await procores(third))["origin_id"] is None
    assert (await procores(first))["origin_id"] == f"{ERP}|{first.job}"
    assert (await site.head(first.key)).job == first.job


async def test_a_job_that_waits_to_be_taken_over_isnt_lost_to_a_link(site: Site) -> None:
    waiting, other = await exported(site), await Job.planned(site)
    await waiting.made()
    assert await site.refused(other.key, "link", erp_id=waiting.job) == ["id_of_another"]
    await site.watch(resource="job")
    await site.until(waiting.key, State.SYNCED, also=lambda h: h.job == waiting.job)
    assert (await procores(waiting))["origin_id"] == f"{ERP}|{waiting.job}"


async def test_linked_after_it_was_retrieved(site: Site) -> None:
    job = await Job.planned(site)
    await site.control("jobs/create", company=ERP, job=job.job)
    await site.granted(job.key, "send", STANDARD)
    await site.granted(job.key, "retrieve", OWNER)
    await site.granted(job.key, "link", erp_id=job.job)
    await site.until(job.key, State.SYNCED, also=lambda h: h.job == job.job)
    assert await site.actions(job.key) == ["send", "retrieve", "link", "complete"]


async def test_a_linked_job_that_was_deleted_in_cmic_is_seen_and_said(site: Site) -> None:
    job = await Job.opened(site, ("03-100", "S"))
    await site.control("delete", resource="jcjob", where={"JobCode": job.job})
    await watch(site, full=True)
    head = await site.until(job.key, State.SYNCED, also=lambda h: h.posting is Posting.GONE)
    assert "no longer there: unlink it" in head.words
    assert (await site.actions(job.key))[-1] == "record_posting"
    await site.granted(job.key, "unlink")
    await site.until(job.key, State.NOT_SENT)


async def test_procore_is_away_while_a_project_is_unlinked(site: Site) -> None:
    """It stays as it was, synced or failed, says why, and is unlinked when Procore is back."""
    quick, synced, failed = site.hurried(patience=3), await Job.planned(site), await Job.planned(site, zip="9" * 11)
    for job in (synced, failed):
        await quick.granted(job.key, "send", STANDARD)
        await quick.granted(job.key, "accept")
    await site.until(synced.key, State.SYNCED)
    await site.until(failed.key, State.FAILED)
    await site.procore_fault(rf"projects/{synced.project}$", method="GET", status=503, times=None)
    sequence = (await quick.granted(synced.key, "unlink")).sequence
    head = await site.until(synced.key, State.SYNCED, also=lambda h: h.sequence > sequence)
    assert "Procore can't be reached" in head.words
    assert (await procores(synced))["origin_id"] == f"{ERP}|{synced.job}"
    await site.procore.delete("/_sandbox/faults")
    for job in (synced, failed):
        await site.granted(job.key, "unlink")
        await site.until(job.key, State.NOT_SENT)
    assert (await site.actions(synced.key))[-4:] == ["unlink", "still_there", "unlink", "gone"]


async def test_a_budget_waits_for_the_job_too(site: Site) -> None:
    job = await exported(site)
    key = await job.budget(coded("03-100", "S", "100.00"))
    await job.accepted(key, confirm_import_closed=True)
    assert (await site.head(key)).waits_for == [f"{job.key} job exists"]
    await job.made(("03-100", "S"))
    await watch(site)
    await site.until(key, State.SYNCED)
    assert [r["CmmJobCode"] for r in await job.items()] == [job.job]


async def test_a_job_that_was_seen_before_the_export_is_taken_over(site: Site) -> None:
    """Nothing will ever change about it any more: the export itself looks at what was seen."""
    job = await Job.planned(site)
    await site.control("jobs/create", company=ERP, job=job.job)
    await site.watch(resource="job")
    await job.exported(job.key)
    await site.until(job.key, State.SYNCED, also=lambda h: h.job == job.job)


async def test_a_linked_project_isnt_rejected_while_it_is_linked(site: Site) -> None:
    job = await Job.opened(site, ("03-100", "S"))
    await job.edit("projects", job.project, origin_id="SAGE-" + job.job)
    await site.granted(job.key, "refresh")
    await site.until(job.key, State.FAILED)
    await site.granted(job.key, "reject")
    assert (await site.head(job.key)).state is State.SYNCED
