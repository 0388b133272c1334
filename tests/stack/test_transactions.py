"""Job cost transactions as direct costs, through the whole stack (O-18, R-22 to R-24, S-22, S-23, S-25, S-26)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from domain.company_settings import DirectCostType
from tests.stack.imports import Body, LinkedJob, done, in_procore, refused, writes
from tests.support import Site

JOURNALS = {"AP": DirectCostType.INVOICE, "PR": DirectCostType.PAYROLL, "JC": DirectCostType.EXPENSE}


@pytest.fixture
async def job(site: Site) -> AsyncIterator[LinkedJob]:
    opened = await LinkedJob.opened(site)
    async with site.settings(transactions=True, transaction_projects=[opened.project]):
        yield opened


def cost(amount: float, **more: object) -> Body:
    row = {
        "JcdtPhsCode": "03-100",
        "JcdtCatCode": "S",
        "JcdtJourCode": "AP",
        "JcdtSrcCode": "ACME01",
        "JcdtAmt": amount,
    }
    return {**row, "JcdtRefDate": "2026-11-03", "JcdtPostDate": "2026-11-05", "JcdtSrcDesc": "Formwork", **more}


async def lines_of(job: LinkedJob) -> list[Body]:
    return await in_procore(job.site, "direct_cost_line_items", project_id=job.project)


async def headers_of(job: LinkedJob) -> list[Body]:
    return await in_procore(job.site, "direct_costs", project_id=job.project)


async def test_every_cost_comes_in_once_and_a_second_run_writes_nothing(job: LinkedJob) -> None:
    await job.costs(cost(100.10), cost(-40.05, JcdtJourCode="JC"), cost(7, JcdtPhsCode="04-200", JcdtCatCode="L"))
    await done(job.site, "transactions", job.project)
    headers, lines = await headers_of(job), await lines_of(job)
    assert sorted(Decimal(line["amount"]) for line in lines) == [Decimal("-40.05"), Decimal(7), Decimal("100.10")]
    assert sum(Decimal(line["amount"]) for line in lines) == await job.spent()
    assert {h["origin_id"] for h in headers} == {f"01|{job.job}|{r['JcdtVUuid']}" for r in await job.costs_in_cmic()}
    assert {h["direct_cost_type"] for h in headers} == {"invoice", "expense"}
    assert {(h["direct_cost_date"], h["received_date"]) for h in headers} == {("2026-11-03", "2026-11-05")}
    await job.site.procore.post("/_sandbox/traffic/reset")
    summary = await done(job.site, "transactions", job.project, full=True)
    assert summary.words.startswith("3 read, 0 new, 0 changed; 0 written")
    assert await writes(job.site) == 0


async def test_it_is_opted_in_twice(site: Site) -> None:
    job = await LinkedJob.opened(site)
    assert await refused(site, "transactions", job.project) == ["import_switched_off"]
    async with site.settings(transactions=True):
        assert await refused(site, "transactions", job.project) == ["transactions_not_wanted"]
    assert await headers_of(job) == []


async def test_what_is_suddenly_gone_isnt_deleted_unasked(job: LinkedJob) -> None:
    """An account that may not see a job any more shows nothing: that is no deletion of sixty costs."""
    site = job.site
    await job.costs(*(cost(1 + n) for n in range(60)))
    await done(site, "transactions", job.project)
    await site.control("transactions/delete", company="01", job=job.job)
    assert await refused(site, "transactions", job.project, full=True) == ["too_many_gone"]
    assert len(await headers_of(job)) == 60
    await done(site, "transactions", job.project, full=True, options={"deletes": "accepted"})
    assert await headers_of(job) == []


async def test_a_few_deletes_are_seen(job: LinkedJob) -> None:
    await job.costs(cost(5), cost(7))
    await done(job.site, "transactions", job.project)
    (gone, _) = await job.costs_in_cmic()
    await job.site.control("transactions/delete", company="01", job=job.job, where={"JcdtVUuid": gone["JcdtVUuid"]})
    await done(job.site, "transactions", job.project, full=True)
    assert len(await headers_of(job)) == len(await lines_of(job)) == 1
    assert sum(Decimal(line["amount"]) for line in await lines_of(job)) == await job.spent()


async def test_a_changed_setting_is_true_of_rows_that_came_before(job: LinkedJob) -> None:
    """Whoever gives a journal its type runs the import again: what was set aside comes in, though CMiC changed nothing."""
    await job.costs(cost(10, JcdtJourCode="XX"))
    await done(job.site, "transactions", job.project)
    assert await headers_of(job) == []
    async with job.site.settings(journal_codes={"XX": "expense"}):
        await done(job.site, "transactions", job.project)
    assert [h["direct_cost_type"] for h in await headers_of(job)] == ["expense"]
