"""Cost types of the company (procore-api §5): one that Procore has already, by its code, is taken over unless another
integration owns it."""

from __future__ import annotations

from typing import Any

from domain.ports import Given, Taken
from domain.refusals import Refused, refuse
from systems.procore.client import ProcoreClient
from systems.procore.upserts import upsert


class CostTypes:
    def __init__(self, client: ProcoreClient) -> None:
        self._client = client

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        found = await self._standing(company)
        standing = {str(row.get("code") or "").upper(): row for row in found}
        ready: list[Given] = []
        taken: list[Taken] = []
        for row in rows:
            there = standing.get(str(row.body["csv_import_code"]).upper(), {})
            if there.get("origin_id") in row.shared_with:
                taken.append(Taken(key=row.key, id=int(there["id"])))
            elif there.get("origin_id") not in (None, "", row.origin_id):
                words = f"another integration owns it (its origin id is {there['origin_id']})"
                taken.append(Taken(key=row.key, refusal=words))
            else:
                ready.append(row.model_copy(update={"id": there.get("id", row.id)}))
        path = "/rest/v1.0/line_item_types/sync"
        return taken + await upsert(self._client, company, path, ready, body={"company_id": company})

    async def _standing(self, company: int) -> list[dict[str, Any]]:
        """The list asks for a project, whichever, though cost types are the company's; a company without one has none yet."""
        projects = await self._client.rows("/rest/v1.0/projects", company, {"company_id": company, "per_page": 1})
        if not projects:
            return []
        query = {"company_id": company, "project_id": int(projects[0]["id"])}
        return await self._client.all_pages("/rest/v1.0/line_item_types", company, query)

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        raise Refused(refuse("not_adding", what="Cost types"))
