"""WBS codes of a project: which cost code and cost type a `wbs_code_id` means (procore-api §5).

v2 lines and the budget name their code by that id only. The whole list is read, once a read, because it can't be
filtered by id.
"""

from __future__ import annotations

from typing import Any

from systems.procore.client import ProcoreClient
from systems.procore.numbers import whole, whole_or_none
from systems.procore.records import part

DELIMITER = "-"
"""Between the tiers of a cost code, where its segment names none."""


class WbsCodes:
    """The pairs of (full cost code, cost type code) of a project, by WBS code id."""

    def __init__(self, pairs: dict[int, tuple[str, str]]) -> None:
        self._pairs = pairs

    @property
    def ids(self) -> dict[tuple[str, str], int]:
        """The WBS codes that are such pairs, by pair."""
        return {pair: number for number, pair in self._pairs.items() if all(pair)}

    def pair(self, wbs_code_id: int | None) -> dict[str, str]:
        """`cost_code` and `category`; both empty for a code that isn't known or isn't such a pair."""
        cost_code, category = self._pairs.get(wbs_code_id, ("", "")) if wbs_code_id is not None else ("", "")
        return {"cost_code": cost_code, "category": category}


async def wbs_codes(client: ProcoreClient, company: int, project: int, what: str) -> WbsCodes:
    """All WBS codes of a project, for reading `what`. Raises Unavailable, Refused."""
    path = f"/rest/v1.0/projects/{project}/work_breakdown_structure/wbs_codes"
    rows = await part(client.all_pages(path, company), "project's WBS codes", what)
    return WbsCodes({whole(row.get("id"), "a WBS code's id", what): _pair(row.get("segment_items")) for row in rows})


def wbs_code_id(row: dict[str, Any], what: str) -> int | None:
    """The WBS code that a row stands on: v2 and the budget name its id, v1 shows the code itself."""
    shown = row.get("wbs_code")
    number = row.get("wbs_code_id") or (shown.get("id") if isinstance(shown, dict) else None)
    return whole_or_none(number, "a WBS code's id", what)


def _pair(items: Any) -> tuple[str, str]:
    """A code with any further segment, such as a sub job, is more than a pair: leaving that segment out would book on
    another job, so it counts as unknown."""
    cost_code = category = ""
    for item in items if isinstance(items, list) else []:
        segment = item.get("segment") if isinstance(item, dict) else None
        if not isinstance(segment, dict):
            return "", ""
        kind = segment.get("type")
        if kind == "cost_code":
            cost_code = _full_code(item, segment.get("delimiter"))
        elif kind == "line_item_type":
            category = _text(item.get("code"))
        else:
            return "", ""
    return cost_code, category


def _full_code(item: dict[str, Any], delimiter: Any) -> str:
    if path := _text(item.get("path_code")):
        return path
    codes = item.get("path_codes")
    if isinstance(codes, list) and codes and all(isinstance(code, str) and code for code in codes):
        return (_text(delimiter) or DELIMITER).join(codes)
    return _text(item.get("code"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
