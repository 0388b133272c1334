"""Where in Procore's API each record that comes from CMiC is written: one row a target (procore-api §3, §8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from domain.ports import Given, Taken
from systems.procore.client import ProcoreClient
from systems.procore.direct_costs import DirectCosts


class Target(Protocol):
    """The errors are those of `ProcoreImports`."""

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]: ...

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]: ...


TARGETS: dict[str, Callable[[ProcoreClient], Target]] = {
    "direct_cost": DirectCosts,
}
