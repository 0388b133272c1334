"""Job costs through the whole stack: the totals equal CMiC's books to the cent, and Procore's columns equal the totals (O-17,
R-24, R-28, I-11, P-02)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from domain.permissions import Level, Person
from domain.refusals import Refused
from domain.reports import JOB_COSTS_OF_PROJECT
from tests.stack.imports import Body, LinkedJob, brought, done, in_procore, refused, writes
from tests.support import APPROVER, COMPANY, ERP, Site
from workers.reports import report

PAIRS = (("03-100", "S"), ("03-100", "L"), ("04-200", "L"))
Pair = tuple[str, str]
Sums = dict[Pair, tuple[Decimal, ...]]


@pytest.fixture
async def job(site: Site) -> LinkedJob:
    return await LinkedJob.opened(site, *PAIRS)


@pytest.fixture
async def not_activated(site: Site) -> AsyncIterator[None]:
    await activated(site, yes=False)
    yield
    await activated(site, yes=True)


async def activated(site: Site, *, yes: bool) -> None:
    answer = await site.procore.post(f"/_sandbox/edit/companies/{COMPANY}", json={"erp_job_costs_activated": yes})
    assert answer.status_code == 200, answer.text


def row(amount: str, code: str = "03-100", category: str = "S", **more: object) -> Body:
    own = {"JcdtPhsCode": code, "JcdtCatCode": category, "JcdtTypeCode": "C", "JcdtJourCode": "AP"}
    return {**own, "JcdtSrcCode": "ACME01", "JcdtAmt": float(amount), "JcdtPostDate": "2026-11-05", **more}


async def generated(job: LinkedJob, count: int, seed: int) -> None:
    await job.site.control("transactions", company=ERP, job=job.job, count=count, seed=seed)


async def books(job: LinkedJob) -> Sums:
    """Invoiced on commitments, JTD, direct costs by cost code and category: from CMiC's own rows, added up here. They agree
    with CMiC's own totals."""
    sums: dict[Pair, list[Decimal]] = {pair: [Decimal(0)] * 3 for pair in PAIRS}
    by_type: dict[tuple[str, str, str], Decimal] = {}
    for one in await job.site.rows("jcdetailposted", JcdtJobCode=job.job):
        pair, kind, amount = (one["JcdtPhsCode"], one["JcdtCatCode"]), one["JcdtTypeCode"], Decimal(str(one["JcdtAmt"]))
        by_type[(*pair, kind)] = by_type.get((*pair, kind), Decimal(0)) + amount
        if kind == "C":
            sums[pair][1] += amount
            sums[pair][0 if one["JcdtSrcCommCode"] else 2] += amount
    answer = (await job.site.cmic.get(f"/_sandbox/transactions/totals/{ERP}/{job.job}")).json()["totals"]
    assert {(t["cost_code"], t["category"], t["type"]): Decimal(str(t["amount"])) for t in answer} == by_type
    return {pair: tuple(amounts) for pair, amounts in sums.items()}


async def reported(job: LinkedJob) -> Sums:
    """The Job Costs report, which adds up."""
    office = job.site.office
    settings = await office.incoming.settings_of(COMPANY)
    found = await report(office.reports, settings, JOB_COSTS_OF_PROJECT, COMPANY, person=APPROVER, project=job.project)
    names = ("commitment_invoiced", "job_to_date", "direct_costs")
    for name in names:
        assert found.totals[name] == sum(Decimal(str(r[name])) for r in found.rows)
    return {(str(r["cost_code"]), str(r["category"])): tuple(Decimal(str(r[n])) for n in names) for r in found.rows}


async def columns(job: LinkedJob) -> Sums:
    """What Procore's budget shows: commitment invoiced, JTD, and their difference (R-24)."""
    codes = {c["id"]: c for c in await in_procore(job.site, "cost_codes", project_id=job.project)}
    types = {t["id"]: t["csv_import_code"] for t in await in_procore(job.site, "line_item_types", company_id=COMPANY)}
    shown: Sums = {}
    for one in await in_procore(job.site, "erp_job_costs", project_id=job.project):
        code = codes[one["cost_code_id"]]
        pair = f"{codes[code['parent_id']]['code']}-{code['code']}", types[one["line_item_type_id"]]
        invoiced, spent = Decimal(one["commitment_invoiced"]), Decimal(one["job_to_date_cost"])
        assert pair not in shown
        shown[pair] = (invoiced, spent, spent - invoiced)
    return shown


