"""A target that is one sync endpoint, for records that stand by themselves (procore-api §3)."""

from __future__ import annotations

from collections.abc import Callable

from domain.ports import Given, Taken
from domain.refusals import Refused, refuse
from systems.procore.client import ProcoreClient
from systems.procore.upserts import MOST_ROWS, upsert

Scope = dict[str, int]


class SyncTarget:
    """`scope` is what the endpoint asks for beside the rows: in the body, or in the query."""

    def __init__(
        self, client: ProcoreClient, path: str, body: tuple[str, ...] = (), query: tuple[str, ...] = ()
    ) -> None:
        self._client, self._path, self._body, self._query = client, path, body, query

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        ids = {"company_id": company, "project_id": project or 0}
        taken: list[Taken] = []
        for start in range(0, len(rows), MOST_ROWS):
            taken += await upsert(
                self._client,
                company,
                self._path.format(**ids),
                rows[start : start + MOST_ROWS],
                body={n: ids[n] for n in self._body},
                query={n: ids[n] for n in self._query},
            )
        return taken

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        """Records of this kind stay: people decide what becomes of them."""
        raise Refused(refuse("not_adding", what="Records of this kind"))


def sync_target(
    path: str, *, body: tuple[str, ...] = (), query: tuple[str, ...] = ()
) -> Callable[[ProcoreClient], SyncTarget]:
    """The row of a target that is one sync endpoint."""
    return lambda client: SyncTarget(client, path, body, query)
