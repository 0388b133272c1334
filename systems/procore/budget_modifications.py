"""Budget modifications: transfers between two budget lines, of companies that don't use budget changes (procore-api §7).

A company that has moved to budget changes answers 405 here.
"""

from __future__ import annotations

from typing import Any

from domain.identity import ObjectId
from domain.ports import NotThere, WriteBack
from domain.refusals import Refusal
from systems.procore.client import ProcoreClient
from systems.procore.errors import Rejected
from systems.procore.numbers import whole, whole_or_none
from systems.procore.own_writes import patch_ids, refusals
from systems.procore.records import part, project_of, record
from systems.procore.syncing import Syncs
from systems.procore.wbs import WbsCodes, wbs_code_id, wbs_codes
from systems.procore.written import header_changes

NOT_USED = "this company uses budget changes, not budget modifications"
UNCHANGED = ("to_budget_line_item_id", "transfer_amount")
"""What a change of the id has to repeat, because the body requires it."""


class BudgetModifications:
    def __init__(self, client: ProcoreClient, syncs: Syncs) -> None:
        self._client = client

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        """Procore's record with the pairs that the money goes `from` (None: it comes from nowhere) and `to`."""
        project, what = project_of(object_id), f"budget modification {object_id.id}"
        found = await self._own(object_id, project, what)
        source = whole_or_none(found.get("from_budget_line_item_id"), "its from_budget_line_item_id", what)
        target = whole(found.get("to_budget_line_item_id"), "its to_budget_line_item_id", what)
        codes = await wbs_codes(self._client, object_id.company, project, what)
        return {
            **found,
            "from": None if source is None else await self._pair(object_id, project, source, codes, what),
            "to": await self._pair(object_id, project, target, codes, what),
        }

    async def write_ids(self, object_id: ObjectId, ids: WriteBack, current: dict[str, Any]) -> list[Refusal]:
        project, what = project_of(object_id), f"budget modification {object_id.id}"
        changes = header_changes(ids, current, has_code=False)
        if not changes:
            return []
        complete = all(current.get(name) is not None for name in UNCHANGED)
        known = current if complete else await self._own(object_id, project, what)
        body = {"budget_modification": {**{name: known.get(name) for name in UNCHANGED}, **changes}}
        path = f"{_path(project)}/{object_id.id}"
        try:
            return refusals(await patch_ids(self._client, path, object_id.company, body, changes))
        except Rejected as error:
            raise _in_words(error) from None

    async def _own(self, object_id: ObjectId, project: int, what: str) -> dict[str, Any]:
        try:
            answer = await self._client.get(f"{_path(project)}/{object_id.id}", object_id.company)
        except Rejected as error:
            raise _in_words(error) from None
        return record(answer, object_id.id, what)

    async def _pair(self, object_id: ObjectId, project: int, line: int, codes: WbsCodes, what: str) -> dict[str, str]:
        """The codes of a budget line; empty for one that is gone."""
        path = f"/rest/v1.1/budget_line_items/{line}"
        try:
            answer = await self._client.get(path, object_id.company, {"project_id": project})
        except NotThere:
            return codes.pair(None)
        return codes.pair(wbs_code_id(record(answer, line, what), what))


async def any_modifications(client: ProcoreClient, company: int, project: int, what: str) -> bool:
    """Whether a project's budget has modifications; none where the company doesn't use them. Raises Unavailable,
    Refused."""
    try:
        return bool(await part(client.rows(_path(project), company, {"page": 1, "per_page": 1}), "modifications", what))
    except Rejected as error:
        if error.status == 405:
            return False
        raise


def _path(project: int) -> str:
    return f"/rest/v1.0/projects/{project}/budget_modifications"


def _in_words(error: Rejected) -> Rejected:
    return Rejected(f"{NOT_USED} (HTTP 405)", 405) if error.status == 405 else error
