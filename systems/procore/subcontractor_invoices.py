"""Subcontractor invoices: Procore's API calls them requisitions (procore-api §9).

Their items come in three lists of their own, and have no place for ids; the invoice itself has one.
"""

from __future__ import annotations

from typing import Any

from domain.identity import ObjectId
from domain.ports import WriteBack
from domain.refusals import Refusal
from systems.procore.client import ProcoreClient
from systems.procore.errors import unreadable
from systems.procore.numbers import whole
from systems.procore.own_writes import patch_ids, refusals
from systems.procore.records import check_distinct, part, project_of, record
from systems.procore.syncing import Syncs
from systems.procore.wbs import wbs_code_id, wbs_codes
from systems.procore.written import header_changes

VIEW = "extended"
"""Named, because which view is the default is nowhere written; an answer without the summary is refused."""
ITEM_KINDS = ("contract_item", "contract_detail_item", "change_order_item")


LINE = {
    "contract_item": "line_item_id",
    "contract_detail_item": "detail_line_item_id",
    "change_order_item": "line_item_id",
}
STORED = (
    "materials_presently_stored",
    "materials_stored_retainage_currently_retained",
    "materials_stored_retainage_released_this_period",
)


class SubcontractorInvoices:
    def __init__(self, client: ProcoreClient, syncs: Syncs) -> None:
        self._client = client

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        """Procore's record with its `lines`: the items of all three kinds, each with `kind`, `cost_code`, `category`, and
        `before`: what the previous invoice said was stored on the same line. Their money is Procore's own text."""
        project, what = project_of(object_id), f"subcontractor invoice {object_id.id}"
        found = await self._own(object_id, project, what)
        if not isinstance(found.get("summary"), dict):
            raise unreadable("it has no summary", what)
        items = await self._all_items(object_id, project, what)
        before = await self._stored_before(object_id, project, found, what)
        codes = await wbs_codes(self._client, object_id.company, project, what)
        lines = [
            {
                **row,
                "kind": kind,
                **codes.pair(wbs_code_id(row, what)),
                "before": before.get((kind, row.get(LINE[kind]))),
            }
            for kind, row in items
        ]
        return {**found, "lines": lines}

    async def write_ids(self, object_id: ObjectId, ids: WriteBack, current: dict[str, Any]) -> list[Refusal]:
        project, what = project_of(object_id), f"subcontractor invoice {object_id.id}"
        changes = header_changes(ids, current, has_code=False)
        if not changes:
            return []
        known = current if "commitment_id" in current else await self._own(object_id, project, what)
        body = {
            "project_id": project,
            "commitment_id": whole(known.get("commitment_id"), "its commitment_id", what),
            "requisition": changes,
        }
        return refusals(await patch_ids(self._client, _path(object_id), object_id.company, body, changes))

    async def _all_items(self, object_id: ObjectId, project: int, what: str) -> list[tuple[str, dict[str, Any]]]:
        return [(kind, row) for kind in ITEM_KINDS for row in await self._items(object_id, project, kind, what)]

    async def _stored_before(
        self, object_id: ObjectId, project: int, found: dict[str, Any], what: str
    ) -> dict[tuple[str, Any], dict[str, Any]]:
        """What the previous invoice's items said was stored: an item tells what is stored now, not what is new of it."""
        previous = found.get("previous_requisition_id")
        if not previous:
            return {}
        earlier = object_id.model_copy(update={"id": whole(previous, "its previous_requisition_id", what)})
        items = await self._all_items(earlier, project, what)
        return {(kind, row.get(LINE[kind])): {name: row.get(name) for name in STORED} for kind, row in items}

    async def _own(self, object_id: ObjectId, project: int, what: str) -> dict[str, Any]:
        query: dict[str, str | int] = {"project_id": project, "view": VIEW}
        return record(await self._client.get(_path(object_id), object_id.company, query), object_id.id, what)

    async def _items(self, object_id: ObjectId, project: int, kind: str, what: str) -> list[dict[str, Any]]:
        path = f"/rest/v1.0/requisitions/{object_id.id}/{kind}s"
        rows = await part(self._client.all_pages(path, object_id.company, {"project_id": project}), f"{kind}s", what)
        check_distinct([whole(row.get("id"), f"a {kind}'s id", what) for row in rows], f"{kind}s", what)
        return rows


def _path(object_id: ObjectId) -> str:
    return f"/rest/v1.1/requisitions/{object_id.id}"
