"""WBS codes that a project lacks: a budget line can only be added on one (procore-api §5, §7)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from systems.procore.client import ProcoreClient
from systems.procore.errors import unreadable
from systems.procore.numbers import whole
from systems.procore.wbs import DELIMITER, wbs_codes

Pair = tuple[str, str]
MOST_CODES = 500
CODE, TYPE = "cost_code", "line_item_type"


async def wbs_ids(client: ProcoreClient, company: int, project: int, wanted: Collection[Pair]) -> dict[Pair, int]:
    """The WBS codes of these pairs of cost code and cost type, in upper case. Those that aren't there are made; a pair whose
    code or type the project doesn't have stays out. Making one that exists returns it, so that this may be repeated. Raises
    NotThere, Unavailable, Refused."""
    found = await _present(client, company, project)
    missing = sorted(set(wanted) - set(found))
    if missing:
        await _make(client, company, project, missing)
        found = await _present(client, company, project)
    return {pair: found[pair] for pair in wanted if pair in found}


async def _present(client: ProcoreClient, company: int, project: int) -> dict[Pair, int]:
    codes = await wbs_codes(client, company, project, f"project {project}")
    return {(code.upper(), kind.upper()): number for (code, kind), number in codes.ids.items()}


async def _make(client: ProcoreClient, company: int, project: int, pairs: list[Pair]) -> None:
    """What Procore refuses isn't there afterwards, which is told for each line that needed it."""
    base = f"/rest/v1.0/projects/{project}/work_breakdown_structure"
    segments = {s.get("type"): s.get("id") for s in await client.rows(f"{base}/segments", company)}
    numbers = {name: whole(segments.get(name), f"the id of segment {name}", base) for name in (CODE, TYPE)}
    codes = await _items(client, company, f"{base}/segments/{numbers[CODE]}/segment_items")
    types = await _items(client, company, f"{base}/segments/{numbers[TYPE]}/segment_items")
    bodies = [
        {"segment_items": [_item(numbers[CODE], codes[code]), _item(numbers[TYPE], types[kind])]}
        for code, kind in pairs
        if code in codes and kind in types
    ]
    for start in range(0, len(bodies), MOST_CODES):
        some = {"bulk": bodies[start : start + MOST_CODES]}
        await client.patch(f"{base}/wbs_codes/bulk_create", company, some)


async def _items(client: ProcoreClient, company: int, path: str) -> dict[str, int]:
    """The segment's items, by their whole code."""
    rows = await client.all_pages(path, company)
    return {_whole_code(row): whole(row.get("id"), "an item's id", path) for row in _told(rows, path)}


def _told(rows: list[dict[str, Any]], path: str) -> Iterator[dict[str, Any]]:
    for row in rows:
        if not isinstance(row.get("path_codes"), list | None):
            raise unreadable("an item's path_codes isn't a list", path)
        if _whole_code(row):
            yield row


def _whole_code(row: dict[str, Any]) -> str:
    parts = [str(code) for code in row.get("path_codes") or []]
    return str(row.get("path_code") or DELIMITER.join(parts) or row.get("code") or "").upper()


def _item(segment: int, item: int) -> dict[str, int]:
    return {"segment_id": segment, "segment_item_id": item}
