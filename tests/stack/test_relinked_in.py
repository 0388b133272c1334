"""A project that is linked to another job than before: its codes and costs become that job's (O-02, O-18)."""

from __future__ import annotations

from decimal import Decimal

from domain.states import State
from tests.stack.imports import LinkedJob, done, in_procore
from tests.stack.test_codes_in import aside, codes_of
from tests.stack.test_transactions import cost
from tests.support import ERP, Site


async def test_codes_and_costs_become_the_other_jobs(site: Site) -> None:
    job, other = await LinkedJob.opened(site), await LinkedJob.opened(site)
    await job.costs(cost(1), cost(2))
    await other.costs(cost(10))
    async with site.settings(transactions=True, transaction_projects=[job.project]):
        await done(site, "project_codes", job.project)
        before = {row["id"] for row in (await codes_of(job)).values()}
        await done(site, "transactions", job.project)
        for key in (job.key, other.key):
            await site.granted(key, "unlink")
            await site.until(key, State.NOT_SENT)
        await site.granted(job.key, "link", erp_id=other.job)
        await site.until(job.key, State.SYNCED)
        await done(site, "project_codes", job.project)
        assert await aside(site, "project_codes", job.project) == {}
        codes = await codes_of(job)
        assert set(codes) >= {f"{ERP}|{other.job}|03-100", f"{ERP}|{other.job}|04-200"}
        assert {row["id"] for row in codes.values()} == before
        await done(site, "transactions", job.project, full=True)
    costs = await in_procore(site, "direct_costs", project_id=job.project)
    assert [Decimal(row["grand_total"]) for row in costs] == [Decimal(10)]
    assert costs[0]["origin_id"].startswith(f"{ERP}|{other.job}|")
