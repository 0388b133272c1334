"""Records that are told by their cost code and cost type, and have no origin id: a code's types, and job costs (procore-api
§4.2, partner documentation)."""

from __future__ import annotations

from typing import Any

from domain.ports import Given, NotOffered, NotThere, Taken, Unavailable
from domain.refusals import Refused, refuse
from systems.procore.client import ProcoreClient
from systems.procore.errors import Rejected
from systems.procore.words import phrases

Pair = tuple[object, object]


class CostTypeAssignments:
    """Which cost types a project's cost codes have."""

    def __init__(self, client: ProcoreClient) -> None:
        self._client = client

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        updates = [{**row.body, "synced": True} for row in rows]
        path = "/rest/v1.0/cost_code_line_item_types/sync"
        return told(rows, await self._client.patch(path, company, {"updates": updates}, {"project_id": project or 0}))

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        raise Refused(refuse("not_adding", what="Cost types of a code"))


class JobCosts:
    """Costs to date of a job, as the budget's columns show them. The job is named by the project's origin id. Procore offers
    this to activated ERP integrators only (procore-api §4.2); 403 and 404 are taken for its saying that it doesn't."""

    def __init__(self, client: ProcoreClient) -> None:
        self._client = client

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        body = {
            "company_id": company,
            "job_origin_id": rows[0].origin_id,
            "updates": [{**row.body, **({"id": row.id} if row.id else {})} for row in rows],
        }
        try:
            answer = await self._client.patch("/rest/v1.0/erp_job_costs/sync", company, body)
        except NotThere as error:
            raise _not_offered(str(error)) from None
        except Rejected as error:
            raise (_not_offered(error.said) if error.status == 403 else error) from None
        return told(rows, answer)

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        """A code that CMiC has no more shows nothing: its row is deleted. One that isn't there is gone."""
        for row in rows:
            try:
                await self._client.delete(f"/rest/v1.0/erp_job_costs/{row.id}", company)
            except NotThere:
                continue
            except Rejected as error:
                raise (_not_offered(error.said) if error.status == 403 else error) from None
        return [Taken(key=row.key, id=row.id) for row in rows]


def _not_offered(said: str) -> NotOffered:
    return NotOffered(refuse("job_costs_not_offered", words=said.rstrip(".")))


def told(rows: list[Given], answer: Any) -> list[Taken]:
    """What became of each pair. Raises Unavailable for an answer that doesn't tell."""
    if not isinstance(answer, dict) or not all(isinstance(answer.get(n), list) for n in ("entities", "errors")):
        raise Unavailable("the sync's answer has no lists of entities and errors", maybe_done=True)
    said = {_pair(e): phrases({"errors": e.get("errors")}) or "it gave no reason" for e in answer["errors"]}
    ids = {_pair(e): e.get("id") for e in answer["entities"]}
    if missing := [row for row in rows if _pair(row.body) not in said and _pair(row.body) not in ids]:
        raise Unavailable(f"the sync's answer doesn't mention {len(missing)} rows", maybe_done=True)
    return [Taken(key=r.key, id=ids.get(_pair(r.body)), refusal=said.get(_pair(r.body), "")) for r in rows]


def _pair(row: dict[str, Any]) -> Pair:
    return row.get("cost_code_id"), row.get("line_item_type_id")
