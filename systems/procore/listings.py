"""What imports look up in Procore: whole lists by the connector's words for them (procore-api §5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from systems.procore.client import ProcoreClient

Rows = list[dict[str, Any]]


async def _cost_codes(client: ProcoreClient, company: int, project: int | None) -> Rows:
    """A project's own codes with their types; those of sub jobs and deleted ones are left out."""
    found = await client.all_pages("/rest/v1.0/cost_codes", company, {"project_id": project or 0})
    return [c for c in found if not c.get("deleted_at") and c.get("biller_type") != "SubJob"]


async def _cost_types(client: ProcoreClient, company: int, project: int | None) -> Rows:
    query = {"company_id": company, **({"project_id": project} if project else {})}
    return await client.all_pages("/rest/v1.0/line_item_types", company, query)


async def _vendors(client: ProcoreClient, company: int, project: int | None) -> Rows:
    return await client.all_pages("/rest/v1.0/vendors", company, {"company_id": company, "view": "normal"})


LISTINGS: dict[str, Callable[[ProcoreClient, int, int | None], Awaitable[Rows]]] = {
    "cost_codes": _cost_codes,
    "cost_types": _cost_types,
    "vendors": _vendors,
}
