"""Prime contract change orders (procore-api §8). Procore has no place for ids on them, their lines or their markups."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.identity import ObjectId
from systems.procore.change_order_lines import PRIME_LINE, change_order_lines
from systems.procore.client import ProcoreClient
from systems.procore.markups import Markups
from systems.procore.numbers import whole
from systems.procore.projects import project_record
from systems.procore.records import NoIds, part, project_of, record
from systems.procore.syncing import Syncs

LIST = "prime_change_orders"


class PrimeChangeOrders(NoIds):
    def __init__(self, client: ProcoreClient, syncs: Syncs) -> None:
        self._client = client

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        """Procore's record with its `lines`, the `markups` of its contract and its own, and the `project_number`."""
        project, what = project_of(object_id), f"prime contract change order {object_id.id}"
        company = object_id.company
        answer = await self._client.get(f"/rest/v1.0/projects/{project}/{LIST}/{object_id.id}", company)
        found = record(answer, object_id.id, what)
        contract = whole(found.get("contract_id"), "its contract_id", what)
        lines, codes = await change_order_lines(self._client, object_id, project, LIST, PRIME_LINE, what)
        markups = Markups(self._client, company, project, codes, what)
        total = sum((line["amount"] for line in lines), Decimal(0))
        own = await markups.of_change_order(object_id.id, found.get("grand_total"), total)
        owner = await part(project_record(self._client, company, project), "project", what)
        return {
            **found,
            "lines": lines,
            "markups": await markups.of_contract(contract) + own,
            "project_number": owner.get("project_number"),
        }
