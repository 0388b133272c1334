"""The lines of a project's budget as imports see and write them (procore-api §3, §7).

Procore has no list of budget lines: they are the budgeted rows of a budget view. The sync is a POST that answers a bare array:
it writes all rows or refuses all of them.
"""

from __future__ import annotations

from typing import Any

from domain.ports import Given, Taken, Unavailable
from domain.refusals import Refused, refuse
from systems.procore.budget_views import BUDGETED, BudgetViews
from systems.procore.client import ProcoreClient
from systems.procore.errors import unreadable
from systems.procore.new_wbs_codes import Pair, wbs_ids
from systems.procore.numbers import amount_or_none, whole
from systems.procore.records import check_distinct
from systems.procore.wbs import wbs_code_id, wbs_codes

Rows = list[dict[str, Any]]
SYNC = "/rest/v1.0/budget_line_items/sync"
SUB_JOB = "SubJob"


class BudgetLines:
    def __init__(self, client: ProcoreClient) -> None:
        self._client = client

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        """Set original amounts: of lines that are named, of new ones on the code of their pair. A pair that the project can't
        have refuses all rows. Repeated, a line is found by its WBS code."""
        number = project or 0
        codes = await self._codes(company, number, rows)
        if lost := [row for row in rows if row.key not in codes]:
            return [Taken(key=row.key, refusal=f"{'/'.join(_pair(row))} is no WBS code of the project") for row in lost]
        body = {"project_id": number, "budget_line_items": [_line(row, codes[row.key]) for row in rows]}
        answer = await self._client.post(SYNC, company, body, {"project_id": number})
        ids = _ids(answer)
        if any(code not in ids for code in codes.values()):
            raise Unavailable("the sync's answer doesn't mention every budget line", maybe_done=True)
        return [Taken(key=row.key, id=ids[codes[row.key]]) for row in rows]

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        """A budget line stays, at zero (R-20)."""
        raise Refused(refuse("not_adding", what="Budget lines"))

    async def _codes(self, company: int, project: int, rows: list[Given]) -> dict[str, int]:
        """The WBS code of each row."""
        known = {row.key: int(row.body["wbs_code_id"]) for row in rows if row.body.get("wbs_code_id")}
        new = {row.key: _pair(row) for row in rows if row.key not in known}
        ids = await wbs_ids(self._client, company, project, set(new.values())) if new else {}
        return {**known, **{key: ids[pair] for key, pair in new.items() if pair in ids}}


async def budget_state(client: ProcoreClient, company: int, project: int | None) -> Rows:
    """One row: whether the budget is locked. Raises NotThere, Unavailable, Refused."""
    found = await client.get(f"/rest/v1.0/projects/{project}/budget", company)
    if not isinstance(found, dict) or not isinstance(found.get("locked"), bool):
        raise unreadable("it doesn't say whether the budget is locked", f"project {project}'s budget")
    return [{"locked": found["locked"]}]


async def budget_lines(client: ProcoreClient, company: int, project: int | None) -> Rows:
    """All lines: `id`, `wbs_code_id`, `cost_code` and `cost_type` (both empty for a WBS code that isn't such a pair), `amount`
    (decimal), and whether it is one of a `sub_job`. Raises NotThere, Unavailable, Refused."""
    number, what = project or 0, f"project {project}'s budget"
    view = await BudgetViews(client, company, number, what).choose(by_column=False)
    if view is None:
        raise unreadable(f"project {project} has no budget view", what)
    query: dict[str, str | int] = {"project_id": number, "budget_row_type": BUDGETED}
    rows = await client.all_pages(f"{view.path}/detail_rows", company, query)
    codes = await wbs_codes(client, company, number, what)
    lines = []
    for row in rows:
        code = wbs_code_id(row, what)
        pair = codes.pair(code)
        lines.append(
            {
                "id": whole(row.get("id"), "a budget line's id", what),
                "wbs_code_id": code,
                "cost_code": pair["cost_code"],
                "cost_type": pair["category"],
                "amount": amount_or_none(row.get("original_budget_amount"), "a budget line's amount", what) or 0,
                "sub_job": row.get("biller_type") == SUB_JOB,
            }
        )
    check_distinct([line["id"] for line in lines], "budget lines", what)
    return lines


def _pair(row: Given) -> Pair:
    return row.body["cost_code"].upper(), row.body["cost_type"].upper()


def _line(row: Given, code: int) -> dict[str, Any]:
    """`manual`, because an automatic amount would follow quantity and unit cost instead (B-03: amounts only)."""
    known = {"id": row.id} if row.id is not None else {}
    amount = row.body["original_budget_amount"]
    return {**known, "wbs_code_id": code, "original_budget_amount": amount, "calculation_strategy": "manual"}


def _ids(answer: Any) -> dict[int, int]:
    """The lines of an answer by their WBS codes."""
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise Unavailable("the sync's answer isn't a list of budget lines", maybe_done=True)
    found = {}
    for row in answer:
        code = wbs_code_id(row, "the answer of the budget's sync")
        if code is not None:
            found[code] = whole(row.get("id"), "a budget line's id", "the answer of the budget's sync")
    return found
