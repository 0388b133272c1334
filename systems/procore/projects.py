"""Projects (procore-api §5). Their sync endpoint has no place for the code that users see, so only the id is written."""

from __future__ import annotations

from typing import Any

from domain.identity import ObjectId
from domain.ports import WriteBack
from domain.refusals import Refusal
from systems.procore.client import ProcoreClient
from systems.procore.errors import unreadable
from systems.procore.records import record, row_refused
from systems.procore.syncing import Endpoint, Syncs
from systems.procore.written import header_changes


class Projects:
    def __init__(self, client: ProcoreClient, syncs: Syncs) -> None:
        self._client, self._syncs = client, syncs

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        company, project = object_id.company, object_id.id
        answer = await self._client.get(f"/rest/v1.0/projects/{project}", company, {"company_id": company})
        found = record(answer, project, f"project {project}")
        return {**found, "custom_segments": await self._custom_segments(company, project)}

    async def write_ids(self, object_id: ObjectId, ids: WriteBack, current: dict[str, Any]) -> list[Refusal]:
        changes = header_changes(ids, current, has_code=False)
        if not changes:
            return []
        endpoint = Endpoint(object_id.company, "/rest/v1.0/projects/sync", body=(("company_id", object_id.company),))
        outcome = await self._syncs.submit_header(endpoint, {"id": object_id.id, **changes})
        return [row_refused(outcome.words)] if outcome.words else []

    async def _custom_segments(self, company: int, project: int) -> list[str]:
        """The list also shows the company's segments that aren't in this project's pattern; those don't count."""
        path = f"/rest/v1.0/projects/{project}/work_breakdown_structure/segments"
        rows = await self._client.rows(path, company)
        if not all(isinstance(row.get("type"), str) for row in rows):
            raise unreadable("a segment has no type", f"project {project}'s segments")
        custom = [row for row in rows if row["type"] == "custom"]
        return [str(row.get("name") or row.get("id")) for row in custom if _is_in_pattern(row)]


def _is_in_pattern(segment: dict[str, Any]) -> bool:
    return segment.get("is_included_in_project_pattern") is not False
