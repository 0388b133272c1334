"""Insurances of the directory's companies (procore-api §3, §9; F-06): made and changed by the sync, which writes what is closed
to plain writes; deleted once the origin id is gone."""

from __future__ import annotations

from domain.ports import Given, NotThere, Taken
from systems.procore.client import ProcoreClient
from systems.procore.errors import Rejected
from systems.procore.upserts import upsert


class VendorInsurances:
    def __init__(self, client: ProcoreClient) -> None:
        self._client = client

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        return await upsert(self._client, company, f"{_path(company)}/sync", rows)

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        """One whose id isn't known is looked for by its origin id."""
        there = await self._client.all_pages(_path(company), company)
        ids = {str(i["origin_id"]): int(i["id"]) for i in there if i.get("origin_id")}
        known = {int(i["id"]) for i in there}
        taken, freed = [], []
        for row in rows:
            number = row.id if row.id in known else ids.get(str(row.origin_id))
            if number is None:
                taken.append(Taken(key=row.key, id=row.id))
            else:
                freed.append(Given(key=row.key, origin_id=None, id=number))
        for one in await upsert(self._client, company, f"{_path(company)}/sync", freed):
            taken.append(one if one.refusal else await self._delete(company, one))
        return taken

    async def _delete(self, company: int, one: Taken) -> Taken:
        try:
            await self._client.delete(f"{_path(company)}/{one.id}", company)
        except NotThere:
            return one
        except Rejected as error:
            if error.is_about_the_connector:
                raise
            return one.model_copy(update={"refusal": error.said})
        return one


def _path(company: int) -> str:
    return f"/rest/v1.0/companies/{company}/insurances"
