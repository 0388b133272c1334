"""What imports look up in Procore: whole lists by the connector's words for them (procore-api §5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from systems.procore.budget_lines_in import budget_lines, budget_state
from systems.procore.client import ProcoreClient
from systems.procore.code_trees import erp_list
from systems.procore.prime_contracts_in import prime_contracts, uoms
from systems.procore.project_facts import custom_segments

Rows = list[dict[str, Any]]


async def _cost_codes(client: ProcoreClient, company: int, project: int | None) -> Rows:
    """A project's own codes with their types; those of sub jobs and deleted ones are left out."""
    found = await client.all_pages("/rest/v1.0/cost_codes", company, {"project_id": project or 0})
    return [c for c in found if not c.get("deleted_at") and c.get("biller_type") != "SubJob"]


async def _cost_types(client: ProcoreClient, company: int, project: int | None) -> Rows:
    query = {"company_id": company, **({"project_id": project} if project else {})}
    return await client.all_pages("/rest/v1.0/line_item_types", company, query)


async def _commitments(client: ProcoreClient, company: int, project: int | None) -> Rows:
    """Commitments of both types, without their lines; their ids tell them apart."""
    return await client.all_pages("/rest/v1.0/commitments", company, {"project_id": project or 0})


async def _vendors(client: ProcoreClient, company: int, project: int | None) -> Rows:
    return await client.all_pages("/rest/v1.0/vendors", company, {"company_id": company, "view": "normal"})


async def _projects(client: ProcoreClient, company: int, project: int | None) -> Rows:
    return await client.all_pages("/rest/v1.0/projects", company, {"company_id": company})


async def _standard_codes(client: ProcoreClient, company: int, project: int | None) -> Rows:
    """Those of the company's ERP list."""
    scope = {"company_id": company, "standard_cost_code_list_id": await erp_list(client, company)}
    return await client.all_pages("/rest/v1.0/standard_cost_codes", company, scope)


async def _custom_segments(client: ProcoreClient, company: int, project: int | None) -> Rows:
    return [{"name": name} for name in await custom_segments(client, company, project or 0)]


LISTINGS: dict[str, Callable[[ProcoreClient, int, int | None], Awaitable[Rows]]] = {
    "budget": budget_state,
    "budget_lines": budget_lines,
    "commitments": _commitments,
    "cost_codes": _cost_codes,
    "cost_types": _cost_types,
    "custom_segments": _custom_segments,
    "prime_contracts": prime_contracts,
    "projects": _projects,
    "standard_cost_codes": _standard_codes,
    "uoms": uoms,
    "vendors": _vendors,
}
