"""Commitments: work order contracts (subcontracts) and purchase order contracts (procore-api §6).

A commitment's id alone doesn't tell which of the two it is; the union list's record does. Ids are written to the lines
first and to the header last, because the header's origin id is what marks the commitment as synced.
"""

from __future__ import annotations

from typing import Any

from domain.identity import ObjectId
from domain.ports import WriteBack
from domain.refusals import Refusal
from systems.procore.client import ProcoreClient
from systems.procore.commitment_lines import LineWriter
from systems.procore.contract_types import CONTRACTS, Contract, union_record
from systems.procore.errors import unreadable
from systems.procore.own_writes import patch_ids
from systems.procore.records import check_distinct, project_of, record, row_refused
from systems.procore.syncing import Endpoint, Syncs
from systems.procore.written import Outcome, header_changes

MOST_REMEMBERED = 10_000


class Commitments:
    def __init__(self, client: ProcoreClient, syncs: Syncs) -> None:
        self._client, self._syncs = client, syncs
        self._lines = LineWriter(client, syncs)
        self._types: dict[tuple[int, int], Contract] = {}

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        project, what = project_of(object_id), f"commitment {object_id.id}"
        contract = await self._contract(object_id, project)
        answer = await self._client.get(f"{contract.path}/{object_id.id}", object_id.company, {"project_id": project})
        found = record(answer, object_id.id, what)
        _check_lines(found.get("line_items"), what)
        return {**found, "type": contract.type}

    async def write_ids(self, object_id: ObjectId, ids: WriteBack, current: dict[str, Any]) -> list[Refusal]:
        project = project_of(object_id)
        changes = header_changes(ids, current, has_code=True)
        lines = self._lines.changes(ids, current)
        if not changes and not lines:
            return []
        contract = CONTRACTS.get(str(current.get("type"))) or await self._contract(object_id, project)
        refused = await self._lines.write(object_id, project, contract.path, lines)
        if changes:
            outcome = await self._write_header(object_id, project, contract, changes)
            refused += [row_refused(outcome.words, "the commitment itself")] if outcome.words else []
        return refused

    async def _write_header(
        self, object_id: ObjectId, project: int, contract: Contract, changes: dict[str, str | None]
    ) -> Outcome:
        if contract.header_sync_by_id:
            endpoint = Endpoint(object_id.company, f"{contract.path}/sync", body=(("project_id", project),))
            return await self._syncs.submit_header(endpoint, {"id": object_id.id, **changes})
        body = {"project_id": project, contract.body_key: changes}
        return await patch_ids(self._client, f"{contract.path}/{object_id.id}", object_id.company, body, changes)

    async def _contract(self, object_id: ObjectId, project: int) -> Contract:
        """Which of the two it is: asked once, then remembered, because it never changes."""
        key = (object_id.company, object_id.id)
        if key not in self._types:
            _, contract = await union_record(self._client, object_id.company, project, object_id.id)
            if len(self._types) >= MOST_REMEMBERED:
                del self._types[next(iter(self._types))]
            self._types[key] = contract
        return self._types[key]


def _check_lines(lines: Any, what: str) -> None:
    """The lines are what money rests on: all of them must be there and be told apart."""
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise unreadable("its line_items aren't a list of records", what)
    ids = [line.get("id") for line in lines]
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in ids):
        raise unreadable("a line's id isn't a whole number", what)
    check_distinct(ids, "lines", what)
