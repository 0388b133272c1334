"""Entering records from a document: `{"projects": [{"id": 310, "company_id": ..., ...}], ...}`, in API terms.

Rows name their scope by ids; an `id` is kept. Lines are given inside a contract or a change order, as
at POST /_sandbox/commitments. Everything goes through the desks, so a seed can't hold what the API would refuse.
"""

from __future__ import annotations

import json
from pathlib import Path

from sandbox.procore.contract_entry import enter_contract
from sandbox.procore.document_controls import DOCUMENTS, enter_document
from sandbox.procore.errors import Invalid
from sandbox.procore.house import House
from sandbox.procore.resources.table import DESKS, desk_of
from sandbox.procore.seed import demo
from sandbox.procore.values import Record

Document = dict[str, list[Record]]


def document(name: str) -> Document:
    """The seed of a name: `demo`, `none`, or the path of a JSON file. Raises OSError or ValueError."""
    if name == "none":
        return {}
    if name == "demo":
        return demo()
    content = json.loads(Path(name).read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not all(isinstance(rows, list) for rows in content.values()):
        raise ValueError("a seed is an object of lists")
    return content


def enter(house: House, content: Document) -> dict[str, list[int]]:
    """Add records; returns their ids by table. Raises ValueError or Invalid."""
    unknown = set(content) - set(DESKS) - {"commitments", *DOCUMENTS}
    if unknown:
        raise ValueError(f"unknown tables: {', '.join(sorted(unknown))}")
    ids: dict[str, list[int]] = {}
    for table in (*DESKS, "commitments", *DOCUMENTS):
        for row in content.get(table, []):
            ids.setdefault(table, []).append(_entered(house, table, row)["id"])
    return ids


def _entered(house: House, table: str, row: Record) -> Record:
    if table == "commitments":
        return enter_contract(house, row)[0]
    if table in DOCUMENTS:
        return enter_document(house, table, row)
    try:
        desk = desk_of(house, table, row)
    except KeyError as error:
        raise ValueError(f"a row of {table} lacks {error}") from None
    assert desk is not None
    try:
        return desk.create(row, row.get("id"))
    except Invalid as refusal:
        raise ValueError(f"{table}: {refusal}") from None
