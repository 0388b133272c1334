"""Direct costs of a project, each with the one line that its CMiC transaction is (procore-api §8).

Header and line are two requests for a thousand each. A line whose header was refused isn't sent. Both are found by their
origin ids, so that a repetition after any cut writes nothing twice. An id under which Procore has nothing any more is
forgotten: the origin id tells whether there is another.
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
        lost = [row.model_copy(update={"id": None}) for row in headers if row.id and _is_lost(taken[row.key])]
        taken |= {t.key: t for t in await upsert(self._client, company, f"{base}/sync", lost)}
        lines = [_line(row, taken[row.key].id) for row in rows if not taken[row.key].refusal]
        for line in await upsert(self._client, company, f"{base}/line_items/sync", lines):
            if line.refusal:
                taken[line.key] = taken[line.key].model_copy(update={"refusal": line.refusal})
        return list(taken.values())

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        """What is synced can't be deleted (F-06): the origin id goes first, then the record. One whose id is unknown, or
        isn't there any more, is looked for by its origin id; one that isn't found is gone."""
        base = f"/rest/v1.0/projects/{project}/direct_costs"
        taken = {t.key: t for t in await self._take_out(company, base, [row for row in rows if row.id])}
        lost = [row for row in rows if not row.id or _is_lost(taken[row.key])]
        there = [row.model_copy(update={"id": await self._number(company, base, row)}) for row in lost]
        taken |= {row.key: Taken(key=row.key, id=row.id) for row in lost}
        taken |= {t.key: t for t in await self._take_out(company, base, [row for row in there if row.id])}
        return list(taken.values())

    async def _take_out(self, company: int, base: str, rows: list[Given]) -> list[Taken]:
        freed = [Given(key=row.key, origin_id=None, id=row.id) for row in rows]
        answers = await upsert(self._client, company, f"{base}/sync", freed)
        return [one if one.refusal else await self._delete(company, base, one) for one in answers]

    async def _number(self, company: int, base: str, row: Given) -> int | None:
        """Procore's id of what bears the row's origin id."""
        found = await self._client.all_pages(base, company, {"filters[origin_id]": row.origin_id or ""})
        return next((int(one["id"]) for one in found if one.get("origin_id") == row.origin_id), None)

    async def _delete(self, company: int, base: str, one: Taken) -> Taken:
        try:
            await self._client.delete(f"{base}/{one.id}", company)
        except NotThere:
            return Taken(key=one.key, id=one.id)
        except Refused as error:
            return Taken(key=one.key, id=one.id, refusal=error.told)
        return Taken(key=one.key, id=one.id)


def _is_lost(taken: Taken) -> bool:
    return "not found" in taken.refusal.lower()


def _line(row: Given, header: int | None) -> Given:
    return Given(key=row.key, origin_id=row.origin_id, body={"direct_cost_id": header, **row.body["line"]})
