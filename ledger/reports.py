"""What the reports show, asked of the ledger: nobody else is asked (P-01 to P-04, R-24)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import asyncpg

from domain.refusals import Refusal

Rows = list[dict[str, Any]]

_COST_COLUMNS = """
    {sum}((i.body ->> 'original_estimate')::numeric) as original_budget,
    {sum}((i.body ->> 'commitment_invoiced')::numeric) as commitment_invoiced,
    {sum}((i.body ->> 'job_to_date_cost')::numeric) as job_to_date,
    {sum}((i.body ->> 'direct_costs')::numeric) as direct_costs
"""
_LINKED = """
    exists (select 1 from links l where l.object = o.key and l.ended_at is null) and o.job <> ''
"""
_TOTALS_OF = """
    i.place = p.id and i.stream = 'totals' and i.gone_at is null
        and starts_with(i.erp_key, upper(o.erp_company || '|' || o.job || '|'))
"""
_JOB_COSTS = f"""
    select o.erp_company, o.job, o.procore_id::text || coalesce(' ' || nullif(o.label, ''), '') as project,
        {_COST_COLUMNS.format(sum="sum")}
    from objects o
    left join import_places p on p.import = 'job_costs' and p.scope = o.key and p.erp_company = o.erp_company
    left join incoming i on {_TOTALS_OF}
    where o.kind = 'project' and o.procore_company = $1 and ($2 = '' or o.erp_company = $2) and {_LINKED}
    group by o.key, o.erp_company, o.job, o.procore_id, o.label order by o.erp_company, o.job, o.procore_id
"""  # noqa: S608
_JOB_COSTS_OF_PROJECT = f"""
    select i.body ->> 'cost_code' as cost_code, i.body ->> 'category' as category, {_COST_COLUMNS.format(sum="")}
    from objects o
    join import_places p on p.import = 'job_costs' and p.scope = o.key and p.erp_company = o.erp_company
    join incoming i on {_TOTALS_OF}
    where o.key = $1 and {_LINKED} order by 1, 2
"""  # noqa: S608
_UNSYNCABLE = """
    select coalesce(i.body ->> 'direct_cost_date', '') as date, coalesce(i.body ->> 'journal', '') as journal,
        coalesce(i.body ->> 'vendor', '') as source, coalesce(i.body ->> 'cost_code', '') as cost_code,
        coalesce(i.body ->> 'cost_type', '') as category, (i.body ->> 'amount')::numeric as amount,
        i.reasons || i.push_reasons as reasons, i.erp_key
    from incoming i join import_places p on p.id = i.place
    where p.import = 'transactions' and p.scope = $1
        and (i.gone_at is null and i.reasons <> '[]'::jsonb or i.push_reasons <> '[]'::jsonb)
    order by 1, i.erp_key
"""
_ARCHIVED = """
    select case s.import when 'vendors' then 'vendor' else 'customer' end as kind, s.erp_company,
        substr(s.erp_key, length(s.erp_company) + 2) as code, coalesce(s.body ->> 'name', s.label) as name,
        s.archived_at is not null as by_hand, a.who, coalesce(a.at, s.archived_at) as at
    from staged_records s
    left join lateral (select who, at from incoming_actions where place = s.place and erp_key = s.erp_key
                       and action = 'archive' and answer = 'done' and s.archived_at is not null
                       order by id desc limit 1) a on true
    where s.import in ('vendors', 'customers') and s.procore_company = $1 and ($2 = '' or s.erp_company = $2)
        and s.status = 'archived'
    order by s.import desc, s.erp_company, s.erp_key
"""
_SUB_JOBS = """
    select s.erp_company, s.body ->> 'code' as code, s.body ->> 'name' as name, s.body ->> 'control' as control_job,
        o.procore_id::text || coalesce(' ' || nullif(o.label, ''), '') as project
    from staged_records s
    left join objects o on o.kind = 'project' and o.procore_company = s.procore_company
        and o.erp_company = s.erp_company and upper(o.job) = upper(s.body ->> 'control')
        and exists (select 1 from links l where l.object = o.key and l.ended_at is null)
    where s.import = 'sub_jobs' and s.procore_company = $1 and ($2 = '' or s.erp_company = $2) and s.status = 'linked'
    order by s.erp_company, code
"""


class Reports:
    """Read-only. An empty CMiC company is all of them."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def accountants(self) -> Rows:
        """Everybody whom a door knew as an approver when he was there last: name and level."""
        return await self._rows("select name, erp_level from people where may_push and erp_level >= 2 order by name")

    async def job_costs(self, procore_company: int, erp_company: str) -> Rows:
        """Each linked project with its sums; without amounts where its job costs never came in."""
        return await self._rows(_JOB_COSTS, procore_company, erp_company)

    async def job_costs_of(self, project: str) -> Rows:
        return await self._rows(_JOB_COSTS_OF_PROJECT, project)

    async def unsyncable(self, project: str) -> Rows:
        return await self._rows(_UNSYNCABLE, project)

    async def archived_companies(self, procore_company: int, erp_company: str) -> Rows:
        return await self._rows(_ARCHIVED, procore_company, erp_company)

    async def sub_jobs(self, procore_company: int, erp_company: str) -> Rows:
        return await self._rows(_SUB_JOBS, procore_company, erp_company)

    async def job_of(self, project: str) -> str:
        """The job that a project is linked to now; empty for one that isn't."""
        found = await self._pool.fetchval(f"select o.job from objects o where o.key = $1 and {_LINKED}", project)  # noqa: S608
        return str(found or "")

    async def came_in(self, name: str, project: str) -> tuple[datetime, list[Refusal]] | None:
        """When an import of a project was done last, and what it couldn't do."""
        row = await self._pool.fetchrow(
            """select r.ended_at, r.refusals from import_runs r join import_places p on p.id = r.place
               where p.import = $1 and p.scope = $2 and r.state = 'done' order by r.id desc limit 1""",
            name,
            project,
        )
        return (row["ended_at"], [Refusal(**r) for r in row["refusals"]]) if row else None

    async def _rows(self, query: str, *arguments: Any) -> Rows:
        return [dict(row) for row in await self._pool.fetch(query, *arguments)]
