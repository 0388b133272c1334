"""`domain.ports.ProcorePort` and `ProcoreImports` over plain REST (design §7, own inbox)."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import httpx

from domain.identity import ObjectId
from domain.ports import Given, Taken, WriteBack
from domain.refusals import Refusal
from systems.procore.client import ProcoreClient
from systems.procore.codes import project_codes
from systems.procore.config import ProcoreConfig
from systems.procore.listings import LISTINGS
from systems.procore.objects import KINDS, Kind
from systems.procore.records import impossible
from systems.procore.syncing import Syncs
from systems.procore.targets import TARGETS, Target


class ProcoreGateway:
    """One a process and Procore environment, so that limits, token and coalescing are shared by everything in it."""

    def __init__(self, config: ProcoreConfig, client: ProcoreClient) -> None:
        self.config = config
        self._client = client
        self._syncs = Syncs(client)
        self._kinds: dict[str, Kind] = {name: build(client, self._syncs) for name, build in KINDS.items()}
        self._targets: dict[str, Target] = {name: build(client) for name, build in TARGETS.items()}

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        """The object as Procore's JSON. Raises NotThere, Unavailable, Refused."""
        return await self._kind(object_id).read(object_id)

    async def project_codes(self, company: int, project: int) -> list[tuple[str, str]]:
        """Every full cost code with every cost type code. Raises NotThere, Unavailable, Refused."""
        return await project_codes(self._client, company, project)

    async def write_ids(self, object_id: ObjectId, ids: WriteBack, current: dict[str, Any]) -> list[Refusal]:
        """Write ids where they differ from `current`; what Procore refused, row by row. Raises NotThere, Unavailable,
        Refused."""
        return await self._kind(object_id).write_ids(object_id, ids, current)

    async def upsert(self, target: str, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        """Records made or changed by their origin ids. Raises NotThere, Unavailable, Refused."""
        return await self._targets[target].upsert(company, project, rows)

    async def remove(self, target: str, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        """Records taken out. Raises NotThere, Unavailable, Refused."""
        return await self._targets[target].remove(company, project, rows)

    async def listing(self, what: str, company: int, project: int | None) -> list[dict[str, Any]]:
        """A whole list. Raises NotThere, Unavailable, Refused."""
        return await LISTINGS[what](self._client, company, project)

    async def aclose(self) -> None:
        """Stop, and close every connection. Whoever still waits is told Unavailable."""
        await self._syncs.aclose()
        await self._client.aclose()

    async def __aenter__(self) -> ProcoreGateway:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _kind(self, object_id: ObjectId) -> Kind:
        kind = self._kinds.get(object_id.kind)
        if kind is None:
            raise impossible(f"a {object_id.kind} can't be reached in Procore")
        return kind


def open_gateway(config: ProcoreConfig, transport: httpx.AsyncBaseTransport | None = None) -> ProcoreGateway:
    """Build the gateway with an HTTP client of its own; `aclose` closes both. `transport` replaces the network."""
    http = httpx.AsyncClient(
        transport=transport,
        timeout=httpx.Timeout(config.deadline_seconds, connect=min(10.0, config.deadline_seconds), pool=None),
        limits=httpx.Limits(max_connections=config.max_in_flight + 2, max_keepalive_connections=config.max_in_flight),
        follow_redirects=False,
        headers={"User-Agent": "procore-cmic"},
    )
    return ProcoreGateway(config, ProcoreClient(config, http))