async def all_agree(job: LinkedJob) -> Sums:
    true = await books(job)
    assert await reported(job) == true
    assert await columns(job) == true
    return true


async def test_the_report_and_procores_columns_equal_cmics_books(job: LinkedJob) -> None:
    await generated(job, 700, seed=3)
    await job.costs(row("1000.10", JcdtSrcCommCode="SC-1"), row("0.05", "04-200", "L"), row("-3.35"))
    await job.costs(row("5000", JcdtTypeCode="O", JcdtSrcCommCode="SC-1"))
    await done(job.site, "job_costs", job.project)
    sums = await all_agree(job)
    assert sums["03-100", "S"][0] >= Decimal("1000.10")
    rows = await in_procore(job.site, "erp_job_costs", project_id=job.project)
    assert {"5000.00"} == {str(Decimal(r["committed_costs"]).quantize(Decimal("0.01"))) for r in rows} - {"0.00"}


async def test_new_rows_reversals_and_purges_are_followed(job: LinkedJob) -> None:
    await generated(job, 300, seed=5)
    await done(job.site, "job_costs", job.project)
    before = await all_agree(job)
    await job.costs(row("77.77"), row("12.34", JcdtSrcCommCode="SC-2"))
    await done(job.site, "job_costs", job.project)
    after = await all_agree(job)
    assert after["03-100", "S"] == tuple(
        was + more for was, more in zip(before["03-100", "S"], map(Decimal, ("12.34", "90.11", "77.77")), strict=True)
    )
    (one, *_) = await job.costs_in_cmic()
    await job.site.control("transactions/reverse", uuid=one["JcdtVUuid"])
    await done(job.site, "job_costs", job.project)
    assert await all_agree(job) != after
    where = {"JcdtPhsCode": "03-100", "JcdtCatCode": "S"}
    deleted = await job.site.control("transactions/delete", company=ERP, job=job.job, where=where)
    assert deleted["deleted"] > 0
    await done(job.site, "job_costs", job.project, full=True, options={"deletes": "accepted"})
    assert (await all_agree(job))["03-100", "S"] == (Decimal(0),) * 3


async def test_a_second_run_asks_for_changes_only_and_writes_nothing(job: LinkedJob) -> None:
    await generated(job, 120, seed=7)
    await done(job.site, "job_costs", job.project)
    for full in (False, True):
        await job.site.procore.post("/_sandbox/traffic/reset")
        summary = await done(job.site, "job_costs", job.project, full=full)
        assert ", 0 new, 0 changed; 0 written to Procore, 0 removed, 0 set aside" in summary.words
        assert await writes(job.site) == 0
    first, second, third = await job.site.office.incoming.pool.fetch(
        "select is_full from import_runs where id <= $1 order by id desc limit 3", summary.run
    )
    assert (first["is_full"], second["is_full"], third["is_full"]) == (True, False, True)


async def test_a_code_that_isnt_on_the_project_is_set_aside_and_reported(site: Site) -> None:
    job = await LinkedJob.opened(site, *PAIRS)
    await site.control("assign", company=ERP, job=job.job, cost_code="03-100", category="M")
    await site.control("seed", jcjobcostcodes=[extra(job)])
    await site.control("assign", company=ERP, job=job.job, cost_code="09-900", category="L")
    await job.costs(row("10.00"), row("20.02", "09-900", "L"))
    summary = await done(site, "job_costs", job.project)
    assert summary.words.endswith("1 set aside")
    aside = await site.office.imports.aside(COMPANY, "job_costs", job.key)
    assert [(a["key"], [r["code"] for r in a["reasons"]]) for a in aside] == [
        (f"{ERP}|{job.job}|09-900|L", ["code_not_on_project"])
    ]
    assert (await reported(job))["09-900", "L"] == (Decimal(0), Decimal("20.02"), Decimal("20.02"))
    assert ("09-900", "L") not in await columns(job)


