"""Projects (procore-api §5). Their sync endpoint has no place for the code that users see, so only the id is written."""

from __future__ import annotations

from typing import Any

from domain.identity import ObjectId
from domain.ports import WriteBack
from domain.refusals import Refusal
from systems.procore.client import ProcoreClient
from systems.procore.project_facts import custom_segments, is_erp_list
from systems.procore.records import record, row_refused
from systems.procore.syncing import Endpoint, Syncs
from systems.procore.written import header_changes


class Projects:
    def __init__(self, client: ProcoreClient, syncs: Syncs) -> None:
        self._client, self._syncs = client, syncs

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        company, project = object_id.company, object_id.id
        found = await project_record(self._client, company, project)
        return {
            **found,
            "custom_segments": await custom_segments(self._client, company, project),
            "is_erp_list": await is_erp_list(self._client, company, found),
        }

    async def write_ids(self, object_id: ObjectId, ids: WriteBack, current: dict[str, Any]) -> list[Refusal]:
        changes = header_changes(ids, current, has_code=False)
        if not changes:
            return []
        endpoint = Endpoint(object_id.company, "/rest/v1.0/projects/sync", body=(("company_id", object_id.company),))
        outcome = await self._syncs.submit_header(endpoint, {"id": object_id.id, **changes})
        return [row_refused(outcome.words)] if outcome.words else []


async def project_record(client: ProcoreClient, company: int, project: int) -> dict[str, Any]:
    """A project's own record. Raises NotThere, Unavailable, Refused."""
    answer = await client.get(f"/rest/v1.0/projects/{project}", company, {"company_id": company})
    return record(answer, project, f"project {project}")
