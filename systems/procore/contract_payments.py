"""Payments issued on commitments (procore-api §9).

Procore shows a payment only to those who name its contract, which a payment's id doesn't tell. It is looked for in the
project's commitments, those on which something was paid first, and remembered, as is every other payment seen on the way.
"""

from __future__ import annotations

import asyncio
from typing import Any

from domain.identity import ObjectId
from domain.ports import NotThere, WriteBack
from domain.refusals import Refusal
from systems.procore.client import ProcoreClient
from systems.procore.contract_types import CONTRACTS, contract_of
from systems.procore.errors import unreadable
from systems.procore.numbers import whole
from systems.procore.own_writes import patch_ids, refusals
from systems.procore.records import part, project_of, record
from systems.procore.syncing import Syncs
from systems.procore.written import header_changes

PATH = "/rest/v1.0/contract_payments"
MOST_REMEMBERED = 10_000
_NOTHING = ("0", "0.0", "0.00")


class ContractPayments:
    def __init__(self, client: ProcoreClient, syncs: Syncs) -> None:
        self._client = client
        self._contracts: dict[tuple[int, int, int], int] = {}
        self._search = asyncio.Lock()

    async def read(self, object_id: ObjectId) -> dict[str, Any]:
        """Procore's record with its contract's `vendor` (id, company; None without one)."""
        project, what = project_of(object_id), f"contract payment {object_id.id}"
        contract = await self._contract(object_id, project, what)
        query: dict[str, str | int] = {"project_id": project, "contract_id": contract}
        answer = await self._client.get(f"{PATH}/{object_id.id}", object_id.company, query)
        found = record(answer, object_id.id, what)
        if found.get("contract_id") not in (None, contract):
            raise unreadable(f"it belongs to contract {str(found.get('contract_id'))[:20]}, not {contract}", what)
        paid = await contract_of(self._client, object_id.company, project, contract, what)
        return {**found, "contract_id": contract, "vendor": paid["vendor"]}

    async def write_ids(self, object_id: ObjectId, ids: WriteBack, current: dict[str, Any]) -> list[Refusal]:
        project, what = project_of(object_id), f"contract payment {object_id.id}"
        changes = header_changes(ids, current, has_code=False)
        if not changes:
            return []
        known = current.get("contract_id")
        contract = (
            await self._contract(object_id, project, what) if known is None else whole(known, "contract_id", what)
        )
        body = {"project_id": project, "contract_id": contract, "contract_payment": changes}
        return refusals(await patch_ids(self._client, f"{PATH}/{object_id.id}", object_id.company, body, changes))

    async def _contract(self, object_id: ObjectId, project: int, what: str) -> int:
        key = (object_id.company, project, object_id.id)
        async with self._search:  # One search at a time: the next payment is most likely found by this one's.
            known = self._contracts.get(key)
            return await self._look(object_id, project, what) if known is None else known

    async def _look(self, object_id: ObjectId, project: int, what: str) -> int:
        contracts = await self._candidates(object_id.company, project, what)
        for contract in contracts:
            query: dict[str, str | int] = {"project_id": project, "contract_id": contract}
            rows = await part(self._client.all_pages(PATH, object_id.company, query), "contract's payments", what)
            payments = [whole(row.get("id"), "a payment's id", what) for row in rows]
            for payment in payments:
                self._remember((object_id.company, project, payment), contract)
            if object_id.id in payments:
                return contract
        raise NotThere(f"none of the project's {len(contracts)} commitments has this payment")

    async def _candidates(self, company: int, project: int, what: str) -> list[int]:
        rows: list[dict[str, Any]] = []
        for kind in CONTRACTS.values():
            rows += await part(
                self._client.all_pages(kind.path, company, {"project_id": project}), "project's commitments", what
            )
        rows.sort(key=lambda row: str(row.get("total_payments")) in _NOTHING)
        return [whole(row.get("id"), "a commitment's id", what) for row in rows]

    def _remember(self, key: tuple[int, int, int], contract: int) -> None:
        self._contracts[key] = contract
        if len(self._contracts) > MOST_REMEMBERED:
            del self._contracts[next(iter(self._contracts))]