def extra(job: LinkedJob) -> Body:
    common = {"GjjpCompCode": ERP, "GjjpJobCode": job.job, "GjjpCtrlCode": "ALL", "GjjpName": "Not in Procore"}
    return {**common, "GjjpCode": "09-900", "GjjpActiveFlag": "Y", "GjjpFactorableFlg": "N"}


async def test_a_pair_that_cmic_has_no_more_is_taken_out(job: LinkedJob) -> None:
    await job.costs(row("10.00"), row("20.00", "04-200", "L"))
    await done(job.site, "job_costs", job.project)
    assert set(await columns(job)) == set(PAIRS)
    await job.site.control("transactions/delete", company=ERP, job=job.job, where={"JcdtPhsCode": "04-200"})
    await job.site.control("unassign", company=ERP, job=job.job, cost_code="04-200", category="L")
    await done(job.site, "job_costs", job.project, full=True)
    assert set(await columns(job)) == set(await reported(job)) == set(PAIRS[:2])


async def test_switched_off_it_writes_nothing_and_catches_up_when_switched_on(job: LinkedJob) -> None:
    await job.costs(row("10.00"))
    await job.site.procore.post("/_sandbox/traffic/reset")
    async with job.site.settings(job_costs_into_procore=False):
        await done(job.site, "job_costs", job.project)
        assert await writes(job.site) == 0
    assert await columns(job) == {}
    assert await reported(job) == await books(job)
    await done(job.site, "job_costs", job.project)
    await all_agree(job)


async def test_where_procore_doesnt_offer_it_the_run_is_done_and_says_so_once(
    job: LinkedJob, not_activated: None
) -> None:
    await generated(job, 60, seed=9)
    await job.site.procore.post("/_sandbox/traffic/reset")
    summary = await done(job.site, "job_costs", job.project)
    assert [r.code for r in summary.refusals] == ["job_costs_not_offered"]
    assert "Procore's budget columns were not written" in summary.words
    assert "0 set aside. Procore's" in summary.words
    assert "not activated" in summary.words
    assert await writes(job.site) == 1
    assert await reported(job) == await books(job)
    assert await columns(job) == {}
    await activated(job.site, yes=True)
    assert (await done(job.site, "job_costs", job.project)).refusals == []
    await all_agree(job)


async def test_it_needs_an_administrator_and_a_linked_project(site: Site) -> None:
    _, project, _ = await site.project(*PAIRS)
    assert await refused(site, "job_costs", project) == ["not_linked"]
    with pytest.raises(Refused) as error:
        await brought(site, "job_costs", project, person=Person(name="standard", erp_level=Level.STANDARD))
    assert [r.code for r in error.value.refusals] == ["not_permitted"]


@pytest.mark.parametrize("status", [403, 404])
async def test_a_refused_endpoint_and_an_unknown_job_are_told_the_same_way(job: LinkedJob, status: int) -> None:
    await job.costs(row("10.00"))
    await job.site.procore_fault("erp_job_costs/sync", status=status, times=None)
    summary = await done(job.site, "job_costs", job.project)
    assert [r.code for r in summary.refusals] == ["job_costs_not_offered"]
    assert f"HTTP {status}" in summary.words
    await job.site.procore.delete("/_sandbox/faults")
    await done(job.site, "job_costs", job.project)
    await all_agree(job)


async def test_a_row_that_somebody_deleted_in_procore_is_gone_without_a_word(job: LinkedJob) -> None:
    await job.costs(row("20.00", "04-200", "L"))
    await done(job.site, "job_costs", job.project)
    await job.site.procore_fault("erp_job_costs/[0-9]+$", status=404, method="DELETE")
    await job.site.control("transactions/delete", company=ERP, job=job.job, where={})
    await job.site.control("unassign", company=ERP, job=job.job, cost_code="04-200", category="L")
    summary = await done(job.site, "job_costs", job.project, full=True)
    assert "1 removed, 0 set aside" in summary.words
