"""The codes that lines of a project could sit on: its cost codes with every cost type (procore-api §5)."""

from __future__ import annotations

from typing import Any

from systems.procore.client import ProcoreClient
from systems.procore.errors import unreadable


async def project_codes(client: ProcoreClient, company: int, project: int) -> list[tuple[str, str]]:
    """All pairs of full cost code and cost type code, in Procore's order, none twice. Deleted codes and types without a
    code are left out, since no line can name them. Raises NotThere, Unavailable, Refused."""
    what = f"project {project}"
    codes = await client.all_pages("/rest/v1.0/cost_codes", company, {"project_id": project})
    types = await client.all_pages(
        "/rest/v1.0/line_item_types", company, {"company_id": company, "project_id": project}
    )
    full_codes = _distinct([row for row in codes if not row.get("deleted_at")], "full_code", f"{what}'s cost codes")
    type_codes = _distinct(types, "code", f"{what}'s cost types")
    return [(code, kind) for code in full_codes for kind in type_codes]


def _distinct(rows: list[dict[str, Any]], name: str, what: str) -> list[str]:
    found: dict[str, None] = {}
    for row in rows:
        if name not in row or not isinstance(row[name], str | None):
            raise unreadable(f"{name} isn't a text", what)
        if row[name]:
            found[row[name]] = None
    return list(found)
