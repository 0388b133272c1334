"""Budget changes and their adjustment lines (procore-api §7). Procore has no place for ids on either."""

from __future__ import annotations

from typing import Any

from domain.identity import ObjectId
from systems.procore.client import ProcoreClient
from systems.procore.errors import unreadable
from systems.procore.numbers import amount, amount_or_none, whole
from systems.procore.paging import data_of
from systems.procore.records import NoIds, check_distinct, project_of, record
from systems.procore.syncing import Syncs
from systems.procore.wbs import WbsCodes, wbs_code_id, wbs_codes


class BudgetChanges(NoIds):
    def __init__(self, client: ProcoreClient, syncs: Syncs) -> None:
        self._client = client

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        """Procore's record with its `lines`; a line's `type` is change_event (money goes to it) or budget_change (money
        comes from it)."""
        project, what = project_of(object_id), f"budget change {object_id.id}"
        path = f"/rest/v1.0/projects/{project}/budget_changes/{object_id.id}"
        found = record(data_of(await self._client.get(path, object_id.company), what), object_id.id, what)
        rows = found.get("adjustment_line_items")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise unreadable("its adjustment_line_items aren't a list of records", what)
        codes = await wbs_codes(self._client, object_id.company, project, what)
        lines = [_line(row, codes, what) for row in rows]
        check_distinct([line["id"] for line in lines], "lines", what)
        return {**found, "lines": lines}


def _line(row: dict[str, Any], codes: WbsCodes, what: str) -> dict[str, Any]:
    number = whole(row.get("id"), "a line's id", what)
    label = f"line {number}'s"
    return {
        "id": number,
        "type": row.get("type"),
        "amount": amount(row.get("amount"), f"{label} amount", what),
        "quantity": amount_or_none(row.get("quantity"), f"{label} quantity", what),
        "unit_cost": amount_or_none(row.get("unit_cost"), f"{label} unit cost", what),
        "uom": row.get("uom"),
        "description": row.get("description"),
        "comment": row.get("comment"),
        **codes.pair(wbs_code_id(row, what)),
    }
