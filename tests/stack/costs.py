"""Posted costs of a linked job in tests: what CMiC has, what Procore has, and that the two are the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.stack.imports import LinkedJob
from tests.stack.test_transactions import headers_of, lines_of
from tests.support import COMPANY, ERP, IMPATIENT, Site
from workers.plant import Office
from workflows.ordering import Ordering


@asynccontextmanager
async def wanted(site: Site, *jobs: LinkedJob, **more: Any) -> AsyncIterator[None]:
    async with site.settings(transactions=True, transaction_projects=[job.project for job in jobs], **more):
        yield


async def amounts(job: LinkedJob) -> list[Decimal]:
    return sorted(Decimal(line["amount"]) for line in await lines_of(job))


async def everything_is_there_once(job: LinkedJob) -> None:
    """A direct cost with one line for each of CMiC's rows, to the cent."""
    headers, lines, rows = await headers_of(job), await lines_of(job), await job.costs_in_cmic()
    expected = {f"{ERP}|{job.job}|{row['JcdtVUuid']}": Decimal(str(row["JcdtAmt"])) for row in rows}
    assert {h["origin_id"]: Decimal(h["grand_total"]) for h in headers} == expected
    assert len(headers) == len(lines) == len(expected)
    assert {line["direct_cost_id"] for line in lines} == {h["id"] for h in headers}


async def aside(job: LinkedJob) -> list[str]:
    """The codes of the reasons for which rows are set aside."""
    rows = await job.site.office.imports.aside(COMPANY, "transactions", job.key)
    return [reason["code"] for row in rows for reason in row["reasons"]]


async def edit(job: LinkedJob, uuid: str, **changes: Any) -> None:
    await job.site.control("edit", resource="jcdetailposted", where={"JcdtVUuid": uuid}, set=changes)


async def uuids(job: LinkedJob) -> dict[Decimal, str]:
    """CMiC's id of each row, by its amount."""
    return {Decimal(str(row["JcdtAmt"])): row["JcdtVUuid"] for row in await job.costs_in_cmic()}


def ordering(office: Office, *, erp_queue: str = "", **timing: timedelta) -> Ordering:
    """The office's own, but for its queue of CMiC's or its patience."""
    config = office.config
    return Ordering(
        office.client,
        office.incoming,
        task_queue=config.task_queue,
        erp_queue=erp_queue or config.erp_queue,
        timing=IMPATIENT.model_copy(update=timing),
    )


async def reads(site: Site) -> list[str]:
    """What was asked of CMiC's posted costs."""
    rows = (await site.cmic.get("/_sandbox/traffic")).json()["requests"]
    return [row["query"] for row in rows if "jcdetailposted" in row["path"]]
