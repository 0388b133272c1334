"""How often an import reads everything instead of what changed is a setting."""

from __future__ import annotations

from tests.stack.imports import LinkedJob, done
from tests.support import Site


async def reads_everything(job: LinkedJob) -> bool:
    """Whether the next run does, whose last whole one is three hours old; the settings are older."""
    pool = job.site.office.ledger.pool
    await pool.execute("update settings set at = at - interval '1 day'")
    mine = "place in (select id from import_places where import = 'transactions' and scope = $1)"
    await pool.execute(f"update import_marks set full_at = now() - interval '3 hours' where {mine}", job.key)
    await done(job.site, "transactions", job.project)
    full: bool = await pool.fetchval(f"select is_full from import_runs where {mine} order by id desc limit 1", job.key)
    return full


async def test_a_run_reads_everything_when_the_last_whole_one_is_as_old_as_the_setting_says(site: Site) -> None:
    job = await LinkedJob.opened(site)
    opted_in = {"transactions": True, "transaction_projects": [job.project]}
    await job.costs({"JcdtPhsCode": "03-100", "JcdtCatCode": "S", "JcdtJourCode": "AP", "JcdtAmt": 10})
    async with site.settings(**opted_in, full_sweep_hours=4):
        await done(site, "transactions", job.project)
        assert not await reads_everything(job)
    async with site.settings(**opted_in, full_sweep_hours=2):
        assert await reads_everything(job)
