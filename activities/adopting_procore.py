"""A project as Procore has it, for a proposal: its commitments with their lines, the directory, its codes (R-09)."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from domain.adopting_sides import ProcoreSide, Unreadable
from domain.commitment import Commitment
from domain.company import Company
from domain.identity import ObjectId
from domain.ports import NotThere
from domain.refusals import Refused
from mappers.registry import KINDS

AT_ONCE = 5


class Reads(Protocol):
    async def read(self, object_id: ObjectId) -> dict[str, Any]: ...
    async def listing(self, what: str, company: int, project: int | None) -> list[dict[str, Any]]: ...


async def read_project(procore: Reads, company: int, project: int) -> ProcoreSide:
    """Raises NotThere for a project that Procore hasn't; Refused, Unavailable."""
    document = KINDS["project"].mapper.from_procore(await procore.read(KINDS["project"].object_id(company, project)))
    listed = await procore.listing("commitments", company, project)
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(row: dict[str, Any]) -> Commitment | Unreadable | None:
        async with turns:
            return await _commitment(procore, company, project, row)

    found = await asyncio.gather(*(one(row) for row in listed))
    codes = await procore.listing("cost_codes", company, project)
    types = await procore.listing("cost_types", company, project)
    return ProcoreSide(
        project=document,
        commitments=[c for c in found if isinstance(c, Commitment)],
        unreadable=[c for c in found if isinstance(c, Unreadable)],
        companies=_companies(await procore.listing("vendors", company, None)),
        pairs=frozenset(
            (_upper(code, "full_code"), _upper(kind, "code"))
            for code in codes
            for kind in code.get("line_item_types") or []
        ),
        types=frozenset(_upper(kind, "code") for kind in types),
    )


async def _commitment(
    procore: Reads, company: int, project: int, row: dict[str, Any]
) -> Commitment | Unreadable | None:
    """One that can't be read is told; one that was deleted meanwhile isn't there."""
    kind, number = KINDS["commitment"], int(row["id"])
    try:
        raw = await procore.read(kind.object_id(company, number, project=project))
        commitment: Commitment = kind.mapper.from_procore(raw)
    except NotThere:
        return None
    except Refused as error:
        return Unreadable(id=number, number=str(row.get("number") or ""), words=str(error))
    return commitment


def _companies(rows: list[dict[str, Any]]) -> list[Company]:
    """The directory, without what can't be read: it can't be linked either."""
    found: list[Company] = []
    for row in rows:
        try:
            found.append(KINDS["company"].mapper.from_procore(row))
        except Refused:
            continue
    return found


def _upper(record: dict[str, Any], name: str) -> str:
    return str(record.get(name) or "").strip().upper()
