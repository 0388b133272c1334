"""Compliance documents of commitments, and what they add up to as the contract's statuses (procore-api §9).

Procore has no place for an external id here: each document of ours ends its notes with CMiC's key, by which it is found before
it is made. Whether it counts for the contract's compliance or its insurance stands there, too.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable

from domain.ports import Given, NotThere, Taken
from systems.procore.client import ProcoreClient
from systems.procore.errors import Rejected
from systems.procore.one_by_one import Body, judged, made, there

Spot = tuple[str, int]
Deed = Callable[["_Contract", Given], Awaitable[Taken]]
_MARK = re.compile(r"\[CMiC (?P<kind>compliance|insurance) (?P<key>[^\]]+)\]\s*$")


class ComplianceDocuments:
    def __init__(self, client: ProcoreClient) -> None:
        self._client = client

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        return await self._contracts(company, project or 0, rows, _Contract.write)

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        return await self._contracts(company, project or 0, rows, _Contract.take_out)

    async def _contracts(self, company: int, project: int, rows: list[Given], deed: Deed) -> list[Taken]:
        taken: list[Taken] = []
        for (contracts, contract), some in _by_contract(rows):
            base = f"/rest/v1.0/projects/{project}/{contracts}/{contract}"
            place = _Contract(self._client, company, base)
            try:
                await place.read()
            except NotThere:
                said = "" if deed is _Contract.take_out else f"it has no contract {contract} any more"
                taken += [Taken(key=row.key, id=row.id, refusal=said) for row in some]
                continue
            done = [await judged(row, deed(place, row)) for row in some]
            refusal = await place.settle({str(row.body["kind"]) for row in some})
            taken += [one if one.refusal else one.model_copy(update={"refusal": refusal}) for one in done]
        return taken


class _Contract:
    """One commitment's documents, as they are known while they are written."""

    def __init__(self, client: ProcoreClient, company: int, base: str) -> None:
        self._client, self._company, self._base = client, company, base
        self._path = f"{base}/compliance_documents"
        self._there: dict[int, Body] = {}

    async def read(self) -> None:
        self._there = {d["id"]: d for d in await there(self._client, self._path, self._company, {})}

    async def write(self, row: Given) -> Taken:
        wanted = {**row.body["document"]}
        wanted["notes"] = f"{wanted['notes'] or ''} [CMiC {row.body['kind']} {row.origin_id}]".strip()
        found = self._found(row)
        if found is None:
            new = await made(self._client, self._path, self._company, {"attributes": wanted})
            self._there[new["id"]] = new
            return Taken(key=row.key, id=new["id"])
        if any((value or None) != (found.get(name) or None) for name, value in wanted.items()):
            path = f"{self._path}/{found['id']}"
            await self._client.patch(path, self._company, {"attributes": wanted})
            self._there[found["id"]] = {**found, **wanted}
        return Taken(key=row.key, id=found["id"])

    async def take_out(self, row: Given) -> Taken:
        found = self._found(row)
        if found is not None:
            await self._client.delete(f"{self._path}/{found['id']}", self._company)
            del self._there[found["id"]]
        return Taken(key=row.key, id=row.id)

    async def settle(self, kinds: set[str]) -> str:
        """Say of the contract what its documents of these kinds add up to, where it says otherwise. What Procore said against
        it, if it did."""
        wanted = {f"{kind}_status": self._status(kind) for kind in sorted(kinds)}
        try:
            said = await self._client.get(f"{self._base}/compliance", self._company)
            changes = {name: status for name, status in wanted.items() if said.get(name) != status}
            if changes:
                await self._client.patch(f"{self._base}/compliance", self._company, changes)
        except Rejected as error:
            if error.is_about_the_connector:
                raise
            return error.said
        return ""

    def _status(self, kind: str) -> str:
        marked = ((_MARK.search(str(d.get("notes") or "")), d) for d in self._there.values())
        states = {d.get("status") for mark, d in marked if mark and mark["kind"] == kind}
        if not states:
            return "not_required"
        return "compliant" if states == {"compliant"} else "not_compliant"

    def _found(self, row: Given) -> Body | None:
        """The row's document: by the id that is known, else by the key in its notes."""
        if row.id in self._there:
            return self._there[row.id]
        marked = ((_MARK.search(str(d.get("notes") or "")), d) for d in self._there.values())
        return next((d for mark, d in marked if mark and mark["key"] == row.origin_id), None)


def _by_contract(rows: Iterable[Given]) -> list[tuple[Spot, list[Given]]]:
    found: dict[Spot, list[Given]] = {}
    for row in rows:
        found.setdefault((str(row.body["contracts"]), int(row.body["contract"])), []).append(row)
    return list(found.items())
