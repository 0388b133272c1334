"""Companies of the directory: Procore calls them vendors (procore-api §5)."""

from __future__ import annotations

from typing import Any

from domain.identity import ObjectId
from domain.ports import WriteBack
from domain.refusals import Refusal
from systems.procore.client import ProcoreClient
from systems.procore.records import record, row_refused
from systems.procore.syncing import Endpoint, Syncs
from systems.procore.written import header_changes

VIEW = "normal"
"""Named, because which view is the default is nowhere written; this one has the address and the ids."""


class Companies:
    def __init__(self, client: ProcoreClient, syncs: Syncs) -> None:
        self._client, self._syncs = client, syncs

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        query: dict[str, str | int] = {"company_id": object_id.company, "view": VIEW}
        answer = await self._client.get(f"/rest/v1.0/vendors/{object_id.id}", object_id.company, query)
        return record(answer, object_id.id, f"company {object_id.id}")

    async def write_ids(self, object_id: ObjectId, ids: WriteBack, current: dict[str, Any]) -> list[Refusal]:
        changes = header_changes(ids, current, has_code=True)
        if not changes:
            return []
        endpoint = Endpoint(object_id.company, "/rest/v1.0/vendors/sync", body=(("company_id", object_id.company),))
        outcome = await self._syncs.submit_header(endpoint, {"id": object_id.id, **changes})
        return [row_refused(outcome.words)] if outcome.words else []
