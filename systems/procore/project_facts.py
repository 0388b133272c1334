"""What several kinds have to know of their project: its custom segments, and whether its codes come from an ERP list
(procore-api §5)."""

from __future__ import annotations

from typing import Any

from domain.ports import NotThere
from systems.procore.client import ProcoreClient
from systems.procore.errors import Rejected, unreadable


async def custom_segments(client: ProcoreClient, company: int, project: int) -> list[str]:
    """The names of the custom segments in a project's pattern. The list also shows the company's segments that aren't in
    it; those don't count. Raises NotThere, Unavailable, Refused."""
    rows = await client.rows(f"/rest/v1.0/projects/{project}/work_breakdown_structure/segments", company)
    if not all(isinstance(row.get("type"), str) for row in rows):
        raise unreadable("a segment has no type", f"project {project}'s segments")
    custom = [row for row in rows if row["type"] == "custom"]
    return [str(row.get("name") or row.get("id")) for row in custom if _is_in_pattern(row)]


async def is_erp_list(client: ProcoreClient, company: int, project: dict[str, Any]) -> bool | None:
    """Whether a project's standard cost code list is an ERP's. None where that isn't known: the project names no list, or
    Procore doesn't show it. Raises Unavailable, Refused."""
    number = project.get("standard_cost_code_list_id")
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    path = f"/rest/v1.0/standard_cost_code_lists/{number}"
    try:
        found = await client.get(path, company, {"company_id": company})
    except NotThere:
        return None
    except Rejected as error:
        if error.status != 403:
            raise
        return None
    said = found.get("is_erp_list") if isinstance(found, dict) else None
    return said if isinstance(said, bool) else None


def _is_in_pattern(segment: dict[str, Any]) -> bool:
    return segment.get("is_included_in_project_pattern") is not False
