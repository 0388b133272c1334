"""Imports that a person confirms, in tests: amounts in CMiC, a preview and its confirmation, what Procore has afterwards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from activities.import_messages import Summary
from tests.stack.imports import Body, LinkedJob, brought, done, in_procore
from tests.support import ERP

Pair = tuple[str, str]
CONCRETE, FORMS, MASONRY = ("03-100", "S"), ("03-100", "L"), ("04-200", "S")
PAIRS = (CONCRETE, FORMS, MASONRY)


async def entered(job: LinkedJob, amounts: dict[Pair, Body]) -> None:
    """What an accountant enters on cost codes and categories: `original`, `revenue`, `revenue_units` ..."""
    for (code, category), values in amounts.items():
        categories = [{"code": category, **values}]
        codes = [{"code": code, "name": f"Work on {code}", "categories": categories}]
        await job.site.control("jobs/codes", company=ERP, job=job.job, codes=codes)


async def estimates(job: LinkedJob, amounts: dict[Pair, float]) -> None:
    await entered(job, {pair: {"original": amount} for pair, amount in amounts.items()})


async def shown(job: LinkedJob, name: str, **more: Any) -> Body:
    """A preview: what the import would do."""
    summary = await brought(job.site, name, job.project, **more)
    assert summary.state == "preview", summary
    return await preview_of(job, summary)


async def preview_of(job: LinkedJob, summary: Summary) -> Body:
    """What the ledger keeps of a run's preview."""
    found = await job.site.office.ledger.pool.fetchval("select preview from import_runs where id = $1", summary.run)
    assert found["hash"] == summary.preview
    return dict(found)


async def confirmed(job: LinkedJob, name: str, **more: Any) -> Body:
    """Previewed, and written as previewed."""
    preview = await shown(job, name, **more)
    await done(job.site, name, job.project, confirm=preview["hash"][:8], **more)
    return preview


async def budget_of(job: LinkedJob) -> dict[Pair, Decimal]:
    """The original amounts in the stand-in's books."""
    answer = await job.site.procore.get(f"/_sandbox/projects/{job.project}/budget")
    assert answer.status_code == 200, answer.text
    return {(r["cost_code"], r["line_item_type"]): Decimal(r["amount"]) for r in answer.json()["lines"]}


async def contracts_of(job: LinkedJob) -> list[Body]:
    return await in_procore(job.site, "prime_contracts", project_id=job.project)


async def lines_of(job: LinkedJob) -> dict[str, Body]:
    """The lines of the project's prime contracts in the stand-in's books, by their origin ids."""
    rows = await in_procore(job.site, "prime_line_items", project_id=job.project)
    return {str(row["origin_id"]): row for row in rows}
