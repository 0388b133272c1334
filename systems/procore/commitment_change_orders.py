"""Commitment change orders of the newer model (procore-api §6). Procore has no place for ids on them or their lines."""

from __future__ import annotations

from typing import Any

from domain.identity import ObjectId
from systems.procore.change_order_lines import COMMITMENT_LINE, change_order_lines
from systems.procore.client import ProcoreClient
from systems.procore.contract_types import contract_of
from systems.procore.numbers import whole
from systems.procore.records import NoIds, project_of, record
from systems.procore.syncing import Syncs

LIST = "commitment_change_orders"


class CommitmentChangeOrders(NoIds):
    def __init__(self, client: ProcoreClient, syncs: Syncs) -> None:
        self._client = client

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        """Procore's record with its `contract` (id, number, type, vendor) and its `lines`."""
        project, what = project_of(object_id), f"commitment change order {object_id.id}"
        answer = await self._client.get(f"/rest/v1.0/projects/{project}/{LIST}/{object_id.id}", object_id.company)
        found = record(answer, object_id.id, what)
        contract = whole(found.get("contract_id"), "its contract_id", what)
        lines, _ = await change_order_lines(self._client, object_id, project, LIST, COMMITMENT_LINE, what)
        return {
            **found,
            "contract": await contract_of(self._client, object_id.company, project, contract, what),
            "lines": lines,
        }
