"""The rows of a project's budget as one of its views shows them (procore-api §7).

Every view has the original amounts, the modifications and the Forecast to Complete; the Estimated Cost at Completion is
a column that only some have. Where a view lists that column, rows show it under the column's id; formula columns aren't
listed (the published column types are standard and source), and are taken by their name.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from systems.procore.client import ProcoreClient
from systems.procore.errors import unreadable
from systems.procore.numbers import amount_or_none, whole
from systems.procore.records import check_distinct, impossible, part
from systems.procore.wbs import wbs_code_id, wbs_codes

AT_COMPLETION = "Estimated Cost at Completion"
"""The exact name that the column must have (B-06)."""
BUDGETED, ALL_ROWS = "budgeted", "all"
"""Rows with a budget line, or also those on which only costs stand."""


@dataclass(frozen=True)
class View:
    """A budget view. `at_completion` are the keys under which a row may show the Estimated Cost at Completion."""

    id: int
    name: str
    at_completion: tuple[str, ...] = (AT_COMPLETION,)

    @property
    def path(self) -> str:
        return f"/rest/v1.0/budget_views/{self.id}"


class BudgetViews:
    """The budget views of one project, for reading `what`. Everything here raises Unavailable, Refused."""

    def __init__(self, client: ProcoreClient, company: int, project: int, what: str) -> None:
        self._client, self._company, self._project, self._what = client, company, project, what

    async def choose(self, *, by_column: bool = True) -> View | None:
        """The view of the setting; without one, the first view with the Estimated Cost at Completion, else the first. None
        where the project has no view. Without `by_column` that column isn't looked for."""
        rows = await self._rows("/rest/v1.0/budget_views", "budget views")
        views = [View(whole(row.get("id"), "a budget view's id", self._what), str(row.get("name"))) for row in rows]
        wanted = self._client.config.budget_view
        if wanted is not None:
            named = self._named(views, wanted)
            return await self._with_column(named) if by_column else named
        for view in views if by_column else []:
            complete = await self._with_column(view)
            if len(complete.at_completion) > 1 or await self._shows_by_name(view):
                return complete
        return views[0] if views else None

    async def lines(self, view: View, rows: str) -> list[dict[str, Any]]:
        """The view's rows, each with its pair of codes. An amount that Procore has none of is zero; a row without a budget
        line and without any amount is left out."""
        found = await self._rows(f"{view.path}/detail_rows", "budget rows", {"budget_row_type": rows})
        codes = await wbs_codes(self._client, self._company, self._project, self._what)
        lines = []
        for row in found:
            number = wbs_code_id(row, self._what)
            amounts = self._amounts(row, view, number)
            if any(amounts.values()) or not row.get("unbudgeted_reason"):
                lines.append({"id": number, **codes.pair(number), **amounts})
        check_distinct([line["id"] for line in lines if line["id"] is not None], "budget rows", self._what)
        return lines

    def _amounts(self, row: dict[str, Any], view: View, number: int | None) -> dict[str, Decimal | None]:
        forecast = row.get("budget_forecast")
        shown = {name: row[name] for name in ("original_budget_amount", "budget_modifications") if name in row}
        if len(shown) < 2 or not isinstance(forecast, dict | None):
            raise unreadable(f"budget row {number} lacks its amounts", self._what)
        amounts: dict[str, Decimal | None] = {
            name: amount_or_none(value, f"budget row {number}'s {name}", self._what) or Decimal(0)
            for name, value in shown.items()
        }
        further = {
            "forecast_to_complete": (forecast or {}).get("amount"),
            "estimated_cost_at_completion": next((row[key] for key in view.at_completion if key in row), None),
        }
        for name, value in further.items():
            amounts[name] = amount_or_none(value, f"budget row {number}'s {name}", self._what)
        return amounts

    def _named(self, views: list[View], wanted: str) -> View:
        for view in views:
            if wanted in (view.name, str(view.id)):
                return view
        names = ", ".join(repr(view.name) for view in views[:10]) or "none"
        raise impossible(
            f"project {self._project} has no budget view {wanted!r}, which the settings name; it has {names}"
        )

    async def _with_column(self, view: View) -> View:
        path = f"{view.path}/budget_detail_columns"
        answer = self._client.rows(path, self._company, {"project_id": self._project})
        columns = await part(answer, "budget columns", self._what)
        keys = [
            str(row["id"]) for row in columns if row.get("name") == AT_COMPLETION and row.get("id") not in (None, "")
        ]
        return View(view.id, view.name, (*keys, AT_COMPLETION))

    async def _shows_by_name(self, view: View) -> bool:
        query: dict[str, str | int] = {"project_id": self._project, "page": 1, "per_page": 1}
        rows = await part(
            self._client.rows(f"{view.path}/detail_rows", self._company, query), "budget rows", self._what
        )
        return any(AT_COMPLETION in row for row in rows)

    async def _rows(self, path: str, name: str, more: dict[str, str | int] | None = None) -> list[dict[str, Any]]:
        query: dict[str, str | int] = {"project_id": self._project, **(more or {})}
        return await part(self._client.all_pages(path, self._company, query), name, self._what)
