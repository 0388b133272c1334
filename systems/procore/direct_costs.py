"""Direct costs of a project, each with the one line that its CMiC transaction is (procore-api §8).

Header and line are two requests for a thousand each. A line whose header was refused isn't sent. Both are found by their
origin ids, so that a repetition after any cut writes nothing twice.
"""

from __future__ import annotations

from domain.ports import Given, NotThere, Taken
from domain.refusals import Refused
from systems.procore.client import ProcoreClient
from systems.procore.upserts import upsert


class DirectCosts:
    def __init__(self, client: ProcoreClient) -> None:
        self._client = client

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        base = f"/rest/v1.0/projects/{project}/direct_costs"
        headers = [row.model_copy(update={"body": row.body["header"]}) for row in rows]
        taken = {t.key: t for t in await upsert(self._client, company, f"{base}/sync", headers)}
        lines = [_line(row, taken[row.key].id) for row in rows if not taken[row.key].refusal]
        for line in await upsert(self._client, company, f"{base}/line_items/sync", lines):
            if line.refusal:
                taken[line.key] = taken[line.key].model_copy(update={"refusal": line.refusal})
        return list(taken.values())

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        """What is synced can't be deleted (F-06): the origin id goes first, then the record."""
        base = f"/rest/v1.0/projects/{project}/direct_costs"
        freed = [Given(key=row.key, origin_id=None, id=row.id) for row in rows]
        taken = []
        for one in await upsert(self._client, company, f"{base}/sync", freed):
            gone = "not found" in one.refusal.lower()
            taken.append(one if one.refusal and not gone else await self._delete(company, base, one))
        return taken

    async def _delete(self, company: int, base: str, one: Taken) -> Taken:
        try:
            await self._client.delete(f"{base}/{one.id}", company)
        except NotThere:
            return Taken(key=one.key, id=one.id)
        except Refused as error:
            return Taken(key=one.key, id=one.id, refusal=error.told)
        return Taken(key=one.key, id=one.id)


def _line(row: Given, header: int | None) -> Given:
    return Given(key=row.key, origin_id=row.origin_id, body={"direct_cost_id": header, **row.body["line"]})
