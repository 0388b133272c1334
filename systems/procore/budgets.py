"""The budget of a project, and the forecast of a month, which is the same rows seen later (procore-api §7).

A budget's id is its project's; a forecast's is its month as YYYYMM. Procore has no place for ids on either.
"""

from __future__ import annotations

from typing import Any

from domain.identity import ObjectId
from systems.procore.budget_modifications import any_modifications
from systems.procore.budget_views import ALL_ROWS, BUDGETED, BudgetViews
from systems.procore.client import ProcoreClient
from systems.procore.errors import unreadable
from systems.procore.project_facts import custom_segments
from systems.procore.records import NoIds, part, project_of
from systems.procore.syncing import Syncs


class Budgets(NoIds):
    def __init__(self, client: ProcoreClient, syncs: Syncs) -> None:
        self._client = client

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        """Lock, view, rows with a budget line, whether there are modifications, and custom segments."""
        return await _body(self._client, object_id, object_id.id, BUDGETED)


class Forecasts(NoIds):
    def __init__(self, client: ProcoreClient, syncs: Syncs) -> None:
        self._client = client

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        """The same as a budget, with the rows on which only costs stand: they are part of what a job will cost."""
        return await _body(self._client, object_id, project_of(object_id), ALL_ROWS)


async def _body(client: ProcoreClient, object_id: ObjectId, project: int, rows: str) -> dict[str, Any]:
    company, what = object_id.company, f"{object_id.kind} {object_id.id}"
    lock = await client.get(f"/rest/v1.0/projects/{project}/budget", company)
    if not isinstance(lock, dict) or not isinstance(lock.get("locked"), bool):
        raise unreadable("it doesn't say whether the budget is locked", what)
    views = BudgetViews(client, company, project, what)
    view = await views.choose()
    if view is None:
        raise unreadable(f"project {project} has no budget view", what)
    return {
        "id": object_id.id,
        "project_id": project,
        "locked": lock["locked"],
        "view": {"id": view.id, "name": view.name},
        "lines": await views.lines(view, rows),
        "modifications": await any_modifications(client, company, project, what),
        "custom_segments": await part(custom_segments(client, company, project), "custom segments", what),
    }
