"""Prime contracts and their lines as imports see and write them (procore-api §8).

The header is made or changed by itself, at the singular path; lines go through the contract's sync. Both are found by their
origin ids, so that a repetition after any cut writes nothing twice.
"""

from __future__ import annotations

from typing import Any

from domain.ports import Given, NotThere, Taken
from domain.refusals import Refused, refuse
from systems.procore.client import ProcoreClient
from systems.procore.errors import unreadable
from systems.procore.numbers import whole
from systems.procore.upserts import MOST_ROWS, upsert

LIST, ONE = "/rest/v1.0/prime_contracts", "/rest/v1.0/prime_contract"
Rows = list[dict[str, Any]]
_KEPT = ("origin_id", "amount", "description", "quantity", "unit_cost", "uom", "extended_type")


class PrimeContracts:
    """Headers."""

    def __init__(self, client: ProcoreClient) -> None:
        self._client = client

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        """Each is looked for before it is made: an answer may have been lost."""
        taken = []
        for row in rows:
            number = row.id or await _number_of(self._client, company, project, row.origin_id)
            taken.append(await self._write(company, project, row, number))
        return taken

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        """Contracts stay: people decide what becomes of them."""
        raise Refused(refuse("not_adding", what="Prime contracts"))

    async def _write(self, company: int, project: int | None, row: Given, number: int | None) -> Taken:
        body = {"project_id": project, "prime_contract": {**row.body, "origin_id": row.origin_id}}
        try:
            if number is None:
                answer = await self._client.post(ONE, company, body)
            else:
                answer = await self._client.patch(f"{ONE}/{number}", company, body)
        except Refused as error:
            return Taken(key=row.key, id=number, refusal=error.told)
        if not isinstance(answer, dict):
            raise unreadable("it isn't a prime contract", f"prime contract {row.origin_id}")
        return Taken(key=row.key, id=whole(answer.get("id"), "its id", f"prime contract {row.origin_id}"))


class PrimeContractLines:
    """Lines: each names its `contract` by the contract's origin id."""

    def __init__(self, client: ProcoreClient) -> None:
        self._client = client

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        taken: list[Taken] = []
        for number, some in (await self._by_contract(company, project, rows)).items():
            lines = [row.model_copy(update={"body": _without_contract(row)}) for row in some]
            for start in range(0, len(lines), MOST_ROWS):
                batch = lines[start : start + MOST_ROWS]
                path, query = f"{LIST}/{number}/line_items/sync", {"project_id": project or 0}
                taken += await upsert(self._client, company, path, batch, query=query)
        return taken

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        """One by one: Procore has no other way. A line that isn't there is gone."""
        taken = []
        for number, some in (await self._by_contract(company, project, rows)).items():
            for row in some:
                path = f"{LIST}/{number}/line_items/{row.id}"
                taken.append(await self._delete(company, project, path, row))
        return taken

    async def _delete(self, company: int, project: int | None, path: str, row: Given) -> Taken:
        try:
            await self._client.delete(path, company, {"project_id": project or 0})
        except NotThere:
            pass
        except Refused as error:
            return Taken(key=row.key, id=row.id, refusal=error.told)
        return Taken(key=row.key, id=row.id)

    async def _by_contract(self, company: int, project: int | None, rows: list[Given]) -> dict[int, list[Given]]:
        """Raises NotThere for a contract that isn't."""
        found: dict[int, list[Given]] = {}
        origins = {str(row.body["contract"]) for row in rows}
        for origin in sorted(origins):
            number = await _number_of(self._client, company, project, origin)
            if number is None:
                raise NotThere(f"project {project} has no prime contract {origin}")
            found[number] = [row for row in rows if row.body["contract"] == origin]
        return found


async def prime_contracts(client: ProcoreClient, company: int, project: int | None) -> Rows:
    """A project's prime contracts with their `lines`. Raises NotThere, Unavailable, Refused."""
    query = {"project_id": project or 0}
    contracts = []
    for row in await client.all_pages(LIST, company, query):
        number = whole(row.get("id"), "a prime contract's id", LIST)
        path = f"{LIST}/{number}/line_items"
        lines = [_line(line, path) for line in await client.all_pages(path, company, query)]
        kept = {name: row.get(name) for name in ("origin_id", "status", "number", "title", "accounting_method")}
        contracts.append({"id": number, **kept, "lines": lines})
    return contracts


async def uoms(client: ProcoreClient, company: int, project: int | None) -> Rows:
    """The company's units of measure. Raises NotThere, Unavailable, Refused."""
    return await client.all_pages(f"/rest/v1.0/companies/{company}/uoms", company)


async def _number_of(client: ProcoreClient, company: int, project: int | None, origin: str | None) -> int | None:
    rows = await client.all_pages(LIST, company, {"project_id": project or 0})
    found = [row.get("id") for row in rows if origin and row.get("origin_id") == origin]
    return whole(found[0], "a prime contract's id", LIST) if found else None


def _line(row: dict[str, Any], path: str) -> dict[str, Any]:
    """The fields that an import sets; codes by their ids."""
    ids = {f"{name}_id": _id_of(row.get(name)) for name in ("cost_code", "line_item_type")}
    return {"id": whole(row.get("id"), "a line's id", path), **{name: row.get(name) for name in _KEPT}, **ids}


def _id_of(record: Any) -> int | None:
    number = record.get("id") if isinstance(record, dict) else None
    return number if isinstance(number, int) else None


def _without_contract(row: Given) -> dict[str, Any]:
    return {name: value for name, value in row.body.items() if name != "contract"}
