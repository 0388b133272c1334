"""Every kind of object that the connector reads from Procore and writes ids to: one row a kind, one file a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from domain.identity import ObjectId
from domain.ports import WriteBack
from domain.refusals import Refusal
from systems.procore.client import ProcoreClient
from systems.procore.commitments import Commitments
from systems.procore.companies import Companies
from systems.procore.projects import Projects
from systems.procore.syncing import Syncs


class Kind(Protocol):
    """What every kind offers. The errors are those of `ProcorePort`."""

    async def read(self, object_id: ObjectId) -> dict[str, Any]: ...

    async def write_ids(self, object_id: ObjectId, ids: WriteBack, current: dict[str, Any]) -> list[Refusal]: ...


KINDS: dict[str, Callable[[ProcoreClient, Syncs], Kind]] = {
    "commitment": Commitments,
    "company": Companies,
    "project": Projects,
}
