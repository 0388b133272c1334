"""A job's costs by cost code and category, added up where the rows are: of a hundred thousand none leaves the ledger (O-17,
R-24, cmic-api §3.11)."""

from __future__ import annotations

import asyncpg

from domain.incoming_port import Place
from domain.records import Found, Key

RESOURCE = "job_cost_total"

_TOTALS = """
    with costs as (
        select body ->> 'type' as type, coalesce(body ->> 'cost_code', '') as cost_code,
            coalesce(body ->> 'category', '') as category, coalesce(body ->> 'commitment', '') as commitment,
            coalesce((body ->> 'amount')::numeric, 0) as amount
        from incoming
        where place = $1 and stream = $2 and gone_at is null and reasons = '[]'::jsonb and starts_with(erp_key, $4)
    ), spent as (
        select cost_code, category, coalesce(sum(amount) filter (where type = 'cost'), 0) as job_to_date,
            coalesce(sum(amount) filter (where type = 'cost' and commitment <> ''), 0) as commitment_invoiced,
            coalesce(sum(amount) filter (where type = 'commitment'), 0) as committed
        from costs where type in ('cost', 'commitment') group by cost_code, category
    ), codes as (
        select body ->> 'cost_code' as cost_code, body ->> 'category' as category, body ->> 'name' as name,
            (body ->> 'original_budget')::numeric as original_budget,
            (body ->> 'current_budget')::numeric as current_budget
        from incoming
        where place = $1 and stream = $3 and gone_at is null and reasons = '[]'::jsonb and starts_with(erp_key, $4)
    )
    select cost_code, category, coalesce(name, '') as name, round(original_budget, 2) as original_budget,
        round(current_budget, 2) as current_budget, round(coalesce(job_to_date, 0), 2) as job_to_date,
        round(coalesce(commitment_invoiced, 0), 2) as commitment_invoiced, round(coalesce(committed, 0), 2) as committed
    from spent full join codes using (cost_code, category) order by cost_code, category
"""
_AMOUNTS = ("original_budget", "current_budget", "job_to_date", "commitment_invoiced", "committed")


class IncomingTotals:
    pool: asyncpg.Pool

    async def job_cost_totals(self, place: Place, detail: str, codes: str) -> list[Found]:
        """One record a cost code and category that has costs or stands on the job. Rows of a job that the project was linked
        to before don't count; neither do those that are set aside."""
        rows = await self.pool.fetch(_TOTALS, place.id, detail, codes, f"{place.erp_company}|{place.job}|".upper())
        return [_found(place, row) for row in rows]


def _found(place: Place, row: asyncpg.Record) -> Found:
    parts = {"company": place.erp_company, "job": place.job}
    parts |= {"cost_code": row["cost_code"], "category": row["category"]}
    amounts = {name: row[name] for name in _AMOUNTS}
    return Found(key=Key(resource=RESOURCE, parts=parts), uuid="", attributes={"name": row["name"], **amounts})
