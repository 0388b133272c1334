"""The cost codes of a project as one object, whose id is the project's: its pairs of cost code and cost type
(procore-api §5), and what is budgeted on each. It has no ids of its own."""

from __future__ import annotations

from typing import Any

from domain.identity import ObjectId
from systems.procore.budget_views import BUDGETED, BudgetViews
from systems.procore.client import ProcoreClient
from systems.procore.errors import unreadable
from systems.procore.project_facts import custom_segments, is_erp_list
from systems.procore.projects import project_record
from systems.procore.records import NoIds, part
from systems.procore.syncing import Syncs

Pair = tuple[str, str]


class CostCodes(NoIds):
    def __init__(self, client: ProcoreClient, syncs: Syncs) -> None:
        self._client = client

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        """The project's number, and one line a pair that exists on it."""
        company, project, what = object_id.company, object_id.id, f"project {object_id.id}'s cost codes"
        found = await project_record(self._client, company, project)
        codes = await part(
            self._client.all_pages("/rest/v1.0/cost_codes", company, {"project_id": project}), "list", what
        )
        budget = await self._budget(company, project, what)
        return {
            "id": project,
            "name": found.get("name"),
            "project_number": found.get("project_number"),
            "lines": [_line(pair, row, budget) for pair, row in _pairs(codes, what).items()],
            "custom_segments": await part(custom_segments(self._client, company, project), "custom segments", what),
            "is_erp_list": await is_erp_list(self._client, company, found),
        }

    async def _budget(self, company: int, project: int, what: str) -> dict[Pair, Any] | None:
        """What is budgeted on each pair; None where the project has no budget view."""
        views = BudgetViews(self._client, company, project, what)
        view = await views.choose(by_column=False)
        if view is None:
            return None
        rows = await views.lines(view, BUDGETED)
        return {(row["cost_code"], row["category"]): row["original_budget_amount"] for row in rows}


def _pairs(codes: list[dict[str, Any]], what: str) -> dict[Pair, dict[str, Any]]:
    """Deleted codes, those of sub jobs, and types without a code are left out, since no line of this project names them."""
    found: dict[Pair, dict[str, Any]] = {}
    for code in codes:
        types = code.get("line_item_types")
        if not isinstance(code.get("full_code"), str) or not isinstance(types, list):
            raise unreadable("a cost code has no full_code or no line_item_types", what)
        if code.get("deleted_at") or code.get("biller_type") == "SubJob":
            continue
        for kind in types:
            if not isinstance(kind, dict) or not isinstance(kind.get("code"), str | None):
                raise unreadable("a cost type's code isn't a text", what)
            if kind.get("code"):
                found.setdefault((code["full_code"], kind["code"]), {"code": code, "type": kind})
    return found


def _line(pair: Pair, named: dict[str, Any], budget: dict[Pair, Any] | None) -> dict[str, Any]:
    """Without a budget to look at, the code's own flag says whether it is budgeted."""
    return {
        "cost_code": pair[0],
        "category": pair[1],
        "name": named["code"].get("name"),
        "category_name": named["type"].get("name"),
        "budgeted": named["code"].get("budgeted") is True if budget is None else pair in budget,
        "original_budget_amount": None if budget is None else budget.get(pair),
    }
